import { describe, expect, it } from "vitest";
import { machineOn, play, serveDns, serveHttp } from "../../../test/support/hosts";
import { B, lan } from "../../../test/support/lan";
import { curl } from "../curl/index";
import { UdpSocket } from "../../net/socket";
import { utf8 } from "../../core/bytes";
import { ip } from "../../wire/ip";
import { decodePcap } from "../../wire/pcap";
import { tcpdump } from "./index";

/** Starts tcpdump, lets something happen, and stops it. */
function watch(args: readonly string[], happens: (net: ReturnType<typeof lan>, machine: ReturnType<typeof machineOn>) => void) {
  const net = lan({ latencyMs: 0.05 });
  serveHttp(net.b, 8080, () => ({ body: "hi\n" }));
  const machine = machineOn(net.a, { "/etc/resolv.conf": "nameserver 10.244.1.11\n" });
  net.world.scheduler.after(20, () => happens(net, machine));
  return { ...play(machine, tcpdump, args, { interruptAtMs: 500 }), machine };
}

const request = (path: string) => (_: unknown, machine: ReturnType<typeof machineOn>) => void machine.start(curl, ["curl", "-s", `http://10.244.1.11:8080${path}`]);

/** Numbers that chance chose, and times, made plain. */
const plain = (text: string): string => text.replace(/^\d\d:\d\d:\d\d\.\d{6} /gm, "").replace(/10\.244\.1\.5\.\d{5}/g, "10.244.1.5.PORT").replace(/(seq|ack) \d{5,}/g, "$1 N").replace(/TS val \d+ ecr \d+/g, "TS");

describe("tcpdump", () => {
  it("shows a connection from its SYN to its last ACK, with relative numbers", () => {
    const { out, err, exit } = watch(["-n", "-i", "eth0", "tcp port 8080"], request("/"));
    expect(exit).toBe(0);
    expect(err).toBe("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n10 packets captured\n10 packets received by filter\n0 packets dropped by kernel\n");
    expect(plain(out)).toBe(
      [
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [S], seq N, win 64240, options [mss 1460,sackOK,TS,nop,wscale 10], length 0",
        "IP 10.244.1.11.8080 > 10.244.1.5.PORT: Flags [S.], seq N, ack N, win 65160, options [mss 1460,sackOK,TS,nop,wscale 10], length 0",
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [.], ack 1, win 63, options [nop,nop,TS], length 0",
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [P.], seq 1:81, ack 1, win 63, options [nop,nop,TS], length 80: HTTP: GET / HTTP/1.1",
        "IP 10.244.1.11.8080 > 10.244.1.5.PORT: Flags [.], ack 81, win 64, options [nop,nop,TS], length 0",
        "IP 10.244.1.11.8080 > 10.244.1.5.PORT: Flags [P.], seq 1:42, ack 81, win 64, options [nop,nop,TS], length 41: HTTP: HTTP/1.1 200 OK",
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [.], ack 42, win 63, options [nop,nop,TS], length 0",
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [F.], seq 81, ack 42, win 63, options [nop,nop,TS], length 0",
        "IP 10.244.1.11.8080 > 10.244.1.5.PORT: Flags [F.], seq 42, ack 82, win 64, options [nop,nop,TS], length 0",
        "IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [.], ack 43, win 63, options [nop,nop,TS], length 0",
        "",
        "",
      ].join("\n"),
    );
  });

  it("names device and direction when it listens to all of them", () => {
    const { out, err } = watch(["-ni", "any", "-c", "2", "udp or icmp"], (net) => new UdpSocket(net.a).sendTo(utf8("hello"), B, 999));
    expect(err.split("\n")[0]).toBe("tcpdump: data link type LINUX_SLL2");
    expect(plain(out)).toBe("eth0  Out IP 10.244.1.5.PORT > 10.244.1.11.999: UDP, length 5\neth0  In  IP 10.244.1.11 > 10.244.1.5: ICMP 10.244.1.11 udp port 999 unreachable, length 41\n");
  });

  it("reads DNS", () => {
    const { out } = watch(["-nti", "eth0", "-c", "4", "port 53"], (net, machine) => {
      serveDns(net.b, ({ questions }) => (questions[0]?.type === "A" ? { authoritative: true, answers: [{ name: "web.", ttl: 30, type: "A", address: ip("10.96.0.9") }] } : { authoritative: true, rcode: "NXDOMAIN" }));
      machine.start(curl, ["curl", "-s", "http://web/"]);
    });
    expect(plain(out).replace(/: \d+/g, ": ID")).toBe("IP 10.244.1.5.PORT > 10.244.1.11.53: ID+ A? web. (21)\nIP 10.244.1.5.PORT > 10.244.1.11.53: ID+ AAAA? web. (21)\nIP 10.244.1.11.53 > 10.244.1.5.PORT: ID*- 1/0/0 A 10.96.0.9 (37)\nIP 10.244.1.11.53 > 10.244.1.5.PORT: ID NXDomain*- 0/0/0 (21)\n");
  });

  it("keeps what it saw in a file that it can read again", () => {
    const { machine } = watch(["-ni", "eth0", "-w", "/tmp/x.pcap", "tcp"], request("/"));
    const file = decodePcap(machine.fs.readFile("/tmp/x.pcap"));
    expect([file?.linkType, file?.frames.length, file?.snaplen]).toEqual([1, 10, 262144]);
    expect(plain(play(machine, tcpdump, ["-nr", "/tmp/x.pcap", "tcp[tcpflags] & tcp-syn != 0"]).out)).toBe("IP 10.244.1.5.PORT > 10.244.1.11.8080: Flags [S], seq N, win 64240, options [mss 1460,sackOK,TS,nop,wscale 10], length 0\nIP 10.244.1.11.8080 > 10.244.1.5.PORT: Flags [S.], seq N, ack N, win 65160, options [mss 1460,sackOK,TS,nop,wscale 10], length 0\n");
  });

  it.each([
    [["-i", "nope"], 1, "tcpdump: nope: No such device exists\n(No such device exists)\n"],
    [["-i", "eth0", "foo bar"], 1, "tcpdump: can't parse filter expression: syntax error\n"],
    [["-i", "eth0", "tcp port"], 1, "tcpdump: can't parse filter expression: syntax error\n"],
    [["-i", "eth0", "port 99999"], 1, "tcpdump: illegal port number 99999 > 65535\n"],
    [["-i", "eth0", "port foo"], 1, "tcpdump: unknown port 'foo'\n"],
    [["-i", "eth0", "host nosuchhost"], 1, "tcpdump: unknown host 'nosuchhost'\n"],
    [["-i", "eth0", "net 10.0.0.1/8"], 1, 'tcpdump: non-network bits set in "10.0.0.1/8"\n'],
    [["-c", "x"], 1, "tcpdump: invalid packet count x\n"],
    [["-r", "/nonexist"], 1, "tcpdump: /nonexist: No such file or directory\n"],
    [["-d"], 2, "tcpdump: not modelled: -d\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(play(machineOn(lan().a), tcpdump, args)).toMatchObject({ exit, all });
  });

  it("lists the devices there are, those that run first", () => {
    expect(watch(["-D"], () => {}).out).toBe("1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]\n3.lo [Up, Running, Loopback]\n");
  });
});

import { describe, expect, it } from "vitest";
import { machineOn, play, type Played } from "../../../test/support/hosts";
import { lan } from "../../../test/support/lan";
import { ping } from "./index";

function run(args: readonly string[], options: { readonly latencyMs?: number; readonly interruptAtMs?: number } = {}): Played {
  const net = lan({ latencyMs: options.latencyMs ?? 0.05 });
  return play(machineOn(net.a, { "/etc/hosts": "127.0.0.1 localhost\n10.244.1.11 web\n" }), ping, args, options.interruptAtMs === undefined ? {} : { interruptAtMs: options.interruptAtMs });
}

const stats = (name: string, line: string, rtt = ""): string => `\n--- ${name} ping statistics ---\n${line}\n${rtt}\n`;

describe("ping", () => {
  it("tells each answer and sums up", () => {
    expect(run(["-c", "2", "10.244.1.11"])).toMatchObject({
      exit: 0,
      all: `PING 10.244.1.11 (10.244.1.11) 56(84) bytes of data.\n64 bytes from 10.244.1.11: icmp_seq=1 ttl=64 time=0.200 ms\n64 bytes from 10.244.1.11: icmp_seq=2 ttl=64 time=0.100 ms\n${stats("10.244.1.11", "2 packets transmitted, 2 received, 0% packet loss, time 1000ms", "rtt min/avg/max/mdev = 0.100/0.150/0.200/0.050 ms")}`,
    });
  });

  it("names the host it was given by name", () => {
    expect(run(["-c", "1", "web"]).all).toBe(`PING web (10.244.1.11) 56(84) bytes of data.\n64 bytes from web (10.244.1.11): icmp_seq=1 ttl=64 time=0.200 ms\n${stats("web", "1 packets transmitted, 1 received, 0% packet loss, time 0ms", "rtt min/avg/max/mdev = 0.200/0.200/0.200/0.000 ms")}`);
  });

  it("hears from its own kernel that there is no such host", () => {
    expect(run(["-c", "1", "10.244.1.99"])).toMatchObject({ exit: 1, all: `PING 10.244.1.99 (10.244.1.99) 56(84) bytes of data.\nFrom 10.244.1.5 icmp_seq=1 Destination Host Unreachable\n${stats("10.244.1.99", "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms")}` });
  });

  it("goes on until Ctrl-C", () => {
    const { all, exit } = run(["10.244.1.11"], { interruptAtMs: 2500 });
    expect(all).toMatch(/icmp_seq=3 [^\n]*\n\n--- 10\.244\.1\.11 ping statistics ---\n3 packets transmitted, 3 received, 0% packet loss, time 2000ms\nrtt /);
    expect(exit).toBe(0);
  });

  it.each([
    [["-c", "1", "-s", "1473", "-M", "do", "10.244.1.11"], 1, `PING 10.244.1.11 (10.244.1.11) 1473(1501) bytes of data.\nping: local error: message too long, mtu=1500\n${stats("10.244.1.11", "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms")}`],
    [["-c", "1", "-s", "3000", "10.244.1.11"], 0, `PING 10.244.1.11 (10.244.1.11) 3000(3028) bytes of data.\n3008 bytes from 10.244.1.11: icmp_seq=1 ttl=64 time=0.200 ms\n${stats("10.244.1.11", "1 packets transmitted, 1 received, 0% packet loss, time 0ms", "rtt min/avg/max/mdev = 0.200/0.200/0.200/0.000 ms")}`],
    [["-c", "1", "-I", "eth0", "-q", "10.244.1.11"], 0, `PING 10.244.1.11 (10.244.1.11) from 10.244.1.5 eth0: 56(84) bytes of data.\n${stats("10.244.1.11", "1 packets transmitted, 1 received, 0% packet loss, time 0ms", "rtt min/avg/max/mdev = 0.200/0.200/0.200/0.000 ms")}`],
    [["-c", "1", "203.0.113.1"], 2, "ping: connect: Network is unreachable\n"],
    [["-c", "1", "nosuch"], 2, "ping: nosuch: Temporary failure in name resolution\n"],
    [["-c", "0", "10.244.1.11"], 1, "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n"],
    [["-I", "nope", "10.244.1.11"], 2, "ping: SO_BINDTODEVICE nope: No such device\n"],
    [[], 1, "ping: usage error: Destination address required\n"],
    [["-R", "10.244.1.11"], 2, "ping: not modelled: -R\n"],
    [["-c", "3", "-f", "10.244.1.11"], 0, `PING 10.244.1.11 (10.244.1.11) 56(84) bytes of data.\n.\b \b.\b \b.\b \b${stats("10.244.1.11", "3 packets transmitted, 3 received, 0% packet loss, time 0ms", "rtt min/avg/max/mdev = 0.100/0.133/0.200/0.048 ms, ipg/ewma 0.150/0.176 ms")}`],
  ] as const)("%j", (args, exit, all) => {
    expect(run(args)).toMatchObject({ exit, all });
  });
});

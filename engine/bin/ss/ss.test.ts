import { describe, expect, it } from "vitest";
import { machineOn, play, program } from "../../../test/support/hosts";
import { B, lan } from "../../../test/support/lan";
import { utf8 } from "../../core/bytes";
import { ip } from "../../wire/ip";
import { ss } from "./index";

function busyMachine() {
  const net = lan();
  const machine = machineOn(net.b);
  const server = program("nginx", function* (proc) {
    const listener = proc.tcp();
    listener.bind(ip("0.0.0.0"), 8080);
    listener.listen(5);
    const go = proc.tcp();
    go.setOptions({ dual: true });
    go.bind(ip("0.0.0.0"), 10256);
    go.listen();
    const udp = proc.udp();
    udp.bind(ip("0.0.0.0"), 53);
    const call = yield* listener.accept();
    if (call) proc.adopt(call);
    yield* proc.sleep(100_000);
    return 0;
  });
  const client = program("client", function* (proc) {
    const socket = proc.tcp();
    yield* socket.connect(B, 8080);
    yield* socket.send(utf8("hello"));
    yield* proc.sleep(100_000);
    return 0;
  });
  machine.start(server);
  net.run(10);
  machineOn(net.a).start(client);
  net.run(100);
  return { net, machine };
}

describe("ss", () => {
  it("lists listeners with their programs", () => {
    const { machine } = busyMachine();
    expect(play(machine, ss, ["-tlnp"]).out).toBe(
      [
        "State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess                      ",
        'LISTEN 0      5            0.0.0.0:8080       0.0.0.0:*    users:(("nginx",pid=1,fd=3))',
        'LISTEN 0      4096               *:10256            *:*    users:(("nginx",pid=1,fd=4))',
        "",
      ].join("\n"),
    );
  });

  it("lists connections and what waits in them", () => {
    const { machine, net } = busyMachine();
    const port = String([...net.a.sockets.tcp.all()][0]?.localPort);
    expect(play(machine, ss, ["-tan"]).out).toBe(
      [
        "State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process",
        "LISTEN 0      5            0.0.0.0:8080       0.0.0.0:*           ",
        "LISTEN 0      4096               *:10256            *:*           ",
        `ESTAB  5      0        10.244.1.11:8080    10.244.1.5:${port}       `,
        "",
      ].join("\n"),
    );
  });

  it.each([
    [["-Htln", "sport", "=", ":8080"], 0, "LISTEN 0      5      0.0.0.0:8080 0.0.0.0:*\n"],
    [["-tuln", "sport = :53"], 0, "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nudp   UNCONN 0      0            0.0.0.0:53        0.0.0.0:*          \n"],
    [["-tn", "state", "time-wait"], 0, "Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"],
    [["-tan", "state", "foo"], 255, "ss: wrong state name: foo\n"],
    [["-tan", "bar"], 1, 'Error: an inet prefix is expected rather than "bar".\nCannot parse dst/src address.\n'],
    [["-x"], 0, "Netid State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"],
    [["-E"], 2, "ss: not modelled: -E\n"],
    [["-V"], 0, "ss utility, iproute2-6.1.0\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(play(busyMachine().machine, ss, args)).toMatchObject({ exit, all });
  });
});

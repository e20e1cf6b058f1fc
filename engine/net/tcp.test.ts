import { describe, expect, it } from "vitest";
import { A, B, lan } from "../../test/support/lan";
import { concat, internetChecksum, text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { ANY } from "../wire/ip";
import { TcpSocket } from "./socket";

function* echoOnce(server: TcpSocket): Task {
  const call = yield* server.accept();
  if (!call) return;
  const data = yield* call.recv();
  yield* call.send(utf8(`you said ${text(data ?? utf8("nothing"))}`));
  call.close();
}

function listening(net: ReturnType<typeof lan>, port = 8080, backlog = 128): TcpSocket {
  const server = new TcpSocket(net.b);
  server.bind(ANY, port);
  server.listen(backlog);
  return server;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  }
  return "none";
};

describe("a conversation", () => {
  it("looks on the wire as Linux's does: immediate first acknowledgements, then FIN from both", () => {
    const net = lan();
    net.world.scheduler.spawn(echoOnce(listening(net)));
    const client = new TcpSocket(net.a);
    const answer = net.finish(
      (function* () {
        yield* client.connect(B, 8080);
        yield* client.send(utf8("hello"));
        const first = yield* client.recv();
        const end = yield* client.recv();
        client.close();
        return [text(first as Uint8Array), end];
      })(),
    );
    net.run();
    expect(answer).toEqual(["you said hello", undefined]);
    expect(net.seen).toEqual([
      "0 a>b [S] win 64240",
      "0 b>a [S.] win 65160",
      "0 a>b [.]",
      "0 a>b [P.] 5",
      "0 b>a [.]",
      "0 b>a [P.] 14",
      "0 a>b [.]",
      "0 b>a [F.]",
      "0 a>b [F.]",
      "0 b>a [.]",
    ]);
    expect(client.connection.state).toBe("CLOSED");
    expect([...net.b.sockets.tcp.all()].map((entry) => entry.state)).toEqual(["LISTEN", "TIME_WAIT"]);
  });

  it("lets acknowledgements ride on answers once it has become a dialogue", () => {
    const net = lan();
    net.world.scheduler.spawn(
      (function* (): Task {
        const call = yield* listening(net).accept();
        for (;;) {
          const data = yield* (call as TcpSocket).recv();
          if (!data) return (call as TcpSocket).close();
          yield* (call as TcpSocket).send(data);
        }
      })(),
    );
    const client = new TcpSocket(net.a);
    net.finish(
      (function* () {
        yield* client.connect(B, 8080);
        for (let i = 0; i < 3; i++) {
          yield* client.send(utf8("ping"));
          yield* client.recv();
        }
        client.close();
      })(),
    );
    net.run();
    expect(net.seen.map((line) => line.slice(2))).toEqual(["a>b [S] win 64240", "b>a [S.] win 65160", "a>b [.]", "a>b [P.] 4", "b>a [.]", "b>a [P.] 4", "a>b [.]", "a>b [P.] 4", "b>a [P.] 4", "a>b [P.] 4", "b>a [P.] 4", "a>b [F.]", "b>a [F.]", "a>b [.]"]);
  });

  it("carries a megabyte in order, also when every seventh segment is lost", () => {
    for (const lossy of [false, true]) {
      const net = lan({ latencyMs: 1 });
      let n = 0;
      if (lossy) net.drop = (packet) => packet.payload.kind === "tcp" && packet.payload.data.length > 0 && ++n % 7 === 0;
      const server = listening(net);
      const sent = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) & 255);
      const client = new TcpSocket(net.a);
      net.world.scheduler.spawn(
        (function* () {
          yield* client.connect(B, 8080);
          yield* client.send(sent);
          client.close();
        })(),
      );
      const got = net.finish(
        (function* () {
          const call = yield* server.accept();
          const parts: Uint8Array[] = [];
          for (;;) {
            const part = yield* (call as TcpSocket).recv();
            if (!part) return concat(parts);
            parts.push(part);
          }
        })(),
      );
      expect(got.length).toBe(sent.length);
      expect(internetChecksum(got)).toBe(internetChecksum(sent));
    }
  });
});

describe("connecting", () => {
  it("is refused by RST when nobody listens", () => {
    const net = lan();
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(B, 9)))).toBe("ECONNREFUSED");
    expect(net.seen).toEqual(["0 a>b [S] win 64240", "0 b>a [R.]"]);
  });

  it("sends eleven SYNs when the kernel's timers let it and gives up after 134 seconds when nobody answers", () => {
    const net = lan();
    net.drop = () => true;
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(B, 80)))).toBe("ETIMEDOUT");
    expect(net.seen.map((line) => Number(line.split(" ")[0]) / 1000)).toEqual([0, 1.024, 2.048, 3.072, 4.096, 5.12, 7.136, 11.264, 19.456, 35.584, 69.632]);
    expect(net.world.scheduler.nowMs).toBe(135_168);
  });

  it("says EAGAIN at its deadline, and the attempt may go on", () => {
    const net = lan();
    let deaf = true;
    net.drop = () => deaf;
    listening(net);
    const client = new TcpSocket(net.a);
    expect(codeOf(() => net.finish(client.connect(B, 8080, 2500)))).toBe("EAGAIN");
    deaf = false;
    net.finish(client.connect(B, 8080));
    expect(client.state).toBe("ESTABLISHED");
  });

  it("finds no host when nobody answers ARP, after three seconds", () => {
    const net = lan();
    net.devB.setUp(false);
    net.devB.setUp(true);
    const client = new TcpSocket(net.a);
    expect(codeOf(() => net.finish(client.connect((B + 1) as typeof B, 80)))).toBe("EHOSTUNREACH");
    expect(net.world.scheduler.nowMs).toBeGreaterThan(2900);
    expect(net.world.scheduler.nowMs).toBeLessThan(3300);
  });

  it("fails at once without a route", () => {
    const net = lan();
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(0xcb007101 as typeof B, 80)))).toBe("ENETUNREACH");
  });

  it("keeps trying when a hook in OUTPUT drops its SYN, as the kernel does", () => {
    const net = lan();
    net.a.hooks.register({ name: "drop", at: "OUTPUT", priority: 0, run: (skb) => (skb.packet.payload.kind === "tcp" ? "DROP" : "ACCEPT") });
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(B, 80)))).toBe("ETIMEDOUT");
  });

  it("takes even ports first and never the same one twice while it is in use", () => {
    const net = lan();
    listening(net);
    const ports = Array.from({ length: 50 }, () => {
      const client = new TcpSocket(net.a);
      net.finish(client.connect(B, 8080));
      return client.local?.port ?? 0;
    });
    expect(new Set(ports).size).toBe(50);
    expect(ports.every((port) => port % 2 === 0 && port >= 32768 && port <= 60999)).toBe(true);
  });

  it("runs out of ports with EADDRNOTAVAIL", () => {
    const net = lan();
    net.a.sysctl.set("net.ipv4.ip_local_port_range", "40000 40003");
    listening(net);
    for (let i = 0; i < 4; i++) net.finish(new TcpSocket(net.a).connect(B, 8080));
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(B, 8080)))).toBe("EADDRNOTAVAIL");
  });
});

describe("losing what was sent", () => {
  it("probes after 51 jiffies, then retransmits at doubling pauses, and recovers", () => {
    const net = lan();
    const server = listening(net);
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 8080));
    const call = net.finish(server.accept()) as TcpSocket;
    net.finish(client.send(utf8("x")));
    net.finish(call.recv());
    net.run(1000);
    net.seen.length = 0;
    net.drop = () => true;
    const start = net.world.scheduler.nowMs;
    net.finish(client.send(utf8("lost")));
    net.run(5000);
    expect(net.seen.map((line) => Number(line.split(" ")[0]) - start)).toEqual([0, 208, 416, 856, 1688, 3352]);
    net.drop = () => false;
    expect(text(net.finish(call.recv()) as Uint8Array)).toBe("lost");
  });

  it("gives an established connection up after tcp_retries2, with ETIMEDOUT", () => {
    const net = lan();
    const server = listening(net);
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 8080));
    net.finish(server.accept());
    net.drop = () => true;
    net.finish(client.send(utf8("lost")));
    expect(codeOf(() => net.finish(client.recv(), 2_000_000))).toBe("ETIMEDOUT");
    expect(Math.round(net.world.scheduler.nowMs / 1000)).toBeGreaterThan(920);
    expect(Math.round(net.world.scheduler.nowMs / 1000)).toBeLessThan(1060);
  });
});

describe("ending", () => {
  it("resets the other side when what it sent was never read", () => {
    const net = lan();
    const server = listening(net);
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 8080));
    const call = net.finish(server.accept()) as TcpSocket;
    net.finish(client.send(utf8("unread")));
    net.run(10);
    call.close();
    net.run(10);
    expect(codeOf(() => net.finish(client.recv()))).toBe("ECONNRESET");
    expect(net.seen.at(-1)).toMatch(/b>a \[R\.\]/);
  });

  it("answers a write after the other side closed with RST: first it works, then EPIPE", () => {
    const net = lan();
    const server = listening(net);
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 8080));
    (net.finish(server.accept()) as TcpSocket).close();
    net.run(100);
    expect(client.state).toBe("CLOSE_WAIT");
    expect(codeOf(() => net.finish(client.send(utf8("one"))))).toBe("none");
    net.run(10);
    expect(codeOf(() => net.finish(client.send(utf8("two"))))).toBe("EPIPE");
  });

  it("half-closes: the other direction goes on", () => {
    const net = lan();
    const server = listening(net);
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 8080));
    const call = net.finish(server.accept()) as TcpSocket;
    client.shutdown("write");
    expect(net.finish(call.recv())).toBeUndefined();
    net.finish(call.send(utf8("still here")));
    expect(text(net.finish(client.recv()) as Uint8Array)).toBe("still here");
    expect([client.state, call.state]).toEqual(["FIN_WAIT2", "CLOSE_WAIT"]);
    call.close();
    net.run(100);
    expect([...net.a.sockets.tcp.all()].map((entry) => entry.state)).toEqual(["TIME_WAIT"]);
    // A minute, and what the timer wheel adds: buckets of two seconds.
    net.run(59_800);
    expect([...net.a.sockets.tcp.all()].map((entry) => entry.state)).toEqual(["TIME_WAIT"]);
    net.run(2_200);
    expect([...net.a.sockets.tcp.all(), ...net.b.sockets.tcp.all()].map((entry) => entry.state)).toEqual(["LISTEN"]);
  });
});

describe("listening", () => {
  it("refuses a taken port, and lets two of one address and another port be", () => {
    const net = lan();
    listening(net, 80);
    const again = new TcpSocket(net.b);
    expect(codeOf(() => again.bind(ANY, 80))).toBe("EADDRINUSE");
    expect(codeOf(() => new TcpSocket(net.b).bind(A, 80))).toBe("EADDRNOTAVAIL");
    expect(codeOf(() => new TcpSocket(net.b).bind(B, 81))).toBe("none");
  });

  it("accepts one more than its backlog and lets further calls wait for their SYN-ACK", () => {
    const net = lan();
    const server = listening(net, 8080, 1);
    const clients = Array.from({ length: 3 }, () => new TcpSocket(net.a));
    for (const client of clients) net.world.scheduler.spawn(client.connect(B, 8080));
    net.run(100);
    expect(server.connection.acceptQueue.length).toBe(2);
    expect(net.b.snmp.ext.TcpExtListenOverflows).toBeGreaterThan(0);
    net.finish(server.accept());
    net.run(5000);
    expect(clients.map((client) => client.state)).toEqual(["ESTABLISHED", "ESTABLISHED", "ESTABLISHED"]);
  });

  it("talks to itself over the loopback with its own window", () => {
    const net = lan();
    const server = new TcpSocket(net.a);
    server.bind(ANY, 7000);
    server.listen();
    const client = new TcpSocket(net.a);
    net.finish(client.connect(0x7f000001 as typeof A, 7000));
    expect([client.connection.advMss, client.connection.mss, client.peer?.port]).toEqual([65495, 65483, 7000]);
  });
});

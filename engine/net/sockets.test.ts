import { describe, expect, it } from "vitest";
import { A, B, lan } from "../../test/support/lan";
import { text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { icmpError } from "./icmp";
import { ANY, ip, printIp } from "../wire/ip";
import { IcmpSocket, PacketSocket, TcpSocket, UdpSocket } from "./socket";

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  }
  return "none";
};

describe("UDP", () => {
  it("tells who sent, and to which of our addresses", () => {
    const net = lan();
    const server = new UdpSocket(net.b);
    server.bind(ANY, 53);
    const client = new UdpSocket(net.a);
    client.sendTo(utf8("hello"), B, 53);
    const got = net.finish(server.recvFrom());
    expect([text(got?.data as Uint8Array), printIp(got?.ip ?? ANY), got?.port, printIp(got?.dst ?? ANY)]).toEqual(["hello", "10.244.1.5", client.local?.port, "10.244.1.11"]);
  });

  it("tells a connected socket once that nobody listens, and an unconnected one never", () => {
    const net = lan();
    const connected = new UdpSocket(net.a);
    connected.connect(B, 999);
    connected.send(utf8("x"));
    expect(codeOf(() => net.finish(connected.recvFrom()))).toBe("ECONNREFUSED");
    expect(net.finish(connected.recvFrom(net.world.scheduler.nowMs + 100))).toBeUndefined();
    const free = new UdpSocket(net.a);
    free.sendTo(utf8("x"), B, 999);
    expect(net.finish(free.recvFrom(net.world.scheduler.nowMs + 100))).toBeUndefined();
  });

  it("hears only its peer once it is connected", () => {
    const net = lan();
    const [any, one] = [new UdpSocket(net.b), new UdpSocket(net.b)];
    any.setOptions({ reuseAddress: true });
    one.setOptions({ reuseAddress: true });
    any.bind(ANY, 53);
    one.bind(B, 53);
    const [friend, stranger] = [new UdpSocket(net.a), new UdpSocket(net.a)];
    friend.bind(A, 4000);
    one.connect(A, 4000);
    friend.sendTo(utf8("friend"), B, 53);
    stranger.sendTo(utf8("stranger"), B, 53);
    net.run(10);
    expect([text(one.tryRecvFrom()?.data ?? utf8("")), one.tryRecvFrom(), text(any.tryRecvFrom()?.data ?? utf8(""))]).toEqual(["friend", undefined, "stranger"]);
  });

  it.each([
    ["a filter in OUTPUT", "EPERM"],
    ["too many bytes", "EMSGSIZE"],
    ["no route", "ENETUNREACH"],
    ["a taken port", "EADDRINUSE"],
    ["an address that is not ours", "EADDRNOTAVAIL"],
  ])("fails for %s with %s", (why, code) => {
    const net = lan();
    const socket = new UdpSocket(net.a);
    new UdpSocket(net.a).bind(ANY, 80);
    net.a.hooks.register({ name: "drop", at: "OUTPUT", priority: 0, run: () => "DROP" });
    const attempts: Readonly<Record<string, () => void>> = {
      "a filter in OUTPUT": () => socket.sendTo(utf8("x"), B, 1),
      "too many bytes": () => socket.sendTo(new Uint8Array(65_508), B, 1),
      "no route": () => socket.sendTo(utf8("x"), ip("203.0.113.1"), 1),
      "a taken port": () => socket.bind(ANY, 80),
      "an address that is not ours": () => socket.bind(B, 81),
    };
    expect(codeOf(attempts[why] as () => void)).toBe(code);
  });

  it("drops what does not fit into its buffer, and counts it", () => {
    const net = lan();
    const server = new UdpSocket(net.b);
    server.bind(ANY, 53);
    const client = new UdpSocket(net.a);
    client.sendTo(utf8("first"), B, 53);
    net.finish(server.recvFrom()); // The neighbour is known from here on.
    for (let i = 0; i < 400; i++) client.sendTo(new Uint8Array(1000), B, 53);
    net.run(100);
    let read = 0;
    while (server.tryRecvFrom()) read++;
    expect([read + server.drops, net.b.snmp.udp.RcvbufErrors]).toEqual([400, server.drops]);
    expect(server.drops).toBeGreaterThan(100);
  });
});

describe("TCP and ICMP errors", () => {
  it.each([
    [3, "ECONNREFUSED"],
    [1, "EHOSTUNREACH"],
    [0, "ENETUNREACH"],
    [13, "EHOSTUNREACH"],
  ])("code %i ends connect() with %s", (code, errno) => {
    const net = lan();
    net.b.hooks.register({
      name: "reject",
      at: "PREROUTING",
      priority: 0,
      run: (skb) => {
        if (skb.packet.payload.kind !== "tcp") return "ACCEPT";
        icmpError(skb, 3, code);
        return "DROP";
      },
    });
    expect(codeOf(() => net.finish(new TcpSocket(net.a).connect(B, 80)))).toBe(errno);
    expect(net.world.scheduler.nowMs).toBeLessThan(10);
  });

  it("an established connection only remembers them", () => {
    const net = lan();
    const server = new TcpSocket(net.b);
    server.bind(ANY, 80);
    server.listen();
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 80));
    let rejecting = true;
    net.b.hooks.register({
      name: "reject",
      at: "PREROUTING",
      priority: 0,
      run: (skb) => {
        if (!rejecting || skb.packet.payload.kind !== "tcp") return "ACCEPT";
        icmpError(skb, 3, 1);
        return "DROP";
      },
    });
    net.finish(client.send(utf8("hello")));
    net.run(1000);
    expect([client.state, client.connection.softError]).toEqual(["ESTABLISHED", "EHOSTUNREACH"]);
    rejecting = false;
    const call = net.finish(server.accept()) as TcpSocket;
    expect(text(net.finish(call.recv()) as Uint8Array)).toBe("hello");
  });

  it("learns from 'fragmentation needed' how long segments may be, and sends them again", () => {
    const net = lan();
    const server = new TcpSocket(net.b);
    server.bind(ANY, 80);
    server.listen();
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 80));
    const call = net.finish(server.accept()) as TcpSocket;
    net.b.hooks.register({
      name: "narrow",
      at: "PREROUTING",
      priority: 0,
      run: (skb) => {
        const { payload } = skb.packet;
        if (payload.kind !== "tcp" || payload.data.length <= 1348) return "ACCEPT";
        icmpError(skb, 3, 4, 1400);
        return "DROP";
      },
    });
    net.finish(client.send(new Uint8Array(5000)));
    let got = 0;
    while (got < 5000) got += (net.finish(call.recv()) as Uint8Array).length;
    expect([got, client.connection.mss, net.world.scheduler.nowMs < 50]).toEqual([5000, 1348, true]);
  });
});

describe("TCP flow control", () => {
  it("stops when nobody reads, probes, and goes on when somebody does", () => {
    const net = lan();
    const server = new TcpSocket(net.b);
    server.bind(ANY, 80);
    server.listen();
    const client = new TcpSocket(net.a);
    net.finish(client.connect(B, 80));
    const call = net.finish(server.accept()) as TcpSocket;
    let sent = false;
    net.world.scheduler.spawn(
      (function* () {
        yield* client.send(new Uint8Array(1_000_000));
        sent = true;
      })(),
    );
    net.run(60_000);
    expect(sent).toBe(false);
    // Nearly all of tcp_rmem's 128 KiB, once large segments have shown how little overhead they have: what Linux 6.18 takes, to the byte.
    expect(call.connection.receivedBytes).toBe(121_912);
    expect(client.connection.sendTimerFor).toBe("probe");
    let got = 0;
    while (got < 1_000_000) got += (net.finish(call.recv()) as Uint8Array).length;
    expect([got, sent]).toEqual([1_000_000, true]);
  });

  it("finds by keep-alive that the other side has gone", () => {
    const net = lan();
    const server = new TcpSocket(net.b);
    server.bind(ANY, 80);
    server.listen();
    const client = new TcpSocket(net.a);
    client.setOptions({ keepAlive: true, keepIdleMs: 10_000, keepIntervalMs: 1000, keepCount: 3 });
    net.finish(client.connect(B, 80));
    const start = net.world.scheduler.nowMs;
    net.drop = () => true;
    expect(codeOf(() => net.finish(client.recv()))).toBe("ETIMEDOUT");
    expect(net.world.scheduler.nowMs - start).toBe(13_312);
  });
});

it("an ICMP socket sees its answer and how many hops it had left", () => {
  const net = lan();
  const socket = new IcmpSocket(net.a);
  socket.sendEcho(B, { id: 7, seq: 1, data: utf8("abcdefgh") });
  const message = net.finish(socket.recv());
  expect(message?.packet).toMatchObject({ src: B, ttl: 64, payload: { kind: "icmp", type: 0, id: 7, seq: 1 } });
});

it("a packet socket sees frames both ways, and only those its filter wants", () => {
  const net = lan();
  const socket = new PacketSocket(net.a);
  socket.setFilter(({ payload }) => payload.kind === "arp");
  socket.bind("eth0");
  expect(codeOf(() => new PacketSocket(net.a).bind("nope"))).toBe("ENODEV");
  new UdpSocket(net.a).sendTo(utf8("x"), B, 1);
  net.run(10);
  const seen = [socket.tryRecv(), socket.tryRecv(), socket.tryRecv()];
  expect(seen.map((frame) => frame && `${frame.direction} ${frame.frame.payload.kind}`)).toEqual(["out arp", "in arp", undefined]);
});

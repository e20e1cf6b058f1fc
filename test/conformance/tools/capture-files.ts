/**
 * Captures for tcpdump to read: what a small network says of its own accord (ARP, ping, errors, fragments, VXLAN,
 * TCP, HTTP, DNS without an answer), and frames made by hand: DNS of all kinds, odd segments, every ICMP error.
 */
import type { Machine } from "@/engine/host/machine";
import { ip } from "@/engine/wire/ip";
import { mac } from "@/engine/wire/mac";
import { type DnsMessage, dnsAnswer, dnsQuery, encodeDns } from "@/engine/wire/dns";
import { encodeFrame } from "@/engine/wire/ethernet";
import { type Frame, type Icmp, type Packet, PROTO, type Segment, type Tcp } from "@/engine/wire/packet";
import { ByteWriter, utf8 } from "@/engine/core/bytes";
import { LINKTYPE, pcapHeader, pcapRecord } from "@/engine/wire/pcap";
import { playBlock, worldNamed } from "./player";

/** A tunnel, what is captured, and a bit of everything. */
const LINES = `
ip -n c link add vx0 address 02:00:00:00:05:01 type vxlan id 7 local 10.1.1.2 remote 10.1.1.1 dstport 4789 dev eth0
ip -n r link add vx0 address 02:00:00:00:05:02 type vxlan id 7 local 10.1.1.1 remote 10.1.1.2 dstport 4789 dev eth0
ip -n c addr add 10.50.0.1/24 dev vx0; ip -n r addr add 10.50.0.2/24 dev vx0; ip -n c link set vx0 up; ip -n r link set vx0 up
ip netns exec c tcpdump -i eth0 -w /tmp/eth0.pcap >/dev/null 2>&1 &
ip netns exec c tcpdump -i any -w /tmp/any.pcap >/dev/null 2>&1 &
sleep 1
ip netns exec c ping -c 2 -i 0.2 10.1.2.2
ip netns exec c ping -c 1 -s 3000 10.1.2.2
ip netns exec c ping -c 1 -s 65507 10.1.2.2
ip netns exec c ping -c 1 -s 0 10.1.2.2
ip netns exec c ping -c 1 -t 1 10.1.2.2
ip netns exec c ping -c 1 -W 1 10.1.1.77
ip netns exec c ping -c 1 10.50.0.2
ip netns exec c ping -c 1 -s 3000 10.50.0.2
ip netns exec s nc -lk -p 80 >/dev/null &
ip netns exec s nc -luk -p 53 > /dev/null &
ip netns exec c bash -c 'printf "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" | nc -w 1 10.1.2.2 80'
ip netns exec c bash -c 'head -c 100000 /dev/zero | nc -N -w 1 10.1.2.2 80'
ip netns exec c nc -zv -w 1 10.1.2.2 81
ip netns exec c dig +tries=1 +time=1 @10.1.2.2 example.org
ip netns exec c dig +tries=1 +time=1 @10.1.2.1 example.org
ip netns exec c bash -c 'head -c 9000 /dev/zero | nc -u -w 1 10.1.2.2 53'
ip netns exec c traceroute -n -w 1 10.1.2.2
ip netns exec c curl -m 1 http://10.1.2.2/
ip -n r link set eth1 mtu 1400
ip netns exec c ping -c 1 -M do -s 1400 10.1.2.2
ip netns exec c ping -b -c 1 -W 1 10.1.1.255
sleep 2`;

/** The machine that captured, with /tmp/eth0.pcap, /tmp/any.pcap and /tmp/made.pcap on its disk. */
export function machineWithCaptures(): Machine {
  const machine = worldNamed("three");
  for (const line of LINES.split("\n")) if (line !== "") playBlock(machine, line);
  machine.fs.writeFile("/tmp/made.pcap", madeByHand());
  return machine;
}

export const CAPTURES = ["eth0", "any", "made"] as const;

const [A, B, GATEWAY] = [ip("10.244.1.5"), ip("10.96.0.10"), ip("10.244.1.1")];
const [MAC_A, MAC_B] = [mac("02:00:00:00:00:0a"), mac("02:00:00:00:00:0b")];

function packet(payload: Segment, change: Partial<Packet> = {}): Packet {
  const proto = payload.kind === "raw" ? 200 : PROTO[payload.kind];
  return { kind: "ipv4", src: A, dst: B, ttl: 64, tos: 0, id: 1234, df: true, mf: false, offset: 0, proto, payload, ...change };
}

const tcp = (change: Partial<Tcp>): Tcp => ({ kind: "tcp", sport: 40_000, dport: 80, seq: 1000, ack: 0, flags: 2, window: 64_240, options: {}, data: new Uint8Array(0), ...change });
const icmp = (change: Partial<Icmp>): Icmp => ({ kind: "icmp", type: 8, code: 0, id: 7, seq: 1, mtu: 0, data: utf8("abcdefgh"), ...change });
const udp = (dport: number, data: Uint8Array, sport = 5353): Segment => ({ kind: "udp", sport, dport, data });

function dnsMessages(): DnsMessage[] {
  const q = dnsQuery(4242, "web.shop.svc.cluster.local.", "A");
  const edns = { udpSize: 1232, options: [{ code: 10, data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) }] };
  const a = { name: "web.shop.svc.cluster.local.", ttl: 30, type: "A" as const, address: ip("10.96.0.77") };
  const soa = { name: "cluster.local.", ttl: 5, type: "SOA" as const, mname: "ns.dns.cluster.local.", rname: "hostmaster.cluster.local.", serial: 1_700_000_000, refresh: 7200, retry: 1800, expire: 86_400, minimum: 5 };
  return [
    q, dnsQuery(1, "example.org.", "AAAA", edns), dnsQuery(2, ".", "NS"), dnsQuery(3, "5.1.244.10.in-addr.arpa.", "PTR"), dnsQuery(4, "_http._tcp.web.", "SRV", { udpSize: 4096, dnssecOk: true }),
    { ...q, checkingDisabled: true }, { ...q, authenticData: true }, { ...q, recursionDesired: false }, { ...q, opcode: 4 }, { ...q, opcode: 5 }, { ...q, questions: [] }, { ...q, questions: [...q.questions, ...q.questions] },
    { ...q, questions: [{ name: "version.bind.", type: "TXT", class: "CH" }] }, { ...q, questions: [{ name: "x.", type: "ANY", class: "IN" }] }, { ...q, questions: [{ name: "x.", type: "TYPE99", class: "ANY" }] },
    dnsAnswer(q, { authoritative: true, answers: [a] }), dnsAnswer(q, { answers: [a, { ...a, address: ip("10.96.0.78") }], recursionAvailable: true, edns }), dnsAnswer(q, { truncated: true }), dnsAnswer(q, { authoritative: true, rcode: "NXDOMAIN", authorities: [soa] }),
    dnsAnswer(q, { rcode: "SERVFAIL" }), dnsAnswer(q, { rcode: "REFUSED", recursionAvailable: true }), dnsAnswer(q, { rcode: "NOTIMP" }), dnsAnswer(q, { rcode: "FORMERR" }), dnsAnswer(q, { authoritative: true, authorities: [soa] }),
    dnsAnswer(q, { answers: [{ name: "web.shop.svc.cluster.local.", ttl: 3600, type: "CNAME", target: "other.example.org." }, { ...a, name: "other.example.org.", ttl: 90_061 }], authenticData: true }),
    dnsAnswer(q, { answers: [{ name: "x.", ttl: 604_800, type: "MX", preference: 10, target: "mail.x." }, { name: "x.", ttl: 0, type: "TXT", strings: ["hello world", "two"] }] }),
    dnsAnswer(q, { answers: [{ name: "_http._tcp.web.", ttl: 30, type: "SRV", priority: 0, weight: 100, port: 8080, target: "web.shop.svc.cluster.local." }], additionals: [a] }),
    dnsAnswer(q, { answers: [{ name: "5.1.244.10.in-addr.arpa.", ttl: 5, type: "PTR", target: "pod.web." }, { name: "x.", ttl: 5, type: "AAAA", address: new Uint8Array([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) }, { name: "x.", ttl: 5, type: "NS", target: "ns.x." }] }),
  ];
}

function segments(): Packet[] {
  const established = { flags: 16, ack: 5001, seq: 1001, options: { timestamp: [100, 200] as const } };
  const back = { src: B, dst: A };
  const payload = utf8("GET /orders HTTP/1.1\r\nHost: web\r\nAccept: */*\r\n\r\n");
  const body = utf8('HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{"error":"none"}\n');
  const from = (change: Partial<Tcp>): Tcp => tcp({ sport: 80, dport: 40_000, ...change });
  return [
    packet(tcp({ options: { mss: 1460, sackPermitted: true, timestamp: [100, 0], windowScale: 10 } })), packet(from({ flags: 18, seq: 5000, ack: 1001, options: { mss: 1460, sackPermitted: true, timestamp: [200, 100], windowScale: 7 } }), back),
    packet(tcp(established)), packet(tcp({ ...established, flags: 24, data: payload })), packet(from({ flags: 24, seq: 5001, ack: 1049, data: body, options: { timestamp: [201, 101] } }), back),
    packet(tcp({ ...established, seq: 1049, options: { timestamp: [1, 2], sack: [[6000, 7000], [8000, 9000]] } })), packet(tcp({ ...established, flags: 17, seq: 1049 })), packet(from({ flags: 20, seq: 5077, ack: 1050, window: 0 }), back), packet(from({ flags: 4, seq: 5077, window: 0 }), back),
    packet(tcp({ dport: 22, options: { mss: 1400 } })), packet(tcp({ dport: 443, options: { mss: 1400, sackPermitted: true } })), packet(tcp({ flags: 0 })), packet(tcp({ flags: 0x3f })), packet(tcp({ flags: 0xc2, options: { mss: 1460, windowScale: 0 } })),
    packet(tcp({ flags: 24, dport: 8080, ack: 1, data: utf8("POST /pay HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc") })), packet(tcp({ flags: 24, sport: 8080, ack: 1, data: utf8("\x00\x01\x02binary\xff") })), packet(tcp({ flags: 4, ack: 0, data: utf8("cause") })), packet(tcp({ flags: 24, dport: 3128, ack: 9, data: utf8("no http at all\n") })),
    packet(tcp({ flags: 24, dport: 25, sport: 25_000, ack: 1, data: utf8("HELO x\r\n") })), packet(tcp({ flags: 24, dport: 21, ack: 1, data: utf8("USER anonymous\r\n") })),
  ];
}

function errors(): Packet[] {
  const about = [packet(udp(53, utf8("0123456789"))), packet(tcp({ dport: 8080 })), packet(icmp({})), packet({ kind: "raw", data: utf8("rawdata") })];
  const codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
  const unreachable = codes.flatMap((code) => about.map((quoted) => icmp({ type: 3, code, id: 0, seq: 0, mtu: code === 4 ? 1400 : 0, quoted, data: new Uint8Array(0) })));
  const others = [[4, 0], [5, 0], [5, 1], [5, 2], [5, 3], [5, 4], [11, 0], [11, 1], [11, 2], [12, 0], [12, 1]].map(([type = 0, code = 0]) => icmp({ type, code, id: type === 5 ? GATEWAY >>> 16 : 0x1400, seq: type === 5 ? GATEWAY & 0xffff : 0, quoted: about[1] as Packet, data: new Uint8Array(0) }));
  const plain = [0, 8, 10, 13, 14, 15, 16, 17, 18, 40].map((type) => icmp({ type, data: new Uint8Array(20) }));
  return [...unreachable, icmp({ type: 3, code: 4, id: 0, seq: 0, quoted: about[0] as Packet, data: new Uint8Array(0) }), ...others, ...plain].map((payload) => packet(payload, { src: GATEWAY, dst: A }));
}

function others(): Packet[] {
  return [
    packet({ kind: "raw", data: utf8("some other protocol") }), packet({ kind: "raw", data: utf8("esp") }, { proto: 201 }), packet({ kind: "raw", data: utf8("xyz") }, { proto: 202 }), packet({ kind: "raw", data: utf8("later fragment") }, { proto: 17, offset: 1480, df: false }),
    packet({ kind: "raw", data: utf8("more fragments") }, { proto: 6, offset: 2960, df: false, mf: true }), packet(udp(123, new Uint8Array(48))), packet(udp(514, utf8("<13>hello"))), packet(udp(9999, utf8("x")), { ttl: 1, tos: 0x10 }), packet(udp(9998, new Uint8Array(0)), { tos: 0xb8, ttl: 255, id: 0 }),
    packet(udp(53, utf8("short"))), packet(udp(161, utf8("nosnmp"))), packet(udp(67, utf8("nodhcp"))), packet(udp(1812, utf8("noradius"))), packet(udp(5000, utf8("to all")), { dst: ip("255.255.255.255") }), packet(udp(5000, utf8("to some")), { dst: ip("224.0.0.251") }),
  ];
}

function madeByHand(): Uint8Array {
  const dns = dnsMessages().map((message) => (message.response ? packet(udp(40_001, encodeDns(message), 53), { src: B, dst: A }) : packet(udp(53, encodeDns(message), 40_001))));
  const overTcp = dnsMessages().slice(0, 20).map((message) => packet(tcp({ sport: message.response ? 53 : 40_002, dport: message.response ? 40_002 : 53, flags: 24, seq: 1, ack: 1, data: prefixed(encodeDns(message)) })));
  const packets = [...dns, ...overTcp, ...segments(), ...errors(), ...others()];
  const frames: Frame[] = packets.map((payload) => ({ src: payload.src === A ? MAC_A : MAC_B, dst: payload.dst === A ? MAC_A : MAC_B, payload }));
  const tunnelled = frames.slice(0, 40).map((frame, i): Frame => ({ src: MAC_A, dst: MAC_B, payload: packet({ kind: "udp", sport: 50_000 + i, dport: i % 2 === 0 ? 8472 : 4789, data: new Uint8Array(0), vxlan: { vni: i, frame } }, { src: ip("192.168.50.11"), dst: ip("192.168.50.12"), df: false }) }));
  const out = [pcapHeader(LINKTYPE.ethernet, 262_144)];
  [...frames, ...tunnelled].forEach((frame, i) => {
    const writer = new ByteWriter(256);
    encodeFrame(frame, writer);
    const bytes = writer.done();
    out.push(pcapRecord(1_795_000_000_000_000 + i * 1_234_567, bytes, bytes.length));
  });
  return joined(out);
}

/** With its length in front, as DNS over TCP has it. */
function prefixed(message: Uint8Array): Uint8Array {
  return new ByteWriter(64).u16(message.length).bytes(message).done();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A namespace with netfilter and two dummy interfaces: for tests of rules and of what they do to packets. */
import { Rng } from "@/engine/core/rng";
import { Scheduler } from "@/engine/core/scheduler";
import { Trace } from "@/engine/core/trace";
import type { World } from "@/engine/core/world";
import { addrAdd, linkAdd, linkSet } from "@/engine/net/netlink";
import { Netns } from "@/engine/net/netns";
import type { Skb } from "@/engine/net/skb";
import { attachNetfilter, type Netfilter, type SetLookup } from "@/engine/netfilter/attach";
import { listLine } from "@/engine/netfilter/conntrack-print";
import { restore } from "@/engine/netfilter/iptables/restore";
import { ip, parseCidr, printIp } from "@/engine/wire/ip";
import { type Packet, TCP } from "@/engine/wire/packet";

export function world(seed = 1): World {
  return { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: 1_795_221_758_000 };
}

/** Sets that exist and hold nothing. */
export function emptySets(...names: readonly string[]): SetLookup {
  return { exists: (name) => names.includes(name), test: () => false, add() {}, delete() {}, retain() {}, release() {} };
}

export function bareNetfilter(init: { readonly initial?: boolean; readonly sets?: readonly string[]; readonly seed?: number } = {}): Netfilter {
  const netfilter = attachNetfilter(new Netns(world(init.seed), "node", { initial: init.initial ?? true }));
  if (init.sets) netfilter.sets = emptySets(...init.sets);
  return netfilter;
}

/** eth0 10.0.0.15/24 outside, cni0 10.244.1.1/24 inside; rules as given. */
export function router(rules: string, seed = 1): Netfilter {
  const netfilter = bareNetfilter({ seed });
  const { ns } = netfilter;
  linkSet(ns, "lo", { up: true });
  for (const [name, address] of [["eth0", "10.0.0.15/24"], ["cni0", "10.244.1.1/24"]] as const) {
    linkAdd(ns, { name, kind: "dummy" });
    addrAdd(ns, name, parseCidr(address) as NonNullable<ReturnType<typeof parseCidr>>);
    linkSet(ns, name, { up: true });
  }
  const done = restore(netfilter, rules);
  if (!done.ok) throw new Error(done.message);
  return netfilter;
}

const FLAGS = { F: TCP.fin, S: TCP.syn, R: TCP.rst, P: TCP.psh, A: TCP.ack } as const;

/** `tcp 10.244.1.5:5000 > 10.96.0.1:80 SA seq=1 ack=2 win=100 len=5`, `udp a:1 > b:2`, `icmp a > b 8/0 id=7`. */
export function packet(written: string): Packet {
  const [proto = "", from = "", , to = "", ...rest] = written.split(/\s+/);
  const [src = "", sport = "0"] = from.split(":");
  const [dst = "", dport = "0"] = to.split(":");
  const number = (name: string, fallback: number): number => Number(rest.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback);
  const data = new Uint8Array(number("len", 0));
  const head = { kind: "ipv4", src: ip(src), dst: ip(dst), ttl: 64, tos: 0, id: 1, df: true, mf: false, offset: 0 } as const;
  if (proto === "udp") return { ...head, proto: 17, payload: { kind: "udp", sport: Number(sport), dport: Number(dport), data } };
  if (proto === "icmp") {
    const [type = 8, code = 0] = (rest[0] ?? "8/0").split("/").map(Number);
    return { ...head, proto: 1, payload: { kind: "icmp", type, code, id: number("id", 1), seq: 1, mtu: 0, data } };
  }
  const flags = [...(rest[0] ?? "S")].reduce((bits, letter) => bits | (FLAGS[letter as keyof typeof FLAGS] ?? 0), 0);
  return { ...head, proto: 6, payload: { kind: "tcp", sport: Number(sport), dport: Number(dport), seq: number("seq", 1000), ack: number("ack", 0), flags, window: number("win", 64240), options: {}, data } };
}

export function show({ src, dst, payload }: Packet): string {
  if (payload.kind === "tcp" || payload.kind === "udp") return `${payload.kind} ${printIp(src)}:${payload.sport} > ${printIp(dst)}:${payload.dport}`;
  return `${payload.kind} ${printIp(src)} > ${printIp(dst)}`;
}

/** Forwards one packet; what leaves, or at which hook it was lost. */
export function forward(netfilter: Netfilter, what: string | Packet, inDev = "cni0", outDev = "eth0"): string {
  return forwarded(netfilter, what, inDev, outDev).result;
}

export function forwarded(netfilter: Netfilter, what: string | Packet, inDev = "cni0", outDev = "eth0"): { readonly skb: Skb; readonly result: string } {
  const { ns } = netfilter;
  const skb = ns.newSkb(typeof what === "string" ? packet(what) : what);
  skb.inDev = ns.devices.byName(inDev);
  for (const at of ["PREROUTING", "FORWARD", "POSTROUTING"] as const) {
    if (at === "FORWARD") skb.outDev = ns.devices.byName(outDev);
    if (!ns.hooks.run(at, skb)) return { skb, result: `lost at ${at}` };
  }
  return { skb, result: show(skb.packet) };
}

/** `conntrack -L`, sorted. */
export function connections(netfilter: Netfilter): string[] {
  const { conntrack } = netfilter;
  return conntrack.list().map((conn) => listLine(conn, conntrack.nowMs)).sort();
}

/**
 * What an expression finds in a packet: the eval() of nft_payload.c, nft_meta.c, nft_ct.c,
 * nft_lookup.c and the others. Undefined is NFT_BREAK: the rule ends there.
 *
 * Expressions are walked, not compiled: a large ruleset has a hundred thousand, of which a
 * connection meets a few, and what it touches in memory is what it costs.
 */
import type { Device } from "../../link/device";
import type { HookName } from "../../net/hook";
import type { Skb } from "../../net/skb";
import type { Packet } from "../../wire/packet";
import type { Netfilter } from "../attach";
import { sender } from "../sender";
import { type ConnRef, seenOf } from "../connection";
import { jhash2 } from "../jhash";
import { ADDRTYPES, type Datatype, maskFor, type Value } from "./datatypes";
import { type Expr, typesOf } from "./model";
import { type Element, type NftSet, packPart, type Packed } from "./nft-set";
import { rawBits } from "./raw-payload";
import { readRoute, routeDevice } from "./route-reads";
import { allPass } from "./stateful";
import { readTcpOption } from "./tcp-option";
import type { Ip } from "../../wire/ip";

export type RunContext = {
  readonly skb: Skb;
  readonly packet: Packet;
  readonly at: HookName;
  readonly inDev: Device | undefined;
  readonly outDev: Device | undefined;
  readonly netfilter: Netfilter;
  readonly bytes: number;
  readonly nowMs: number;
  /** A trace of this walk has told of the packet. */
  introduced?: boolean;
};

export function read(expr: Expr, c: RunContext): Value | undefined {
  switch (expr.kind) {
    case "payload":
      return expr.def.link ? expr.def.link(c.skb) : expr.def.get?.(c.packet);
    case "raw":
      return rawBits(c.packet, expr.base, expr.offset, expr.length);
    case "tcp option":
      return readTcpOption(c.packet, expr.number, expr.span);
    case "rt":
      return readRoute(expr.key, c);
    case "meta":
      return META[expr.key]?.(c);
    case "value":
      return expr.value;
    case "ct":
      return readConnection(expr.key, expr.direction, c);
    case "fib":
      return readFib(expr, c);
    case "numgen":
      return numgen(expr, c);
    case "hash":
      return hash(expr, c);
    case "prefix":
      return expr.value;
    case "range":
      return expr.from;
    case "wildcard":
      return expr.text;
    case "bitwise": {
      const value = read(expr.of, c);
      return value === undefined ? undefined : ((Number(value) & expr.mask) ^ expr.xor) >>> 0;
    }
    case "shift": {
      const value = read(expr.of, c);
      if (value === undefined) return undefined;
      return expr.op === "<<" ? (Number(value) << expr.by) >>> 0 : Number(value) >>> expr.by;
    }
    case "concat":
      return packed(expr.parts, c);
    case "map":
      return find(expr.key, expr.set, c)?.data?.[0]?.from;
  }
}

type Getter = (c: RunContext) => Value | undefined;
const META: Readonly<Record<string, Getter>> = {
  mark: ({ skb }) => skb.mark >>> 0,
  l4proto: ({ packet }) => packet.proto,
  iifname: ({ inDev }) => inDev?.name ?? "",
  oifname: ({ outDev }) => outDev?.name ?? "",
  iif: ({ inDev }) => inDev?.name ?? "",
  oif: ({ outDev }) => outDev?.name ?? "",
  nfproto: () => 2,
  protocol: () => 0x0800,
  skuid: ({ skb }) => (sender(skb) === "program" ? 0 : undefined),
  skgid: ({ skb }) => (sender(skb) === "program" ? 0 : undefined),
  pkttype: ({ skb }) => ["host", "broadcast", "multicast", "otherhost"].indexOf(skb.pktType),
  length: ({ bytes }) => bytes,
  nftrace: ({ skb }) => (skb.traced ? 1 : 0),
  cpu: () => 0,
  random: ({ netfilter }) => netfilter.rng.u32(),
  iiftype: ({ inDev }) => typeOfDevice(inDev),
  oiftype: ({ outDev }) => typeOfDevice(outDev),
  iifgroup: ({ inDev }) => (inDev ? 0 : undefined),
  oifgroup: ({ outDev }) => (outDev ? 0 : undefined),
  iifkind: ({ inDev }) => kindOfDevice(inDev),
  oifkind: ({ outDev }) => kindOfDevice(outDev),
  cgroup: ({ skb }) => (skb.socket === undefined ? undefined : 0),
  rtclassid: ({ skb }) => (skb.route === undefined ? undefined : 0),
  hour: (c) => secondsOf(c) % DAY_SECONDS,
  // The first of January 1970 was a Thursday.
  day: (c) => (Math.floor(secondsOf(c) / DAY_SECONDS) + 4) % 7,
  time: secondsOf,
};

const DAY_SECONDS = 86_400;
function secondsOf({ skb, nowMs }: RunContext): number {
  return Math.floor((skb.ns.world.epochMs + nowMs) / 1000);
}
const typeOfDevice = (device: Device | undefined): number | undefined => device && (device.kind === "loopback" ? 772 : 1);
/** A cable stands for a card, which has no kind of its own. */
const kindOfDevice = (device: Device | undefined): string => (device === undefined || device.kind === "loopback" || device.kind === "cable" ? "" : device.kind);

const STATE: Readonly<Record<ConnRef["info"], number>> = { NEW: 8, ESTABLISHED: 2, ESTABLISHED_REPLY: 2, RELATED: 4, RELATED_REPLY: 4, UNTRACKED: 64 };
const INVALID = 1;

function readConnection(key: string, direction: "original" | "reply" | undefined, { skb, nowMs }: RunContext): Value | undefined {
  const ref = seenOf(skb);
  if (key === "state") return STATE[ref?.info as ConnRef["info"]] ?? INVALID;
  const conn = ref?.conn;
  if (!conn || !ref) return undefined;
  const tuple = conn.tuple(direction ?? "original");
  switch (key) {
    case "direction":
      return ref.direction === "original" ? 0 : 1;
    case "status":
      return conn.status >>> 0;
    case "mark":
      return conn.mark >>> 0;
    case "expiration":
      return conn.confirmed ? conn.expiresMs - nowMs : 0;
    case "protocol":
      return tuple.proto;
    case "l3proto":
      return 2;
    case "zone":
      return conn.zone;
    case "id":
      return conn.id;
    case "saddr":
      return tuple.src;
    case "daddr":
      return tuple.dst;
    case "proto-src":
      return tuple.sport;
    case "proto-dst":
      return tuple.dport;
    case "avgpkt": {
      const { accounting } = conn;
      if (!accounting) return 0;
      const [packets, bytes] = (["packets", "bytes"] as const).map((what) => (direction ? accounting[direction][what] : accounting.original[what] + accounting.reply[what]));
      return packets ? Math.floor((bytes ?? 0) / packets) : 0;
    }
    case "packets":
    case "bytes": {
      const { accounting } = conn;
      if (!accounting) return 0;
      return direction ? accounting[direction][key] : accounting.original[key] + accounting.reply[key];
    }
    default:
      return undefined;
  }
}

/** nft_fib4_eval_type, nft_fib4_eval: what an address is, or by which interface it would be reached. */
function readFib({ flags, result, present }: Expr & { readonly kind: "fib" }, c: RunContext): Value | undefined {
  const { skb, packet, inDev, outDev } = c;
  if (result !== "type") {
    const device = routeDevice(flags, c);
    if (present) return device ? 1 : 0;
    return device?.name ?? (result === "oif" ? 0 : "");
  }
  const address = flags.includes("saddr") ? packet.src : packet.dst;
  const device = flags.includes("iif") ? inDev : flags.includes("oif") ? outDev : undefined;
  const type = skb.ns.addressType(address as Ip);
  const own = type === "local" && device !== undefined && !skb.ns.addresses.of(device).some(({ local }) => local === address) ? "unicast" : type;
  return ADDRTYPES.indexOf(own as (typeof ADDRTYPES)[number]);
}

function numgen({ mode, modulus, offset, counter }: Expr & { readonly kind: "numgen" }, { netfilter }: RunContext): number {
  if (mode === "random") return netfilter.rng.below(modulus) + offset;
  counter.value = counter.value + 1 < modulus ? counter.value + 1 : 0;
  return counter.value + offset;
}

const scale = (value: number, modulus: number): number => Math.floor((value / 0x1_0000_0000) * modulus);

function hash({ modulus, offset, of, own }: Expr & { readonly kind: "hash" }, c: RunContext): number | undefined {
  const { packet } = c;
  if (!of) return scale(jhash2([Math.min(packet.src, packet.dst), Math.max(packet.src, packet.dst), packet.proto], 0), modulus) + offset;
  own.seed ??= c.netfilter.rng.u32();
  const words: number[] = [];
  for (const part of of.kind === "concat" ? of.parts : [of]) {
    const value = read(part, c);
    if (value === undefined) return undefined;
    words.push(littleEndian(Number(value), typesOf(part)[0]?.bits ?? 32));
  }
  return scale(jhash2(words, own.seed), modulus) + offset;
}

/** A field in network byte order, as the processor reads the register it lies in. */
function littleEndian(value: number, bits: number): number {
  if (bits <= 8) return value;
  if (bits <= 16) return ((value & 0xff) << 8) | (value >>> 8);
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** A concatenation as the key it is in a hash. */
function packed(parts: readonly Expr[], c: RunContext): string | undefined {
  let text = "";
  for (const part of parts) {
    const value = read(part, c);
    if (value === undefined) return undefined;
    text += packPart(typeOf(part), value);
  }
  return text;
}

/** One dimension has one type. */
const typeOf = (part: Expr): Datatype => ("type" in part ? part.type : typesOf(part)[0]) as Datatype;

/** The element that a packet finds. null: it is not in the set; undefined: the packet has nothing to look up. */
export function find(key: Expr, set: NftSet, c: RunContext): Element | null | undefined {
  let element: Element | undefined;
  if (key.kind === "concat" && set.options.interval) {
    const values: Value[] = [];
    for (const part of key.parts) {
      const value = read(part, c);
      if (value === undefined) return undefined;
      values.push(value);
    }
    element = set.find("", values, c.nowMs);
  } else {
    const value: Packed | undefined = read(key, c);
    if (value === undefined) return undefined;
    element = set.find(value, undefined, c.nowMs);
  }
  if (element === undefined) return null;
  if (element.stateful !== undefined && !allPass(element.stateful, c)) return undefined;
  return element;
}

/** Is the value what the right side of a comparison says? */
export function equals(right: Expr, value: Value): boolean {
  switch (right.kind) {
    case "value":
      return value === right.value;
    case "prefix":
      return (Number(value) & maskFor(right.bits, right.type.bits)) >>> 0 === right.value;
    case "range":
      return Number(value) >= right.from && Number(value) <= right.to;
    case "wildcard":
      return String(value).startsWith(right.text);
    default:
      return false;
  }
}

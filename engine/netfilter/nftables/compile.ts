/**
 * Expressions and statements made into functions, once for each rule: the eval() of nft_payload.c,
 * nft_meta.c, nft_ct.c, nft_lookup.c and the others. Undefined is NFT_BREAK: the rule ends there.
 */
import type { Device } from "../../link/device";
import type { HookName } from "../../net/hook";
import type { Skb } from "../../net/skb";
import type { Packet } from "../../wire/packet";
import type { Netfilter } from "../attach";
import { type ConnRef, connectionOf } from "../connection";
import { jhash2 } from "../jhash";
import { ADDRTYPES, type Value } from "./datatypes";
import { type Expr, typesOf } from "./model";
import { type Element, type NftSet, packPart, type Packed, within } from "./nft-set";
import type { Ip } from "../../wire/ip";
import { partOf } from "./evaluate";

export type RunContext = {
  readonly skb: Skb;
  readonly packet: Packet;
  readonly at: HookName;
  readonly inDev: Device | undefined;
  readonly outDev: Device | undefined;
  readonly netfilter: Netfilter;
  readonly bytes: number;
  readonly nowMs: number;
};

export type Getter = (c: RunContext) => Value | undefined;

export function getter(expr: Expr): Getter {
  switch (expr.kind) {
    case "payload": {
      const { get } = expr.def;
      return ({ packet }) => get?.(packet);
    }
    case "meta":
      return META_GETTERS[expr.key] ?? (() => undefined);
    case "ct":
      return ctGetter(expr.key, expr.direction);
    case "fib":
      return fibGetter(expr);
    case "numgen":
      return numgen(expr);
    case "hash":
      return hash(expr);
    case "value": {
      const { value } = expr;
      return () => value;
    }
    case "prefix":
      return () => expr.value;
    case "range":
      return () => expr.from;
    case "wildcard":
      return () => expr.text;
    case "bitwise": {
      const of = getter(expr.of);
      const { mask, xor } = expr;
      return (c) => {
        const value = of(c);
        return value === undefined ? undefined : ((Number(value) & mask) ^ xor) >>> 0;
      };
    }
    case "shift": {
      const of = getter(expr.of);
      const { op, by } = expr;
      return (c) => {
        const value = of(c);
        return value === undefined ? undefined : op === "<<" ? (Number(value) << by) >>> 0 : Number(value) >>> by;
      };
    }
    case "concat":
      return packed(expr) as Getter;
    case "map": {
      const find = lookup(expr.key, expr.set);
      return (c) => find(c)?.data?.[0]?.from;
    }
  }
}

const META_GETTERS: Readonly<Record<string, Getter>> = {
  mark: ({ skb }) => skb.mark >>> 0,
  l4proto: ({ packet }) => packet.proto,
  iifname: ({ inDev }) => inDev?.name ?? "",
  oifname: ({ outDev }) => outDev?.name ?? "",
  iif: ({ inDev }) => inDev?.name ?? "",
  oif: ({ outDev }) => outDev?.name ?? "",
  nfproto: () => 2,
  protocol: () => 0x0800,
  skuid: ({ skb }) => (skb.socket === undefined ? undefined : 0),
  skgid: ({ skb }) => (skb.socket === undefined ? undefined : 0),
  pkttype: ({ skb }) => ["host", "broadcast", "multicast", "otherhost"].indexOf(skb.pktType),
  length: ({ bytes }) => bytes,
  nftrace: ({ skb }) => (skb.traced ? 1 : 0),
  cpu: () => 0,
};

const STATE: Readonly<Record<ConnRef["info"], number>> = { NEW: 8, ESTABLISHED: 2, ESTABLISHED_REPLY: 2, RELATED: 4, RELATED_REPLY: 4, UNTRACKED: 64 };
const INVALID = 1;

function ctGetter(key: string, direction: "original" | "reply" | undefined): Getter {
  if (key === "state") return ({ skb }) => STATE[connectionOf(skb)?.info as ConnRef["info"]] ?? INVALID;
  return ({ skb, nowMs }) => {
    const ref = connectionOf(skb);
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
      case "packets":
      case "bytes": {
        const { accounting } = conn;
        if (!accounting) return 0;
        return direction ? accounting[direction][key] : accounting.original[key] + accounting.reply[key];
      }
      default:
        return undefined;
    }
  };
}

/** nft_fib4_eval_type, nft_fib4_eval: what an address is, or by which interface it would be reached. */
function fibGetter({ flags, result }: Expr & { readonly kind: "fib" }): Getter {
  const source = flags.includes("saddr");
  const limited = flags.includes("iif") ? "in" : flags.includes("oif") ? "out" : undefined;
  if (result !== "type") return () => undefined;
  return ({ skb, packet, inDev, outDev }) => {
    const address = source ? packet.src : packet.dst;
    const device = limited === "in" ? inDev : limited === "out" ? outDev : undefined;
    const type = skb.ns.addressType(address as Ip);
    const own = type === "local" && device !== undefined && !skb.ns.addresses.of(device).some(({ local }) => local === address) ? "unicast" : type;
    return ADDRTYPES.indexOf(own as (typeof ADDRTYPES)[number]);
  };
}

function numgen({ mode, modulus, offset, counter }: Expr & { readonly kind: "numgen" }): Getter {
  if (mode === "random") return ({ netfilter }) => netfilter.rng.below(modulus) + offset;
  return () => {
    counter.value = counter.value + 1 < modulus ? counter.value + 1 : 0;
    return counter.value + offset;
  };
}

const scale = (value: number, modulus: number): number => Math.floor((value / 0x1_0000_0000) * modulus);

function hash(expr: Expr & { readonly kind: "hash" }): Getter {
  const { modulus, offset, of, own } = expr;
  if (!of) return ({ packet }) => scale(jhash2([Math.min(packet.src, packet.dst), Math.max(packet.src, packet.dst), packet.proto], 0), modulus) + offset;
  const parts = (of.kind === "concat" ? of.parts : [of]).map((part) => ({ get: getter(part), type: typesOf(part)[0] }));
  return (c) => {
    own.seed ??= c.netfilter.rng.u32();
    const words: number[] = [];
    for (const { get, type } of parts) {
      const value = get(c);
      if (value === undefined) return undefined;
      words.push(littleEndian(Number(value), type?.bits ?? 32));
    }
    return scale(jhash2(words, own.seed), modulus) + offset;
  };
}

/** A field in network byte order, as the processor reads the register it lies in. */
function littleEndian(value: number, bits: number): number {
  if (bits <= 8) return value;
  if (bits <= 16) return ((value & 0xff) << 8) | (value >>> 8);
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** A concatenation as the key it is in a hash. */
function packed(expr: Expr): (c: RunContext) => Packed | undefined {
  if (expr.kind !== "concat") return getter(expr);
  const parts = expr.parts.map((part) => ({ get: getter(part), type: typesOf(part)[0] as ReturnType<typeof typesOf>[number] }));
  return (c) => {
    let text = "";
    for (const { get, type } of parts) {
      const value = get(c);
      if (value === undefined) return undefined;
      text += packPart(type, value);
    }
    return text;
  };
}

/** The element found, if any. */
export function lookup(key: Expr, set: NftSet): (c: RunContext) => Element | undefined {
  const find = search(key, set);
  return (c) => find(c) ?? undefined;
}

/** null: not in the set; undefined: the packet has nothing to look up. */
export function search(key: Expr, set: NftSet): (c: RunContext) => Element | null | undefined {
  if (key.kind === "concat" && set.options.interval) {
    const gets = key.parts.map(getter);
    return (c) => {
      const values: Value[] = [];
      for (const get of gets) {
        const value = get(c);
        if (value === undefined) return undefined;
        values.push(value);
      }
      return touched(set.find("", values, c.nowMs), c);
    };
  }
  const get = packed(key);
  return (c) => {
    const value = get(c);
    return value === undefined ? undefined : touched(set.find(value, undefined, c.nowMs), c);
  };
}

function touched(element: Element | undefined, { bytes }: RunContext): Element | null {
  if (!element) return null;
  if (element.counter) {
    element.counter.packets++;
    element.counter.bytes += bytes;
  }
  return element;
}

/** Is the value within: for the right side of a comparison. */
export function tester(expr: Expr): (value: Value) => boolean {
  if (expr.kind === "value") {
    const wanted = expr.value;
    return (value) => value === wanted;
  }
  const part = partOf(expr);
  return (value) => within(value, part);
}

export { packed };

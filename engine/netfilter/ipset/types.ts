/**
 * The types of sets: what an element of each is made of, what `create` and `add` may say about
 * it, and what the kernel's structures weigh (net/netfilter/ipset/ip_set_hash_*.c,
 * ip_set_bitmap_*.c, ip_set_list_set.c; lib/ipset_*.c).
 *
 * Differs: hash:net,net, hash:net,iface, hash:mac, hash:ip,mark and bitmap:ip,mac are refused by name.
 */
import type { Ip } from "../../wire/ip";

/** What one comma-separated part of an element says. */
export type Part = "ip" | "net" | "port" | "number" | "set";

/** IPSET_TYPE_*: two sets may be swapped when these are the same. */
export type Feature = "IP" | "PORT" | "IP2" | "NAME" | "NOMATCH";

export type SetType = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kind: "hash" | "bitmap" | "list";
  readonly parts: readonly Part[];
  readonly revision: number;
  readonly features: readonly Feature[];
  readonly family: "inet" | "unspec";
  /** What an empty set takes: struct htype, htable and one region, or the bitmap's struct, without the bits. */
  readonly bareBytes: number;
  /** struct hash_*4_elem, before any extension. */
  readonly elementBytes: number;
  /** The hash may be given netmask or bitmask. */
  readonly masks?: boolean;
};

export const SET_TYPES: readonly SetType[] = [
  { name: "hash:ip", aliases: ["iphash"], kind: "hash", parts: ["ip"], revision: 6, features: ["IP"], family: "inet", bareBytes: 216, elementBytes: 4, masks: true },
  { name: "hash:net", aliases: ["nethash"], kind: "hash", parts: ["net"], revision: 7, features: ["IP", "NOMATCH"], family: "inet", bareBytes: 456, elementBytes: 8 },
  { name: "hash:ip,port", aliases: ["ipporthash"], kind: "hash", parts: ["ip", "port"], revision: 7, features: ["IP", "PORT"], family: "inet", bareBytes: 216, elementBytes: 8, masks: true },
  { name: "hash:net,port", aliases: ["netporthash"], kind: "hash", parts: ["net", "port"], revision: 8, features: ["IP", "PORT", "NOMATCH"], family: "inet", bareBytes: 456, elementBytes: 8 },
  { name: "hash:ip,port,ip", aliases: ["ipportiphash"], kind: "hash", parts: ["ip", "port", "ip"], revision: 6, features: ["IP", "PORT", "IP2"], family: "inet", bareBytes: 208, elementBytes: 12 },
  { name: "hash:ip,port,net", aliases: ["ipportnethash"], kind: "hash", parts: ["ip", "port", "net"], revision: 8, features: ["IP", "PORT", "IP2", "NOMATCH"], family: "inet", bareBytes: 464, elementBytes: 12 },
  { name: "bitmap:port", aliases: ["portmap"], kind: "bitmap", parts: ["number"], revision: 3, features: ["PORT"], family: "unspec", bareBytes: 72, elementBytes: 0 },
  { name: "bitmap:ip", aliases: ["ipmap"], kind: "bitmap", parts: ["ip"], revision: 3, features: ["IP"], family: "inet", bareBytes: 88, elementBytes: 0 },
  { name: "list:set", aliases: ["setlist"], kind: "list", parts: ["set"], revision: 3, features: ["NAME"], family: "unspec", bareBytes: 80, elementBytes: 48 },
];

/** Known to ipset(8), and left out here. */
export const OTHER_TYPES = ["hash:mac", "hash:ip,mac", "hash:ip,mark", "hash:net,net", "hash:net,port,net", "hash:net,iface", "bitmap:ip,mac", "macipmap", "netifacehash", "ipmarkhash"];

export function setTypeOf(name: string): SetType | undefined {
  return SET_TYPES.find((type) => type.name === name || type.aliases.includes(name));
}

/** An element: addresses with their lengths, protocol and port; what a type does not have is 0. */
export type Key = { readonly ip: Ip; readonly bits: number; readonly proto: number; readonly port: number; readonly ip2: Ip; readonly bits2: number };

export const NO_KEY: Key = { ip: 0 as Ip, bits: 32, proto: 0, port: 0, ip2: 0 as Ip, bits2: 32 };

export function sameKey(a: Key, b: Key): boolean {
  return a.ip === b.ip && a.port === b.port && a.proto === b.proto && a.ip2 === b.ip2 && a.bits === b.bits && a.bits2 === b.bits2;
}

/** What `create` says, as the kernel keeps it. */
export type SetOptions = {
  readonly hashsize: number;
  readonly maxelem: number;
  readonly bucketsize: number;
  readonly initval: number;
  /** Seconds; undefined: elements stay. */
  readonly timeout: number | undefined;
  readonly counters: boolean;
  readonly comment: boolean;
  readonly forceadd: boolean;
  /** bitmap:*: first and last, ports or addresses. */
  readonly range: readonly [number, number];
  readonly netmask: number | undefined;
  readonly bitmask: Ip | undefined;
  /** list:set. */
  readonly size: number;
};

/** What may be said of an element beyond itself (struct ip_set_ext). */
export type Extensions = { readonly timeout?: number; readonly packets?: number; readonly bytes?: number; readonly comment?: string; readonly nomatch?: boolean };

/** A place in a bucket or bitmap: counters of who was there before stay until written over, as in the kernel. */
export type Slot = { key: Key; used: boolean; nomatch: boolean; expiresMs: number; packets: number; bytes: number; comment: string };

/** struct ip_set_comment_rcu and the final zero, around the text. */
export function weightOf(comment: string): number {
  return comment === "" ? 0 : 17 + comment.length;
}

/** Why the kernel says no: IPSET_ERR_* and errno. */
export type Refusal =
  | "EXIST" | "FULL" | "BITMAP_RANGE" | "NULL_ELEMENT" | "INVALID_CIDR" | "HASH_RANGE" | "INVALID_PROTO" | "EINVAL" | "ENOMEM"
  | "TIMEOUT" | "COUNTER" | "COMMENT" | "NAME" | "LOOP" | "NAMEREF" | "REF_EXIST" | "BITMAP_RANGE_SIZE";

/**
 * From what was asked for to single elements: the loops of hash_*_uadt() and bitmap_*_uadt(),
 * in the kernel's order, for what was added before an error stays added.
 */
import { type Ip, maskOf, networkOf } from "../../wire/ip";
import { BitmapBody } from "./bitmap";
import type { AddressSpan, Request } from "./element";
import { spanOf } from "./hash-table";
import type { IpSet } from "./ip-set";
import { type Key, NO_KEY, type Refusal } from "./types";

const WHOLE = 0xffff_ffff;

/** ip_set_range_to_cidr(): the largest network that begins here and does not pass the end. */
function largestNetwork(from: number, to: number): readonly [number, number] {
  for (let bits = 1; bits < 32; bits++) {
    if (networkOf(from as Ip, bits) !== from) continue;
    const last = (from | ~maskOf(bits)) >>> 0;
    if (last <= to) return [bits, last];
  }
  return [32, from];
}

type Bounds = readonly [number, number];

function boundsOf({ ip, bits, to }: AddressSpan): Bounds | "INVALID_CIDR" {
  if (to !== undefined) return ip > to ? [to, ip] : [ip, to];
  if (bits === 0) return "INVALID_CIDR";
  return bits === undefined ? [ip, ip] : spanOf(ip, bits);
}

function* addresses([from, to]: Bounds, step: number): Generator<Ip> {
  for (let ip = from; ip <= to; ip += step) yield ip as Ip;
}

function* networks(span: AddressSpan, [from, to]: Bounds): Generator<{ readonly ip: Ip; readonly bits: number }> {
  if (span.to === undefined) {
    yield { ip: from as Ip, bits: span.bits ?? 32 };
    return;
  }
  for (let ip = from; ip <= to; ) {
    const [bits, last] = largestNetwork(ip, to);
    yield { ip: ip as Ip, bits };
    ip = last + 1;
  }
}

function* ports({ ports: span }: Request): Generator<{ readonly proto: number; readonly port: number }> {
  if (span === undefined) {
    yield { proto: 0, port: 0 };
    return;
  }
  const { proto, port, portTo = port } = span;
  for (let each = Math.min(port, portTo); each <= Math.max(port, portTo); each++) yield { proto, port: each };
}

type Expanded = { readonly keys: Iterable<Key> } | { readonly refusal: Refusal };

const no = (refusal: Refusal): Expanded => ({ refusal });

/** The single elements of a request to add or delete, or why it is refused as a whole. */
export function expand(set: IpSet, request: Request): Expanded {
  const { first, second, ports: span } = request;
  if (set.type.kind === "bitmap") return expandBitmap(set, request);
  const wholeSpace = [first, second].some((each) => each?.to !== undefined && each.ip === 0 && each.to === WHOLE);
  if (first === undefined) return no("EINVAL");
  // hash:ip and hash:ip,port look at the address first.
  if (set.type.masks && set.masked({ ...NO_KEY, ip: first.ip }).ip === 0) return no(set.type.parts.length === 1 ? "NULL_ELEMENT" : "EINVAL");
  if (span?.proto === 0) return no("INVALID_PROTO");
  const outer = boundsOf({ ...first, ip: set.masked({ ...NO_KEY, ip: first.ip }).ip });
  if (typeof outer === "string") return no(outer);
  const inner = second && boundsOf(second);
  if (typeof inner === "string") return no(inner);
  if (wholeSpace && set.type.parts.includes("net")) return no("HASH_RANGE");
  return { keys: elements(set, request, first, outer, second, inner) };
}

function* elements({ type, options }: IpSet, request: Request, first: AddressSpan, outer: Bounds, second: AddressSpan | undefined, inner: Bounds | undefined): Generator<Key> {
  const step = options.netmask === undefined || type.parts.length > 1 ? 1 : 2 ** (32 - options.netmask);
  const heads = type.parts[0] === "net" ? networks(first, outer) : addresses(outer, step);
  for (const head of heads) {
    const begin: Key = typeof head === "number" ? { ...NO_KEY, ip: head } : { ...NO_KEY, ...head };
    for (const port of ports(request)) {
      const middle = { ...begin, ...port };
      if (second === undefined || inner === undefined) yield middle;
      else if (type.parts[2] === "ip") yield { ...middle, ip2: second.ip };
      else for (const { ip, bits } of networks(second, inner)) yield { ...middle, ip2: ip, bits2: bits };
    }
  }
}

/** Both ends must lie in the range before anything is added. */
function expandBitmap(set: IpSet, { first, ports: span }: Request): Expanded {
  if (!(set.body instanceof BitmapBody)) return no("EINVAL");
  if (span) {
    const { port, portTo = port } = span;
    const [from, to] = [Math.min(port, portTo), Math.max(port, portTo)];
    const keys = Array.from({ length: to - from + 1 }, (_, i) => ({ ...NO_KEY, port: from + i }));
    return set.body.holds({ ...NO_KEY, port: from }) && set.body.holds({ ...NO_KEY, port: to }) ? { keys } : no("BITMAP_RANGE");
  }
  if (first === undefined) return no("EINVAL");
  if (!set.body.holds({ ...NO_KEY, ip: first.ip })) return no("BITMAP_RANGE");
  const bounds = boundsOf(first);
  if (typeof bounds === "string") return no(bounds);
  // Steps of a network each, from wherever the range begins.
  const [from, to] = bounds;
  if (from < set.options.range[0] || to > set.options.range[1]) return no("BITMAP_RANGE");
  return { keys: [...addresses([from, to], 2 ** (32 - (set.options.netmask ?? 32)))].map((ip) => ({ ...NO_KEY, ip })) };
}

/** The one element that `test` looks for. */
export function testKey(set: IpSet, { first, ports: span, second }: Request): Key {
  const { type } = set;
  const key = { ...NO_KEY, ip: first?.ip ?? NO_KEY.ip, proto: type.parts[0] === "number" ? 0 : (span?.proto ?? 0), port: span?.port ?? 0, ip2: second?.ip ?? NO_KEY.ip };
  if (type.parts[0] === "net") return { ...key, ip: networkOf(key.ip, first?.bits ?? 32), bits: first?.bits ?? 32 };
  if (type.parts[2] === "net") return { ...key, ip2: networkOf(key.ip2, second?.bits ?? 32), bits2: second?.bits ?? 32 };
  return set.masked(key);
}

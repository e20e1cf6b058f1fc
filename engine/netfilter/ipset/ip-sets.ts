/**
 * All sets of a namespace, and how rules ask them about packets (net/netfilter/ipset/ip_set_core.c).
 */
import type { Rng } from "../../core/rng";
import type { Netns } from "../../net/netns";
import type { Skb } from "../../net/skb";
import { ipv4Length } from "../../wire/ipv4";
import type { Netfilter, SetDirection, SetLookup } from "../attach";
import { IpSet, type SetOptions } from "./ip-set";
import { type Key, NO_KEY, type SetType } from "./types";

export class IpSets implements SetLookup {
  readonly #sets = new Map<string, IpSet>();
  readonly #rng: Rng;

  constructor(private readonly ns: Netns) {
    this.#rng = ns.world.rng.fork(`ipset ${ns.name}`);
  }

  get(name: string): IpSet | undefined {
    return this.#sets.get(name);
  }

  all(): IpSet[] {
    return [...this.#sets.values()];
  }

  create(name: string, type: SetType, options: SetOptions): void {
    this.#sets.set(name, new IpSet(name, type, options, this.#rng.u32(), this.ns.world.scheduler));
  }

  destroy(set: IpSet): void {
    this.#sets.delete(set.name);
  }

  rename(set: IpSet, name: string): void {
    this.#sets.delete(set.name);
    set.name = name;
    this.#sets.set(name, set);
  }

  /** Contents and headers change places; references belong to the name. */
  swap(a: IpSet, b: IpSet): void {
    [a.name, b.name] = [b.name, a.name];
    [a.references, b.references] = [b.references, a.references];
    this.#sets.set(a.name, a);
    this.#sets.set(b.name, b);
  }

  exists(name: string): boolean {
    return this.#sets.has(name);
  }

  dimension(name: string): number | undefined {
    return this.#sets.get(name)?.type.parts.length;
  }

  retain(name: string): void {
    const set = this.#sets.get(name);
    if (set) set.references++;
  }

  release(name: string): void {
    const set = this.#sets.get(name);
    if (set) set.references--;
  }

  test(name: string, skb: Skb, directions: readonly SetDirection[], options: Parameters<SetLookup["test"]>[3]): boolean {
    const set = this.#sets.get(name);
    const key = set && keyOf(set.type, skb, directions);
    const element = key && set.find(key);
    if (element === undefined) return false;
    if (element.nomatch) return options.returnNomatch;
    if (options.returnNomatch && set?.type.parts.includes("net")) return false;
    const { counters } = options;
    if (counters && !compares(element[counters.field], counters.op, counters.value)) return false;
    if (set?.options.counters) {
      element.packets++;
      element.bytes += ipv4Length(skb.packet);
    }
    return true;
  }

  add(name: string, skb: Skb, directions: readonly SetDirection[], { exist, timeout }: { readonly exist: boolean; readonly timeout?: number }): void {
    const set = this.#sets.get(name);
    const key = set && keyOf(set.type, skb, directions);
    if (set && key) set.add(key, timeout === undefined ? {} : { timeout }, exist);
  }

  delete(name: string, skb: Skb, directions: readonly SetDirection[]): void {
    const set = this.#sets.get(name);
    const key = set && keyOf(set.type, skb, directions);
    if (set && key) set.delete(key);
  }
}

/** Gives a namespace its sets. */
export function attachIpSets(netfilter: Netfilter): IpSets {
  if (netfilter.sets instanceof IpSets) return netfilter.sets;
  const sets = new IpSets(netfilter.ns);
  netfilter.sets = sets;
  return sets;
}

function compares(value: number, op: "eq" | "lt" | "gt" | "ne", limit: number): boolean {
  if (op === "eq") return value === limit;
  if (op === "ne") return value !== limit;
  return op === "lt" ? value < limit : value > limit;
}

/** What of a packet a set of this type looks at; undefined when the packet has no such thing. */
function keyOf(type: SetType, { packet }: Skb, directions: readonly SetDirection[]): Key | undefined {
  let key: Key = NO_KEY;
  for (const [index, part] of type.parts.entries()) {
    const source = directions[index] === "src";
    const address = source ? packet.src : packet.dst;
    if (part === "ip" || part === "net") key = index === 0 ? { ...key, ip: address } : { ...key, ip2: address };
    else {
      const port = portOf(packet, source);
      if (port === undefined) return undefined;
      // A bitmap holds ports of TCP and UDP alike.
      if (part === "number" && packet.proto !== 6 && packet.proto !== 17) return undefined;
      key = { ...key, proto: part === "number" ? 0 : packet.proto, port };
    }
  }
  return key;
}

/** ip_set_get_ip4_port(): a later fragment has no port. */
function portOf({ payload, offset }: Skb["packet"], source: boolean): number | undefined {
  if (offset > 0) return undefined;
  if (payload.kind === "tcp" || payload.kind === "udp") return source ? payload.sport : payload.dport;
  return payload.kind === "icmp" ? payload.type * 256 + payload.code : 0;
}

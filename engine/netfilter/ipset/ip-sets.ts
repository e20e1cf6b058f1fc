/**
 * All sets of a namespace by their index, and how rules ask them about packets
 * (net/netfilter/ipset/ip_set_core.c, the *_kadt() of the types).
 */
import type { Rng } from "../../core/rng";
import type { Netns } from "../../net/netns";
import type { Skb } from "../../net/skb";
import { type Ip, networkOf } from "../../wire/ip";
import { ipv4Length } from "../../wire/ipv4";
import type { Netfilter, SetDirection, SetLookup, SetQuestion } from "../attach";
import { IpSet } from "./ip-set";
import { HashTable } from "./hash-table";
import { ListBody } from "./list";
import { type Key, NO_KEY, type SetOptions, type SetType, type Slot } from "./types";

const ICMP = 1;

export class IpSets implements SetLookup {
  /** A freed place is the next one taken. */
  readonly #sets: (IpSet | undefined)[] = [];
  readonly #rng: Rng;

  constructor(private readonly ns: Netns) {
    this.#rng = ns.world.rng.fork(`ipset ${ns.name}`);
  }

  get(name: string): IpSet | undefined {
    return this.#sets.find((set) => set?.name === name);
  }

  /** In the order of a dump: sets of sets come last, so that a restore finds their members. */
  all(): IpSet[] {
    const sets = this.#sets.filter((set) => set !== undefined);
    return [...sets.filter(({ type }) => type.kind !== "list"), ...sets.filter(({ type }) => type.kind === "list")];
  }

  /** The salt of a set that was given none. */
  salt(): number {
    return this.#rng.u32();
  }

  create(name: string, type: SetType, options: SetOptions): void {
    const free = this.#sets.indexOf(undefined);
    this.#sets[free < 0 ? this.#sets.length : free] = new IpSet(name, type, options, this.ns.world.scheduler);
  }

  destroy(set: IpSet): void {
    set.body.flush();
    this.#sets[this.#sets.indexOf(set)] = undefined;
  }

  /** Contents change places under the names; references belong to the name. Members of lists go by place as well. */
  swap(a: IpSet, b: IpSet): void {
    const [i, j] = [this.#sets.indexOf(a), this.#sets.indexOf(b)];
    [this.#sets[i], this.#sets[j]] = [b, a];
    [a.name, b.name] = [b.name, a.name];
    [a.references, b.references] = [b.references, a.references];
    for (const { body } of this.all()) if (body instanceof ListBody) body.exchange(a, b);
  }

  exists(name: string): boolean {
    return this.get(name) !== undefined;
  }

  retain(name: string): void {
    const set = this.get(name);
    if (set) set.references++;
  }

  release(name: string): void {
    const set = this.get(name);
    if (set) set.references--;
  }

  test(name: string, skb: Skb, directions: readonly SetDirection[], question: SetQuestion): boolean {
    const set = this.get(name);
    return set !== undefined && this.#test(set, skb, directions, question);
  }

  /** ip_set_test(). */
  #test(set: IpSet, skb: Skb, directions: readonly SetDirection[], question: SetQuestion): boolean {
    if (directions.length < set.type.parts.length) return false;
    if (set.body instanceof ListBody) return this.#testList(set, skb, directions, question);
    const key = keyOf(set, skb, directions);
    if (key === undefined) return false;
    for (const slot of set.matching(key)) {
      if (!this.#counted(set, slot, skb, question)) continue;
      const inverted = question.returnNomatch && set.type.features.includes("NOMATCH");
      return slot.nomatch === inverted;
    }
    return false;
  }

  /** list_set_ktest(): the members' counters are not compared. */
  #testList(set: IpSet, skb: Skb, directions: readonly SetDirection[], question: SetQuestion): boolean {
    if (!(set.body instanceof ListBody)) return false;
    set.clean();
    const inner: SetQuestion = { returnNomatch: question.returnNomatch, keepCounters: question.keepCounters || question.keepSubcounters, keepSubcounters: question.keepSubcounters };
    for (const member of set.body.slots()) if (this.#test(member.set, skb, directions, inner) && !set.expired(member) && this.#counted(set, member, skb, question)) return true;
    return false;
  }

  /** ip_set_match_extensions(): the packet is counted, then the counters are compared. */
  #counted({ options }: IpSet, slot: Slot, { packet }: Skb, { keepCounters, packets, bytes }: SetQuestion): boolean {
    if (!options.counters) return true;
    if (!keepCounters) {
      slot.packets++;
      slot.bytes += ipv4Length(packet);
    }
    return compares(slot.packets, packets) && compares(slot.bytes, bytes);
  }

  add(name: string, skb: Skb, directions: readonly SetDirection[], { exist, timeout }: { readonly exist: boolean; readonly timeout?: number }): void {
    const set = this.get(name);
    if (set) this.#add(set, skb, directions, exist, timeout);
  }

  #add(set: IpSet, skb: Skb, directions: readonly SetDirection[], exist: boolean, timeout: number | undefined): boolean {
    if (directions.length < set.type.parts.length) return false;
    if (set.body instanceof ListBody) return [...set.body.slots()].some((member) => !set.expired(member) && this.#add(member.set, skb, directions, exist, timeout));
    const key = entryOf(set, skb, directions);
    if (key === undefined) return false;
    const refusal = set.add(key, { packets: 1, bytes: ipv4Length(skb.packet), ...(timeout !== undefined && { timeout }) }, exist, false);
    return refusal === undefined;
  }

  delete(name: string, skb: Skb, directions: readonly SetDirection[]): void {
    const set = this.get(name);
    if (set) this.#delete(set, skb, directions);
  }

  #delete(set: IpSet, skb: Skb, directions: readonly SetDirection[]): boolean {
    if (directions.length < set.type.parts.length) return false;
    if (set.body instanceof ListBody) return [...set.body.slots()].some((member) => !set.expired(member) && this.#delete(member.set, skb, directions));
    const key = entryOf(set, skb, directions);
    return key !== undefined && set.delete(key);
  }
}

/** Gives a namespace its sets. */
export function attachIpSets(netfilter: Netfilter): IpSets {
  if (netfilter.sets instanceof IpSets) return netfilter.sets;
  const sets = new IpSets(netfilter.ns);
  netfilter.sets = sets;
  return sets;
}

function compares(value: number, check: SetQuestion["packets"]): boolean {
  if (check === undefined) return true;
  const { op, value: limit } = check;
  if (op === "eq") return value === limit;
  if (op === "ne") return value !== limit;
  return op === "lt" ? value < limit : value > limit;
}

/** What of a packet a set of this type looks at; undefined when the packet has no such thing. */
function keyOf(set: IpSet, { packet }: Skb, directions: readonly SetDirection[]): Key | undefined {
  const { type } = set;
  let key: Key = NO_KEY;
  for (const [index, part] of type.parts.entries()) {
    const source = directions[index] === "src";
    const address = source ? packet.src : packet.dst;
    if (part === "ip" || part === "net") {
      key = index === 0 ? { ...key, ip: address } : { ...key, ip2: address };
      continue;
    }
    const port = portOf(packet, source);
    if (port === undefined) return undefined;
    // A bitmap holds ports of TCP and UDP alike.
    if (part === "number" && packet.proto !== 6 && packet.proto !== 17) return undefined;
    key = { ...key, proto: part === "number" ? 0 : packet.proto, port };
  }
  const masked = set.masked(key);
  return type.kind === "hash" && type.masks && masked.ip === 0 ? undefined : masked;
}

/** What -j SET puts in or takes out: in a set of networks, a network as long as the longest there is. */
function entryOf(set: IpSet, skb: Skb, directions: readonly SetDirection[]): Key | undefined {
  const key = keyOf(set, skb, directions);
  if (key === undefined || !(set.body instanceof HashTable)) return key;
  const bits = set.body.longest;
  if (set.type.parts[0] === "net") return { ...key, ip: networkOf(key.ip as Ip, bits), bits };
  return set.type.parts[2] === "net" ? { ...key, ip2: networkOf(key.ip2, bits), bits2: bits } : key;
}

/** ip_set_get_ip4_port(): a later fragment of what has ports tells none. */
function portOf({ payload, offset, proto }: Skb["packet"], source: boolean): number | undefined {
  const hasPort = proto === ICMP || [6, 17, 132, 136].includes(proto);
  if (offset > 0) return hasPort ? undefined : 0;
  if (payload.kind === "tcp" || payload.kind === "udp") return source ? payload.sport : payload.dport;
  return payload.kind === "icmp" ? payload.type * 256 + payload.code : 0;
}

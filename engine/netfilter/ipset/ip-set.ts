/**
 * One set, as the kernel has it: its body (hash table, bitmap or list), its extensions, its
 * references, and its header. struct ip_set of include/linux/netfilter/ipset/ip_set.h.
 */
import { type Ip, maskOf, printIp } from "../../wire/ip";
import { BitmapBody } from "./bitmap";
import { HashTable } from "./hash-table";
import { ListBody } from "./list";
import { type Extensions, type Key, type Refusal, type SetOptions, type SetType, type Slot, weightOf } from "./types";

export type Clock = { readonly nowMs: number };

/** IPSET_GC_TIME: a set is cleaned three times per time-out, and at least every three minutes. */
const SLOWEST_CLEANING = 180;
/** ip_set_timeout_uget(): more does not fit into jiffies. */
const LONGEST_TIMEOUT = 4_294_967;
const align8 = (n: number): number => Math.ceil(n / 8) * 8;

/** ip_set_elem_len(): what one element takes with all that may be said of it. */
function slotBytes({ elementBytes, kind }: SetType, { counters, comment, timeout }: SetOptions): number {
  const extended = counters || comment || timeout !== undefined;
  const bare = extended || kind !== "hash" ? align8(elementBytes) : elementBytes;
  return bare + (counters ? 16 : 0) + (timeout === undefined ? 0 : 8) + (comment ? 8 : 0);
}

export class IpSet {
  references = 0;
  readonly body: HashTable | BitmapBody | ListBody;
  #cleanedMs: number;
  readonly #createdMs: number;

  constructor(
    public name: string,
    readonly type: SetType,
    readonly options: SetOptions,
    private readonly clock: Clock,
  ) {
    const bytes = slotBytes(type, options);
    const expired = (slot: Slot): boolean => this.expired(slot);
    if (type.kind === "hash") this.body = new HashTable(type, 31 - Math.clz32(options.hashsize), { ...options, timed: options.timeout !== undefined }, bytes, expired);
    else if (type.kind === "bitmap") this.body = new BitmapBody(type, options, bytes, expired);
    else this.body = new ListBody(bytes, expired);
    this.#createdMs = clock.nowMs;
    this.#cleanedMs = clock.nowMs;
  }

  expired({ expiresMs }: Slot): boolean {
    return expiresMs < this.clock.nowMs;
  }

  /** The garbage collector ran meanwhile: a second after creation, then in steps of a third of the time-out. */
  clean(): void {
    const { timeout } = this.options;
    if (timeout === undefined) return;
    const everyMs = Math.max(1, Math.min(Math.floor(timeout / 3), SLOWEST_CLEANING)) * 1000;
    const firstMs = this.#createdMs + (this.type.kind === "hash" ? 1000 : everyMs);
    if (this.clock.nowMs < firstMs) return;
    const lastMs = firstMs + Math.floor((this.clock.nowMs - firstMs) / everyMs) * everyMs;
    if (lastMs <= this.#cleanedMs) return;
    this.#cleanedMs = lastMs;
    this.body.collect((slot) => slot.expiresMs < lastMs);
  }

  /** What is not allowed of an element because the set was made without it. */
  refuses({ timeout, packets, bytes, comment }: Extensions): Refusal | undefined {
    if (timeout !== undefined && this.options.timeout === undefined) return "TIMEOUT";
    if ((packets !== undefined || bytes !== undefined) && !this.options.counters) return "COUNTER";
    return comment !== undefined && !this.options.comment ? "COMMENT" : undefined;
  }

  /** `growing`: from user space the table may grow; a packet finds a full bucket full. */
  add(key: Key, extensions: Extensions, exist: boolean, growing: boolean): Refusal | undefined {
    if (this.body instanceof ListBody) return "EINVAL";
    this.clean();
    for (;;) {
      const found = this.body.add(key, exist);
      if (typeof found === "object") {
        this.extend(found.slot, extensions);
        return undefined;
      }
      if (found !== "AGAIN") return found;
      if (!growing || this.body instanceof BitmapBody) return "FULL";
      this.body.grow();
    }
  }

  /** ip_set_init_extensions(): counters are only written when given. */
  extend(slot: Slot, { timeout, packets, bytes, comment, nomatch }: Extensions): void {
    slot.nomatch = nomatch === true;
    if (packets !== undefined) slot.packets = packets;
    if (bytes !== undefined) slot.bytes = bytes;
    slot.comment = this.options.comment ? (comment ?? "") : "";
    const seconds = Math.min(timeout ?? this.options.timeout ?? 0, LONGEST_TIMEOUT);
    slot.expiresMs = this.options.timeout === undefined || seconds === 0 ? Number.POSITIVE_INFINITY : this.clock.nowMs + seconds * 1000;
  }

  delete(key: Key): boolean {
    this.clean();
    return !(this.body instanceof ListBody) && this.body.delete(key);
  }

  /** hash:ip and its kin with netmask or bitmask keep only that much of an address; of a range only of its beginning. */
  masked(key: Key): Key {
    const mask = this.mask;
    return mask === undefined || this.type.kind !== "hash" ? key : { ...key, ip: ((key.ip & mask) >>> 0) as Ip };
  }

  get mask(): Ip | undefined {
    const { netmask, bitmask } = this.options;
    return bitmask ?? (netmask === undefined ? undefined : maskOf(netmask));
  }

  *matching(key: Key): Generator<Slot> {
    this.clean();
    if (this.body instanceof ListBody) return;
    for (const slot of this.body.matching(key)) if (!this.expired(slot)) yield slot;
  }

  *living(): Generator<Slot> {
    this.clean();
    for (const slot of this.body.slots()) if (!this.expired(slot)) yield slot;
  }

  /** "Number of entries": bitmaps and lists count what has expired until they are cleaned. */
  get size(): number {
    this.clean();
    return this.body instanceof HashTable ? [...this.living()].length : this.body.size;
  }

  get memory(): number {
    this.clean();
    let comments = 0;
    if (this.options.comment) for (const { comment } of this.body.slots()) comments += weightOf(comment);
    return this.body.memory + comments;
  }

  /** "family inet hashsize 1024 …": what follows the type in `save`, and "Header:" in `list`. */
  header(): string {
    const { maxelem, timeout, counters, comment, range, bucketsize, initval, netmask, bitmask, size } = this.options;
    const mask = `${netmask === undefined ? "" : ` netmask ${netmask}`}${bitmask === undefined ? "" : ` bitmask ${printIp(bitmask)}`}`;
    const extensions = `${timeout === undefined ? "" : ` timeout ${timeout}`}${counters ? " counters" : ""}${comment ? " comment" : ""}`;
    // hash:ip,port learnt of masks last.
    const late = this.type.parts.length > 1;
    const hex = initval.toString(16).padStart(8, "0");
    if (this.body instanceof HashTable) return `family ${this.type.family} hashsize ${2 ** this.body.bits} maxelem ${maxelem}${late ? "" : mask}${extensions} bucketsize ${bucketsize} initval 0x${hex}${late ? mask : ""}`;
    if (this.body instanceof ListBody) return `size ${size}${extensions}`;
    const [first, last] = range.map((n) => (this.type.name === "bitmap:ip" ? printIp(n as Ip) : String(n)));
    return `range ${first}-${last}${mask}${extensions}`;
  }

  /** Seconds left, as the kernel says them: never 0 while it lives. */
  remaining({ expiresMs }: Slot): number {
    return expiresMs === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor((expiresMs - this.clock.nowMs) / 1000));
  }

  /** same_set(): what `create -exist` compares. */
  resembles(type: SetType, options: SetOptions): boolean {
    const mine = this.options;
    if (this.type !== type || mine.timeout !== options.timeout || mine.counters !== options.counters || mine.comment !== options.comment) return false;
    if (type.kind === "list") return mine.size === options.size;
    if (mine.netmask !== options.netmask || mine.bitmask !== options.bitmask) return false;
    return type.kind === "bitmap" ? mine.range[0] === options.range[0] && mine.range[1] === options.range[1] : mine.maxelem === options.maxelem;
  }
}

/**
 * The hash table behind every hash:* type (net/netfilter/ipset/ip_set_hash_gen.h): buckets that
 * grow by two up to `bucketsize`, then a table twice as large; the order of a listing and "Size
 * in memory" follow from it exactly, given the set's initval.
 *
 * Differs: buckets are kept in a Map instead of an array, so that an empty set of a million costs nothing.
 */
import type { Ip } from "../../wire/ip";
import { maskOf, networkOf } from "../../wire/ip";
import { jhash2 } from "../jhash";
import { type Key, type Part, type SetType, type Slot, sameKey } from "./types";

/** `used` of `size` places have been taken once; behind them lies memory of elements that went. */
type Bucket = { readonly slots: Slot[]; pos: number; size: number };
type Region = { elements: number; bytes: number };

/** AHASH_INIT_SIZE, HTABLE_REGION_BITS, sizeof(struct hbucket), sizeof(struct ip_set_region). */
const GROW = 2;
const REGION_BITS = 10;
const BUCKET_BYTES = 32;
const REGION_BYTES = 24;

const swap32 = (n: number): number => ((n >>> 24) | ((n >>> 8) & 0xff00) | ((n & 0xff00) << 8) | (n << 24)) >>> 0;
const swap16 = (n: number): number => ((n >>> 8) | (n << 8)) & 0xffff;

/** The element as the kernel's struct lies in memory, as little-endian words: what is hashed. */
export function elementWords({ parts: [first, second, third] }: SetType, { ip, bits, proto, port, ip2, bits2 }: Key): number[] {
  const head = swap32(ip);
  if (second === undefined) return first === "net" ? [head, bits << 24] : [head];
  const tail = swap16(port) | (third === "net" ? ((bits2 - 1) << 16) | (proto << 24) : proto << 16);
  if (third !== undefined) return [head, swap32(ip2), tail];
  return [head, first === "net" ? tail | ((bits - 1) << 24) : tail];
}

const regionsOf = (bits: number): number => (bits < REGION_BITS ? 1 : 2 ** (bits - REGION_BITS));

function* taken(bucket: Bucket | undefined): Generator<Slot> {
  if (bucket) for (let i = 0; i < bucket.pos; i++) if (bucket.slots[i]?.used) yield bucket.slots[i] as Slot;
}

const holesIn = (bucket: Bucket): number => bucket.pos - [...taken(bucket)].length;

export function newSlot(key: Key): Slot {
  return { key, used: false, nomatch: false, expiresMs: Number.POSITIVE_INFINITY, packets: 0, bytes: 0, comment: "" };
}

export class HashTable {
  #buckets = new Map<number, Bucket>();
  #regions: Region[];
  /** How many elements have each prefix length (h->nets): a lookup tries the longest first. */
  readonly #lengths = new Array<number>(33).fill(0);
  readonly #net: Part | "net2" | undefined;

  constructor(
    private readonly type: SetType,
    public bits: number,
    private readonly options: { readonly initval: number; readonly maxelem: number; readonly bucketsize: number; readonly forceadd: boolean; readonly timed: boolean },
    private readonly slotBytes: number,
    private readonly expired: (slot: Slot) => boolean,
  ) {
    this.#regions = this.#freshRegions();
    this.#net = type.parts[0] === "net" ? "net" : type.parts[2] === "net" ? "net2" : undefined;
  }

  #freshRegions(): Region[] {
    return Array.from({ length: regionsOf(this.bits) }, () => ({ elements: 0, bytes: 0 }));
  }

  #hash(key: Key): number {
    return jhash2(elementWords(this.type, key), this.options.initval) & (2 ** this.bits - 1);
  }

  #region(hash: number): Region {
    return this.#regions[hash >>> REGION_BITS] ?? (this.#regions[0] as Region);
  }

  #bucketBytes(places: number): number {
    return BUCKET_BYTES + places * this.slotBytes;
  }

  #count(slot: Slot, by: 1 | -1): void {
    const length = this.#net === "net2" ? slot.key.bits2 : slot.key.bits;
    this.#lengths[length] = (this.#lengths[length] as number) + by;
  }

  get memory(): number {
    const { bareBytes } = this.type;
    return bareBytes + (this.#regions.length - 1) * REGION_BYTES + this.#regions.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** In the order of a listing. */
  *slots(): Generator<Slot> {
    for (const hash of [...this.#buckets.keys()].sort((a, b) => a - b)) yield* taken(this.#buckets.get(hash));
  }

  /** mtype_add(): the place of the element, whoever was there before; AGAIN: the table must grow first. */
  add(key: Key, exist: boolean): { readonly slot: Slot; readonly known: boolean } | "EXIST" | "FULL" | "AGAIN" {
    const hash = this.#hash(key);
    const region = this.#region(hash);
    let most = Math.floor(this.options.maxelem / this.#regions.length);
    let { elements } = region;
    let force = false;
    if (elements >= most) {
      if (this.options.timed) this.collect();
      most = this.options.maxelem;
      elements = this.#regions.reduce((sum, each) => sum + each.elements, 0);
      force = elements >= most && this.options.forceadd;
    }
    const bucket = this.#buckets.get(hash);
    if (bucket === undefined) {
      if (force || elements >= most) return "FULL";
      region.bytes += this.#bucketBytes(GROW);
      const fresh: Bucket = { slots: [], pos: 0, size: GROW };
      this.#buckets.set(hash, fresh);
      return this.#append(fresh, region, key);
    }
    let free: Slot | undefined;
    for (const slot of bucket.slots.slice(0, bucket.pos)) {
      if (!slot.used) {
        free ??= slot;
        continue;
      }
      if (sameKey(slot.key, key)) return exist || this.expired(slot) ? { slot, known: true } : "EXIST";
      if (this.expired(slot)) free ??= slot;
    }
    if (free === undefined && force) free = bucket.slots[0];
    if (free !== undefined) return this.#reuse(free, region, key);
    if (elements >= most) return "FULL";
    if (bucket.pos >= bucket.size) {
      if (bucket.size >= this.options.bucketsize) return "AGAIN";
      bucket.size += GROW;
      region.bytes += this.#bucketBytes(GROW);
    }
    return this.#append(bucket, region, key);
  }

  #append(bucket: Bucket, region: Region, key: Key): { readonly slot: Slot; readonly known: boolean } {
    const slot = bucket.slots[bucket.pos] ?? newSlot(key);
    bucket.slots[bucket.pos++] = slot;
    slot.key = key;
    slot.used = true;
    region.elements++;
    this.#count(slot, 1);
    return { slot, known: false };
  }

  #reuse(slot: Slot, region: Region, key: Key): { readonly slot: Slot; readonly known: boolean } {
    if (slot.used) this.#drop(slot, region);
    slot.key = key;
    slot.used = true;
    region.elements++;
    this.#count(slot, 1);
    return { slot, known: false };
  }

  #drop(slot: Slot, region: Region): void {
    slot.used = false;
    slot.comment = "";
    region.elements--;
    this.#count(slot, -1);
  }

  /** mtype_del(). */
  delete(key: Key): boolean {
    const hash = this.#hash(key);
    const bucket = this.#buckets.get(hash);
    const index = bucket === undefined ? -1 : bucket.slots.findIndex((each, i) => i < bucket.pos && each.used && sameKey(each.key, key));
    const slot = bucket?.slots[index];
    if (bucket === undefined || slot === undefined || this.expired(slot)) return false;
    const region = this.#region(hash);
    this.#drop(slot, region);
    if (index + 1 === bucket.pos) bucket.pos--;
    const holes = holesIn(bucket);
    if (holes === bucket.pos) this.#free(hash, bucket, region);
    else if (holes >= GROW) this.#shrink(bucket, region);
    return true;
  }

  #free(hash: number, bucket: Bucket, region: Region): void {
    region.bytes -= this.#bucketBytes(bucket.size);
    this.#buckets.delete(hash);
  }

  #shrink(bucket: Bucket, region: Region): void {
    bucket.size -= GROW;
    const kept = [...taken(bucket)];
    bucket.slots.splice(0, bucket.slots.length, ...kept);
    bucket.pos = kept.length;
    region.bytes -= this.#bucketBytes(GROW);
  }

  /** mtype_gc_do(): takes out what has expired. */
  collect(gone: (slot: Slot) => boolean = this.expired): void {
    for (const [hash, bucket] of this.#buckets) {
      const region = this.#region(hash);
      for (const slot of [...taken(bucket)]) if (gone(slot)) this.#drop(slot, region);
      const holes = holesIn(bucket);
      if (holes < GROW) continue;
      if (holes >= bucket.size) this.#free(hash, bucket, region);
      else this.#shrink(bucket, region);
    }
  }

  /** mtype_resize(): twice as many buckets, again if one of them still overflows. */
  grow(): void {
    const old = [...this.slots()].filter((slot) => !this.expired(slot));
    do this.bits++;
    while (!this.#fill(old));
  }

  #fill(slots: readonly Slot[]): boolean {
    this.#buckets = new Map();
    this.#regions = this.#freshRegions();
    for (const slot of slots) {
      const hash = this.#hash(slot.key);
      const region = this.#region(hash);
      const bucket = this.#buckets.get(hash) ?? { slots: [], pos: 0, size: 0 };
      if (bucket.pos >= bucket.size) {
        if (bucket.size >= this.options.bucketsize) return false;
        bucket.size += GROW;
        region.bytes += this.#bucketBytes(GROW);
        this.#buckets.set(hash, bucket);
      }
      bucket.slots[bucket.pos++] = slot;
      region.elements++;
    }
    return true;
  }

  flush(): void {
    this.#buckets.clear();
    this.#regions = this.#freshRegions();
    this.#lengths.fill(0);
  }

  /** The longest prefix length in use: what -j SET adds to a set of networks. */
  get longest(): number {
    for (let length = 32; length > 0; length--) if ((this.#lengths[length] as number) > 0) return length;
    return 32;
  }

  /** mtype_test(): the elements that equal the key; an address is looked for in networks of each length. */
  *matching(key: Key): Generator<Slot> {
    if (this.#net === undefined || (this.#net === "net" ? key.bits : key.bits2) !== 32) {
      yield* this.#equal(key);
      return;
    }
    for (let length = 32; length > 0; length--) {
      if (this.#lengths[length] === 0) continue;
      if (this.#net === "net") yield* this.#equal({ ...key, ip: networkOf(key.ip, length), bits: length });
      else yield* this.#equal({ ...key, ip2: networkOf(key.ip2, length), bits2: length });
    }
  }

  *#equal(key: Key): Generator<Slot> {
    for (const slot of taken(this.#buckets.get(this.#hash(key)))) if (sameKey(slot.key, key)) yield slot;
  }
}

/** ip_set_mask_from_to(). */
export function spanOf(ip: Ip, bits: number): readonly [number, number] {
  const first = networkOf(ip, bits);
  return [first, (first | ~maskOf(bits)) >>> 0];
}

/**
 * bitmap:port and bitmap:ip: one bit for each port or (net) address of a range
 * (net/netfilter/ipset/ip_set_bitmap_gen.h).
 */
import { type Ip, networkOf } from "../../wire/ip";
import { newSlot } from "./hash-table";
import { type Key, NO_KEY, type SetOptions, type SetType, type Slot } from "./types";

export class BitmapBody {
  /** By number; a place once used keeps its counters. */
  readonly #slots = new Map<number, Slot>();
  readonly #hostBits: number;
  size = 0;

  constructor(
    private readonly type: SetType,
    private readonly options: SetOptions,
    private readonly slotBytes: number,
    private readonly expired: (slot: Slot) => boolean,
  ) {
    this.#hostBits = 32 - (options.netmask ?? 32);
  }

  #numberOf({ ip, port }: Key): number {
    const [first] = this.options.range;
    return this.type.name === "bitmap:port" ? port - first : Math.floor((networkOf(ip, 32 - this.#hostBits) - first) / 2 ** this.#hostBits);
  }

  #keyOf(number: number): Key {
    const [first] = this.options.range;
    return this.type.name === "bitmap:port" ? { ...NO_KEY, port: first + number } : { ...NO_KEY, ip: (first + number * 2 ** this.#hostBits) as Ip };
  }

  holds({ ip, port }: Key): boolean {
    const [first, last] = this.options.range;
    const value = this.type.name === "bitmap:port" ? port : ip;
    return value >= first && value <= last;
  }

  get memory(): number {
    return this.type.bareBytes + Math.ceil(this.#places / 64) * 8 + this.#places * this.slotBytes;
  }

  /** Of networks as many as the smallest network around the range has room for. */
  get #places(): number {
    const [first, last] = this.options.range;
    return this.#hostBits === 0 ? last - first + 1 : 2 ** (32 - Math.clz32(first ^ last) - this.#hostBits);
  }

  *slots(): Generator<Slot> {
    for (const number of [...this.#slots.keys()].sort((a, b) => a - b)) {
      const slot = this.#slots.get(number);
      if (slot?.used) yield slot;
    }
  }

  add(key: Key, exist: boolean): { readonly slot: Slot; readonly known: boolean } | "EXIST" | "BITMAP_RANGE" {
    if (!this.holds(key)) return "BITMAP_RANGE";
    const number = this.#numberOf(key);
    const slot = this.#slots.get(number) ?? newSlot(this.#keyOf(number));
    this.#slots.set(number, slot);
    if (slot.used && !exist && !this.expired(slot)) return "EXIST";
    const known = slot.used;
    if (!known) this.size++;
    slot.used = true;
    return { slot, known };
  }

  delete(key: Key): boolean {
    const slot = this.#slots.get(this.#numberOf(key));
    if (slot === undefined || !slot.used) return false;
    this.#drop(slot);
    return !this.expired(slot);
  }

  #drop(slot: Slot): void {
    slot.used = false;
    slot.comment = "";
    this.size--;
  }

  *matching(key: Key): Generator<Slot> {
    const slot = this.holds(key) ? this.#slots.get(this.#numberOf(key)) : undefined;
    if (slot?.used) yield slot;
  }

  collect(gone: (slot: Slot) => boolean): void {
    for (const slot of this.#slots.values()) if (slot.used && gone(slot)) this.#drop(slot);
  }

  flush(): void {
    for (const slot of this.#slots.values()) if (slot.used) this.#drop(slot);
  }
}

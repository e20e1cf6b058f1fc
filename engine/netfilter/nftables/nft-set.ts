/**
 * Sets, maps and verdict maps. What is looked up by equality is one hash lookup on a packed key,
 * whatever the number of elements (nft_set_hash.c); intervals are found by bisection
 * (nft_set_rbtree.c), concatenations of intervals one after another (nft_set_pipapo.c is faster
 * on a real machine and finds the same).
 */
import type { SetTraits } from "./ast";
import type { Datatype, Value } from "./datatypes";
import type { DataMap, Expr, NamedObject, Stateful, Table, Verdict } from "./model";

/** One dimension of a key: a value when both ends are the same. */
export type KeyPart = { readonly from: Value; readonly to: Value; readonly wildcard?: boolean };
export type Packed = number | string;

export class Element {
  expiresMs: number | undefined;
  timeoutMs: number | undefined;
  comment: string | undefined;
  stateful: readonly Stateful[] | undefined;
  object: NamedObject | undefined;
  constructor(
    readonly key: readonly KeyPart[],
    /** `*`: what is found when nothing else is. */
    readonly any: boolean,
    public verdict: Verdict | undefined,
    public data: readonly KeyPart[] | undefined,
  ) {}

  dead(nowMs: number): boolean {
    return this.expiresMs !== undefined && this.expiresMs <= nowMs;
  }
}

export type SetOptions = SetTraits & {
  readonly types: readonly Datatype[];
  readonly typeof?: readonly Expr[];
  readonly data?: DataMap;
  readonly dataTypeof?: readonly Expr[];
  readonly anonymous: boolean;
  readonly interval: boolean;
  /** Made by `meter NAME`: listed in the rule alone. */
  readonly meter?: boolean;
};

export class NftSet {
  /** By packed key; intervals by their text. */
  readonly elements = new Map<Packed, Element>();
  uses = 0;
  /** At most so many elements. */
  size: number | undefined;
  /** Rules fill it (NFT_SET_EVAL): said of it, or found out while it is being made. */
  dynamic: boolean;
  /** The batch that made it has gone through. */
  settled = false;
  /** What a set without a name is called in events. */
  number: number | undefined;
  #sorted: Element[] | undefined;
  #any: Element | undefined;

  constructor(
    readonly table: Table,
    readonly name: string,
    readonly handle: number,
    readonly options: SetOptions,
  ) {
    this.size = options.size;
    this.dynamic = options.flags.includes("dynamic");
  }

  get data(): DataMap | undefined {
    return this.options.data;
  }

  get types(): readonly Datatype[] {
    return this.options.types;
  }

  /** Undefined when there is none, or it has run out. */
  find(key: Packed, values: readonly Value[] | undefined, nowMs: number): Element | undefined {
    const element = this.options.interval ? this.#findInterval(values ?? [key as Value], nowMs) : this.elements.get(key);
    if (element === undefined) return this.#any;
    if (!element.dead(nowMs)) return element;
    this.remove(element);
    return this.#any;
  }

  #findInterval(values: readonly Value[], nowMs: number): Element | undefined {
    const sorted = this.sorted();
    if (values.length > 1) return sorted.find((element) => !element.dead(nowMs) && element.key.every((part, i) => within(values[i] as Value, part)));
    const value = values[0] as Value;
    let low = 0;
    let high = sorted.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const part = (sorted[middle] as Element).key[0] as KeyPart;
      if (value < part.from) high = middle - 1;
      else if (within(value, part)) return sorted[middle];
      else low = middle + 1;
    }
    return undefined;
  }

  /** By lower ends, without the catch-all. */
  sorted(): Element[] {
    this.#sorted ??= [...this.elements.values()].filter(({ any }) => !any).sort((a, b) => ((a.key[0] as KeyPart).from < (b.key[0] as KeyPart).from ? -1 : 1));
    return this.#sorted;
  }

  put(element: Element): void {
    this.elements.set(this.keyOf(element), element);
    if (element.any) this.#any = element;
    this.#sorted = undefined;
  }

  remove(element: Element): void {
    this.elements.delete(this.keyOf(element));
    if (element.any) this.#any = undefined;
    this.#sorted = undefined;
  }

  keyOf({ key, any }: Element): Packed {
    if (any) return "*";
    if (this.options.interval) return key.map(({ from, to }) => `${from}-${to}`).join(" . ");
    return pack(this.types, key.map(({ from }) => from));
  }

  /** Those alive; the dead are buried on the way. */
  alive(nowMs: number): Element[] {
    const list: Element[] = [];
    for (const element of [...this.elements.values()]) {
      if (element.dead(nowMs)) this.remove(element);
      else list.push(element);
    }
    return list;
  }
}

export function within(value: Value, { from, to, wildcard }: KeyPart): boolean {
  if (wildcard) return String(value).startsWith(String(from));
  return value >= from && value <= to;
}

/** A key of one number is that number; several become a string of 16-bit characters. */
export function pack(types: readonly Datatype[], values: readonly Value[]): Packed {
  if (values.length === 1) return values[0] as Value;
  let text = "";
  for (let i = 0; i < values.length; i++) text += packPart(types[i] as Datatype, values[i] as Value);
  return text;
}

export function packPart({ bits, base }: Datatype, value: Value): string {
  if (typeof value === "string" || base === "string") return `${value}\0`;
  if (bits <= 16) return String.fromCharCode(value);
  if (bits <= 32) return String.fromCharCode(value >>> 16, value & 0xffff);
  return String.fromCharCode(Math.floor(value / 0x1_0000_0000) & 0xffff, (value >>> 16) & 0xffff, value & 0xffff);
}

/**
 * The order of a listing: expr_msort_cmp. Numbers by size; text and concatenations by their bytes
 * from the last to the first, because nft reads them as one little-endian number.
 */
export function compareElements(a: Element, b: Element, types: readonly Datatype[]): number {
  if (a.any !== b.any) return a.any ? 1 : -1;
  if (types.length === 1 && types[0]?.base !== "string") return Number(a.key[0]?.from) - Number(b.key[0]?.from);
  const left = bytesOf(a, types);
  const right = bytesOf(b, types);
  for (let i = Math.max(left.length, right.length) - 1; i >= 0; i--) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function bytesOf({ key }: Element, types: readonly Datatype[]): number[] {
  const bytes: number[] = [];
  key.forEach(({ from }, i) => {
    const { bits, byteorder } = types[i] as Datatype;
    const width = Math.max(1, Math.ceil(bits / 8));
    if (typeof from === "string") {
      for (let at = 0; at < width; at++) bytes.push(at < from.length ? from.charCodeAt(at) : 0);
      return;
    }
    const own: number[] = [];
    for (let at = 0; at < width; at++) own.push(Math.floor(from / 2 ** (8 * at)) & 0xff);
    bytes.push(...(byteorder === "host" ? own : own.reverse()));
  });
  return bytes;
}

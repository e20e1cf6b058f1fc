/**
 * One set: elements, each with what the set was made to keep about it (a time-out, counters, a
 * comment), and the networks' rule that the longest prefix decides (ip_set_hash_gen.h).
 */
import { type Ip, maskOf } from "../../wire/ip";
import { type Key, type SetType, printElement } from "./types";

export type SetOptions = {
  readonly hashsize: number;
  readonly maxelem: number;
  /** In seconds; undefined: elements stay. 0: those without one of their own stay. */
  readonly timeout: number | undefined;
  readonly counters: boolean;
  readonly comment: boolean;
  /** Of bitmap:port. */
  readonly range: readonly [from: number, to: number];
  readonly bucketsize: number;
};

export type Element = { readonly key: Key; readonly nomatch: boolean; expiresMs: number; packets: number; bytes: number; comment: string };

export type Extensions = { readonly timeout?: number; readonly packets?: number; readonly bytes?: number; readonly comment?: string; readonly nomatch?: boolean };

export class IpSet {
  references = 0;
  #elements = new Map<number | string, Element>();
  /** How many networks of each length there are: which lengths to try. */
  readonly #lengths = new Map<number, number>();
  #descending: readonly number[] = [];

  constructor(
    public name: string,
    readonly type: SetType,
    readonly options: SetOptions,
    /** Salts the hash: random, and shown. */
    readonly initval: number,
    private readonly clock: { readonly nowMs: number },
  ) {}

  get size(): number {
    this.#forgetExpired();
    return this.#elements.size;
  }

  elements(): Element[] {
    this.#forgetExpired();
    const all = [...this.#elements.values()];
    return this.type.name === "bitmap:port" ? all.sort((a, b) => a.key.port - b.key.port) : all;
  }

  #netIndex(): number {
    return this.type.parts.indexOf("net");
  }

  #identity({ ip, bits, proto, port, ip2, bits2 }: Key): number | string {
    if (this.type.name === "hash:ip") return ip;
    if (this.type.name === "bitmap:port") return port;
    return `${ip}/${bits},${proto}:${port},${ip2}/${bits2}`;
  }

  #live(key: Key): Element | undefined {
    const element = this.#elements.get(this.#identity(key));
    if (element === undefined || element.expiresMs > this.clock.nowMs) return element;
    this.#drop(element);
    return undefined;
  }

  #drop(element: Element): void {
    this.#elements.delete(this.#identity(element.key));
    this.#countLength(element.key, -1);
  }

  #forgetExpired(): void {
    if (this.options.timeout === undefined) return;
    for (const element of [...this.#elements.values()]) if (element.expiresMs <= this.clock.nowMs) this.#drop(element);
  }

  #countLength({ bits, bits2 }: Key, by: number): void {
    const index = this.#netIndex();
    if (index < 0) return;
    const length = index === 0 ? bits : bits2;
    const count = (this.#lengths.get(length) ?? 0) + by;
    if (count > 0) this.#lengths.set(length, count);
    else this.#lengths.delete(length);
    this.#descending = [...this.#lengths.keys()].sort((a, b) => b - a);
  }

  /** The element that is exactly this one. */
  has(key: Key): boolean {
    const element = this.#live(key);
    return element !== undefined && !element.nomatch;
  }

  add(key: Key, extensions: Extensions, exist: boolean): "added" | "already" | "full" {
    const known = this.#live(key);
    if (known !== undefined && !exist) return "already";
    if (known === undefined && this.size >= this.options.maxelem) return "full";
    const { timeout = this.options.timeout ?? 0, packets = 0, bytes = 0, comment = "", nomatch = false } = extensions;
    const expiresMs = this.options.timeout === undefined || timeout === 0 ? Number.POSITIVE_INFINITY : this.clock.nowMs + timeout * 1000;
    this.#elements.set(this.#identity(key), { key, nomatch, expiresMs, packets, bytes, comment });
    if (known === undefined) this.#countLength(key, 1);
    return "added";
  }

  delete(key: Key): boolean {
    const known = this.#live(key);
    if (known !== undefined) this.#drop(known);
    return known !== undefined;
  }

  flush(): void {
    this.#elements = new Map();
    this.#lengths.clear();
    this.#descending = [];
  }

  /** The element a packet or a question falls under; of networks the longest. */
  find(key: Key): Element | undefined {
    const index = this.#netIndex();
    if (index < 0) return this.#live(key);
    for (const bits of this.#descending) {
      const masked = (index === 0 ? key.ip : key.ip2) & maskOf(bits);
      const ip = (masked >>> 0) as Ip;
      const element = this.#live(index === 0 ? { ...key, ip, bits } : { ...key, ip2: ip, bits2: bits });
      if (element !== undefined) return element;
    }
    return undefined;
  }

  /** "family inet hashsize 1024 …": what follows the type in `save`, and "Header:" in `list`. */
  header(): string {
    const { hashsize, maxelem, timeout, counters, comment, range, bucketsize } = this.options;
    const extensions = `${timeout === undefined ? "" : ` timeout ${timeout}`}${counters ? " counters" : ""}${comment ? " comment" : ""}`;
    if (this.type.name === "bitmap:port") return `range ${range[0]}-${range[1]}${extensions}`;
    return `family inet hashsize ${hashsize} maxelem ${maxelem}${extensions} bucketsize ${bucketsize} initval 0x${this.initval.toString(16).padStart(8, "0")}`;
  }

  print({ key, nomatch, expiresMs, packets, bytes, comment }: Element): string {
    const words = [printElement(this.type, key)];
    if (this.options.timeout !== undefined) words.push(`timeout ${expiresMs === Number.POSITIVE_INFINITY ? 0 : Math.max(0, Math.floor((expiresMs - this.clock.nowMs) / 1000))}`);
    if (nomatch) words.push("nomatch");
    if (this.options.counters) words.push(`packets ${packets} bytes ${bytes}`);
    if (comment !== "") words.push(`comment "${comment}"`);
    return words.join(" ");
  }
}

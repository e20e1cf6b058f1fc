/**
 * All nft tables of a namespace, and how names are found in them. Changes go through a
 * transaction (transaction.ts).
 */
import type { Netfilter } from "../attach";
import type { Batch } from "./changes";
import { Table } from "./model";
import type { TraceStep } from "./trace";

export class Ruleset {
  readonly tables = new Map<string, Table>();
  /** Told of each batch that was carried out, for `nft monitor`. */
  readonly listeners = new Set<(batch: Batch) => void>();
  /** Told of each step of a packet that is traced, for `nft monitor trace`. */
  readonly tracers = new Set<(step: TraceStep) => void>();
  /** What trace ids are made with. */
  traceSeed: number | undefined;
  generation = 1;
  #handles = 0;

  constructor(readonly netfilter: Netfilter) {}

  table(family: string, name: string): Table | undefined {
    return this.tables.get(`${family} ${name}`);
  }

  make(family: string, name: string): Table {
    return new Table(family, name, this.takeHandle());
  }

  /** How many tables there have been. */
  get handles(): number {
    return this.#handles;
  }

  /** A batch that never reached the kernel has made none. */
  unmake(handles: number): void {
    this.#handles = handles;
  }

  /** Tables of iptables-nft are counted with the others. */
  takeHandle(): number {
    return ++this.#handles;
  }

  put(table: Table): void {
    this.tables.set(`${table.family} ${table.name}`, table);
  }

  drop(table: Table): void {
    this.tables.delete(`${table.family} ${table.name}`);
  }

  /** By family as nft walks them (ip before inet), each in the order they were made. */
  listed(family = ""): Table[] {
    const all = [...this.tables.values()].filter((table) => family === "" || table.family === family);
    return all;
  }
}

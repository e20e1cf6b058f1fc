/**
 * The hash table of confirmed connections, both directions of each: nf_conntrack_hash.
 *
 * The kernel allocates all its buckets at boot. Here the chains grow with the content, but are
 * kept in the order of the hash, so that "the eight buckets beside this one" (early_drop) and
 * the order of `conntrack -L` mean what they mean there.
 */
import type { Connection, TupleNode } from "./connection";
import { hashTuple, type Tuple } from "./tuple";

const FIRST_BITS = 6;

export class ConntrackTable {
  #bits = FIRST_BITS;
  #chains: (TupleNode | undefined)[] = new Array(1 << FIRST_BITS).fill(undefined);
  #nodes = 0;
  /** How many were ever entered: what was not found is not there as long as this stands still. */
  insertions = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** How many connections are in it (each stands in it twice). */
  get size(): number {
    return this.#nodes >>> 1;
  }

  find(tuple: Tuple): TupleNode | undefined {
    const hash = hashTuple(tuple, this.#seed);
    const { src, dst, sport, dport, proto, zone } = tuple;
    for (let node = this.#chains[hash >>> (32 - this.#bits)]; node !== undefined; node = node.next) {
      if (node.hash !== hash) continue;
      const t = node.tuple;
      if (t.src === src && t.dst === dst && t.sport === sport && t.dport === dport && t.proto === proto && t.zone === zone) return node;
    }
    return undefined;
  }

  insert(conn: Connection): void {
    this.insertions++;
    if (this.#nodes >= this.#chains.length) this.#grow();
    this.#link(conn.original);
    this.#link(conn.reply);
  }

  delete(conn: Connection): void {
    this.#unlink(conn.original);
    this.#unlink(conn.reply);
  }

  #link(node: TupleNode): void {
    node.hash = hashTuple(node.tuple, this.#seed);
    const at = node.hash >>> (32 - this.#bits);
    node.next = this.#chains[at];
    this.#chains[at] = node;
    this.#nodes++;
  }

  #unlink(node: TupleNode): void {
    const at = node.hash >>> (32 - this.#bits);
    let before: TupleNode | undefined;
    for (let other = this.#chains[at]; other !== undefined; before = other, other = other.next) {
      if (other !== node) continue;
      if (before) before.next = node.next;
      else this.#chains[at] = node.next;
      node.next = undefined;
      this.#nodes--;
      return;
    }
  }

  #grow(): void {
    const old = this.#chains;
    this.#bits++;
    this.#chains = new Array(1 << this.#bits).fill(undefined);
    for (const first of old) {
      for (let node = first; node !== undefined; ) {
        const next = node.next;
        const at = node.hash >>> (32 - this.#bits);
        node.next = this.#chains[at];
        this.#chains[at] = node;
        node = next;
      }
    }
  }

  /** All connections, in bucket order as ctnetlink dumps them. */
  *connections(): Generator<Connection> {
    for (const first of [...this.#chains]) {
      for (let node = first; node !== undefined; ) {
        const next: TupleNode | undefined = node.next;
        if (node.direction === "original") yield node.conn;
        node = next;
      }
    }
  }

  /** Nodes of `count` of the `buckets` buckets the kernel would have, from the tuple's own on. */
  beside(tuple: Tuple, buckets: number, count: number): TupleNode[] {
    const own = Math.floor(((hashTuple(tuple, this.#seed) >>> 0) / 0x1_0000_0000) * buckets);
    const found: TupleNode[] = [];
    for (let i = 0; i < count; i++) {
      const bucket = (own + i) % buckets;
      const low = Math.ceil((bucket / buckets) * 0x1_0000_0000);
      const high = Math.ceil(((bucket + 1) / buckets) * 0x1_0000_0000) - 1;
      for (let at = low >>> (32 - this.#bits); at <= high >>> (32 - this.#bits); at++) {
        for (let node = this.#chains[at]; node !== undefined; node = node.next) {
          if (node.hash >>> 0 >= low && node.hash >>> 0 <= high) found.push(node);
        }
      }
    }
    return found;
  }
}

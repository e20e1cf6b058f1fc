/**
 * What `conntrack -E` hears: NEW when a connection is confirmed, UPDATE when it changed,
 * DESTROY when it is gone (nf_conntrack_ecache.c). With net.netfilter.nf_conntrack_events = 2,
 * the default, only connections begun while somebody listens are reported at all.
 */
import { type Connection, STATUS } from "./connection";

export type ConntrackEvent = { readonly kind: "NEW" | "UPDATE" | "DESTROY"; readonly conn: Connection; readonly atMs: number; /** The program whose doing it is. */ readonly by?: { readonly pid: number; /** Gone before anybody could ask for it, if it is not there. */ readonly name?: string } };

export class ConntrackEvents {
  readonly #listeners = new Set<(event: ConntrackEvent) => void>();
  /** Connections with the event cache extension, and whether something waits to be told. */
  readonly #cached = new WeakMap<Connection, { pending: boolean }>();

  get listening(): boolean {
    return this.#listeners.size > 0;
  }

  /** Returns how to stop. */
  listen(listener: (event: ConntrackEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A new connection: is it to be reported on? */
  watch(conn: Connection, setting: number): void {
    if (setting === 1 || (setting === 2 && this.listening)) this.#cached.set(conn, { pending: false });
  }

  /** Something about it has changed; told when its packet is confirmed. */
  note(conn: Connection): void {
    const cache = this.listening ? this.#cached.get(conn) : undefined;
    if (cache) cache.pending = true;
  }

  born(conn: Connection, atMs: number): void {
    const cache = this.listening ? this.#cached.get(conn) : undefined;
    if (!cache) return;
    cache.pending = false;
    this.tell({ kind: "NEW", conn, atMs });
  }

  deliver(conn: Connection, atMs: number): void {
    const cache = this.listening ? this.#cached.get(conn) : undefined;
    // nf_ct_deliver_cached_events(): of one that has just been killed nobody hears more.
    if (!cache?.pending || conn.has(STATUS.dying)) return;
    cache.pending = false;
    this.tell({ kind: "UPDATE", conn, atMs });
  }

  died(conn: Connection, atMs: number, by?: ConntrackEvent["by"]): void {
    if (this.listening && this.#cached.has(conn)) this.tell({ kind: "DESTROY", conn, atMs, ...(by && { by }) });
  }

  /** Straight to the listeners: for what ctnetlink itself has done. */
  tell(event: ConntrackEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

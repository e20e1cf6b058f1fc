/**
 * One trace, many readers: tcpdump, -j TRACE, the packet journey, the labs' goals, the tests.
 *
 * Nothing is recorded for its own sake: an event is handed to whoever listens, and when
 * nobody does `active` is false, so that hot paths need not even build the event.
 */
export type TraceEvent = {
  readonly atMs: number;
  /** The namespace it happened in: a host's name, or "payments-7d4b9c-x2x5q" for a Pod. */
  readonly where: string;
  readonly kind: "in" | "out" | "hook" | "rule" | "nat" | "route" | "drop" | "deliver" | "neighbour" | "socket" | "encap";
  /** Which packet: the number follows it through NAT, bridges and tunnels. */
  readonly packet: number;
  /** One line for a person: the chain and rule, the reason of a drop, the device. */
  readonly what: string;
  /** The packet as it looked then, on one line. */
  readonly summary: string;
};

export class Trace {
  readonly #readers = new Set<(event: TraceEvent) => void>();

  get active(): boolean {
    return this.#readers.size > 0;
  }

  emit(event: TraceEvent): void {
    for (const read of this.#readers) read(event);
  }

  /** Returns how to stop reading. */
  read(reader: (event: TraceEvent) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }
}

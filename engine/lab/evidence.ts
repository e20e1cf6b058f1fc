/**
 * What the world's own traffic experienced, and what was typed: all that goals and hints read.
 * They read and never act, so looking at a goal cannot change the world it is about.
 */
export type Outcome = {
  /** When the request was begun and when it was over, in milliseconds of the world's time. */
  readonly startMs: number;
  readonly endMs: number;
  /** The answer was the expected one. */
  readonly answered: boolean;
  /** In a client's words: "200", "503 instead of 200", "Connection refused", "timed out", "could not resolve host". */
  readonly said: string;
  /** Who answered, as far as the answer tells (the X-Served-By header). */
  readonly servedBy: string | undefined;
};

export type Typed = { readonly atMs: number; readonly place: string; readonly line: string };

/** How many outcomes of one flow are kept: more than any goal looks back on. */
const KEPT = 4096;
const KEPT_LINES = 10_000;

export class Evidence {
  readonly #flows = new Map<string, Outcome[]>();
  readonly #missed = new Map<string, number>();
  readonly #typed: Typed[] = [];

  record(flow: string, outcome: Outcome): void {
    const outcomes = this.#flows.get(flow) ?? [];
    outcomes.push(outcome);
    if (outcomes.length > KEPT) outcomes.splice(0, outcomes.length - KEPT);
    this.#flows.set(flow, outcomes);
    if (!outcome.answered) this.#missed.set(flow, (this.#missed.get(flow) ?? 0) + 1);
  }

  recordTyped(typed: Typed): void {
    if (this.#typed.length < KEPT_LINES) this.#typed.push(typed);
  }

  /** The outcomes of requests that were over at `sinceMs` or later, oldest first. */
  outcomes(flow: string, sinceMs: number): readonly Outcome[] {
    const all = this.#flows.get(flow) ?? [];
    let from = all.length;
    while (from > 0 && (all[from - 1]?.endMs ?? 0) >= sinceMs) from--;
    return all.slice(from);
  }

  last(flow: string): Outcome | undefined {
    return this.#flows.get(flow)?.at(-1);
  }

  /** How many requests have ever gone without the expected answer. */
  missed(flow: string): number {
    return this.#missed.get(flow) ?? 0;
  }

  get typed(): readonly Typed[] {
    return this.#typed;
  }
}

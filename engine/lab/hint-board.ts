/** Which hints are offered: by what has been typed, by how long it has taken, by what is still unmet. */
import type { GoalState, HintState } from "./contract";
import type { Evidence } from "./evidence";
import type { Hint } from "./lab";

export class HintBoard {
  readonly #offered = new Set<string>();
  readonly #opened = new Set<string>();

  constructor(private readonly hints: readonly Hint[]) {}

  get states(): readonly HintState[] {
    return this.hints.map(({ id, title, text }) => ({ id, title, available: this.#offered.has(id), opened: this.#opened.has(id), ...(this.#opened.has(id) && { text }) }));
  }

  /** Looks which hints have come within reach; once offered a hint stays. True when one was added. */
  look(evidence: Evidence, goals: readonly GoalState[], elapsedMs: number): boolean {
    const before = this.#offered.size;
    for (const hint of this.hints) {
      if (this.#offered.has(hint.id)) continue;
      const unmet = hint.unmet === undefined || goals.some(({ id, met }) => id === hint.unmet && !met);
      const { typed } = hint;
      if (unmet && elapsedMs >= hint.afterMs && (typed === undefined || evidence.typed.some(({ line }) => typed.test(line)))) this.#offered.add(hint.id);
    }
    return this.#offered.size > before;
  }

  /** False when there is no such hint, or it is not offered yet. */
  open(id: string): boolean {
    if (!this.#offered.has(id)) return false;
    this.#opened.add(id);
    return true;
  }
}

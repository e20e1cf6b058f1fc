/**
 * The world's time follows the clock on the wall, a slice at a time; between slices whoever
 * waits for something in the world is asked to look. Streams of the engine are polled here, so
 * that nothing of Node ever gets into it.
 */
import type { Session } from "@/engine";

const SLICE_MS = 5;
const MOST_BEHIND_MS = 1000;
const EVENTS_PER_SLICE = 50_000;

export class WorldClock {
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #last = performance.now();

  constructor(readonly session: Session) {}

  start(): void {
    this.#timer = setInterval(() => this.#slice(), SLICE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Calls `look` after every slice until the returned function is called. */
  onSlice(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  /** Lets what is due now happen at once: an answer should not wait for the next slice. */
  settle(): void {
    this.session.run(0, EVENTS_PER_SLICE);
    for (const look of [...this.#watchers]) look();
  }

  #slice(): void {
    const now = performance.now();
    const elapsed = Math.min(MOST_BEHIND_MS, now - this.#last);
    this.#last = now;
    this.session.run(elapsed, EVENTS_PER_SLICE);
    for (const look of [...this.#watchers]) look();
  }
}

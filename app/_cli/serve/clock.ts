/**
 * The world's time follows the clock on the wall, a slice at a time; between slices whoever
 * waits for something in the world is asked to look. Streams of the engine are polled here, so
 * that nothing of Node ever gets into it.
 */
import type { Session } from "@/engine";

const SLICE_MS = 5;
const MOST_BEHIND_MS = 1000;
const EVENTS_PER_SLICE = 50_000;

/** What the API's streams need to know of time. */
export interface Clock {
  /** Calls `look` whenever the world has lived a little, until the returned function is called. */
  onSlice(look: () => void): () => void;
  /** Lets what is due now happen at once: an answer should not wait for the next slice. */
  settle(): void;
}

export class WorldClock implements Clock {
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #last = performance.now();

  constructor(readonly session: Session) {}

  start(): void {
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#slice(), SLICE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  onSlice(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  settle(): void {
    this.#live(0);
  }

  #slice(): void {
    const now = performance.now();
    const elapsed = Math.min(MOST_BEHIND_MS, now - this.#last);
    this.#last = now;
    this.#live(elapsed);
  }

  #live(ms: number): void {
    this.session.run(ms, EVENTS_PER_SLICE);
    for (const look of [...this.#watchers]) look();
  }
}

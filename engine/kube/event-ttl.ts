/** Events live for an hour after they were last written (--event-ttl): etcd's lease on them. */
import { parseRfc3339 } from "../core/date";
import type { Timer } from "../core/scheduler";
import { wallMs, type World } from "../core/world";
import { isNotFound } from "./status";
import type { Store } from "./store";

const TTL_MS = 3_600_000;
/** Expired events go in batches: nobody minds a minute. */
const SWEEP_MS = 60_000;

export class EventExpiry {
  #leave: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly world: World,
    private readonly store: Store,
  ) {}

  start(): void {
    this.#leave ??= this.store.subscribe("Event", ({ type }) => void (type !== "DELETED" && this.#arm(TTL_MS)));
    if (this.store.list("Event").length > 0) this.#arm(SWEEP_MS);
  }

  stop(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer ??= this.world.scheduler.after(ms, () => {
      this.#timer = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const nowMs = wallMs(this.world);
    for (const { metadata, lastTimestamp, eventTime, series } of this.store.list("Event")) {
      const at = parseRfc3339(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
      if (nowMs - at < TTL_MS) continue;
      try {
        this.store.delete("Event", metadata.name, metadata.namespace);
      } catch (problem) {
        if (!isNotFound(problem)) throw problem;
      }
    }
    if (this.store.list("Event").length > 0) this.#arm(SWEEP_MS);
  }
}

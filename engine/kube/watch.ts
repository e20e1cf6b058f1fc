/**
 * A watch: what is there (when it begins now), then every change that its selectors let through,
 * in order. An object that begins or ceases to match comes as ADDED or DELETED, as the watch
 * cache of the real API server has it.
 */
import { Signal } from "../core/task";
import type { ObjectFilter } from "./list-filter";
import type { OnlyField } from "./listeners";
import type { Change, Storage } from "./storage";
import type { Kind, KubeObject } from "./types";

export type StoreEvent = { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: KubeObject };

export type WatchInit = {
  readonly namespace?: string | undefined;
  readonly filter?: ObjectFilter | undefined;
  /** What the filter asks for, if it is one field that there is an index for. */
  readonly only?: OnlyField | undefined;
  /** "now" sends the present state first; a revision sends what came after it. */
  readonly since: "now" | number;
};

/** Thrown when a watch would begin at a revision that is no longer known: 410 Gone. */
export class TooOld extends Error {
  constructor(
    readonly asked: number,
    readonly oldest: number,
  ) {
    super(`too old resource version: ${asked} (${oldest})`);
  }
}

export class StoreWatch {
  readonly ready = new Signal();
  #queue: StoreEvent[] = [];
  #at = 0;
  #stop: (() => void) | undefined;
  readonly #namespace: string | undefined;
  readonly #filter: ObjectFilter | undefined;

  constructor(storage: Storage, kind: Kind, { namespace, filter, only, since }: WatchInit) {
    this.#namespace = namespace === "" ? undefined : namespace;
    this.#filter = filter;
    if (since === "now") {
      for (const object of storage.list(kind, this.#namespace) as unknown as readonly KubeObject[]) {
        if (this.#filter === undefined || this.#filter(object)) this.#queue.push({ type: "ADDED", object });
      }
    } else {
      const changes = storage.since(kind, since);
      if (changes === undefined) throw new TooOld(since, storage.compacted(kind));
      for (const change of changes) this.#take(change);
    }
    this.#stop = storage.subscribe(kind, (change) => {
      if (this.#take(change)) this.ready.notify();
    }, only);
  }

  #take(change: Change): boolean {
    const { object, old, type } = change;
    if (this.#namespace !== undefined && object.metadata.namespace !== this.#namespace) return false;
    const filter = this.#filter;
    const is = type !== "DELETED" && (filter === undefined || filter(object));
    const was = old !== undefined && (filter === undefined || filter(old));
    if (!is && !was) return false;
    if (is) this.#queue.push({ type: was ? "MODIFIED" : "ADDED", object });
    else this.#queue.push({ type: "DELETED", object: type === "DELETED" ? object : { ...(old as KubeObject), metadata: { ...(old as KubeObject).metadata, resourceVersion: object.metadata.resourceVersion } } });
    return true;
  }

  next(): StoreEvent | undefined {
    const event = this.#queue[this.#at];
    if (event === undefined) return undefined;
    this.#at++;
    if (this.#at === this.#queue.length) {
      this.#queue = [];
      this.#at = 0;
    }
    return event;
  }

  /** Puts an event of the server's own into the stream: a bookmark. */
  push(event: StoreEvent): void {
    if (this.closed) return;
    this.#queue.push(event);
    this.ready.notify();
  }

  get closed(): boolean {
    return this.#stop === undefined;
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.ready.notify();
  }
}

/**
 * Controllers, as controller-runtime has them: a queue of keys and a `reconcile` that makes the
 * world around one key as it should be. Level-based: nothing asks what has changed; a missed
 * or a repeated key cannot lead a controller astray.
 *
 * The queue is client-go's: a key waits in it once, failures come back after 5 ms, 10 ms, … up to
 * 1000 s, and keys are worked off one by one, each a little later than the event that brought it.
 *
 * Differs: controllers read the store itself rather than a cache that lags behind it.
 */
import type { Timer } from "../core/scheduler";
import type { World } from "../core/world";
import { EventRecorder } from "./events";
import { ApiError } from "./status";
import type { Change } from "./storage";
import type { Store } from "./store";
import type { Kind, KindMap, KubeObject } from "./types";

/** Which object a reconcile is about. Cluster-wide kinds have an empty namespace. */
export type Key = { readonly namespace: string; readonly name: string };

export type ReconcileContext = {
  readonly world: World;
  readonly store: Store;
  readonly events: EventRecorder;
  /** Wall clock, milliseconds since 1970, and the same as the API writes it. */
  readonly nowMs: number;
  readonly now: string;
};

/** Look again after this long, even if nothing happens. */
export type ReconcileResult = { readonly requeueAfterMs: number } | undefined;

/** `other`: what the object was before, or what it has become; undefined when it is new or gone. */
type Watches = { readonly [K in Kind]?: (object: KindMap[K], store: Store, other?: KindMap[K]) => readonly Key[] };

export type Controller = {
  readonly name: string;
  /** Under which name its events are recorded, where that is another. */
  readonly component?: string;
  /** The kind whose keys are reconciled. */
  readonly for: Kind;
  /** Which of them need to be looked at when they change; all, if not given. */
  readonly concerns?: (object: KubeObject, store: Store) => boolean;
  /** Other kinds, and which keys an object of theirs (as it was and as it is) concerns. */
  readonly watches?: Watches;
  readonly reconcile: (context: ReconcileContext, key: Key) => ReconcileResult;
};

export function defineController(controller: Controller): Controller {
  return controller;
}

const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 1_000_000;
/** How long after an event a controller gets round to it, */
const LATENCY_MS = 1;
/** and how long a key that was written for keeps a worker busy: what happens to it meanwhile is seen in one go. */
const BUSY_MS = 5;
/** --concurrent-deployment-syncs and most of its kind: so many keys are worked on at a time. */
const WORKERS = 5;

/** Nothing that says whom an object concerns has changed: owners, labels, spec. The store shares what stays the same. */
function isStatusOnly(old: unknown, now: unknown): boolean {
  const [a, b] = [old as KubeObject, now as KubeObject];
  return a.spec === b.spec && a.metadata.labels === b.metadata.labels && a.metadata.ownerReferences === b.metadata.ownerReferences;
}

/** client-go's rate-limited workqueue around one controller. */
class Worker {
  readonly #queue = new Map<string, Key>();
  readonly #failures = new Map<string, number>();
  readonly #later = new Map<string, Timer>();
  /** Keys that are being worked on; with the key itself when something has happened to it meanwhile. */
  readonly #processing = new Map<string, Key | undefined>();
  readonly #finishing = new Set<Timer>();
  readonly #unsubscribe: (() => void)[] = [];
  #turn: Timer | undefined;
  readonly #events: EventRecorder;

  constructor(
    private readonly world: World,
    private readonly store: Store,
    readonly controller: Controller,
  ) {
    this.#events = new EventRecorder(world, store, controller.component ?? controller.name);
  }

  start(): void {
    const { for: kind, concerns, watches = {} } = this.controller;
    const consider = (object: KindMap[Kind]): void => {
      if (concerns === undefined || concerns(object as unknown as KubeObject, this.store)) this.add(object.metadata);
    };
    this.#unsubscribe.push(this.store.subscribe(kind, ({ object }) => consider(object)));
    for (const object of this.store.list(kind)) consider(object);
    for (const [watched, keysOf] of Object.entries(watches) as [Kind, (object: unknown, store: Store, other?: unknown) => readonly Key[]][]) {
      const enqueue = ({ object, old, type }: Change<unknown>): void => {
        if (type === "DELETED") {
          for (const key of keysOf(old, this.store)) this.add(key);
          return;
        }
        for (const key of keysOf(object, this.store, old)) this.add(key);
        if (old !== undefined && !isStatusOnly(old, object)) for (const key of keysOf(old, this.store, object)) this.add(key);
      };
      this.#unsubscribe.push(this.store.subscribe(watched, enqueue));
      for (const object of this.store.list(watched)) for (const key of keysOf(object, this.store)) this.add(key);
    }
  }

  stop(): void {
    for (const leave of this.#unsubscribe.splice(0)) leave();
    for (const timer of this.#later.values()) timer.cancel();
    this.#later.clear();
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#queue.clear();
    this.#failures.clear();
    for (const timer of this.#finishing) timer.cancel();
    this.#finishing.clear();
    this.#processing.clear();
  }

  add({ namespace = "", name }: { readonly namespace?: string | undefined; readonly name: string }): void {
    const id = `${namespace}/${name}`;
    if (this.#processing.has(id)) return void this.#processing.set(id, { namespace, name });
    this.#queue.set(id, { namespace, name });
    this.#turn ??= this.world.scheduler.after(LATENCY_MS, () => this.#work());
  }

  /** One key a turn; the rest waits for everything else that is due now, and for a worker. */
  #work(): void {
    this.#turn = undefined;
    if (this.#processing.size >= WORKERS) return;
    const [next] = this.#queue;
    if (next === undefined) return;
    const [id, key] = next;
    this.#queue.delete(id);
    this.#processing.set(id, undefined);
    const { revision } = this.store.storage;
    this.#reconcile(id, key);
    if (this.store.storage.revision === revision) this.#done(id);
    else {
      const timer = this.world.scheduler.after(BUSY_MS, () => {
        this.#finishing.delete(timer);
        this.#done(id);
      });
      this.#finishing.add(timer);
    }
    this.#goOn();
  }

  /** workqueue.Done(): what has happened to the key while it was worked on is looked at now. */
  #done(id: string): void {
    const again = this.#processing.get(id);
    this.#processing.delete(id);
    if (again !== undefined) this.#queue.set(id, again);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#queue.size > 0 && this.#processing.size < WORKERS) this.#turn ??= this.world.scheduler.after(0, () => this.#work());
  }

  #reconcile(id: string, key: Key): void {
    const { now, nowMs } = this.store.context;
    try {
      const result = this.controller.reconcile({ world: this.world, store: this.store, events: this.#events, now, nowMs }, key);
      this.#failures.delete(id);
      if (result) this.#addAfter(id, key, result.requeueAfterMs);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      const failures = this.#failures.get(id) ?? 0;
      this.#failures.set(id, failures + 1);
      this.#addAfter(id, key, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
    }
  }

  /** The sooner of two appointments stands. */
  #addAfter(id: string, key: Key, ms: number): void {
    const dueMs = this.world.scheduler.nowMs + ms;
    const before = this.#later.get(id);
    if (before !== undefined && before.dueMs <= dueMs) return;
    before?.cancel();
    const timer = this.world.scheduler.at(dueMs, () => {
      this.#later.delete(id);
      this.add(key);
    });
    this.#later.set(id, timer);
  }
}

/** kube-controller-manager: starts and stops controllers by name, as a lab may want to. */
export class ControllerManager {
  readonly #running = new Map<string, Worker>();

  constructor(
    private readonly world: World,
    private readonly store: Store,
    private readonly controllers: readonly Controller[],
  ) {}

  get names(): readonly string[] {
    return this.controllers.map(({ name }) => name);
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** All that do not run yet, or the one named. */
  start(name?: string): void {
    for (const controller of this.controllers) {
      if ((name !== undefined && controller.name !== name) || this.#running.has(controller.name)) continue;
      const worker = new Worker(this.world, this.store, controller);
      this.#running.set(controller.name, worker);
      worker.start();
    }
  }

  stop(name?: string): void {
    for (const [running, worker] of [...this.#running]) {
      if (name !== undefined && running !== name) continue;
      worker.stop();
      this.#running.delete(running);
    }
  }
}

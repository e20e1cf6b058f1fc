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
import type { World } from "../core/world";
import type { EventRecorder } from "./events";
import type { Store } from "./store";
import type { Kind, KindMap } from "./types";

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
export type ReconcileResult = { readonly requeueAfterMs: number } | undefined | void;

type Watches = { readonly [K in Kind]?: (object: KindMap[K], store: Store) => readonly Key[] };

export type Controller = {
  readonly name: string;
  /** The kind whose keys are reconciled. */
  readonly for: Kind;
  /** Other kinds, and which keys an object of theirs (as it was and as it is) concerns. */
  readonly watches?: Watches;
  readonly reconcile: (context: ReconcileContext, key: Key) => ReconcileResult;
};

export function defineController(controller: Controller): Controller {
  return controller;
}

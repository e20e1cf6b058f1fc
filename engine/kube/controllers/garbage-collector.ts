/**
 * garbage-collector-controller: what has lost all its owners goes, at once (background), before its
 * owner (foreground), or stays and is told so (orphan). pkg/controller/garbagecollector, without its
 * graph: the store knows who names whom.
 *
 * It does not fit defineController, since it is about every kind.
 */
import type { Timer } from "../../core/scheduler";
import type { World } from "../../core/world";
import { definitionOf, isKind, KINDS } from "../resources/registry";
import { ApiError, isNotFound } from "../status";
import type { Change } from "../storage";
import type { Store } from "../store";
import type { Kind, KubeObject, OwnerReference } from "../types";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
const LATENCY_MS = 1;
const RETRY_MS = 100;

type Id = { readonly kind: Kind; readonly namespace: string; readonly name: string };

export class GarbageCollector {
  readonly #queue = new Map<string, Id>();
  #leave: (() => void)[] = [];
  #turn: Timer | undefined;

  constructor(
    private readonly world: World,
    private readonly store: Store,
  ) {}

  start(): void {
    if (this.#leave.length > 0) return;
    this.#leave = KINDS.map((kind) => this.store.subscribe(kind, (change) => this.#changed(kind, change as unknown as Change)));
    for (const kind of KINDS) for (const object of this.store.list(kind)) this.#consider(kind, object as unknown as KubeObject);
  }

  stop(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#queue.clear();
  }

  #changed(kind: Kind, { object, type }: Change): void {
    if (type === "DELETED") {
      for (const dependent of this.store.ownedBy(object.metadata.uid)) this.#add(dependent.kind as Kind, dependent);
      // An owner that waits for its dependents may be done now.
      for (const owner of object.metadata.ownerReferences ?? []) this.#addOwner(owner, object.metadata.namespace ?? "");
      return;
    }
    this.#consider(kind, object);
  }

  #consider(kind: Kind, object: KubeObject): void {
    const { finalizers = [], deletionTimestamp, ownerReferences } = object.metadata;
    if (deletionTimestamp !== undefined && (finalizers.includes(FOREGROUND) || finalizers.includes(ORPHAN))) this.#add(kind, object);
    else if (ownerReferences?.some((owner) => this.#find(owner, object) === undefined)) this.#add(kind, object);
  }

  #add(kind: Kind, { metadata }: KubeObject): void {
    const { namespace = "", name } = metadata;
    this.#queue.set(`${kind}/${namespace}/${name}`, { kind, namespace, name });
    this.#turn ??= this.world.scheduler.after(LATENCY_MS, () => this.#work());
  }

  #addOwner({ kind, name, uid }: OwnerReference, namespace: string): void {
    if (!isKind(kind)) return;
    const owner = this.store.get(kind, name, namespace) as unknown as KubeObject | undefined;
    if (owner?.metadata.uid === uid && owner.metadata.deletionTimestamp !== undefined) this.#add(kind, owner);
  }

  #find({ kind, name, uid }: OwnerReference, { metadata }: KubeObject): KubeObject | undefined {
    if (!isKind(kind)) return undefined;
    const owner = this.store.get(kind, name, definitionOf(kind).namespaced ? metadata.namespace : undefined) as unknown as KubeObject | undefined;
    return owner?.metadata.uid === uid ? owner : undefined;
  }

  #work(): void {
    this.#turn = undefined;
    const batch = [...this.#queue.values()];
    this.#queue.clear();
    for (const id of batch) {
      try {
        this.#process(id);
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        const { kind, namespace, name } = id;
        this.#queue.set(`${kind}/${namespace}/${name}`, id);
      }
    }
    if (this.#queue.size > 0) this.#turn ??= this.world.scheduler.after(RETRY_MS, () => this.#work());
  }

  #process({ kind, namespace, name }: Id): void {
    const object = this.store.get(kind, name, namespace) as unknown as KubeObject | undefined;
    if (object === undefined) return;
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) this.#orphan(kind, object);
      else if (finalizers.includes(FOREGROUND)) this.#foreground(kind, object);
      if (!finalizers.includes(FOREGROUND)) return;
    }
    this.#attemptToDelete(kind, object);
  }

  /** Owners that are there keep it; owners that are not are struck out, or take it along. */
  #attemptToDelete(kind: Kind, object: KubeObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const owner of owners) {
      const found = this.#find(owner, object);
      if (found === undefined) dangling.push(owner);
      else if (found.metadata.deletionTimestamp !== undefined && found.metadata.finalizers?.includes(FOREGROUND)) waiting.push(owner);
      else solid.push(owner);
    }
    if (solid.length > 0) {
      if (dangling.length + waiting.length > 0) this.#strike(kind, object, new Set([...dangling, ...waiting].map(({ uid }) => uid)));
      return;
    }
    const hasDependents = this.store.ownedBy(object.metadata.uid).length > 0;
    const finalizers = object.metadata.finalizers ?? [];
    const propagationPolicy = waiting.length > 0 && hasDependents ? "Foreground" : finalizers.includes(ORPHAN) ? "Orphan" : finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
    this.#delete(kind, object, propagationPolicy);
  }

  #delete(kind: Kind, { metadata }: KubeObject, propagationPolicy: "Foreground" | "Orphan" | "Background"): void {
    try {
      this.store.delete(kind, metadata.name, metadata.namespace, { propagationPolicy, preconditions: { uid: metadata.uid } });
    } catch (problem) {
      if (!isNotFound(problem)) throw problem;
    }
  }

  #strike(kind: Kind, { metadata }: KubeObject, uids: ReadonlySet<string>): void {
    this.store.modify(kind, metadata.name, metadata.namespace, (draft) => {
      draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid)) as never;
    });
  }

  #orphan(kind: Kind, object: KubeObject): void {
    for (const dependent of this.store.ownedBy(object.metadata.uid)) this.#strike(dependent.kind as Kind, dependent, new Set([object.metadata.uid]));
    this.#dropFinalizer(kind, object, ORPHAN);
  }

  /** First those that block it, then it. */
  #foreground(kind: Kind, object: KubeObject): void {
    const dependents = this.store.ownedBy(object.metadata.uid);
    const blocking = dependents.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true));
    if (blocking.length === 0) return this.#dropFinalizer(kind, object, FOREGROUND);
    for (const dependent of blocking) this.#attemptToDelete(dependent.kind as Kind, dependent);
    if (this.store.ownedBy(object.metadata.uid).length === 0) this.#dropFinalizer(kind, object, FOREGROUND);
  }

  #dropFinalizer(kind: Kind, { metadata }: KubeObject, gone: string): void {
    if (this.store.get(kind, metadata.name, metadata.namespace) === undefined) return;
    this.store.modify(kind, metadata.name, metadata.namespace, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== gone);
    });
  }
}

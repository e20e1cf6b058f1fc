/**
 * etcd and the watch cache, in one: objects by kind, namespace and name, one revision counter for
 * everything, and for each kind the changes that led here, so that a watch can begin in the past.
 */
import { LIMITS } from "../core/limits";
import { compare } from "../core/order";
import { deepFreeze } from "./freeze";
import { LabelIndex } from "./label-index";
import { Listeners, type OnlyField } from "./listeners";
import { selects } from "./selectors";
import { SortedKeys } from "./sorted-keys";
import type { Kind, KindMap, KubeObject, Labels, Metadata } from "./types";

export type Change<T = KubeObject> = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly object: T;
  /** What it was before: undefined for ADDED. */
  readonly old: T | undefined;
};

/** An object on its way into the store: metadata can still be written to. */
export type Editing = { metadata: { -readonly [F in keyof Metadata]: Metadata[F] } } & { apiVersion: string; kind: string };

class Shelf {
  readonly objects = new Map<string, KubeObject>();
  /** The same by namespace and name: what is looked up most is found without a key being put together. */
  readonly named = new Map<string, Map<string, KubeObject>>();
  /** The revision of its last change. */
  changed = 0;
  /** Sorted as etcd sorts its keys; one list for all, one for each namespace. */
  readonly all = new SortedKeys();
  readonly namespaces = new Map<string, SortedKeys>();
  history: Change[] = [];
  /** The newest revision that has been forgotten. */
  compacted = 0;
  readonly listeners = new Listeners();
  readonly labels = new LabelIndex();
  /** By namespace: those that nobody controls. A workload looks among them for what it may adopt. */
  readonly orphans = new Map<string, Set<string>>();

  name(object: KubeObject): void {
    const { namespace = "", name } = object.metadata;
    let names = this.named.get(namespace);
    if (names === undefined) this.named.set(namespace, (names = new Map()));
    names.set(name, object);
  }

  /** Keeps the indexes in step with one change. */
  index(key: string, old: KubeObject | undefined, now: KubeObject | undefined): void {
    this.labels.change(key, old, now);
    const [was, is] = [old !== undefined && !hasController(old), now !== undefined && !hasController(now)];
    if (was === is) return;
    const namespace = (now ?? old)?.metadata.namespace ?? "";
    const keys = this.orphans.get(namespace) ?? new Set();
    if (is) keys.add(key);
    else keys.delete(key);
    this.orphans.set(namespace, keys);
  }
}

function hasController({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some((owner) => owner.controller === true) ?? false;
}

export class Storage {
  #revision = 0;
  readonly #shelves = new Map<Kind, Shelf>();
  readonly #owned = new Map<string, Set<KubeObject>>();
  readonly #selectors = new Map<string, Set<string>>();

  get revision(): number {
    return this.#revision;
  }

  #shelf(kind: Kind): Shelf {
    let shelf = this.#shelves.get(kind);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(kind, shelf);
    }
    return shelf;
  }

  get<K extends Kind>(kind: K, name: string, namespace = ""): KindMap[K] | undefined {
    return this.#shelf(kind).named.get(namespace)?.get(name) as KindMap[K] | undefined;
  }

  list<K extends Kind>(kind: K, namespace?: string): readonly KindMap[K][] {
    const shelf = this.#shelf(kind);
    const keys = (namespace === undefined || namespace === "" ? shelf.all : shelf.namespaces.get(namespace))?.sorted() ?? [];
    return keys.map((key) => shelf.objects.get(key) as KubeObject) as unknown as readonly KindMap[K][];
  }

  /** All of a kind in no order: for those to whom only the set matters. */
  each<K extends Kind>(kind: K): Iterable<KindMap[K]> {
    return this.#shelf(kind).objects.values() as unknown as Iterable<KindMap[K]>;
  }

  /** The revision at which something of a kind last changed: who has read it since need not read it again. */
  changedAt(kind: Kind): number {
    return this.#shelf(kind).changed;
  }

  count(kind: Kind): number {
    return this.#shelf(kind).objects.size;
  }

  /** Those that have all of `labels` (at least one), in the order of their keys. */
  labelled<K extends Kind>(kind: K, namespace: string, labels: Labels): readonly KindMap[K][] {
    const shelf = this.#shelf(kind);
    const objects: KubeObject[] = [];
    for (const key of [...shelf.labels.candidates(namespace, labels)].sort(compare)) {
      const object = shelf.objects.get(key);
      if (object !== undefined && selects(labels, object.metadata.labels)) objects.push(object);
    }
    return objects as unknown as readonly KindMap[K][];
  }

  /** Services whose selector names one of these labels first, or none at all: those that may pick a Pod. */
  selecting(namespace: string, labels: Labels): readonly KindMap["Service"][] {
    const shelf = this.#shelf("Service");
    const keys = [...(this.#selectors.get(`${namespace}\n`) ?? [])];
    for (const label in labels) {
      const filed = this.#selectors.get(`${namespace}\n${label}\n${labels[label]}`);
      if (filed !== undefined) for (const key of filed) keys.push(key);
    }
    if (keys.length > 1) keys.sort(compare);
    return keys.map((key) => shelf.objects.get(key)) as unknown as readonly KindMap["Service"][];
  }

  /** A Service is filed under the first label of its selector: a Pod must have that one at least. */
  #fileSelector(key: string, old: KubeObject | undefined, now: KubeObject | undefined): void {
    const [before, after] = [selectorEntry(old), selectorEntry(now)];
    if (before === after) return;
    if (before !== undefined) this.#selectors.get(before)?.delete(key);
    if (after !== undefined) this.#selectors.set(after, (this.#selectors.get(after) ?? new Set()).add(key));
  }

  /** Those of a namespace that have no controller, in the order of their keys. */
  uncontrolled<K extends Kind>(kind: K, namespace: string): readonly KindMap[K][] {
    const shelf = this.#shelf(kind);
    return [...(shelf.orphans.get(namespace) ?? [])].sort(compare).map((key) => shelf.objects.get(key)) as unknown as readonly KindMap[K][];
  }

  /** Everything that names `uid` among its owners. */
  ownedBy(uid: string): readonly KubeObject[] {
    return [...(this.#owned.get(uid) ?? [])];
  }

  /** Writes it under the next revision and freezes it. */
  put<K extends Kind>(kind: K, object: Editing): KindMap[K] {
    const shelf = this.#shelf(kind);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    object.metadata.resourceVersion = String(++this.#revision);
    const frozen = deepFreeze(object) as unknown as KubeObject;
    const old = shelf.objects.get(key);
    shelf.objects.set(key, frozen);
    shelf.name(frozen);
    if (old === undefined) {
      shelf.all.add(key);
      const namespace = object.metadata.namespace ?? "";
      const keys = shelf.namespaces.get(namespace) ?? new SortedKeys();
      keys.add(key);
      shelf.namespaces.set(namespace, keys);
    }
    shelf.index(key, old, frozen);
    if (kind === "Service") this.#fileSelector(key, old, frozen);
    this.#own(old, frozen);
    this.#publish(shelf, { type: old === undefined ? "ADDED" : "MODIFIED", revision: this.#revision, object: frozen, old });
    return frozen as unknown as KindMap[K];
  }

  /** Takes it away; the last word about it carries the revision of its going. */
  remove<K extends Kind>(kind: K, name: string, namespace = ""): KindMap[K] | undefined {
    const shelf = this.#shelf(kind);
    const key = keyOf(namespace, name);
    const old = shelf.objects.get(key);
    if (old === undefined) return undefined;
    shelf.objects.delete(key);
    shelf.named.get(namespace)?.delete(name);
    shelf.all.delete(key);
    const keys = shelf.namespaces.get(namespace);
    if (keys !== undefined) {
      keys.delete(key);
      if (keys.length === 0) shelf.namespaces.delete(namespace);
    }
    shelf.index(key, old, undefined);
    if (kind === "Service") this.#fileSelector(key, old, undefined);
    this.#own(old, undefined);
    const revision = ++this.#revision;
    const last = deepFreeze({ ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } });
    this.#publish(shelf, { type: "DELETED", revision, object: last, old });
    return last as unknown as KindMap[K];
  }

  /** Calls `listener` within every change (of objects with that field), in order. Returns how to stop. */
  subscribe(kind: Kind, listener: (change: Change) => void, only?: OnlyField): () => void {
    return this.#shelf(kind).listeners.add(listener, only);
  }

  /** Changes after `revision`; undefined when some of them have been forgotten. */
  since(kind: Kind, revision: number): readonly Change[] | undefined {
    const { history, compacted } = this.#shelf(kind);
    if (revision < compacted) return undefined;
    let low = 0;
    for (let high = history.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((history[middle] as Change).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return history.slice(low);
  }

  /** The oldest revision a watch on this kind can still begin at. */
  compacted(kind: Kind): number {
    return this.#shelf(kind).compacted;
  }

  #publish(shelf: Shelf, change: Change): void {
    shelf.history.push(change);
    shelf.changed = change.revision;
    if (shelf.history.length > LIMITS.watchHistory * 1.25) {
      const forgotten = shelf.history.length - LIMITS.watchHistory;
      shelf.compacted = (shelf.history[forgotten - 1] as Change).revision;
      shelf.history = shelf.history.slice(forgotten);
    }
    shelf.listeners.tell(change);
  }

  #own(old: KubeObject | undefined, now: KubeObject | undefined): void {
    for (const { uid } of old?.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid);
      if (owned === undefined) continue;
      owned.delete(old as KubeObject);
      if (owned.size === 0) this.#owned.delete(uid);
    }
    for (const { uid } of now?.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid) ?? new Set();
      owned.add(now as KubeObject);
      this.#owned.set(uid, owned);
    }
  }
}

function selectorEntry(service: KubeObject | undefined): string | undefined {
  const selector = (service?.spec as { readonly selector?: Labels } | undefined)?.selector;
  if (service === undefined || selector === undefined) return undefined;
  const [first] = Object.entries(selector);
  const namespace = service.metadata.namespace ?? "";
  return first === undefined ? `${namespace}\n` : `${namespace}\n${first[0]}\n${first[1]}`;
}

/** "\u0000" sorts before every character a name may have, so that a namespace's keys stay together. */
function keyOf(namespace: string | undefined, name: string): string {
  // Joined, so that it is one string: it stays for as long as the object.
  return [namespace ?? "", name].join("\u0000");
}

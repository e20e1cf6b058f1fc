/**
 * The API server without its front door: what the handlers behind a REST path do, as typed calls.
 *
 * A write goes the way it goes upstream (registry/generic, rest.BeforeCreate and friends): decode,
 * default, admit, prepare, validate, allocate, and only then etcd. Controllers, kubelets and the
 * scheduler call it directly; clients come through api-server.ts.
 */
import { rfc3339 } from "../core/date";
import { compare } from "../core/order";
import type { Signal } from "../core/task";
import { type World, wallMs } from "../core/world";
import { admitCreate, admitDelete, admitUpdate } from "./admission";
import { apiVersionOf } from "./api-version";
import { deletionOf, finalizersDone } from "./deletion";
import { invalidObject } from "./field-error";
import { deepEqual } from "./freeze";
import { onlyField } from "./listeners";
import { labelFilter, type ObjectFilter, objectFilter } from "./list-filter";
import { afterUpdate, applyConfig, type Writer } from "./managed/managers";
import { generateName, makeUid } from "./names";
import { applyPatch } from "./patch/apply-patch";
import type { Definition, Editable, StrategyContext } from "./resources/definition";
import { definitionOf } from "./resources/registry";
import { copyJson, decode, decodeField } from "./schema/decode";
import { alreadyExists, badRequest, conflict, failure, MODIFIED, notFound, type Resource, success } from "./status";
import { type Change, type Editing, Storage } from "./storage";
import type { Draft, Kind, KindMap, KubeObject, LabelSelector, Labels, Status } from "./types";
import { validateMetadata, validateMetadataUpdate } from "./validation/metadata";
import { StoreWatch } from "./watch";

export { ApiError } from "./status";

export type ListOptions = {
  readonly namespace?: string;
  /** As kubectl -l writes it, or the same as an object. */
  readonly labelSelector?: string | LabelSelector | Labels;
  /** "spec.nodeName=node-1,status.phase!=Failed" */
  readonly fieldSelector?: string;
};

export type PatchType = "json" | "merge" | "strategic" | "apply";
export type WriteOptions = { readonly dryRun?: boolean; readonly fieldManager?: string };
export type PatchOptions = WriteOptions & { readonly subresource?: "status" | "scale" | "ephemeralcontainers"; readonly force?: boolean };
export type DeleteOptions = {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
};

export type TypedEvent<T> = { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T };

/** Like api.ts's WatchStream, with the kind's own type. Starts with an ADDED for everything that is there. */
export interface TypedWatch<T> {
  next(): TypedEvent<T> | undefined;
  readonly ready: Signal;
  readonly closed: boolean;
  close(): void;
}

/** Which part of an object an update is about. "object" leaves status as it was. */
type Part = "object" | "status" | "whole";

/** Objects come out frozen; what goes in is copied. Refusals throw ApiError. */
export class Store {
  readonly storage = new Storage();
  readonly #uids;
  readonly #names;
  readonly #allocations;
  /** The one of this very moment: many ask within it. */
  #context: StrategyContext | undefined;
  /** The time as it is written: the same all through a second. */
  #second: { readonly second: number; readonly written: string } | undefined;

  constructor(readonly world: World) {
    this.#uids = world.rng.fork("kube-uid");
    this.#names = world.rng.fork("kube-names");
    this.#allocations = world.rng.fork("kube-allocations");
  }

  /** What strategies are given: the clock, chance, and what else there is. */
  get context(): StrategyContext {
    const nowMs = wallMs(this.world);
    if (this.#context?.nowMs === nowMs) return this.#context;
    const second = Math.floor(nowMs / 1000);
    if (this.#second?.second !== second) this.#second = { second, written: inOnePiece(rfc3339(nowMs)) };
    return (this.#context = { storage: this.storage, rng: this.#allocations, nowMs, now: this.#second.written });
  }

  /** Undefined when there is none. */
  get<K extends Kind>(kind: K, name: string, namespace?: string): KindMap[K] | undefined {
    return this.storage.get(kind, name, definitionOf(kind).namespaced ? namespace : "");
  }

  /** Throws a NotFound when there is none. */
  read<K extends Kind>(kind: K, name: string, namespace?: string): KindMap[K] {
    const object = this.get(kind, name, namespace);
    if (object === undefined) throw notFound(definitionOf(kind), name);
    return object;
  }

  /** In the order of etcd's keys: by namespace, then by name. */
  list<K extends Kind>(kind: K, options: ListOptions = {}): readonly KindMap[K][] {
    const objects = this.storage.list(kind, options.namespace);
    const filter = filterOf(kind, options);
    return filter === undefined ? objects : objects.filter((object) => filter(object as unknown as KubeObject));
  }

  /** Everything that names `uid` among its owners. */
  ownedBy(uid: string): readonly KubeObject[] {
    return this.storage.ownedBy(uid);
  }

  /** The same of one kind, in the order of names. */
  owned<K extends Kind>(kind: K, owner: { readonly metadata: { readonly uid: string } }): readonly KindMap[K][] {
    const objects = this.storage.ownedBy(owner.metadata.uid).filter((object) => object.kind === kind);
    return objects.sort((a, b) => compare(a.metadata.name, b.metadata.name)) as unknown as readonly KindMap[K][];
  }

  /** Those that have all of `labels`: what a Service's selector picks, found without looking at everybody. */
  labelled<K extends Kind>(kind: K, namespace: string, labels: Labels): readonly KindMap[K][] {
    return Object.keys(labels).length === 0 ? this.list(kind, { namespace }) : this.storage.labelled(kind, namespace, labels);
  }

  create<K extends Kind>(draft: Draft<K> | KindMap[K], options: WriteOptions = {}): KindMap[K] {
    const definition = definitionOf(draft.kind as K);
    const object = this.#decode(definition, draft);
    const { metadata } = object;
    if (metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
    this.#beginLife(definition, object);
    const context = this.context;
    definition.defaults?.(object);
    this.#track(definition, object, undefined, options);
    admitCreate(definition, object as unknown as Editing, context, this.#names);
    definition.prepareForCreate?.(object, context);
    const frozenView = object as unknown as KindMap[K];
    this.#refuse(definition, object, [...validateMetadata(definition, object as unknown as KubeObject), ...(definition.validate?.(frozenView) ?? [])]);
    if (this.storage.get(definition.kind, metadata.name, metadata.namespace) !== undefined) throw alreadyExists(definition, metadata.name);
    definition.allocate?.(object, undefined, context);
    if (options.dryRun) return withoutVersion(object) as unknown as KindMap[K];
    return this.storage.put(definition.kind, object as unknown as Editing);
  }

  /**
   * Creates what one of the cluster's own parts has written as the API server holds it: every field in
   * its place, nothing to default, nothing to refuse but that the namespace will not have it.
   */
  createWhole<K extends Kind>(object: { readonly kind: K; readonly metadata: { readonly name: string; readonly namespace: string } }): KindMap[K] {
    const definition = definitionOf(object.kind);
    const { name, namespace } = object.metadata;
    const { context } = this;
    const whole = object as unknown as Editing;
    admitCreate(definition, whole, context, this.#names);
    if (this.storage.get(definition.kind, name, namespace) !== undefined) throw alreadyExists(definition, name);
    whole.metadata = { name, namespace, uid: makeUid(this.#uids), resourceVersion: "", creationTimestamp: context.now };
    return this.storage.put(definition.kind, whole);
  }

  #decode<K extends Kind>(definition: Definition<K>, given: unknown): Editable<K> {
    const { value } = decode(definition.kind, given);
    value.kind = definition.kind;
    value.apiVersion = apiVersionOf(definition);
    value.metadata ??= {};
    return value as unknown as Editable<K>;
  }

  /** rest.BeforeCreate: what only the server may say about a new object. */
  #beginLife<K extends Kind>(definition: Definition<K>, object: Editable<K>): void {
    const { metadata } = object;
    const now = this.context.now;
    if (!metadata.name && metadata.generateName) metadata.name = generateName(this.#names, metadata.generateName);
    if (definition.namespaced) metadata.namespace ||= "default";
    else delete metadata.namespace;
    for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"] as const) delete metadata[field];
    metadata.name ??= "";
    metadata.uid = makeUid(this.#uids);
    metadata.resourceVersion = "";
    metadata.creationTimestamp = now;
    if (definition.generation) metadata.generation = 1;
    sortMetadata(object as unknown as Editing);
  }

  #refuse<K extends Kind>(definition: Definition<K>, object: { readonly metadata: { readonly name: string } }, errors: ReturnType<NonNullable<Definition["validate"]>>): void {
    if (errors.length > 0) throw invalidObject(definition.group, definition.kind, object.metadata.name, errors);
  }

  /** Everything but status. With a resourceVersion in it, only if nobody wrote meanwhile. */
  update<K extends Kind>(object: KindMap[K] | Draft<K>, options: PatchOptions = {}): KindMap[K] {
    return this.#update(object, definitionOf(object.kind as K).status ? "object" : "whole", options);
  }

  /** Status only. */
  updateStatus<K extends Kind>(object: KindMap[K] | Draft<K>, options: WriteOptions = {}): KindMap[K] {
    return this.#update(object, "status", options.fieldManager === undefined ? options : { ...options, subresource: "status" });
  }

  /** The same by one of the cluster's own parts, which writes a status as the API server holds it; of what was read just now. */
  updateWholeStatus<K extends Kind>(old: KindMap[K], status: object): KindMap[K] {
    const object = { ...old, metadata: { ...old.metadata }, status };
    return this.#commit(definitionOf(old.kind as K), object as unknown as Editable<K>, old, {});
  }

  #update<K extends Kind>(given: KindMap[K] | Draft<K>, part: Part, options: PatchOptions): KindMap[K] {
    const definition = definitionOf(given.kind as K);
    const old = this.read(definition.kind, given.metadata.name ?? "", given.metadata.namespace || "default");
    this.#checkPreconditions(definition, given as unknown as KubeObject, old as unknown as KubeObject);
    const object = part === "status" ? this.#withStatus(definition, given, old) : this.#decode(definition, given);
    if (part === "status") {
      definition.defaultStatus?.(object);
      if (options.fieldManager !== undefined) this.#refuse(definition, object, definition.validateStatus?.(object as unknown as KindMap[K], old) ?? []);
      this.#track(definition, object, old, options);
    } else {
      this.#keepHistory(object as unknown as Editing, old as unknown as KubeObject);
      this.#onlyObject(definition, object, old, part, options);
    }
    return this.#commit(definition, object, old, options);
  }

  #checkPreconditions(definition: Resource, object: KubeObject, old: KubeObject): void {
    const { uid, resourceVersion, name } = object.metadata;
    if (uid && uid !== old.metadata.uid) {
      throw conflict(definition, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
    }
    if (resourceVersion && !/^\d+$/.test(resourceVersion)) throw failure(500, "", `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(definition, name, MODIFIED);
  }

  /** rest.BeforeUpdate: what nobody may change. */
  #keepHistory(object: Editing, old: KubeObject): void {
    const { metadata } = object;
    const was = old.metadata;
    for (const field of ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace"] as const) {
      if (was[field] === undefined) delete metadata[field];
      else (metadata as Record<string, unknown>)[field] = was[field];
    }
    metadata.resourceVersion = was.resourceVersion;
    if (metadata.managedFields === undefined && was.managedFields !== undefined) metadata.managedFields = was.managedFields;
    sortMetadata(object);
  }

  /** The old object with a new status, and with nothing else of what was given. */
  #withStatus<K extends Kind>(definition: Definition<K>, given: KindMap[K] | Draft<K>, old: KindMap[K]): Editable<K> {
    const { status } = given as { readonly status?: unknown };
    const { managedFields = old.metadata.managedFields } = given.metadata;
    const metadata = { ...old.metadata, ...(managedFields !== undefined && { managedFields }) };
    // Order of the fields as the kind has them: status is the last one everywhere.
    return { ...old, metadata, ...(status !== undefined && { status: decodeField(definition.kind, "status", status) }) } as unknown as Editable<K>;
  }

  #onlyObject<K extends Kind>(definition: Definition<K>, object: Editable<K>, old: KindMap[K], part: Part, options: PatchOptions): void {
    const { context } = this;
    const fields = object as unknown as Record<string, unknown>;
    const before = old as unknown as Record<string, unknown>;
    definition.defaults?.(object);
    if (part === "object" && definition.status) {
      if (before.status === undefined) delete fields.status;
      else fields.status = before.status;
    }
    this.#track(definition, object, old, options);
    admitUpdate(definition, object, old);
    definition.prepareForUpdate?.(object, old, context);
    if (definition.generation && !deepEqual(fields.spec, before.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    const now = object as unknown as KindMap[K];
    const errors = [
      ...validateMetadataUpdate(definition, object as unknown as KubeObject, old as unknown as KubeObject),
      ...(definition.changesFirst ? (definition.validateUpdate?.(now, old) ?? []) : []),
      ...(definition.validate?.(now) ?? []),
      ...(definition.changesFirst ? [] : (definition.validateUpdate?.(now, old) ?? [])),
    ];
    this.#refuse(definition, object, errors);
    definition.allocate?.(object, old, context);
  }

  /** Nothing is written when nothing has changed; an object whose last finalizer went is gone. */
  #commit<K extends Kind>(definition: Definition<K>, object: Editable<K>, old: KindMap[K], options: PatchOptions): KindMap[K] {
    if (deepEqual(object, old)) return old;
    if (options.dryRun) return object as unknown as KindMap[K];
    if (finalizersDone(definition, object as unknown as KubeObject)) {
      return this.storage.remove(definition.kind, old.metadata.name, old.metadata.namespace) ?? old;
    }
    return this.storage.put(definition.kind, object as unknown as Editing);
  }

  /** Reads, changes and writes in one step: nobody can come between. */
  modify<K extends Kind>(kind: K, name: string, namespace: string | undefined, change: (object: Editable<K>) => void, part: "object" | "status" = "object"): KindMap[K] {
    const definition = definitionOf(kind);
    const object = copyJson(this.read(kind, name, namespace)) as unknown as Editable<K>;
    change(object);
    return this.#update(object as unknown as KindMap[K], part === "object" && !definition.status ? "whole" : part, {});
  }

  patch<K extends Kind>(kind: K, name: string, namespace: string | undefined, type: PatchType, body: unknown, options: PatchOptions = {}): KindMap[K] {
    const patched = this.patched(kind, name, namespace, type, body);
    return options.subresource === "status" ? this.updateStatus(patched, options) : this.update(patched, options);
  }

  /** Server-side apply: the fields given become the manager's own. Creates what is not there. */
  apply<K extends Kind>(given: Draft<K>, options: PatchOptions = {}): KindMap[K] {
    const definition = definitionOf(given.kind as K);
    const { name = "", namespace = "default" } = given.metadata;
    const live = this.get(definition.kind, name, namespace) as unknown as KubeObject | undefined;
    if (given.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
    const writer = { ...this.#writer(definition, options), operation: "Apply" as const };
    const { object, managedFields } = applyConfig(definition.kind, live, given, writer, options.force ?? false);
    const applied = object as unknown as Draft<K>;
    const next = { ...applied, metadata: { ...applied.metadata, managedFields } } as unknown as Draft<K>;
    const { dryRun = false } = options;
    if (live === undefined) return this.create(next, { dryRun });
    return options.subresource === "status" ? this.updateStatus(next, { dryRun }) : this.update(next, { dryRun });
  }

  #writer(definition: Pick<Definition, "group" | "version">, { fieldManager = "unknown", subresource }: PatchOptions): Omit<Writer, "operation"> {
    return { manager: fieldManager, apiVersion: apiVersionOf(definition), time: this.context.now, ...(subresource !== undefined && { subresource }) };
  }

  /** Whoever says who he is gets his name beside the fields he changes; controllers do not, it would cost too much. */
  #track<K extends Kind>(definition: Definition<K>, object: Editable<K>, old: KindMap[K] | undefined, options: PatchOptions): void {
    if (options.fieldManager === undefined) return;
    const now = object as unknown as KubeObject;
    const writer = { ...this.#writer(definition, options), operation: "Update" as const };
    const empty = decode(definition.kind, {}).value;
    // A new object's status is nobody's: it was not taken from what was sent.
    if (old === undefined && definition.status) empty.status = (now as unknown as { readonly status?: unknown }).status;
    const managedFields = afterUpdate(definition.kind, old as unknown as KubeObject | undefined, empty, now, writer);
    if (managedFields.length > 0) object.metadata.managedFields = managedFields as unknown as NonNullable<typeof object.metadata.managedFields>;
    else delete object.metadata.managedFields;
  }

  /** The object as a patch would make it, with nothing decided and nothing written yet. */
  patched<K extends Kind>(kind: K, name: string, namespace: string | undefined, type: PatchType, body: unknown): KindMap[K] {
    return applyPatch(definitionOf(kind) as unknown as Definition, this.read(kind, name, namespace) as unknown as KubeObject, type, body) as unknown as KindMap[K];
  }

  /** Writes what a subresource has decided, past the strategy: a binding, a finalized namespace. */
  overwrite<K extends Kind>(object: KindMap[K], options: PatchOptions = {}): KindMap[K] {
    const definition = definitionOf(object.kind as K);
    const old = this.read(definition.kind, object.metadata.name, object.metadata.namespace);
    const editable = { ...object, metadata: { ...object.metadata } } as unknown as Editable<K>;
    this.#track(definition, editable, old, options);
    return this.#commit(definition, editable, old, options);
  }

  /** The object as it now is while it waits for its end (Pods, finalizers), else a Status of success. */
  delete<K extends Kind>(kind: K, name: string, namespace?: string, options: DeleteOptions = {}): KindMap[K] | Status {
    const definition = definitionOf(kind);
    const old = this.read(kind, name, namespace) as unknown as KubeObject;
    admitDelete(kind, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== old.metadata.uid) {
      throw conflict(definition, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
    }
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(definition, name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${old.metadata.resourceVersion}`);
    }
    const deletion = deletionOf(definition, old, options, this.context);
    if (deletion === "unchanged") return old as unknown as KindMap[K];
    if (deletion !== "now") return options.dryRun ? (deletion as unknown as KindMap[K]) : this.storage.put(kind, deletion);
    if (!options.dryRun) this.storage.remove(kind, name, old.metadata.namespace);
    const { group, plural } = definition;
    return success({ name, ...(group !== "" && { group }), kind: plural, uid: old.metadata.uid });
  }

  watch<K extends Kind>(kind: K, options: ListOptions = {}): TypedWatch<KindMap[K]> {
    const filter = filterOf(kind, options);
    const namespace = definitionOf(kind).namespaced ? options.namespace : undefined;
    return new StoreWatch(this.storage, kind, { namespace, filter, only: onlyField(options.fieldSelector), since: "now" }) as unknown as TypedWatch<KindMap[K]>;
  }

  /** Calls back within every write: for controllers and other parts that keep a queue. Returns how to stop. */
  subscribe<K extends Kind>(kind: K, listener: (change: Change<KindMap[K]>) => void): () => void {
    return this.storage.subscribe(kind, listener as unknown as (change: Change) => void);
  }
}

function filterOf(kind: Kind, { labelSelector, fieldSelector }: ListOptions): ObjectFilter | undefined {
  return objectFilter(kind, labelFilter(labelSelector), fieldSelector);
}

/** What a dry run shows: nothing was stored, so there is no version of it. */
function withoutVersion<T extends { metadata: object }>(object: T): T {
  const { resourceVersion, ...metadata } = object.metadata as Editing["metadata"];
  void resourceVersion;
  return { ...object, metadata };
}

/** Not a tree of pieces, as a template makes it: every object of a cluster keeps some of these. */
function inOnePiece(text: string): string {
  return text.split("").join("");
}

const METADATA_ORDER = [
  "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
  "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
] as const; // biome-ignore format: the order is the point

/** Puts metadata's fields into the order of the Go struct, for whoever prints them as they come. */
function sortMetadata(object: Editing): void {
  const from = object.metadata as Record<string, unknown>;
  const to: Record<string, unknown> = {};
  for (const field of METADATA_ORDER) if (from[field] !== undefined) to[field] = from[field];
  object.metadata = to as unknown as Editing["metadata"];
}

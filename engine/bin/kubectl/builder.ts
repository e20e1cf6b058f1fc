/**
 * Which objects a command is about: from arguments (`pods`, `pod web`, `svc/web deploy/api`,
 * `pods,services`), selectors, or files. cli-runtime's resource.Builder, and its messages.
 */
import type { Task } from "../../core/task";
import { type ApiResource, groupResource } from "./api-resource";
import { resourcePath } from "./client";
import { type Context, MUST_NAME_RESOURCES } from "./command";
import { Failure, Failures, ServerError } from "./errors";
import { at, isMap, listAt, type Obj, textAt, thaw } from "./json";
import { type Manifest, readManifests } from "./manifest";

/** One object, or one list of them as the server sent it. */
export type Info = { readonly resource: ApiResource; readonly namespace: string; readonly name: string; readonly object: unknown; readonly source?: string };

export type Wanted = {
  readonly args: readonly string[];
  readonly filenames?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** --all: every object of the type. */
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  /** A type alone means all of its objects (get does, delete does not). */
  readonly typeAlone?: boolean;
  readonly accept?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly subresource?: string;
  readonly chunkSize?: number;
  /** Keep lists as lists (a watch needs their resourceVersion). */
  readonly keepLists?: boolean;
  readonly singleType?: boolean;
  /** Do not ask the server for what files or names already say. */
  readonly local?: boolean;
  /** With files: take the object from the file rather than from the server. */
  readonly fromFile?: boolean;
  /** With files: a namespace that is not said stays so in the object (--local). */
  readonly asWritten?: boolean;
  /** With files: those without a kind are refused in the words of validation. */
  readonly validating?: boolean;
};

export type Found = {
  readonly infos: readonly Info[];
  readonly errors: readonly Error[];
  /** Exactly one object was named. */
  readonly single: boolean;
};

/** Throws what makes the request senseless; what the server refuses for single objects is in `errors`. */
export function* find(context: Context, wanted: Wanted): Task<Found> {
  const selection = yield* select(context, wanted.args);
  const filenames = wanted.filenames ?? [];
  if (filenames.length > 0) {
    if (wanted.args.length > 0) throw new Failure("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well");
    return yield* fromFiles(context, wanted, filenames);
  }
  const selecting = wanted.all === true || wanted.selector !== undefined || wanted.fieldSelector !== undefined || (wanted.typeAlone === true && selection.kind === "types");
  if (selecting && wanted.subresource) throw new Failure("subresource cannot be used when bulk resources are specified");
  if (selecting) return yield* bySelector(context, wanted, selection);
  if (selection.kind === "tuples") return yield* byName(context, wanted, selection.tuples);
  if (selection.kind === "names") {
    const [resource] = yield* resourcesOf(context, [selection.type]);
    return yield* byName(context, wanted, selection.names.map((name) => ({ type: selection.type, resource, name })));
  }
  if (selection.kind === "none") throw new Failure(MUST_NAME_RESOURCES);
  yield* resourcesOf(context, selection.types);
  throw new Failure("resource(s) were provided, but no name was specified");
}

/** The same, throwing when anything could not be had. */
export function* findAll(context: Context, wanted: Wanted): Task<readonly Info[]> {
  const found = yield* find(context, wanted);
  const [first] = found.errors;
  if (first !== undefined) throw found.errors.length === 1 ? first : new Failures(found.errors);
  return found.infos;
}

type Tuple = { readonly type: string; readonly name: string; readonly resource?: ApiResource | undefined };
type Selection =
  | { readonly kind: "none" }
  | { readonly kind: "types"; readonly types: readonly string[] }
  | { readonly kind: "names"; readonly type: string; readonly names: readonly string[] }
  | { readonly kind: "tuples"; readonly tuples: readonly Tuple[] };

function* select(context: Context, args: readonly string[]): Task<Selection> {
  const [first, ...names] = args;
  if (first === undefined) return { kind: "none" };
  const slashes = args.filter((arg) => arg.includes("/")).length;
  if (slashes === args.length) return { kind: "tuples", tuples: args.map(parseTuple) };
  if (slashes > 0) {
    throw new Failure("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'");
  }
  const written = splitComma(first);
  if (written.length > 1 && names.length > 0 && written.includes("")) throw new Failure("arguments in resource/name form must have a single resource and name");
  const types = yield* expandCategories(context, written);
  if (names.length === 0) return { kind: "types", types };
  if (types.length > 1) return { kind: "tuples", tuples: types.flatMap((type) => names.map((name) => ({ type, name }))) };
  return { kind: "names", type: types[0] ?? "", names };
}

function splitComma(text: string): readonly string[] {
  return [...new Set(text.split(","))];
}

function parseTuple(arg: string): Tuple {
  const [type = "", name = "", ...more] = arg.split("/");
  if (more.length > 0) throw new Failure("arguments in resource/name form may not have more than one slash");
  if (type === "" || name === "" || type.includes(",")) throw new Failure("arguments in resource/name form must have a single resource and name");
  return { type, name };
}

function* expandCategories(context: Context, types: readonly string[]): Task<readonly string[]> {
  const all: string[] = [];
  for (const type of types) {
    const members = yield* context.discovery.category(type);
    if (members === undefined) all.push(type);
    else all.push(...members.map(groupResource));
  }
  return all;
}

function* resourcesOf(context: Context, types: readonly string[]): Task<readonly ApiResource[]> {
  const all: ApiResource[] = [];
  for (const type of types) {
    const resource = yield* context.discovery.resource(type);
    if (!all.some((known) => known.kind === resource.kind && known.group === resource.group)) all.push(resource);
  }
  return all;
}

function* bySelector(context: Context, wanted: Wanted, selection: Selection): Task<Found> {
  if (selection.kind === "names") throw new Failure("name cannot be provided when a selector is specified");
  if (selection.kind === "tuples") throw new Failure("selectors and the all flag cannot be used when passing resource/name arguments");
  if (selection.kind === "none") throw new Failure("at least one resource must be specified to use a selector");
  const resources = yield* resourcesOf(context, selection.types);
  if (wanted.singleType && resources.length > 1) throw new Failure("you may only specify a single resource type");
  const infos: Info[] = [];
  const errors: Error[] = [];
  for (const resource of resources) {
    const namespace = wanted.allNamespaces || !resource.namespaced ? "" : context.namespace;
    try {
      infos.push(...(yield* list(context, wanted, resource, namespace)));
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      errors.push(enhanced(error, wanted, resource));
    }
  }
  return { infos, errors, single: false };
}

/** A refused list names what was asked for: runtimeresource.EnhanceListError. */
function enhanced(error: ServerError, wanted: Wanted, resource: ApiResource): ServerError {
  if (error.reason !== "BadRequest" && error.reason !== "NotFound") return error;
  const subject = JSON.stringify(`${resource.group}/${resource.version}, Resource=${resource.name}`);
  const { selector = "", fieldSelector = "" } = wanted;
  const what = selector === "" && fieldSelector === "" ? `list ${subject}` : `find ${subject} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}`;
  return new ServerError({ ...error.status, message: `Unable to ${what}: ${error.message}` });
}

function* list(context: Context, wanted: Wanted, resource: ApiResource, namespace: string): Task<readonly Info[]> {
  const infos: Info[] = [];
  let more: string | undefined;
  do {
    const body = yield* context.client.get(
      resourcePath(resource, namespace),
      {
        labelSelector: wanted.selector || undefined,
        fieldSelector: wanted.fieldSelector || undefined,
        limit: wanted.chunkSize === 0 || wanted.chunkSize === undefined ? undefined : String(wanted.chunkSize),
        continue: more,
        ...wanted.query,
      },
      wanted.accept,
    );
    if (wanted.keepLists || at(body, "kind") === "Table") infos.push({ resource, namespace, name: "", object: body });
    else infos.push(...listAt(body, "items").map((item) => infoOf(typed(item, resource), resource)));
    more = textAt(body, "metadata", "continue") || undefined;
  } while (more !== undefined);
  return infos;
}

/** Items of a list come without their kind when the server is a real one. */
function typed(item: unknown, resource: ApiResource): unknown {
  if (!isMap(item) || typeof item.kind === "string") return item;
  return { apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind, ...item };
}

export function infoOf(object: unknown, resource: ApiResource): Info {
  return { resource, namespace: textAt(object, "metadata", "namespace"), name: textAt(object, "metadata", "name"), object };
}

/** resource.Info.Get: of an object that is not there because its namespace is not, the namespace is told. */
function* getOne({ client }: Context, wanted: Wanted, { resource, namespace, name }: Omit<Info, "object">): Task<unknown> {
  try {
    return yield* client.get(resourcePath(resource, namespace, name, wanted.subresource), wanted.query, wanted.accept);
  } catch (error) {
    const isGone = (one: unknown): one is ServerError => one instanceof ServerError && one.reason === "NotFound";
    if (!isGone(error) || namespace === "" || namespace === "default") throw error;
    try {
      yield* client.get(`/api/v1/namespaces/${namespace}`);
    } catch (other) {
      throw isGone(other) ? other : error;
    }
    throw error;
  }
}

function* byName(context: Context, wanted: Wanted, tuples: readonly Tuple[]): Task<Found> {
  const infos: Info[] = [];
  const errors: Error[] = [];
  const resources = new Map<string, ApiResource>();
  for (const { type, resource } of tuples) resources.set(type, resource ?? (yield* context.discovery.resource(type)));
  if (wanted.singleType && new Set(resources.values()).size > 1) throw new Failure("you may only specify a single resource type");
  for (const { type, name } of tuples) {
    const resource = resources.get(type) as ApiResource;
    if (resource.namespaced && wanted.allNamespaces) throw new Failure("a resource cannot be retrieved by name across all namespaces");
    const namespace = resource.namespaced ? context.namespace : "";
    try {
      const object = wanted.local ? undefined : yield* getOne(context, wanted, { resource, namespace, name });
      infos.push({ resource, namespace, name, object });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      errors.push(error);
    }
  }
  return { infos, errors, single: tuples.length === 1 };
}

function* fromFiles(context: Context, wanted: Wanted, filenames: readonly string[]): Task<Found> {
  const { manifests, errors: unread } = yield* readManifests(context, filenames, { recursive: wanted.recursive === true, validating: wanted.validating === true });
  const infos: Info[] = [];
  const errors: Error[] = [...unread];
  for (const manifest of manifests) {
    try {
      const info = yield* infoOfManifest(context, manifest);
      if (wanted.asWritten) infos.push({ ...info, object: manifest.object });
      else if (wanted.fromFile || wanted.local) infos.push(info);
      else infos.push({ ...info, object: yield* getOne(context, wanted, info) });
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      errors.push(error);
    }
  }
  return { infos, errors, single: manifests.length === 1 };
}

/** Where a manifest's object belongs on this server; its namespace is filled in. */
export function* infoOfManifest(context: Context, manifest: Manifest): Task<Info> {
  const { object, source } = manifest;
  const name = object.metadata.name ?? "";
  const said = object.metadata.namespace ?? "";
  const resource = yield* context.discovery.kind(object.apiVersion, object.kind);
  if (resource === undefined) {
    throw new Failure(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(said)} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}\nensure CRDs are installed first`,
    );
  }
  if (!resource.namespaced) return { resource, namespace: "", name, object, source };
  if (context.namespaceGiven && said !== "" && said !== context.namespace) {
    throw new Failure(`the namespace from the provided object ${JSON.stringify(said)} does not match the namespace ${JSON.stringify(context.namespace)}. You must pass '--namespace=${said}' to perform this operation.`);
  }
  const namespace = said === "" ? context.namespace : said;
  const placed = thaw(object) as unknown as { metadata: { namespace?: string } };
  placed.metadata.namespace = namespace;
  return { resource, namespace, name, object: placed, source };
}

/** The one object a command such as logs or exec is given: "web", "pod/web", "deploy/web", ["pod", "web"]. */
export function* findOne(context: Context, args: readonly string[], defaultType: string): Task<Info> {
  const [first = ""] = args;
  const words = args.length === 1 && !first.includes("/") ? [defaultType, first] : args;
  const [info] = yield* findAll(context, { args: words });
  if (info === undefined) throw new Failure(MUST_NAME_RESOURCES);
  return info;
}

export function objectOf(info: Info): Obj {
  return info.object as Obj;
}

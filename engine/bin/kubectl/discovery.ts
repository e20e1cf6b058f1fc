/**
 * Which resources are there: /api, /apis and the lists below them, as client-go's discovery and
 * RESTMapper use them. Groups are asked one after the other until a name is found, the core
 * group first, which is also their order of preference.
 */
import type { Task } from "../../core/task";
import { type ApiResource, apiVersionOf, groupPath, parseApiVersion } from "./api-resource";
import type { Client } from "./client";
import { Failure, ServerError } from "./errors";
import { at, listAt, stringsAt, textAt } from "./json";

type GroupVersion = { readonly group: string; readonly version: string; readonly preferred: boolean };

export class Discovery {
  readonly #client: Client;
  readonly #lists = new Map<string, readonly ApiResource[]>();
  #groups: readonly GroupVersion[] | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Every group version, the core group first, in the server's order. */
  *groupVersions(): Task<readonly GroupVersion[]> {
    if (this.#groups !== undefined) return this.#groups;
    const core = stringsAt(yield* this.#client.get("/api"), "versions").map((version) => ({ group: "", version, preferred: true }));
    const named = listAt(yield* this.#client.get("/apis"), "groups").flatMap((group) =>
      listAt(group, "versions").map((entry) => ({
        group: textAt(group, "name"),
        version: textAt(entry, "version"),
        preferred: textAt(entry, "version") === textAt(group, "preferredVersion", "version"),
      })),
    );
    this.#groups = [...core, ...named];
    return this.#groups;
  }

  /** The resources of one group version, without subresources. */
  *resourcesOf(at: { readonly group: string; readonly version: string }): Task<readonly ApiResource[]> {
    const path = groupPath(at);
    const known = this.#lists.get(path);
    if (known !== undefined) return known;
    const list = listAt(yield* this.#client.get(path), "resources")
      .map((entry) => toResource(entry, at))
      .filter((resource) => !resource.name.includes("/"));
    this.#lists.set(path, list);
    return list;
  }

  /** Everything, preferred versions only. */
  *all(): Task<readonly ApiResource[]> {
    const all: ApiResource[] = [];
    for (const groupVersion of yield* this.groupVersions()) if (groupVersion.preferred) all.push(...(yield* this.resourcesOf(groupVersion)));
    return all;
  }

  /** "po", "pods", "Pod", "deployments.apps", "deployments.v1.apps": the resource meant. */
  *resource(written: string): Task<ApiResource> {
    const found = yield* this.#find(written);
    if (found !== undefined) {
      if (found.shortNames.includes(written)) yield* this.#warnOfOthers(found, written);
      return found;
    }
    throw new Failure(`the server doesn't have a resource type ${JSON.stringify(written.split(".")[0] ?? "")}`);
  }

  /** A short name that two groups have: the first is taken, and the other is told of. */
  *#warnOfOthers(found: ApiResource, short: string): Task {
    const other = (yield* this.all()).find((one) => one.group !== found.group && one.shortNames.includes(short));
    if (other !== undefined) yield* this.#client.warn(`short name ${JSON.stringify(short)} could also match lower priority resource ${other.name}${other.group === "" ? "" : `.${other.group}`}`);
  }

  /** The resource a manifest's apiVersion and kind name; undefined when the server has none. */
  *kind(apiVersion: string, kind: string): Task<ApiResource | undefined> {
    const wanted = parseApiVersion(apiVersion);
    try {
      const list = yield* this.resourcesOf(wanted);
      return list.find((resource) => resource.kind === kind);
    } catch (error) {
      if (error instanceof ServerError) return undefined;
      throw error;
    }
  }

  /** "all" and its like: the resources of a category, or undefined if there is no such category. */
  *category(name: string): Task<readonly ApiResource[] | undefined> {
    if (name !== "all") return undefined;
    const members = (yield* this.all()).filter((resource) => resource.categories.includes(name));
    return members.length === 0 ? undefined : members;
  }

  *#find(written: string): Task<ApiResource | undefined> {
    const [name = "", ...rest] = written.split(".");
    for (const [version, group] of readings(rest)) {
      for (const groupVersion of yield* this.groupVersions()) {
        if (group !== undefined && groupVersion.group !== group) continue;
        if (version === undefined ? !groupVersion.preferred : groupVersion.version !== version) continue;
        const list = yield* this.resourcesOf(groupVersion);
        const lower = name.toLowerCase();
        const found = list.find((r) => r.name === lower || r.singular === lower || r.kind.toLowerCase() === lower || r.shortNames.includes(name));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** What "name.a.b" may mean: version a of group b, or group "a.b". */
function readings(rest: readonly string[]): readonly (readonly [string | undefined, string | undefined])[] {
  if (rest.length === 0) return [[undefined, undefined]];
  const asGroup = [undefined, rest.join(".")] as const;
  return rest.length > 1 ? [[rest[0], rest.slice(1).join(".")], asGroup] : [asGroup];
}

function toResource(entry: unknown, where: { readonly group: string; readonly version: string }): ApiResource {
  const kind = textAt(entry, "kind");
  return {
    group: textAt(entry, "group") || where.group,
    version: textAt(entry, "version") || where.version,
    name: textAt(entry, "name"),
    singular: textAt(entry, "singularName") || kind.toLowerCase(),
    kind,
    namespaced: at(entry, "namespaced") === true,
    verbs: stringsAt(entry, "verbs"),
    shortNames: stringsAt(entry, "shortNames"),
    categories: stringsAt(entry, "categories"),
  };
}

export { apiVersionOf };

/**
 * The API server: REST paths onto the store, in the words of the real one. What it answers is
 * what kubectl, informers and curl would get over HTTP, without the HTTP.
 *
 * Differs: everybody is the one administrator; there is no authentication and no authorization.
 */
import { Signal } from "../core/task";
import { type World, wallMs } from "../core/world";
import type { ApiRequest, ApiResponse, KubeApi, WatchStream } from "./api";
import { apiVersionOf } from "./api-version";
import type { Definition } from "./resources/definition";
import { definitionOf } from "./resources/registry";
import { discovery } from "./rest/discovery";
import { asEventsV1 } from "./rest/event-view";
import { listBody, listPage } from "./rest/list";
import { openapi } from "./rest/openapi";
import { parsePath, type Target } from "./rest/path";
import { requestLog } from "./rest/log";
import { review } from "./rest/reviews";
import { requestSubresource } from "./rest/subresource-requests";
import { SCALE, type Scale } from "./rest/subresources";
import { type IncludeObject, partial, tableOf } from "./rest/table";
import { FailedWatch, ResponseWatch } from "./rest/watch-response";
import { create, patch, remove, update, type Written } from "./rest/write";
import type { PodRuntime } from "./runtime";
import { inGoOrder } from "./schema/order";
import { decodeProtobuf } from "./schema/protobuf";
import { ApiError, badRequest, expired, methodNotSupported, noSuchPath } from "./status";
import { Store } from "./store";
import type { KubeObject } from "./types";
import { labelFilter, objectFilter } from "./list-filter";
import { StoreWatch, type StoreEvent, TooOld } from "./watch";

const ENDPOINTS_DEPRECATED = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
const BOOKMARK_MS = 60_000;

export class ApiServer implements KubeApi {
  readonly store: Store;
  /** Filled by node/: exec, attach, logs, port-forward. */
  runtime: PodRuntime | undefined;

  constructor(readonly world: World) {
    this.store = new Store(world);
  }

  request(request: ApiRequest): ApiResponse {
    const warnings: string[] = [];
    try {
      const { status, body } = this.#answer(request, warnings);
      return { status, body: request.inGoOrder ? inGoOrder(body) : body, warnings: [...new Set(warnings)] };
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      return { status: problem.code, body: problem.status, warnings: [...new Set(warnings)] };
    }
  }

  #answer(given: ApiRequest, warnings: string[]): { status: number; body: unknown } {
    const request = given.body instanceof Uint8Array ? { ...given, body: decodeProtobuf(given.body) } : given;
    const { method, path, accept = "" } = request;
    if (method === "GET") {
      const found = discovery(path, accept) ?? openapi(path) ?? health(path) ?? definedElsewhere(path);
      if (found !== undefined) return { status: 200, body: found };
    }
    const reviewed = method === "POST" ? review(path, request.body) : undefined;
    if (reviewed !== undefined) return { status: 201, body: reviewed };
    const target = parsePath(path);
    if (target === undefined) throw noSuchPath();
    if (target.kind === "Endpoints") warnings.push(ENDPOINTS_DEPRECATED);
    if (target.subresource !== undefined && target.subresource !== "status") return this.#subresource(target, request, warnings);
    if (method === "GET") return { status: 200, body: this.#read(target, request) };
    const written = this.#write(target, request, warnings);
    return { status: written.status, body: this.#shown(target, written, accept, request) };
  }

  #subresource(target: Target, request: ApiRequest, warnings: string[]): { status: number; body: unknown } {
    if (target.kind === "Pod" && target.subresource === "log") return { status: 200, body: requestLog(this.store, this.runtime, target, request) };
    const answer = requestSubresource(this.store, target, request, warnings);
    const { query = {}, accept = "" } = request;
    if (target.subresource !== "scale" || !wantsTable(accept)) return answer;
    const scale = answer.body as Scale;
    return { ...answer, body: tableOf(SCALE, [scale as never], { resourceVersion: scale.metadata.resourceVersion }, includeOf(query), wallMs(this.world)) };
  }

  #read(target: Target, request: ApiRequest): unknown {
    const { query = {}, accept = "" } = request;
    const definition = definitionOf(target.kind) as unknown as Definition;
    if (target.name !== undefined) {
      const object = this.#view(target, this.store.read(target.kind, target.name, target.namespace) as unknown as KubeObject);
      if (wantsTable(accept)) return tableOf(definition, [object], { resourceVersion: object.metadata.resourceVersion }, includeOf(query), wallMs(this.world));
      return accept.includes("as=PartialObjectMetadata") ? partial(object) : object;
    }
    const page = listPage(this.store, target, request);
    if (wantsTable(accept)) return tableOf(definition, page.objects, page.metadata, includeOf(query), wallMs(this.world));
    const objects = page.objects.map((object) => this.#view(target, object));
    if (accept.includes("as=PartialObjectMetadataList")) return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: page.metadata, items: objects.map(partial) };
    return listBody(target, { ...page, objects });
  }

  #view(target: Target, object: KubeObject): KubeObject {
    return target.group === "events.k8s.io" ? asEventsV1(object) : object;
  }

  #write(target: Target, request: ApiRequest, warnings: string[]): Written {
    switch (request.method) {
      case "POST":
        return create(this.store, target, request, warnings);
      case "PUT":
        return update(this.store, target, request, warnings);
      case "PATCH":
        return patch(this.store, target, request, warnings);
      case "DELETE":
        return remove(this.store, target, request);
      case "GET":
        throw methodNotSupported(definitionOf(target.kind), "get");
    }
  }

  #shown(target: Target, { object }: Written, accept: string, request: ApiRequest): unknown {
    const definition = definitionOf(target.kind) as unknown as Definition;
    const metadata = { resourceVersion: String(this.store.storage.revision) };
    if (Array.isArray(object)) return listBody(target, { objects: object as readonly KubeObject[], metadata });
    const one = object as KubeObject;
    if (one.kind === "Status") return one;
    if (wantsTable(accept)) return tableOf(definition, [one], { resourceVersion: one.metadata.resourceVersion }, includeOf(request.query ?? {}), wallMs(this.world));
    return this.#view(target, one);
  }

  watch(request: ApiRequest): WatchStream | ApiResponse {
    const warnings: string[] = [];
    try {
      const target = parsePath(request.path);
      if (target === undefined) throw noSuchPath();
      return this.#watch(target, request);
    } catch (problem) {
      if (problem instanceof TooOld) return new FailedWatch(expired(problem.message).status, new Signal());
      if (!(problem instanceof ApiError)) throw problem;
      return { status: problem.code, body: problem.status, warnings };
    }
  }

  #watch(target: Target, request: ApiRequest): WatchStream {
    const { query = {}, accept = "" } = request;
    const definition = definitionOf(target.kind) as unknown as Definition;
    const { resourceVersion = "" } = query;
    if (resourceVersion !== "" && !/^\d+$/.test(resourceVersion)) throw badRequest(`invalid resource version "${resourceVersion}": strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`);
    const fields = [query.fieldSelector, target.name && `metadata.name=${target.name}`].filter(Boolean).join(",");
    const filter = objectFilter(target.kind, labelFilter(query.labelSelector), fields);
    const fresh = resourceVersion === "" || resourceVersion === "0" || query.sendInitialEvents === "true";
    const source = new StoreWatch(this.store.storage, target.kind, { namespace: target.namespace, filter, since: fresh ? "now" : Number(resourceVersion) });
    const isTable = wantsTable(accept);
    let headers = true;
    const show = ({ type, object }: StoreEvent): unknown => {
      if (type === "BOOKMARK" || !isTable) return accept.includes("as=PartialObjectMetadata") && type !== "BOOKMARK" ? partial(object) : request.inGoOrder ? inGoOrder(this.#view(target, object)) : this.#view(target, object);
      const table = tableOf(definition, [object], { resourceVersion: object.metadata.resourceVersion }, includeOf(query), wallMs(this.world), headers);
      headers = false;
      return table;
    };
    const stream = new ResponseWatch(source, show);
    if (query.sendInitialEvents === "true") source.push(this.#bookmark(target, { "k8s.io/initial-events-end": "true" }));
    if (query.allowWatchBookmarks === "true") this.#bookmarks(target, source);
    if (query.timeoutSeconds !== undefined) this.world.scheduler.after(Number(query.timeoutSeconds) * 1000, () => stream.close());
    return stream;
  }

  /** About once a minute, and only while somebody listens. */
  #bookmarks(target: Target, source: StoreWatch): void {
    this.world.scheduler.after(BOOKMARK_MS, () => {
      if (source.closed) return;
      source.push(this.#bookmark(target));
      this.#bookmarks(target, source);
    });
  }

  #bookmark(target: Target, annotations?: Readonly<Record<string, string>>): StoreEvent {
    const metadata = { resourceVersion: String(this.store.storage.revision), creationTimestamp: null, ...(annotations && { annotations }) };
    return { type: "BOOKMARK", object: { kind: definitionOf(target.kind).kind, apiVersion: apiVersionOf(target), metadata } as unknown as KubeObject };
  }
}

function wantsTable(accept: string): boolean {
  return accept.includes("as=Table");
}

function includeOf(query: Readonly<Record<string, string>>): IncludeObject {
  const { includeObject } = query;
  return includeObject === "Object" || includeObject === "None" ? includeObject : "Metadata";
}

/** What kubectl asks when it meets a kind it cannot find: nobody has defined one here. */
function definedElsewhere(path: string): object | undefined {
  if (path !== "/apis/apiextensions.k8s.io/v1/customresourcedefinitions") return undefined;
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinitionList", metadata: { resourceVersion: "1" }, items: [] };
}

function health(path: string): string | undefined {
  return path === "/healthz" || path === "/livez" || path === "/readyz" ? "ok" : undefined;
}

/**
 * kubectl's side of the API: one request, one answer, as client-go's rest.Request does it.
 * A refusal becomes ServerError; Warning headers go to standard error, each text once.
 */
import type { ApiRequest, ApiResponse, KubeApi, WatchStream } from "../../kube/api";
import type { Task } from "../../core/task";
import { type ApiResource, groupPath } from "./api-resource";
import { Failure, ServerError, type Status } from "./errors";
import { isMap } from "./json";

export const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export type Query = Readonly<Record<string, string | undefined>>;

export type Request = {
  readonly method: ApiRequest["method"];
  readonly path: string;
  readonly query?: Query;
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: unknown;
};

export class Client {
  readonly #api: KubeApi;
  readonly #warn: (text: string) => Task;
  readonly #userAgent: string;
  readonly #warningsAreErrors: boolean;
  readonly #warned = new Set<string>();

  constructor(api: KubeApi, warn: (text: string) => Task, userAgent: string, warningsAreErrors = false) {
    this.#api = api;
    this.#warn = warn;
    this.#userAgent = userAgent;
    this.#warningsAreErrors = warningsAreErrors;
  }

  /** The body of the answer; throws ServerError. */
  *request(request: Request): Task<unknown> {
    const response = this.#api.request(this.#complete(request));
    yield* this.#warnings(response);
    return bodyOf(response);
  }

  *get(path: string, query: Query = {}, accept = "application/json"): Task<unknown> {
    return yield* this.request({ method: "GET", path, query, accept });
  }

  *post(path: string, body: unknown, query: Query = {}): Task<unknown> {
    return yield* this.request({ method: "POST", path, query, body, accept: "application/json", contentType: "application/json" });
  }

  *put(path: string, body: unknown, query: Query = {}): Task<unknown> {
    return yield* this.request({ method: "PUT", path, query, body, accept: "application/json", contentType: "application/json" });
  }

  *patch(path: string, contentType: string, body: unknown, query: Query = {}): Task<unknown> {
    return yield* this.request({ method: "PATCH", path, query, body, accept: "application/json", contentType });
  }

  *delete(path: string, body?: unknown, query: Query = {}): Task<unknown> {
    return yield* this.request({ method: "DELETE", path, query, body, accept: "application/json", contentType: "application/json" });
  }

  /** A watch that has begun; throws ServerError when it cannot. */
  *watch(path: string, query: Query, accept = "application/json"): Task<WatchStream> {
    const answer = this.#api.watch(this.#complete({ method: "GET", path, query: { ...query, watch: "true" }, accept }));
    if (!("status" in answer)) return answer;
    yield* this.#warnings(answer);
    bodyOf(answer);
    throw new ServerError({ message: "the server does not watch this resource", reason: "" });
  }

  #complete(request: Request): ApiRequest {
    const query: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query[name] = value;
    return { ...request, query, userAgent: this.#userAgent };
  }

  *#warnings(response: ApiResponse): Task {
    for (const text of response.warnings) {
      if (this.#warned.has(text)) continue;
      this.#warned.add(text);
      yield* this.warn(text);
    }
  }

  /** As a warning of the server's is said; this one is kubectl's own. */
  *warn(text: string): Task {
    yield* this.#warn(`Warning: ${text}\n`);
  }

  /** For --warnings-as-errors, once the command has done its work. */
  checkWarnings(): void {
    if (!this.#warningsAreErrors || this.#warned.size === 0) return;
    throw new Failure(`${this.#warned.size} ${this.#warned.size === 1 ? "warning" : "warnings"} received`);
  }
}

function bodyOf(response: ApiResponse): unknown {
  if (response.status < 400) return response.body;
  if (isMap(response.body) && response.body.kind === "Status") throw new ServerError(response.body as Status);
  throw new ServerError({ code: response.status, reason: response.status === 404 ? "NotFound" : "", message: "the server could not find the requested resource" });
}

/** /api/v1/namespaces/default/pods/web/status; a namespace of "" is all of them. */
export function resourcePath(resource: ApiResource, namespace: string, name = "", subresource = ""): string {
  const parts = [groupPath(resource)];
  if (resource.namespaced && namespace !== "") parts.push("namespaces", namespace);
  parts.push(resource.name);
  if (name !== "") parts.push(name);
  if (subresource !== "") parts.push(subresource);
  return parts.join("/");
}

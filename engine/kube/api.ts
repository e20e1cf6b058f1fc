/**
 * The Kubernetes API as its clients see it: requests on paths, answers as JSON, watches as
 * streams. The built-in kubectl speaks it by function call, a real one by HTTP: same requests.
 */
import type { Signal } from "../core/task";

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** "/api/v1/namespaces/default/pods/web" */
  readonly path: string;
  /** Decoded; a repeated parameter keeps its last value. */
  readonly query?: Readonly<Record<string, string>>;
  /** For PATCH: application/merge-patch+json, strategic-merge-patch, json-patch, apply-patch+yaml. */
  readonly contentType?: string;
  /** "application/json;as=Table;v=v1;g=meta.k8s.io" asks for a table. */
  readonly accept?: string;
  readonly userAgent?: string;
  /** For whoever looks at the JSON itself: fields in the order of the Go structs. */
  readonly inGoOrder?: boolean;
  /** Parsed JSON, or the bytes of application/vnd.kubernetes.protobuf. */
  readonly body?: unknown;
};

/** `warnings` are the Warning headers kubectl prints to standard error. */
export type ApiResponse = { readonly status: number; readonly body: unknown; readonly warnings: readonly string[] };

export type WatchEvent = { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"; readonly object: unknown };

/** Events in order; `next` is undefined when none is there yet: wait for `ready`. */
export interface WatchStream {
  next(): WatchEvent | undefined;
  readonly ready: Signal;
  readonly closed: boolean;
  close(): void;
}

/** The API server's front door. A watch that cannot be begun is an ApiResponse with a Status body. */
export interface KubeApi {
  request(request: ApiRequest): ApiResponse;
  watch(request: ApiRequest): WatchStream | ApiResponse;
}

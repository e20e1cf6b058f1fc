/** GET pods/x/log as one answer; who wants to follow it asks the runtime for the stream. */
import { concat, text } from "../../core/bytes";
import type { ApiRequest } from "../api";
import type { LogOptions, PodRuntime } from "../runtime";
import { ApiError, failure } from "../status";
import type { Store } from "../store";
import type { Target } from "./path";

export function logOptions(query: Readonly<Record<string, string>>): LogOptions {
  const count = (name: string): number | undefined => (query[name] === undefined ? undefined : Number(query[name]));
  const [sinceSeconds, tailLines, limitBytes] = [count("sinceSeconds"), count("tailLines"), count("limitBytes")];
  return {
    ...(query.container && { container: query.container }),
    follow: query.follow === "true",
    previous: query.previous === "true",
    timestamps: query.timestamps === "true",
    ...(query.sinceTime !== undefined && { sinceTime: query.sinceTime }),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
  };
}

export function requestLog(store: Store, runtime: PodRuntime | undefined, target: Target, { query = {} }: ApiRequest): string {
  const pod = store.read("Pod", target.name ?? "", target.namespace);
  if (runtime === undefined) throw failure(500, "InternalError", `Internal error occurred: no kubelet serves node "${pod.spec.nodeName ?? ""}"`);
  const session = runtime.logs(pod.metadata.namespace ?? "", pod.metadata.name, { ...logOptions(query), follow: false });
  if ("kind" in session) throw new ApiError(session);
  const chunks: Uint8Array[] = [];
  for (let chunk = session.output.read(); chunk !== undefined; chunk = session.output.read()) chunks.push(chunk);
  session.close();
  return chunks.length === 0 ? "" : text(concat(chunks));
}

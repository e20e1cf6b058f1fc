/** GET …/pods/NAME/log: plain text as it is written, from the kubelet. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClusterAccess, LogOptions } from "@/engine";
import type { Clock } from "./clock";

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/;

/** True when the request was for a log, and has been answered. */
export function serveLog(request: IncomingMessage, response: ServerResponse, url: URL, { runtime }: ClusterAccess, clock: Clock): boolean {
  const match = PATH.exec(url.pathname);
  if (!match || request.method !== "GET" || runtime === undefined) return false;
  const session = runtime.logs(match[1] ?? "", match[2] ?? "", optionsOf(url.searchParams));
  if (!("output" in session)) {
    response.writeHead(session.code ?? 500, { "Content-Type": "application/json" });
    response.end(`${JSON.stringify(session)}\n`);
    return true;
  }
  response.writeHead(200, { "Content-Type": "text/plain" });
  response.flushHeaders();
  const { output } = session;
  const look = (): void => {
    for (let bytes = output.read(); bytes !== undefined; bytes = output.read()) response.write(bytes);
    if (output.ended) response.end();
  };
  const leave = clock.onSlice(look);
  response.on("close", () => {
    leave();
    session.close();
  });
  look();
  return true;
}

function optionsOf(query: URLSearchParams): LogOptions {
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const yes = (name: string): boolean => ["1", "true"].includes(query.get(name) ?? "");
  const [container, sinceTime] = [query.get("container"), query.get("sinceTime")];
  const [tailLines, sinceSeconds, limitBytes] = [number("tailLines"), number("sinceSeconds"), number("limitBytes")];
  return {
    follow: yes("follow"),
    previous: yes("previous"),
    timestamps: yes("timestamps"),
    ...(container !== null && container !== "" && { container }),
    ...(sinceTime !== null && { sinceTime }),
    ...(tailLines !== undefined && { tailLines }),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
    ...(limitBytes !== undefined && { limitBytes }),
  };
}

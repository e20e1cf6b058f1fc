/**
 * The Kubernetes API over HTTP on 127.0.0.1: each request becomes a call of the world's own API
 * server. What a real client sends is what the built-in kubectl sends; nothing is answered here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ApiRequest, type ApiResponse, type ClusterAccess, jsonProblem, parseManifests, type WatchStream } from "@/engine";
import type { Clock } from "./clock";
import { serveLog } from "./log";
import { openapiV2, type V3 } from "./openapi-v2";
import { serveStreams } from "./streams";

const MOST_BODY_BYTES = 3 << 20;

/** `describe` lays descriptions over an OpenAPI document; the world's own has none. */
export type Describe = (path: string, body: unknown) => unknown;

export function apiServer(cluster: ClusterAccess, clock: Clock, describe: Describe = (_, body) => body): Server {
  const server = createServer((request, response) => {
    void answer(request, response, { cluster, clock, describe }).catch((problem: unknown) => {
      if (!response.headersSent) sendStatus(response, 500, "InternalError", problem instanceof Error ? problem.message : String(problem));
      else response.destroy();
    });
  });
  serveStreams(server, cluster, clock);
  return server;
}

type Answering = { readonly cluster: ClusterAccess; readonly clock: Clock; readonly describe: Describe };

async function answer(request: IncomingMessage, response: ServerResponse, { cluster, clock, describe }: Answering): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const body = await readBody(request);
  if (body === undefined) return sendStatus(response, 413, "RequestEntityTooLarge", `limit is ${MOST_BODY_BYTES}`);
  const parsed = parseBody(body, request.headers["content-type"], request.method === "POST" || request.method === "PUT");
  if (parsed instanceof Error) return sendStatus(response, parsed.name === "UnsupportedMediaType" ? 415 : 400, parsed.name, parsed.message.replace(KIND, () => kindAt(cluster, url.pathname)));
  if (url.pathname === "/openapi/v2") {
    const { contentType, body: document } = openapiV2(request.headers.accept ?? "", documents(cluster, describe));
    return void response.writeHead(200, { "Content-Type": contentType }).end(document);
  }
  const apiRequest = toApiRequest(request, url, parsed.value);
  if (serveLog(request, response, url, cluster, clock)) return;
  if (isWatch(url)) return stream(response, cluster.api.watch(apiRequest), clock);
  const answered = cluster.api.request(apiRequest);
  clock.settle();
  send(response, url.pathname.startsWith("/openapi/v3/") ? { ...answered, body: describe(url.pathname, answered.body) } : answered);
}

/** All that the world's server says of its kinds, group by group. */
function documents(cluster: ClusterAccess, describe: Describe): readonly V3[] {
  const { paths } = cluster.api.request({ method: "GET", path: "/openapi/v3" }).body as { readonly paths: Readonly<Record<string, unknown>> };
  return Object.keys(paths).map((group) => {
    const path = `/openapi/v3/${group}`;
    return describe(path, cluster.api.request({ method: "GET", path }).body) as V3;
  });
}

export function toApiRequest(request: IncomingMessage, url: URL, body: unknown): ApiRequest {
  const { "content-type": contentType, accept, "user-agent": userAgent } = request.headers;
  return {
    method: (request.method ?? "GET") as ApiRequest["method"],
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    ...(contentType !== undefined && { contentType: contentType.split(";")[0] ?? "" }),
    ...(accept !== undefined && { accept }),
    ...(userAgent !== undefined && { userAgent }),
    ...(body !== undefined && { body }),
    inGoOrder: true,
  };
}

function isWatch(url: URL): boolean {
  return ["1", "true"].includes(url.searchParams.get("watch") ?? "") || url.pathname.includes("/watch/");
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(body: Buffer, contentType = "application/json", isObject = false): { readonly value: unknown } | Error {
  if (body.length === 0) return { value: undefined };
  // The API server reads it itself.
  if (contentType.includes("application/vnd.kubernetes.protobuf")) return { value: new Uint8Array(body) };
  if (contentType.includes("cbor")) return named("UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`);
  const text = body.toString("utf8");
  if (contentType.includes("yaml")) return parseYaml(text);
  try {
    const value = JSON.parse(text) as unknown;
    const problem = isObject ? noObject(value) : undefined;
    return problem === undefined ? { value: isObject ? (value ?? {}) : value } : named("BadRequest", notJson(problem, text, contentType));
  } catch (problem) {
    return named("BadRequest", notJson(jsonProblem(text) ?? String(problem), text, contentType));
  }
}

function parseYaml(text: string): { readonly value: unknown } | Error {
  try {
    return { value: parseManifests(text)[0] };
  } catch (problem) {
    return named("BadRequest", `error decoding YAML: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

/** Stands in a message for the kind that the path is about. */
const KIND = "{kind}";
const MOST_SHOWN = 30;

/** In Go's words, why neither version nor kind can be read off it. */
function noObject(value: unknown): string | undefined {
  if (value === null) return undefined;
  const kindOf = (one: unknown): string => (Array.isArray(one) ? "array" : typeof one === "boolean" ? "bool" : typeof one);
  if (typeof value !== "object" || Array.isArray(value)) return `json: cannot unmarshal ${kindOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  for (const field of ["apiVersion", "kind"] as const) {
    const { [field]: given } = value as Readonly<Record<string, unknown>>;
    if (given !== undefined && given !== null && typeof given !== "string") return `json: cannot unmarshal ${kindOf(given)} into Go struct field .${field} of type string`;
  }
  return undefined;
}

/** The handlers' words: patch.go for patches, transformDecodeError() for whole objects. */
function notJson(problem: string, text: string, contentType: string): string {
  if ((contentType.includes("merge-patch") && !contentType.includes("strategic")) || contentType.includes("json-patch")) return `error decoding patch: ${problem}`;
  if (contentType.includes("patch")) return problem;
  const bytes = Buffer.from(text);
  const shown = text.startsWith("{") ? bytes.subarray(0, MOST_SHOWN).toString("utf8") : bytes.subarray(0, MOST_SHOWN).toString("hex");
  return `the object provided is unrecognized (must be of type ${KIND}): couldn't get version/kind; json parse error: ${problem} (${shown}${bytes.length > MOST_SHOWN ? " ..." : ""})`;
}

/** What the last part of a path that names a resource is a list of. */
function kindAt(cluster: ClusterAccess, path: string): string {
  const [, root = "", plural = ""] = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)/.exec(path) ?? [];
  const { resources = [] } = cluster.api.request({ method: "GET", path: root }).body as { resources?: readonly { name: string; kind: string }[] };
  return resources.find(({ name }) => name === plural)?.kind ?? "";
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function send(response: ServerResponse, { status, body, warnings }: ApiResponse): void {
  const plain = typeof body === "string";
  response.writeHead(status, {
    "Content-Type": plain ? "text/plain; charset=utf-8" : mediaType(body),
    ...(warnings.length > 0 && { Warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`) }),
  });
  response.end(plain ? body : `${JSON.stringify(body)}\n`);
}

/** Aggregated discovery comes under a name of its own: client-go takes plain JSON for the old form of it. */
function mediaType(body: unknown): string {
  const { kind, apiVersion } = (body ?? {}) as { kind?: string; apiVersion?: string };
  return kind === "APIGroupDiscoveryList" ? `application/json;g=apidiscovery.k8s.io;v=${apiVersion?.split("/")[1]};as=APIGroupDiscoveryList` : "application/json";
}

/** metav1.Status, as the real API server says what it will not do. */
export function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  send(response, { status: code, warnings: [], body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code } });
}

/** One JSON object a line, as it happens, until the client or the server has enough. */
function stream(response: ServerResponse, watch: WatchStream | ApiResponse, clock: Clock): void {
  if (!("next" in watch)) return send(response, watch);
  response.writeHead(200, { "Content-Type": "application/json", "Transfer-Encoding": "chunked" });
  response.flushHeaders();
  const look = (): void => {
    for (let event = watch.next(); event !== undefined; event = watch.next()) response.write(`${JSON.stringify(event)}\n`);
    if (watch.closed) response.end();
  };
  const leave = clock.onSlice(look);
  response.on("close", () => {
    leave();
    watch.close();
  });
  look();
}

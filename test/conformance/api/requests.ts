/**
 * Sends a case to an API server over HTTP and says what it answered, without what differs from
 * one server to the next: identities, times, what was allocated.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Case, edited, type Json } from "./cases";

export type Answer = { readonly code: number; readonly warnings: readonly string[]; readonly body: unknown };
export type Server = { readonly url: string; readonly token?: string };

const MANAGER = "judge";
const PATIENCE_MS = 2000;
const TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};
const PLURALS: Readonly<Record<string, string>> = { Endpoints: "endpoints", Ingress: "ingresses", IngressClass: "ingressclasses", NetworkPolicy: "networkpolicies", PriorityClass: "priorityclasses" };

/** Where objects like this one live. */
export function collectionOf(base: Json): string {
  const { apiVersion, kind, metadata } = base as { apiVersion: string; kind: string; metadata: { namespace?: string } };
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`}/${plural}`;
}

type Sent = { readonly method: string; readonly path: string; readonly text?: string; readonly type?: string };

export function send(server: Server, { method, path, text, type = "application/json" }: Sent): Promise<Answer> {
  const url = new URL(path, server.url);
  const headers = { "User-Agent": `${MANAGER}/1`, ...(server.token && { Authorization: `Bearer ${server.token}` }), ...(text !== undefined && { "Content-Type": type, "Content-Length": Buffer.byteLength(text) }) };
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, { method, headers, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      // A stream that goes on is an answer too.
      const patience = setTimeout(() => {
        response.destroy();
        resolve({ code: response.statusCode ?? 0, warnings: [], body: "a stream" });
      }, PATIENCE_MS);
      response.on("data", (chunk: Buffer) => void chunks.push(chunk));
      response.on("end", () => {
        clearTimeout(patience);
        const body = Buffer.concat(chunks).toString("utf8");
        resolve({ code: response.statusCode ?? 0, warnings: warningsOf(response.rawHeaders), body: parsed(body) });
      });
    });
    asked.on("error", reject);
    asked.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function warningsOf(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.flatMap((name, i) => (name.toLowerCase() === "warning" && i % 2 === 0 ? [/^299 - "(.*)"$/s.exec(rawHeaders[i + 1] ?? "")?.[1]?.replace(/\\(.)/g, "$1") ?? ""] : []));
}

/** One case, and nothing of it stays. */
export async function ask(server: Server, one: Case): Promise<Answer> {
  const { act, base, text, type } = one;
  const collection = collectionOf(base);
  const query = `?fieldManager=${MANAGER}`;
  if (act === "create" || act === "raw") {
    const made = await send(server, { method: "POST", path: collection + query, text: act === "raw" ? text : JSON.stringify(edited(one, base)) });
    if (made.code === 201) await forget(server, collection, made.body as Json);
    return made;
  }
  const made = await send(server, { method: "POST", path: `${collection}?fieldManager=maker`, text: JSON.stringify(base) });
  if (made.code !== 201) throw new Error(`a base is refused: ${JSON.stringify(made.body)}`);
  const path = `${collection}/${(base.metadata as Metadata).name}`;
  if (act === "get" || act === "delete") {
    const below = act === "get" ? text : type;
    const answer = await send(server, { method: act === "get" ? "GET" : "DELETE", path: collection + (below === "." ? "" : below), ...(act === "delete" && text !== "" && { text }) });
    await forget(server, collection, base);
    return answer;
  }
  const changed = JSON.stringify(edited(one, act === "replace" ? base : (made.body as Json)));
  const answer = await (act === "patch"
    ? send(server, { method: "PATCH", path: path + query, text, type: TYPES[type] ?? type })
    : send(server, { method: "PUT", path: `${path}${act === "status" ? "/status" : ""}${query}`, text: changed }));
  await forget(server, collection, answer.code === 200 ? (answer.body as Json) : base);
  return answer;
}

type Metadata = { readonly name: string; readonly finalizers?: readonly string[] };

async function forget(server: Server, collection: string, { kind, metadata }: Json): Promise<void> {
  const { name, finalizers } = metadata as Metadata;
  const path = `${collection}/${name}`;
  if (finalizers !== undefined) await send(server, { method: "PATCH", path, text: '{"metadata":{"finalizers":null}}', type: TYPES.merge ?? "" });
  await send(server, { method: "DELETE", path, text: JSON.stringify({ gracePeriodSeconds: 0, propagationPolicy: "Background" }) });
  if (kind === "Namespace") await send(server, { method: "PUT", path: `${path}/finalize`, text: JSON.stringify({ apiVersion: "v1", kind, metadata: { name }, spec: { finalizers: [] } }) });
}

const UID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Without what no two servers have in common. */
export function plain({ code, warnings, body }: Answer, { base, line }: Pick<Case, "base" | "line">): Answer {
  const given = JSON.stringify(base) + line;
  const text = JSON.stringify(body)
    .replace(UID, "UID")
    .replace(/(\\*"resourceVersion\\*":\\*")\d+/g, "$1N")
    .replace(/(\\*"(?:creationTimestamp|time|deletionTimestamp|startTime|lastTransitionTime)\\*":\\*")2026[^"\\]*/g, "$1T")
    .replace(/"continue":"[\w=-]+"/g, '"continue":"C"')
    // Where it stands in the source depends on how it was built.
    .replace(/scheme \\"k8s\.io\/kubernetes\//g, 'scheme \\"')
    .replace(/kube-api-access-\w{5}/g, "kube-api-access-xxxxx")
    .replace(/"(clusterIP)":"(10\.96\.\d+\.\d+)"/g, (all, _, ip: string) => (given.includes(ip) ? all : '"clusterIP":"IP"'))
    .replace(/"clusterIPs":\["(10\.96\.\d+\.\d+)"\]/g, (all, ip: string) => (given.includes(ip) ? all : '"clusterIPs":["IP"]'))
    .replace(/"(nodePort|healthCheckNodePort)":(3[0-2]\d{3})/g, (all, name: string, port: string) => (given.includes(port) ? all : `"${name}":0`))
    .replace(/Web_\w{5}\b/g, "Web_xxxxx");
  return { code, warnings, body: JSON.parse(text) };
}

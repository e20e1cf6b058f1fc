/**
 * A minimal HTTP client for programs that are not about HTTP: one request, one answer, one
 * connection. What went wrong is said in the words an application's log would have.
 */
import { concat, text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc } from "../host/proc";
import { lookup } from "../host/resolver";
import type { TcpSocket } from "../net/socket";
import { encodeRequest, type Header, type HttpHead, HttpParser } from "../wire/http";
import { type Ip, parseIp } from "../wire/ip";

export type HttpUrl = { readonly host: string; readonly port: number; readonly path: string };
export type HttpAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly headers: readonly Header[]; readonly body: string; readonly peer: Ip }
  /** `timeout` tells apart what nobody answered from what somebody refused. */
  | { readonly kind: "failed"; readonly why: string; readonly timeout: boolean };

export type HttpOptions = { readonly timeoutMs: number; readonly headers?: readonly Header[]; readonly method?: string; readonly body?: string };

export function parseHttpUrl(url: string): HttpUrl | undefined {
  const m = /^(?:http:\/\/)?([^/:]+)(?::(\d{1,5}))?(\/.*)?$/.exec(url);
  return m ? { host: m[1] as string, port: Number(m[2] ?? 80), path: m[3] ?? "/" } : undefined;
}

export function* httpGet(proc: Proc, url: string, options: HttpOptions): Task<HttpAnswer> {
  const target = parseHttpUrl(url);
  if (target === undefined) return failed(`invalid URL: ${url}`);
  const deadlineMs = proc.nowMs + options.timeoutMs;
  const address = yield* resolve(proc, target.host, deadlineMs);
  if (typeof address === "string") return failed(address);
  const socket = proc.tcp();
  try {
    yield* socket.connect(address, target.port, deadlineMs);
    return yield* exchange(socket, target, address, options, deadlineMs);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { kind: "failed", why: error.code === "EAGAIN" ? "timeout" : error.message.toLowerCase(), timeout: error.code === "EAGAIN" || error.code === "ETIMEDOUT" };
  } finally {
    socket.close();
  }
}

/** As Go's resolver says it. */
const LOOKUP_MESSAGES = { NONAME: "no such host", NODATA: "no such host", AGAIN: "server misbehaving", FAIL: "server misbehaving", TIMEOUT: "i/o timeout" } as const;

function failed(why: string): HttpAnswer {
  return { kind: "failed", why, timeout: why.endsWith("timeout") };
}

function* resolve(proc: Proc, host: string, deadlineMs: number): Task<Ip | string> {
  const literal = parseIp(host);
  if (literal !== undefined) return literal;
  const found = yield* lookup(proc, host, { deadlineMs });
  if ("error" in found) return `lookup ${host}: ${LOOKUP_MESSAGES[found.error]}`;
  return found.addresses[0] ?? `lookup ${host}: ${LOOKUP_MESSAGES.NODATA}`;
}

/** One request on a connected socket. */
export function* exchange(socket: TcpSocket, { host, port, path }: HttpUrl, peer: Ip, options: HttpOptions, deadlineMs: number): Task<HttpAnswer> {
  const { method = "GET", headers = [], body } = options;
  const length: Header[] = body === undefined ? [] : [["Content-Length", String(utf8(body).length)]];
  yield* socket.send(encodeRequest({ method, target: path, headers: [["Host", port === 80 ? host : `${host}:${port}`], ...headers, ...length, ["Connection", "close"]], ...(body !== undefined && { body: utf8(body) }) }), deadlineMs);
  const parser = new HttpParser("response");
  let head: HttpHead | undefined;
  const chunks: Uint8Array[] = [];
  for (;;) {
    const event = parser.next();
    if (event === undefined) {
      const bytes = yield* socket.recv(undefined, deadlineMs);
      if (bytes === undefined) parser.end();
      else parser.push(bytes);
      if (bytes === undefined && head === undefined && parser.idle) return failed("EOF");
    } else if (event.kind === "head") head = event;
    else if (event.kind === "data") chunks.push(event.data);
    else if (event.kind === "error") return failed(event.why === "early" ? "unexpected EOF" : "malformed HTTP response");
    else if (head !== undefined && head.status >= 200) return { kind: "answered", status: head.status, headers: head.headers, body: chunks.length === 0 ? "" : text(concat(chunks)), peer };
  }
}

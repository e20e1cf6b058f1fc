/**
 * HTTP/1.1 (RFC 9112): requests and responses as bytes, and a parser that is fed whatever TCP
 * delivers, piece by piece. Header names keep the spelling they came in; they are found without
 * regard to it. A body is as long as Content-Length says, chunked, or ends with the connection.
 */
import { concat, NO_BYTES, utf8 } from "../core/bytes";

export { type HttpEvent, type HttpHead, HttpParser } from "./http-parser";

export type Header = readonly [name: string, value: string];

export type HttpRequest = { readonly method: string; readonly target: string; readonly version?: "HTTP/1.0" | "HTTP/1.1"; readonly headers: readonly Header[]; readonly body?: Uint8Array };
export type HttpResponse = { readonly version?: "HTTP/1.0" | "HTTP/1.1"; readonly status: number; readonly reason?: string; readonly headers: readonly Header[]; readonly body?: Uint8Array };

/** The reason phrases of RFC 9110 §15, as servers write them. */
export const REASONS: Readonly<Record<number, string>> = {
  100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
  301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 413: "Payload Too Large", 415: "Unsupported Media Type", 418: "I'm a teapot", 422: "Unprocessable Entity", 426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large", 499: "Client Closed Request",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
};

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([other]) => other.length === wanted.length && other.toLowerCase() === wanted)?.[1];
}

/** Writes what is given and nothing more: Host and Content-Length are the caller's to set. */
export function encodeRequest({ method, target, version = "HTTP/1.1", headers, body = NO_BYTES }: HttpRequest): Uint8Array {
  return withBody(`${method} ${target} ${version}\r\n${headerLines(headers)}\r\n`, body);
}

export function encodeResponse({ version = "HTTP/1.1", status, reason = REASONS[status] ?? "", headers, body = NO_BYTES }: HttpResponse): Uint8Array {
  return withBody(`${version} ${status} ${reason}\r\n${headerLines(headers)}\r\n`, body);
}

/** One chunk of a chunked body; the empty one ends it. */
export function encodeChunk(data: Uint8Array): Uint8Array {
  return concat([utf8(`${data.length.toString(16)}\r\n`), data, utf8("\r\n")]);
}

function headerLines(headers: readonly Header[]): string {
  let lines = "";
  for (const [name, value] of headers) lines += `${name}: ${value}\r\n`;
  return lines;
}

function withBody(head: string, body: Uint8Array): Uint8Array {
  const bytes = utf8(head);
  return body.length === 0 ? bytes : concat([bytes, body]);
}

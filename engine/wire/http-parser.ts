/**
 * Reads HTTP/1.1 messages out of a stream of bytes (RFC 9112 §2.2, §6, §7): feed it with push(),
 * and end() when the other side has finished; take what it found with next(). Several messages
 * may follow one another on one connection.
 */
import { concat, NO_BYTES, text } from "../core/bytes";
import { type Header, headerOf } from "./http";

export type HttpHead = {
  readonly kind: "head";
  readonly version: string;
  /** Of a request. */
  readonly method: string;
  readonly target: string;
  /** Of a response. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly Header[];
  /** The bytes of the head as they came, first line and empty line included. */
  readonly bytes: number;
  /** Its lines as they came, without their ends. */
  readonly lines: readonly string[];
  /** What the body will be: so many bytes, chunks, everything until the connection ends, or nothing. */
  readonly body: number | "chunked" | "close" | "none";
};

export type HttpEvent =
  | HttpHead
  | { readonly kind: "data"; readonly data: Uint8Array }
  /** The message is complete. */
  | { readonly kind: "end" }
  /** "early" is a connection that ended in the middle, "malformed" what is not HTTP. */
  | { readonly kind: "error"; readonly why: "early" | "malformed" | "chunk" | "too large"; readonly missing: number };

/** More head than this is refused (nginx: large_client_header_buffers, 4 of 8k). */
const MAX_HEAD_BYTES = 32_768;

type State = "head" | "length" | "close" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" | "failed";

export class HttpParser {
  /** Set before the head arrives when it answers a HEAD request: no body then, whatever it says. */
  bodyless = false;
  #state: State = "head";
  #left = 0;
  #pending: Uint8Array = NO_BYTES;
  #ended = false;
  #done = false;
  #last: { readonly bytes: Uint8Array; readonly bodyless: boolean; readonly head: HttpHead } | undefined;

  constructor(private readonly of: "request" | "response") {}

  push(bytes: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? bytes : concat([this.#pending, bytes]);
  }

  /** The connection has ended. */
  end(): void {
    this.#ended = true;
  }

  /** Between messages, with nothing half-read: where a connection may end without harm. */
  get idle(): boolean {
    return this.#state === "head" && this.#pending.length === 0 && !this.#done;
  }

  /** What has been received beyond the last message: another protocol's bytes after an upgrade. */
  get rest(): Uint8Array {
    return this.#pending;
  }

  next(): HttpEvent | undefined {
    if (this.#done) {
      this.#done = false;
      this.#state = "head";
      return { kind: "end" };
    }
    switch (this.#state) {
      case "head":
        return this.#head();
      case "length":
        return this.#length();
      case "close":
        return this.#untilClose();
      case "chunk-size":
      case "chunk-data":
      case "chunk-end":
      case "trailer":
        return this.#chunked();
      case "failed":
        return undefined;
    }
  }

  #head(): HttpEvent | undefined {
    const end = endOfHead(this.#pending);
    if (end < 0) {
      if (this.#pending.length > MAX_HEAD_BYTES) return this.#fail("too large");
      if (this.#pending.length > 0 && this.of === "response" && !looksLikeHttp(this.#pending)) return this.#fail("malformed");
      return this.#ended && this.#pending.length > 0 ? this.#fail("early") : undefined;
    }
    const head = this.#parse(this.#take(end));
    if (head === undefined) return this.#fail("malformed");
    if (head.body === "none" || head.body === 0) this.#done = true;
    else if (head.body === "chunked") this.#state = "chunk-size";
    else if (head.body === "close") this.#state = "close";
    else {
      this.#state = "length";
      this.#left = head.body;
    }
    return head;
  }

  /** On one connection the same head comes again and again: it is read once. */
  #parse(bytes: Uint8Array): HttpHead | undefined {
    const last = this.#last;
    if (last !== undefined && last.bodyless === this.bodyless && sameBytes(last.bytes, bytes)) return last.head;
    const head = parseHead(this.of, bytes, this.bodyless);
    this.#last = head && { bytes, bodyless: this.bodyless, head };
    return head;
  }

  #length(): HttpEvent | undefined {
    if (this.#pending.length === 0) return this.#ended ? this.#fail("early", this.#left) : undefined;
    const data = this.#take(Math.min(this.#left, this.#pending.length));
    this.#left -= data.length;
    if (this.#left === 0) this.#done = true;
    return { kind: "data", data };
  }

  #untilClose(): HttpEvent | undefined {
    if (this.#pending.length > 0) return { kind: "data", data: this.#take(this.#pending.length) };
    if (!this.#ended) return undefined;
    this.#state = "head";
    return { kind: "end" };
  }

  #chunked(): HttpEvent | undefined {
    for (;;) {
      if (this.#state === "chunk-data") {
        if (this.#pending.length === 0) break;
        const data = this.#take(Math.min(this.#left, this.#pending.length));
        this.#left -= data.length;
        if (this.#left === 0) this.#state = "chunk-end";
        return { kind: "data", data };
      }
      const line = this.#line();
      if (line === undefined) break;
      if (this.#state === "chunk-size") {
        const size = /^([0-9a-fA-F]{1,8})[ \t]*(;.*)?$/.exec(line)?.[1];
        if (size === undefined) return this.#fail("chunk");
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? "trailer" : "chunk-data";
      } else if (this.#state === "chunk-end") this.#state = "chunk-size";
      else if (line === "") {
        this.#state = "head";
        return { kind: "end" };
      }
    }
    return this.#ended ? this.#fail("early") : undefined;
  }

  #line(): string | undefined {
    const end = this.#pending.indexOf(10);
    return end < 0 ? undefined : text(this.#take(end + 1)).replace(/\r?\n$/, "");
  }

  #take(length: number): Uint8Array {
    const taken = this.#pending.subarray(0, length);
    this.#pending = length === this.#pending.length ? NO_BYTES : this.#pending.subarray(length);
    return taken;
  }

  #fail(why: "early" | "malformed" | "chunk" | "too large", missing = 0): HttpEvent {
    this.#state = "failed";
    return { kind: "error", why, missing };
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Where the body begins: after an empty line; lines may end with a bare newline. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

function looksLikeHttp(bytes: Uint8Array): boolean {
  const start = text(bytes.subarray(0, 5));
  return "HTTP/".startsWith(start);
}

function parseHead(of: "request" | "response", bytes: Uint8Array, bodyless: boolean): HttpHead | undefined {
  const lines = text(bytes).split("\n");
  lines.length -= 2; // The empty line, and what split() sees behind it.
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.charCodeAt(line.length - 1) === 13) lines[i] = line.slice(0, -1);
  }
  const first = lines[0] ?? "";
  const headers: Header[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(":");
    if (colon <= 0 || line[colon - 1] === " ") return undefined;
    headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  const common = { kind: "head" as const, headers, bytes: bytes.length, lines };
  if (of === "request") {
    const line = requestLine(first);
    return line && { ...common, ...line, status: 0, reason: "", body: lengthOf(headers, "none") };
  }
  const m = /^(HTTP\/\d(?:\.\d)?) (\d{3})(?: (.*))?$/.exec(first);
  if (!m) return undefined;
  const status = Number(m[2]);
  const none = bodyless || status < 200 || status === 204 || status === 304;
  return { ...common, method: "", target: "", version: m[1] as string, status, reason: m[3] ?? "", body: none ? "none" : lengthOf(headers, "close") };
}

/** "GET / HTTP/1.1": exactly three words. */
function requestLine(line: string): { readonly method: string; readonly target: string; readonly version: string } | undefined {
  const one = line.indexOf(" ");
  const two = line.indexOf(" ", one + 1);
  if (one <= 0 || two <= one + 1 || line.length !== two + 9 || !line.startsWith("HTTP/", two + 1) || line.indexOf(" ", two + 1) >= 0) return undefined;
  const method = line.slice(0, one);
  return TOKEN.test(method) ? { method, target: line.slice(one + 1, two), version: line.slice(two + 1) } : undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9112 §6.3. */
function lengthOf(headers: readonly Header[], otherwise: "none" | "close"): HttpHead["body"] {
  const coding = headerOf(headers, "transfer-encoding");
  if (coding !== undefined && /(^|,)\s*chunked\s*$/i.test(coding)) return "chunked";
  const length = headerOf(headers, "content-length");
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : otherwise;
}

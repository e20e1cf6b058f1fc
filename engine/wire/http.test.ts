import { describe, expect, it } from "vitest";
import { concat, text, utf8 } from "../core/bytes";
import { encodeChunk, encodeRequest, encodeResponse, headerOf, type HttpEvent, HttpParser } from "./http";

/** All events of a stream that comes in pieces of `size` bytes. */
function read(of: "request" | "response", stream: string, size: number, end = true): string[] {
  const parser = new HttpParser(of);
  const bytes = utf8(stream);
  const events: HttpEvent[] = [];
  const drain = (): void => {
    for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event);
  };
  for (let at = 0; at < bytes.length; at += size) {
    parser.push(bytes.subarray(at, at + size));
    drain();
  }
  if (end) parser.end();
  drain();
  const out: string[] = [];
  for (const event of events) {
    if (event.kind === "head") out.push(of === "request" ? `${event.method} ${event.target} ${event.body}` : `${event.status} ${event.reason} ${event.body}`);
    else if (event.kind === "data") {
      const last = out.at(-1);
      if (last?.startsWith("+")) out[out.length - 1] = last + text(event.data);
      else out.push(`+${text(event.data)}`);
    } else out.push(event.kind === "error" ? `${event.why} ${event.missing}` : "end");
  }
  return out;
}

describe("an HTTP stream, however it is cut", () => {
  it.each([1, 3, 7, 1000])("in pieces of %i bytes", (size) => {
    expect(read("request", "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", size)).toEqual(["GET /a none", "end", "POST /b 3", "+abc", "end"]);
    expect(read("response", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: r\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", size)).toEqual(["200 OK chunked", "+hello world", "end", "204 No Content none", "end"]);
    expect(read("response", "HTTP/1.0 200 OK\n\nuntil it ends", size)).toEqual(["200 OK close", "+until it ends", "end"]);
    expect(read("response", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", size)).toEqual(["200 OK 10", "+abc", "early 7"]);
    expect(read("response", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", size)).toEqual(["200 OK chunked", "chunk 0"]);
    expect(read("response", "SSH-2.0-OpenSSH\r\n", size)).toEqual(["malformed 0"]);
    expect(read("request", "nonsense\r\n\r\n", size)).toEqual(["malformed 0"]);
  });

  it("has no body when it answers HEAD", () => {
    const parser = new HttpParser("response");
    parser.bodyless = true;
    parser.push(utf8("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"));
    expect([parser.next()?.kind, parser.next()?.kind, parser.idle]).toEqual(["head", "end", true]);
  });
});

it("writes what it is told", () => {
  expect(text(encodeRequest({ method: "GET", target: "/", headers: [["Host", "x"]] }))).toBe("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(text(encodeResponse({ status: 503, headers: [["Content-Length", "2"]], body: utf8("no") }))).toBe("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno");
  expect(text(concat([encodeChunk(utf8("hello")), encodeChunk(new Uint8Array(0))]))).toBe("5\r\nhello\r\n0\r\n\r\n");
  expect(headerOf([["Content-Type", "text/plain"]], "content-type")).toBe("text/plain");
});

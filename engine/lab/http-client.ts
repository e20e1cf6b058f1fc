/**
 * One HTTP request as an ordinary client makes it: resolve the name, connect, send, read the
 * answer, hang up. Used by the lab's own traffic; what it reports is what a person would be told.
 */
import { SysError } from "../core/errno";
import { text } from "../core/bytes";
import type { Task } from "../core/task";
import type { Proc } from "../host/proc";
import { lookup } from "../host/resolver";
import { type Ip, parseIp } from "../wire/ip";
import { encodeRequest, headerOf, HttpParser } from "../wire/http";

export type Answer = { readonly ok: true; readonly status: number; readonly body: string; readonly servedBy: string | undefined } | { readonly ok: false; readonly said: string };

const MOST_BODY = 65_536;
const URL = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/;

export function* get(proc: Proc, url: string, timeoutMs: number): Task<Answer> {
  const [, host = "", port = "80", target = "/"] = URL.exec(url) ?? [];
  const deadlineMs = proc.nowMs + timeoutMs;
  try {
    const address = parseIp(host) ?? (yield* resolve(proc, host));
    if (address === undefined) return { ok: false, said: `could not resolve ${host}` };
    if (proc.nowMs >= deadlineMs) return { ok: false, said: "timed out while resolving the name" };
    return yield* ask(proc, address, Number(port), host, target, deadlineMs);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { ok: false, said: error.code === "EAGAIN" ? "timed out" : error.message };
  }
}

function* resolve(proc: Proc, host: string): Task<Ip | undefined> {
  const found = yield* lookup(proc, host);
  return "addresses" in found ? found.addresses[0] : undefined;
}

function* ask(proc: Proc, address: Ip, port: number, host: string, target: string, deadlineMs: number): Task<Answer> {
  const socket = proc.tcp();
  try {
    yield* socket.connect(address, port, deadlineMs);
    yield* socket.send(encodeRequest({ method: "GET", target, headers: [["Host", host], ["User-Agent", "customer/1.0"], ["Connection", "close"]] }), deadlineMs);
    const parser = new HttpParser("response");
    let head: { status: number; servedBy: string | undefined } | undefined;
    let body = "";
    for (;;) {
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (event.kind === "head") head = { status: event.status, servedBy: headerOf(event.headers, "X-Served-By") };
        if (event.kind === "data" && body.length < MOST_BODY) body += text(event.data);
        if (event.kind === "error") return { ok: false, said: "the answer broke off" };
        if (event.kind === "end" && head !== undefined) return { ok: true, ...head, body };
      }
      const bytes = yield* socket.recv(65_536, deadlineMs);
      if (bytes === undefined) parser.end();
      else parser.push(bytes);
    }
  } finally {
    socket.close();
  }
}

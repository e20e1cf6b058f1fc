/**
 * One probe, once: real packets from the node's own network namespace for http, tcp and grpc, a
 * process inside the container for exec. The words of a failure are Go's, as the events have them.
 */
import { concat, text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { TcpSocket } from "../../net/socket";
import { encodeRequest, type Header, headerOf, type HttpHead, HttpParser } from "../../wire/http";
import { parseIp, printIp } from "../../wire/ip";
import type { Container, Probe } from "../../kube/types";
import type { KubeletContext } from "./context";
import type { PodContainer, Run } from "./container";
import { runInContainer } from "./exec";
import { probeGrpc } from "./grpc-probe";

export type ProbeResult = {
  readonly ok: boolean;
  readonly output: string;
  /** It counts as a success, and is told of. */
  readonly warning?: true;
};

export function* probeOnce(context: KubeletContext, container: PodContainer, run: Run, probe: Probe, podIP: string): Task<ProbeResult> {
  const deadlineMs = context.world.scheduler.nowMs + (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return yield* byExec(context, run, probe.exec.command ?? [], probe.timeoutSeconds ?? 1);
  if (probe.httpGet) return yield* byHttp(context, container.spec, probe.httpGet, podIP, deadlineMs);
  if (probe.tcpSocket) return yield* byTcp(context, container.spec, probe.tcpSocket, podIP, deadlineMs);
  if (probe.grpc) return yield* probeGrpc({ netns: context.machine.netns, address: podIP, port: probe.grpc.port, service: probe.grpc.service ?? "", timeoutSeconds: probe.timeoutSeconds ?? 1 });
  return { ok: false, output: "missing probe handler" };
}

/** A number, or the name of one of the container's ports. */
export function portNumber({ ports = [] }: Container, port: string | number): number | undefined {
  if (typeof port === "number") return port;
  return ports.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

function* byTcp(context: KubeletContext, spec: Container, { host, port }: { readonly host?: string; readonly port: string | number }, podIP: string, deadlineMs: number): Task<ProbeResult> {
  const number = portNumber(spec, port);
  const address = host ?? podIP;
  const ip = parseIp(address);
  if (number === undefined) return { ok: false, output: `couldn't find port "${port}" in container "${spec.name}"` };
  if (ip === undefined) return { ok: false, output: `dial tcp: lookup ${address}: no such host` };
  const socket = new TcpSocket(context.machine.netns);
  try {
    yield* socket.connect(ip, number, deadlineMs);
    return { ok: true, output: "" };
  } catch (error) {
    return { ok: false, output: `dial tcp ${address}:${number}: ${dialProblem(error)}` };
  } finally {
    socket.close();
  }
}

function dialProblem(error: unknown): string {
  if (!(error instanceof SysError)) throw error;
  return error.code === "EAGAIN" ? "i/o timeout" : `connect: ${error.message.toLowerCase()}`;
}

type HttpProbe = { readonly host?: string; readonly path?: string; readonly port: string | number; readonly scheme?: string; readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[] };

export function* byHttp(context: KubeletContext, spec: Container, probe: HttpProbe, podIP: string, deadlineMs: number): Task<ProbeResult> {
  const number = portNumber(spec, probe.port);
  if (number === undefined) return { ok: false, output: `couldn't find port "${probe.port}" in container "${spec.name}"` };
  if (probe.scheme !== undefined && probe.scheme !== "HTTP") return { ok: false, output: `not modelled: scheme ${probe.scheme}` };
  const host = probe.host !== undefined && probe.host !== "" ? probe.host : podIP;
  let at: Place = { host, port: number, path: `/${(probe.path ?? "/").replace(/^\//, "")}` };
  for (let followed = 0; ; followed++) {
    const answer = yield* ask(context, at, probe.httpHeaders ?? [], deadlineMs);
    if ("ok" in answer) return answer;
    const next = redirected(at, answer.location);
    if (next === undefined || next.host !== host) return { ok: true, warning: true, output: `Probe terminated redirects, Response body: ${answer.body}` };
    if (followed + 1 >= MOST_REDIRECTS) return { ok: false, output: `Get "${next.path}": stopped after ${MOST_REDIRECTS} redirects` };
    at = next;
  }
}

type Place = { readonly host: string; readonly port: number; readonly path: string; readonly secure?: true };
type Redirect = { readonly location: string; readonly body: string };
type ExtraHeaders = NonNullable<HttpProbe["httpHeaders"]>;

const MOST_REDIRECTS = 10;

/** Where a Location leads from here; undefined for what is no web page. */
function redirected(from: Place, location: string): Place | undefined {
  const absolute = /^http(s?):\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(location);
  if (absolute) return { host: absolute[2] ?? "", port: Number(absolute[3] ?? (absolute[1] ? 443 : 80)), path: absolute[4] ?? "/", ...(absolute[1] && { secure: true as const }) };
  if (/^[a-z]+:/i.test(location) || location.startsWith("//")) return undefined;
  const folder = from.path.slice(0, from.path.lastIndexOf("/") + 1);
  return { ...from, path: location.startsWith("/") ? location : `${folder}${location}` };
}

function* ask(context: KubeletContext, { host, port, path, secure }: Place, extra: ExtraHeaders, deadlineMs: number): Task<ProbeResult | Redirect> {
  const url = secure ? `https://${host}${port === 443 ? "" : `:${port}`}${path}` : `http://${host}:${port}${path}`;
  const ip = parseIp(host);
  if (ip === undefined) return { ok: false, output: `Get "${url}": dial tcp: lookup ${host}: no such host` };
  const socket = new TcpSocket(context.machine.netns);
  let from = context.nodeIP;
  try {
    yield* socket.connect(ip, port, deadlineMs);
    if (socket.local !== undefined) from = `${printIp(socket.local.ip)}:${socket.local.port}`;
    if (secure) return { ok: false, output: `Get "${url}": not modelled: TLS` };
    return yield* exchange(socket, `${host}:${port}`, path, extra, deadlineMs, url);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === "EAGAIN") return { ok: false, output: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` };
    if (error.code === "ECONNRESET") return { ok: false, output: `Get "${url}": read tcp ${from}->${host}:${port}: read: connection reset by peer` };
    return { ok: false, output: `Get "${url}": dial tcp ${host}:${port}: connect: ${error.message.toLowerCase()}` };
  } finally {
    socket.close();
  }
}

function* exchange(socket: TcpSocket, host: string, path: string, extra: ExtraHeaders, deadlineMs: number, url: string): Task<ProbeResult | Redirect> {
  const own: Header[] = extra.map(({ name, value }) => [name, value]);
  const has = (name: string) => own.some(([other]) => other.toLowerCase() === name);
  const headers: Header[] = [["Host", own.find(([name]) => name.toLowerCase() === "host")?.[1] ?? host]];
  if (!has("user-agent")) headers.push(["User-Agent", "kube-probe/1.36"]);
  if (!has("accept")) headers.push(["Accept", "*/*"]);
  headers.push(...own.filter(([name]) => name.toLowerCase() !== "host"), ["Connection", "close"]);
  yield* socket.send(encodeRequest({ method: "GET", target: path, headers }), deadlineMs);
  const parser = new HttpParser("response");
  let head: HttpHead | undefined;
  const body: Uint8Array[] = [];
  let first = "";
  for (;;) {
    const event = parser.next();
    if (event === undefined) {
      const bytes = yield* socket.recv(undefined, deadlineMs);
      if (bytes !== undefined) {
        if (head === undefined && body.length === 0) first += text(bytes);
        parser.push(bytes);
      }
      else if (head === undefined && parser.idle) return { ok: false, output: `Get "${url}": EOF` };
      else parser.end();
    } else if (event.kind === "head") head = event;
    else if (event.kind === "data") body.push(event.data);
    else if (event.kind === "error" || head === undefined) return { ok: false, output: `Get "${url}": net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(first.split(/\r?\n/)[0])}` };
    else if (head.status >= 300 && head.status < 400) {
      const location = headerOf(head.headers, "location");
      const said = text(concat(body.length === 0 ? [new Uint8Array(0)] : body));
      // Without a place to go to, it is an answer like any other of the three hundreds.
      return location === undefined ? { ok: true, warning: true, output: `Probe terminated redirects, Response body: ${said}` } : { location, body: said };
    } else if (head.status >= 200 && head.status < 300) return { ok: true, output: text(concat(body)) };
    else return { ok: false, output: `HTTP probe failed with statuscode: ${head.status}` };
  }
}

function* byExec(context: KubeletContext, run: Run, command: readonly string[], timeoutSeconds: number): Task<ProbeResult> {
  const started = runInContainer(run, command, {});
  if ("problem" in started) return { ok: false, output: `rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${started.id}": ${started.problem}` };
  const deadlineMs = context.world.scheduler.nowMs + timeoutSeconds * 1000;
  while (!started.process.exited && context.world.scheduler.nowMs < deadlineMs) yield { on: started.process.ended, deadlineMs };
  if (!started.process.exited) {
    started.process.kill("SIGKILL");
    return { ok: false, output: `command timed out: "${command.join(" ")}" timed out after ${timeoutSeconds}s` };
  }
  return { ok: started.process.status === 0, output: started.output() };
}


/** Machines on the two ends of a lan(), for tests of network tools: what they print, in the order they print it. */
import { concat, text, utf8 } from "../../engine/core/bytes";
import type { Task } from "../../engine/core/task";
import { Kernel } from "../../engine/host/kernel";
import { Machine } from "../../engine/host/machine";
import { bytesFile, listener } from "../../engine/host/open-file";
import type { Proc, Program } from "../../engine/host/proc";
import { rootFiles } from "../../engine/host/root-files";
import type { Netns } from "../../engine/net/netns";
import { TcpSocket, UdpSocket } from "../../engine/net/socket";
import { decodeDns, dnsAnswer, type DnsMessage, encodeDns } from "../../engine/wire/dns";
import { encodeResponse, HttpParser, type Header } from "../../engine/wire/http";
import { ANY } from "../../engine/wire/ip";

export function machineOn(netns: Netns, files: Readonly<Record<string, string>> = {}, programs: readonly Program[] = []): Machine {
  const { world } = netns;
  const machine = new Machine({ world, hostname: netns.name, netns, kernel: new Kernel(world), fs: (made) => rootFiles(made), programs });
  for (const [path, content] of Object.entries(files)) machine.fs.writeFile(path, content);
  return machine;
}

export type Played = { readonly exit: number | undefined; readonly all: string; readonly out: string; readonly err: string; readonly ms: number };

/** Runs a program to its end. `interruptAtMs` is Ctrl-C. */
export function play(machine: Machine, program: Program, args: readonly string[], options: { readonly stdin?: string; readonly forMs?: number; readonly interruptAtMs?: number; readonly env?: ReadonlyMap<string, string> } = {}): Played {
  const both: Uint8Array[] = [];
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const keep = (chunks: Uint8Array[]) => (bytes: Uint8Array) => {
    const copy = bytes.slice();
    chunks.push(copy);
    both.push(copy);
  };
  const { scheduler } = machine.world;
  const startMs = scheduler.nowMs;
  const files = new Map([[0, bytesFile("stdin", utf8(options.stdin ?? ""))], [1, listener("stdout", keep(out))], [2, listener("stderr", keep(err))]]);
  const process = machine.start(program, [program.name, ...args], { files, ...(options.env && { env: options.env }) });
  if (options.interruptAtMs !== undefined) scheduler.after(options.interruptAtMs, () => process.kill("SIGINT"));
  const untilMs = startMs + (options.forMs ?? 600_000);
  while (!process.exited && scheduler.nowMs < untilMs && scheduler.nextMs !== undefined) scheduler.runUntil(Math.min(untilMs, scheduler.nextMs), 1);
  return { exit: process.status, all: joined(both), out: joined(out), err: joined(err), ms: scheduler.nowMs - startMs };
}

const joined = (chunks: readonly Uint8Array[]): string => (chunks.length === 0 ? "" : text(concat(chunks)));

/** A program out of a generator, to hold sockets of a machine. */
export function program(name: string, run: (proc: Proc) => Task<number>): Program {
  return { name, summary: name, run };
}

export type Answer = { readonly status?: number; readonly headers?: readonly Header[]; readonly body?: string; readonly afterMs?: number; readonly raw?: string; readonly then?: "close" | "reset" };

/** A small HTTP server on a namespace; each path's answer is given. */
export function serveHttp(ns: Netns, port: number, answer: (method: string, path: string, body: string) => Answer): void {
  const server = new TcpSocket(ns);
  server.bind(ANY, port);
  server.listen();
  function* one(socket: TcpSocket): Task {
    const parser = new HttpParser("request");
    let head: { method: string; target: string } | undefined;
    let body = "";
    for (;;) {
      const event = parser.next();
      if (event === undefined) {
        const bytes = yield* socket.recv();
        if (bytes === undefined) return socket.close();
        parser.push(bytes);
      } else if (event.kind === "head") [head, body] = [event, ""];
      else if (event.kind === "data") body += text(event.data);
      else if (event.kind === "end") {
        const { status = 200, headers = [], body: reply = "", afterMs = 0, raw, then } = answer(head?.method ?? "", head?.target ?? "", body);
        if (afterMs > 0) yield* sleep(ns, afterMs);
        const bytes = raw === undefined ? encodeResponse({ status, headers: [...headers, ["Content-Length", String(reply.length)]], body: utf8(head?.method === "HEAD" ? "" : reply) }) : utf8(raw);
        if (bytes.length > 0) yield* socket.send(bytes);
        if (then === "close") return socket.close();
        if (then === "reset") return socket.abort();
      } else return socket.abort();
    }
  }
  ns.world.scheduler.spawn(
    (function* (): Task {
      for (;;) {
        const socket = yield* server.accept();
        if (socket) ns.world.scheduler.spawn(quiet(one(socket)));
      }
    })(),
  );
}

function* quiet(task: Task): Task {
  try {
    yield* task;
  } catch {
    // The client has gone: that is what some tests are about.
  }
}

function* sleep(ns: Netns, ms: number): Task {
  const until = ns.world.scheduler.nowMs + ms;
  while ((yield { deadlineMs: until }) !== "timeout");
}

/** A name server; undefined is silence. Returns the questions it was asked, as "type name". */
export function serveDns(ns: Netns, answer: (query: DnsMessage) => Partial<DnsMessage> | undefined, at = ANY): string[] {
  const asked: string[] = [];
  const socket = new UdpSocket(ns);
  socket.bind(at, 53);
  ns.world.scheduler.spawn(
    (function* (): Task {
      for (;;) {
        const datagram = yield* socket.recvFrom();
        const query = datagram && decodeDns(datagram.data);
        if (!datagram || !query) continue;
        asked.push(`${query.questions[0]?.type} ${query.questions[0]?.name}`);
        const reply = answer(query);
        if (reply) socket.sendTo(encodeDns(dnsAnswer(query, reply), query.edns?.udpSize ?? 512), datagram.ip, datagram.port, { src: datagram.dst });
      }
    })(),
  );
  return asked;
}

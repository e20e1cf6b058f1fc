/**
 * Plays a file that record.py has recorded on a real kernel: the same two namespaces, the same socket calls, and what came of them and
 * crossed the wire, as record.py writes it.
 */
import { readFileSync } from "node:fs";
import { allPrograms } from "@/engine/bin";
import { SysError } from "@/engine/core/errno";
import type { TaskHandle } from "@/engine/core/scheduler";
import type { Task } from "@/engine/core/task";
import type { Machine } from "@/engine/host/machine";
import type { VethDevice } from "@/engine/link/veth";
import { attachNetfilter } from "@/engine/netfilter/attach";
import type { Netns } from "@/engine/net/netns";
import { TcpSocket, UdpSocket } from "@/engine/net/socket";
import { bash, sh } from "@/engine/shell";
import { type Ip, ip, printIp } from "@/engine/wire/ip";
import { run, testMachineIn } from "@/test/support/machine";
import { newWorld } from "@/test/support/world";
import { WireLog } from "./wire-log";

export type Step = { readonly command: string; readonly lines: readonly string[] };

const WORLD = [
  "ip netns add a; ip netns add b",
  "ip -n a link add eth0 address 02:00:00:00:00:0a type veth peer name eth0 netns b address 02:00:00:00:00:0b",
  "for n in a b; do ip -n $n link set lo up; ip -n $n link set eth0 up; done",
  "ip -n a addr add 10.1.0.1/24 dev eth0; ip -n b addr add 10.1.0.2/24 dev eth0",
  "ip -n a neigh add 10.1.0.2 lladdr 02:00:00:00:00:0b dev eth0 nud permanent",
  "ip -n b neigh add 10.1.0.1 lladdr 02:00:00:00:00:0a dev eth0 nud permanent",
];
const FILES = { "/etc/resolv.conf": "nameserver 10.1.0.53\n", "/etc/hosts": "127.0.0.1\tlocalhost\n10.1.0.2\tserver\n", "/etc/nsswitch.conf": "hosts: files dns\n" };
/** After each command, so that what it has set off comes before the next. */
const PAUSE_MS = 12;
/** A program of a busy machine starts in so long. */
const MOST_OVERHEAD_MS = 300;
const A_DAY_MS = 86_400_000;

/** The comments that open a file, and its steps. */
export function readRecording(url: URL): { readonly comments: readonly string[]; readonly steps: readonly Step[] } {
  const comments: string[] = [];
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of readFileSync(url, "utf8").split("\n").slice(0, -1)) {
    if (line.startsWith("# ")) comments.push(line);
    else if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else steps.at(-1)?.lines.push(line);
  }
  return { comments, steps };
}

export class Player {
  readonly #machine: Machine;
  readonly #wire: WireLog;
  readonly #sockets = new Map<string, TcpSocket | UdpSocket>();
  readonly #running = new Map<string, { readonly handle: TaskHandle<string>; readonly startMs: number; endMs: number }>();

  constructor(comments: readonly string[]) {
    this.#machine = testMachineIn(newWorld(), [...allPrograms, bash, sh], "node-1");
    for (const [path, content] of Object.entries(FILES)) this.#machine.fs.writeFile(path, content);
    for (const line of WORLD) {
      const done = run(this.#machine, ["bash", "-c", line]);
      if (done.exit !== 0) throw new Error(`${line}: ${done.exit} ${done.stderr}`);
    }
    for (const name of ["a", "b"]) attachNetfilter(this.#netns(name));
    for (const name of ["a", "b"]) (this.#netns(name).devices.byName("eth0") as VethDevice).segmentation = comments.includes("# offloads");
    this.#scheduler.run(300);
    this.#wire = new WireLog(this.#netns("a"), comments.includes("# arp"));
  }

  get #scheduler() {
    return this.#machine.world.scheduler;
  }

  get nowMs(): number {
    return this.#scheduler.nowMs;
  }

  #netns(name: string): Netns {
    const found = this.#machine.netns.names.get(name);
    if (found === undefined) throw new Error(`no namespace ${name}`);
    return found;
  }

  /** What record.py would have written below the command. A real command that took its time takes it here, too. */
  play({ command, lines }: Step): string[] {
    const startMs = this.#scheduler.nowMs;
    const quiet = command.startsWith("quiet ");
    const said = this.#step(quiet ? command.slice(6) : command);
    const tookMs = Math.min(Number(/ ([\d.]+)$/.exec(lines.at(-1) ?? "")?.[1] ?? 0), MOST_OVERHEAD_MS);
    this.#scheduler.runUntil(Math.max(this.#scheduler.nowMs, startMs + tookMs));
    if (!command.split(" ").slice(0, 2).includes("sleep")) this.#scheduler.run(PAUSE_MS);
    const seen = this.#wire.since(startMs);
    return quiet ? said : [...seen, ...said];
  }

  #step(command: string): string[] {
    const words = command.split(/\s+/);
    const [first = "", second = ""] = words;
    if (first === "sleep") {
      this.#scheduler.run(Number(second) * 1000);
      return [];
    }
    if (first === "sh") return this.#shell(second, command.split(/\s+/).slice(2).join(" "));
    if (first === "&") return this.#background(words.slice(1));
    if (first === "wait") return [this.#wait(second)];
    if (first === "mark") return this.#wire.forget();
    if (first === "drop") return this.#drop(words.slice(1));
    if (first === "repeat") return [this.#repeat(words)];
    return [this.#result(words)];
  }

  #repeat([, times, pause, ...words]: readonly string[]): string {
    const said: string[] = [];
    for (let i = 0; i < Number(times); i++) {
      said.push(this.#result(words).split(" ")[0] ?? "");
      this.#scheduler.run(Number(pause) * 1000);
    }
    return said.join(" ");
  }

  #shell(where: string, command: string): string[] {
    const { stdout, stderr, exit, tookMs } = run(this.#machine, ["ip", "netns", "exec", where, "bash", "-c", command], { forMs: A_DAY_MS });
    const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
    return [...lines(stdout), ...lines(stderr).map((line) => `2> ${line}`), `[${exit}] ${tookMs.toFixed(1)}`];
  }

  #drop([way = "", ...match]: readonly string[]): string[] {
    const startMs = this.#scheduler.nowMs;
    for (const name of ["a", "b"]) {
      const argv = way === "none" ? ["-F"] : ["-A", "PREROUTING", "-i", "eth0", ...match, "-j", "DROP"];
      if (way !== "none" && !way.endsWith(name)) continue;
      const done = run(this.#machine, ["ip", "netns", "exec", name, "iptables", "-t", "raw", ...argv]);
      if (done.exit !== 0) throw new Error(done.stderr);
    }
    return [`ok ${(this.#scheduler.nowMs - startMs).toFixed(1)}`];
  }

  #background(words: readonly string[]): string[] {
    const startMs = this.#scheduler.nowMs;
    const running = { handle: this.#scheduler.spawn(this.#guarded(words), () => void (running.endMs = this.#scheduler.nowMs)), startMs, endMs: 0 };
    this.#running.set(words[0] as string, running);
    return [];
  }

  #wait(name: string): string {
    const running = this.#running.get(name);
    if (running === undefined) throw new Error(`nothing of ${name} is running`);
    this.#running.delete(name);
    this.#until(running.handle);
    return `${running.handle.result ?? "?"} ${(running.endMs - running.startMs).toFixed(1)}`;
  }

  #until(handle: TaskHandle<string>): void {
    const untilMs = this.#scheduler.nowMs + A_DAY_MS;
    while (!handle.done) {
      const next = this.#scheduler.nextMs;
      if (next === undefined || next > untilMs) throw new Error("waits for ever");
      this.#scheduler.runUntil(next, 1);
    }
  }

  #result(words: readonly string[]): string {
    const startMs = this.#scheduler.nowMs;
    const handle = this.#scheduler.spawn(this.#guarded(words));
    this.#until(handle);
    return `${handle.result ?? "?"} ${(this.#scheduler.nowMs - startMs).toFixed(1)}`;
  }

  *#guarded(words: readonly string[]): Task<string> {
    try {
      return (yield* this.#do(words)) || "ok";
    } catch (problem) {
      if (problem instanceof SysError) return problem.code;
      throw problem;
    }
  }

  *#do([name = "", verb = "", ...rest]: readonly string[]): Task<string> {
    if (verb === "=") {
      const ns = this.#netns(rest[0] as string);
      this.#sockets.set(name, rest[1] === "tcp" ? new TcpSocket(ns) : new UdpSocket(ns));
      return "";
    }
    const socket = this.#sockets.get(name);
    if (socket instanceof TcpSocket) return yield* this.#tcp(socket, verb, rest);
    if (socket instanceof UdpSocket) return yield* this.#udp(socket, verb, rest);
    throw new Error(`no socket ${name}`);
  }

  *#tcp(socket: TcpSocket, verb: string, rest: readonly string[]): Task<string> {
    const [first = "", second = ""] = rest;
    const deadlineMs = this.#deadlines.get(socket) === undefined ? undefined : this.#scheduler.nowMs + (this.#deadlines.get(socket) as number);
    switch (verb) {
      case "set":
        for (const [word, value] of optionsOf(rest)) {
          if (word === "timeout") this.#deadlines.set(socket, value * 1000);
          else socket.setOptions(optionNamed(word, value));
        }
        return "";
      case "bind":
        socket.bind(ip(first), Number(second));
        return "";
      case "listen":
        socket.listen(Number(first));
        return "";
      case "connect":
        return yield* this.#connect(socket, ip(first), Number(second), deadlineMs);
      case "accept": {
        const got = yield* socket.accept(deadlineMs);
        if (got === undefined) throw new SysError("EAGAIN");
        this.#sockets.set(first, got);
        return `from ${printIp(got.peer?.ip ?? ip("0.0.0.0"))}`;
      }
      case "send":
        yield* socket.send(new Uint8Array(Number(first)).fill(120), deadlineMs);
        return "";
      case "sendall":
        yield* socket.send(new Uint8Array(Number(first)).fill(120), deadlineMs);
        return "";
      case "recv":
        return `${(yield* socket.recv(first === "" ? undefined : Number(first), deadlineMs))?.length ?? 0} bytes`;
      case "recvall": {
        let total = 0;
        while (total < Number(first)) {
          const got = yield* socket.recv(Number(first) - total, deadlineMs);
          if (got === undefined) break;
          total += got.length;
        }
        return `${total} bytes`;
      }
      case "shutdown":
        socket.shutdown(first as "read" | "write" | "both");
        return "";
      case "state":
        return socket.state;
      default:
        return this.#common(socket, verb);
    }
  }

  /** SO_SNDTIMEO: the attempt goes on, and has other names than at send(). */
  *#connect(socket: TcpSocket, to: Ip, port: number, deadlineMs: number | undefined): Task<string> {
    const again = socket.state === "SYN_SENT";
    try {
      yield* socket.connect(to, port, deadlineMs, true);
      return "";
    } catch (problem) {
      if (problem instanceof SysError && problem.code === "EAGAIN") return again ? "EALREADY" : "EINPROGRESS";
      throw problem;
    }
  }

  readonly #deadlines = new Map<TcpSocket | UdpSocket, number>();

  *#udp(socket: UdpSocket, verb: string, rest: readonly string[]): Task<string> {
    const [first = "", second = "", third = ""] = rest;
    const deadlineMs = this.#deadlines.get(socket) === undefined ? undefined : this.#scheduler.nowMs + (this.#deadlines.get(socket) as number);
    switch (verb) {
      case "set":
        for (const [word, value] of optionsOf(rest)) {
          if (word === "timeout") this.#deadlines.set(socket, value * 1000);
          else if (word === "recverr") socket.setOptions({ receiveErrors: true });
          else socket.setOptions(optionNamed(word, value));
        }
        return "";
      case "bind":
        socket.bind(ip(first), Number(second));
        return "";
      case "connect":
        socket.connect(ip(first), Number(second));
        return "";
      case "send":
        socket.send(new Uint8Array(Number(first)));
        return "";
      case "sendto":
        socket.sendTo(new Uint8Array(Number(third)), ip(first), Number(second));
        return "";
      case "recv": {
        const got = yield* socket.recvFrom(deadlineMs);
        if (got === undefined) throw new SysError("EAGAIN");
        return `${got.data.length} bytes`;
      }
      default:
        return this.#common(socket, verb);
    }
  }

  #common(socket: TcpSocket | UdpSocket, verb: string): string {
    if (verb === "close") {
      socket.close();
      return "";
    }
    if (verb === "port") return (socket.local?.port ?? 0) % 2 === 0 ? "even" : "odd";
    if (verb === "name") return `${printIp(socket.local?.ip ?? ip("0.0.0.0"))}:${socket.local?.port ?? 0}`;
    if (verb === "error" && socket instanceof TcpSocket) return socket.takeError() ?? "none";
    throw new Error(`no verb ${verb}`);
  }
}

const FLAGS = ["reuseaddr", "reuseport", "broadcast", "keepalive", "nodelay", "cork", "recverr"];

function optionsOf(words: readonly string[]): (readonly [string, number])[] {
  const options: (readonly [string, number])[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (FLAGS.includes(word)) options.push([word, 1]);
    else options.push([word, Number(words[++i])]);
  }
  return options;
}

function optionNamed(word: string, value: number): Parameters<TcpSocket["setOptions"]>[0] {
  switch (word) {
    case "reuseaddr":
      return { reuseAddress: true };
    case "broadcast":
      return { broadcast: true };
    case "reuseport":
      return { reusePort: true };
    case "keepalive":
      return { keepAlive: true };
    case "nodelay":
      return { noDelay: true };
    case "keepidle":
      return { keepIdleMs: value * 1000 };
    case "keepintvl":
      return { keepIntervalMs: value * 1000 };
    case "keepcnt":
      return { keepCount: value };
    case "usertimeout":
      return { userTimeoutMs: value };
    case "ttl":
      return { ttl: value };
    case "linger":
      if (value === 0) return { lingerZero: true };
      break;
    case "mtudiscover":
      return { pathMtu: value === 0 ? "dont" : value === 1 ? "want" : "do" };
    default:
      break;
  }
  throw new Error(`no option ${word} ${value}`);
}

/**
 * The servers of a scenario: each says who it is and whom it saw, line by line or as HTTP, and
 * reports every call it takes.
 */
import { concat, text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { TaskHandle } from "../core/scheduler";
import type { Task } from "../core/task";
import { TcpSocket, UdpSocket } from "../net/socket";
import { type Ip, ip, printIp } from "../wire/ip";
import { parseIp } from "../wire/ip";
import type { SetupNote } from "./scenario-setup";
import { type ListenerSpec, ScenarioProblem } from "./scenario-spec";
import type { ScenarioWorld } from "./scenario-world";

/** What a server noticed. */
export type ServerEvent = { readonly listener: string; readonly proto?: "tcp" | "udp"; readonly peer: { readonly ip: Ip; readonly port: number }; readonly local?: { readonly ip: Ip; readonly port: number }; readonly closed?: string };

export class Listeners {
  #events: ServerEvent[] = [];
  readonly #live = new Map<string, { readonly socket: TcpSocket | UdpSocket; readonly task: TaskHandle }>();

  constructor(private readonly world: ScenarioWorld) {}

  /** Forgets what was noticed so far, and returns it. */
  drain(): ServerEvent[] {
    const drained = this.#events;
    this.#events = [];
    return drained;
  }

  /** The first event that fits; those before it are lost. */
  wait(fits: (event: ServerEvent) => boolean, timeoutMs: number): ServerEvent | undefined {
    return this.world.until(timeoutMs, () => {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) if (fits(event)) return event;
      return undefined;
    });
  }

  add(spec: ListenerSpec, notes: SetupNote[]): void {
    if (spec.freebind) throw new ScenarioProblem("not modelled: freebind");
    const { ns } = this.world.host(spec.host);
    const address = ip(spec.ip ?? "0.0.0.0");
    const socket = spec.proto === "udp" ? new UdpSocket(ns) : new TcpSocket(ns);
    socket.setOptions({ reuseAddress: true });
    try {
      socket.bind(address, spec.port);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      notes.push({ listener: spec.id, error: error.message });
      return;
    }
    if (socket instanceof TcpSocket) socket.listen(128);
    this.world.knownPorts.add(spec.port);
    const task = this.world.world.scheduler.spawn(socket instanceof TcpSocket ? this.#accept(socket, spec) : this.#receive(socket, spec));
    this.#live.set(spec.id, { socket, task });
  }

  remove(id: string): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    this.#live.delete(id);
    live.task.kill();
    live.socket.close();
  }

  *#accept(socket: TcpSocket, spec: ListenerSpec): Task {
    for (;;) {
      const call = yield* socket.accept();
      if (call === undefined || call.peer === undefined || call.local === undefined) continue;
      call.setOptions({ noDelay: true });
      this.#events.push({ listener: spec.id, peer: call.peer, local: call.local, proto: "tcp" });
      this.world.world.scheduler.spawn(this.#serve(call, spec));
    }
  }

  *#serve(call: TcpSocket, spec: ListenerSpec): Task {
    const peer = call.peer ?? { ip: 0 as Ip, port: 0 };
    let buffer = new Uint8Array(0);
    for (;;) {
      const data = yield* this.#read(call);
      if (!(data instanceof Uint8Array)) {
        this.#events.push({ listener: spec.id, peer, closed: data });
        return call.close();
      }
      if (spec.silent) continue;
      buffer = concat([buffer, data]) as Uint8Array<ArrayBuffer>;
      const answered = yield* this.#answer(call, spec, peer.ip, text(buffer));
      if (answered === "done") return call.close();
      if (typeof answered === "number") buffer = buffer.slice(answered);
    }
  }

  *#read(call: TcpSocket): Task<Uint8Array | string> {
    try {
      return (yield* call.recv()) ?? "FIN";
    } catch (error) {
      if (error instanceof SysError) return error.code;
      throw error;
    }
  }

  /** Closed afterwards, or how many bytes were dealt with. */
  *#answer(call: TcpSocket, spec: ListenerSpec, from: Ip, request: string): Task<"done" | number> {
    const who = printIp(from);
    if (request.startsWith("GET ") || request.startsWith("HEAD ")) {
      if (!request.includes("\r\n\r\n")) return 0;
      const body = `id=${spec.id} src=${who}\n`;
      yield* this.#write(call, `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      return "done";
    }
    let used = 0;
    for (let end = request.indexOf("\n"); end >= 0; end = request.indexOf("\n", used)) {
      const line = request.slice(used, end);
      used = end + 1;
      if (!line.startsWith("ECHO ")) {
        yield* this.#write(call, `${spec.id} ${who}\n`);
        return "done";
      }
      yield* this.#write(call, `${spec.id} ${line.slice(5)}\n`);
    }
    return used;
  }

  *#write(call: TcpSocket, line: string): Task {
    try {
      yield* call.send(utf8(line));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }

  *#receive(socket: UdpSocket, spec: ListenerSpec): Task {
    for (;;) {
      const datagram = yield* socket.recvFrom();
      if (datagram === undefined) continue;
      const { ip: from, port, dst } = datagram;
      this.#events.push({ listener: spec.id, peer: { ip: from, port }, local: { ip: dst, port: spec.port }, proto: "udp" });
      if (spec.silent) continue;
      try {
        socket.sendTo(utf8(`${spec.id} ${printIp(from)}\n`), from, port, (spec.pktinfo ?? true) ? { src: dst } : {});
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
    }
  }
}

export function parseHostIp(written: string): Ip {
  const parsed = parseIp(written);
  if (parsed === undefined) throw new ScenarioProblem(`not an IPv4 address: ${written}`);
  return parsed;
}

/**
 * An HTTP/1.1 server: what programs that answer HTTP are made of. One Task per connection,
 * keep-alive, and a way to stop that lets requests under way finish.
 */
import { concat, NO_BYTES, text } from "../core/bytes";
import { type Civil, civil, MONTHS, WEEKDAYS } from "../core/date";
import { SysError } from "../core/errno";
import type { TaskHandle } from "../core/scheduler";
import { Signal, type Task } from "../core/task";
import { type World, wallMs } from "../core/world";
import type { Proc } from "../host/proc";
import type { TcpSocket } from "../net/socket";
import { encodeResponse, type Header, headerOf, type HttpHead, HttpParser } from "../wire/http";
import { ANY, type Ip, printIp } from "../wire/ip";

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly version: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  /** Who asks, as the socket sees it. */
  readonly client: string;
  readonly clientPort: number;
  /** The address it was asked on. */
  readonly local: string;
};

export type Reply = {
  readonly status: number;
  readonly headers?: readonly Header[];
  readonly body?: Uint8Array;
  /** Ends the connection without an answer: a crash in the middle of a request. */
  readonly abort?: boolean;
};

export type Handler = (request: Request) => Task<Reply>;

export type ServerOptions = {
  readonly port: number;
  readonly ip?: Ip;
  readonly backlog?: number;
  /** How long a connection may idle between requests. */
  readonly keepAliveMs?: number;
  /** What an nginx calls itself. Without it the headers are those a Go program's server adds. */
  readonly server?: string;
  readonly handle: Handler;
  /** After each answer: the access log. */
  readonly log?: (request: Request, reply: Reply) => Task;
};

const DEFAULT_KEEP_ALIVE_MS = 75_000;

export class HttpServer {
  readonly #listener: TcpSocket;
  readonly #idle = new Set<TcpSocket>();
  readonly #changed = new Signal();
  readonly #tasks: Tasks;
  #stopping = false;

  constructor(
    private readonly proc: Proc,
    private readonly options: ServerOptions,
  ) {
    this.#listener = proc.tcp();
    this.#tasks = new Tasks(proc);
  }

  /** Binds and listens; throws EADDRINUSE and its kin. Calls of a predecessor that are in TIME-WAIT keep no server from its port. */
  listen(): void {
    this.#listener.setOptions({ reuseAddress: true });
    this.#listener.bind(this.options.ip ?? ANY, this.options.port);
    this.#listener.listen(this.options.backlog ?? 511);
  }

  /** Accepts until it is stopped. */
  *run(): Task {
    while (!this.#stopping) {
      const socket = yield* this.#accept();
      if (socket === undefined) continue;
      this.proc.adopt(socket);
      this.#tasks.start(this.#serve(socket), () => this.#changed.notify());
    }
  }

  *#accept(): Task<TcpSocket | undefined> {
    try {
      return yield* this.#listener.accept();
    } catch (error) {
      if (error instanceof SysError) return undefined; // Closed under us, or a client that has gone again.
      throw error;
    }
  }

  /** No new connections; idle ones are closed; requests under way are finished. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#listener.close();
    for (const socket of this.#idle) socket.close();
  }

  /** Waits until the last connection has ended. */
  *drained(): Task {
    while (this.#tasks.size > 0) yield { on: this.#changed };
  }

  *#serve(socket: TcpSocket): Task {
    const parser = new HttpParser("request");
    const ends = endsOf(socket);
    try {
      for (;;) {
        this.#idle.add(socket);
        const request = yield* readRequest(socket, ends, parser, this.proc.nowMs + (this.options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS));
        this.#idle.delete(socket);
        if (request === undefined) return;
        if (!(yield* this.#answer(socket, request))) return;
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error; // The client has gone: nobody to tell.
    } finally {
      this.#idle.delete(socket);
      socket.close();
    }
  }

  /** False when the connection ends with it. */
  *#answer(socket: TcpSocket, request: Request): Task<boolean> {
    const reply = yield* this.options.handle(request);
    if (reply.abort) {
      socket.abort();
      return false;
    }
    const asked = headerOf(request.headers, "connection")?.toLowerCase();
    const keep = !this.#stopping && asked !== "close" && (request.version !== "HTTP/1.0" || asked === "keep-alive");
    yield* socket.send(encodeReply(this.proc.world, request, reply, this.options.server, keep));
    if (this.options.log) yield* this.options.log(request, reply);
    return keep;
  }
}

/** net/http says Connection only when it closes; nginx names itself first and always says. */
function encodeReply(world: World, { method }: Request, { status, headers = [], body }: Reply, server: string | undefined, keep: boolean): Uint8Array {
  const date: Header = ["Date", httpDate(wallMs(world))];
  const length: Header = ["Content-Length", String(body?.length ?? 0)];
  const all: readonly Header[] = server === undefined ? [...headers, date, length, ...(keep ? [] : [["Connection", "close"] as const])] : [["Server", server], date, ...headers, length, ["Connection", keep ? "keep-alive" : "close"]];
  return encodeResponse({ status, headers: all, ...(body !== undefined && method !== "HEAD" && { body }) });
}

/** The next request on the connection; undefined when it ends, or idles too long, before one. */
function* readRequest(socket: TcpSocket, ends: Ends, parser: HttpParser, deadlineMs: number): Task<Request | undefined> {
  let head: HttpHead | undefined;
  const chunks: Uint8Array[] = [];
  for (;;) {
    const event = parser.next();
    if (event === undefined) {
      const bytes = yield* receive(socket, deadlineMs);
      if (bytes === undefined) return undefined;
      parser.push(bytes);
      continue;
    }
    if (event.kind === "head") head = event;
    else if (event.kind === "data") chunks.push(event.data);
    else if (event.kind === "error" || head === undefined) return undefined;
    else return requestOf(ends, head, chunks);
  }
}

function* receive(socket: TcpSocket, deadlineMs: number): Task<Uint8Array | undefined> {
  try {
    return yield* socket.recv(undefined, deadlineMs);
  } catch (error) {
    if (error instanceof SysError && error.code === "EAGAIN") return undefined;
    throw error;
  }
}

type Ends = Pick<Request, "client" | "clientPort" | "local">;

function endsOf({ peer, local }: TcpSocket): Ends {
  return { client: printIp(peer?.ip ?? ANY), clientPort: peer?.port ?? 0, local: printIp(local?.ip ?? ANY) };
}

function requestOf({ client, clientPort, local }: Ends, { method, target, version, headers }: HttpHead, chunks: readonly Uint8Array[]): Request {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  return { method, path, query, version, headers, body: chunks.length === 0 ? NO_BYTES : concat(chunks), client, clientPort, local };
}

/** Tasks of one process: they end with it. */
export class Tasks {
  readonly #running = new Set<TaskHandle>();

  constructor(private readonly proc: Proc) {
    proc.onExit(() => {
      for (const handle of this.#running) handle.kill();
    });
  }

  get size(): number {
    return this.#running.size;
  }

  start(task: Task<unknown>, onEnd?: () => void): void {
    const handle: TaskHandle = this.proc.world.scheduler.spawn(task, () => {
      this.#running.delete(handle);
      onEnd?.();
    });
    this.#running.add(handle);
  }
}

/** RFC 9110: Sat, 21 Nov 2026 09:00:00 GMT. */
export function httpDate(unixMs: number): string {
  const d: Civil = civil(unixMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${WEEKDAYS[d.weekday]}, ${two(d.day)} ${MONTHS[d.month - 1]} ${d.year} ${two(d.hour)}:${two(d.minute)}:${two(d.second)} GMT`;
}

export function bodyText(request: Request): string {
  return text(request.body);
}

/**
 * A gRPC server for unary calls: HTTP/2 connections, a stream for each call, status in trailers.
 * Stops as HttpServer does: no new connections, calls under way are finished.
 */
import { concat, NO_BYTES, text } from "../core/bytes";
import { SysError } from "../core/errno";
import { Signal, type Task } from "../core/task";
import type { Proc } from "../host/proc";
import type { TcpSocket } from "../net/socket";
import { dataFrame, decodeMessage, encodeMessage, headersFrame } from "../wire/grpc";
import { decodeHeaders } from "../wire/hpack";
import { headerOf } from "../wire/http";
import { encodeFrame, FLAG, FRAME, type Frame, FrameReader, goAway, HTTP2_ERROR, PREFACE, settings } from "../wire/http2";
import { ANY } from "../wire/ip";
import { Tasks } from "./http-server";

export type GrpcReply = { readonly code: number; readonly why?: string; readonly message?: Uint8Array };
export type GrpcHandler = (path: string, message: Uint8Array) => Task<GrpcReply>;

type Call = { readonly path: string; readonly data: Uint8Array[] };

export class GrpcServer {
  readonly #listener: TcpSocket;
  readonly #open = new Set<TcpSocket>();
  readonly #changed = new Signal();
  readonly #tasks: Tasks;
  #stopping = false;

  constructor(
    private readonly proc: Proc,
    private readonly options: { readonly port: number; readonly handle: GrpcHandler },
  ) {
    this.#listener = proc.tcp();
    this.#tasks = new Tasks(proc);
  }

  listen(): void {
    this.#listener.setOptions({ reuseAddress: true });
    this.#listener.bind(ANY, this.options.port);
    this.#listener.listen(128);
  }

  *run(): Task {
    while (!this.#stopping) {
      try {
        const socket = yield* this.#listener.accept();
        if (socket === undefined) continue;
        this.proc.adopt(socket);
        this.#open.add(socket);
        this.#tasks.start(this.#serve(socket), () => this.#changed.notify());
      } catch (error) {
        if (!(error instanceof SysError)) throw error; // Closed under us, or a client that has gone again.
      }
    }
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#listener.close();
    for (const socket of this.#open) socket.close();
  }

  *drained(): Task {
    while (this.#tasks.size > 0) yield { on: this.#changed };
  }

  *#serve(socket: TcpSocket): Task {
    const reader = new FrameReader();
    const calls = new Map<number, Call>();
    try {
      if (!(yield* this.#greet(socket, reader))) return;
      for (;;) {
        const frame = reader.next();
        if (frame !== undefined) {
          if (!(yield* this.#take(socket, frame, calls))) return;
          continue;
        }
        const bytes = reader.broken ? undefined : yield* socket.recv();
        if (bytes === undefined) return;
        reader.push(bytes);
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error; // The client has gone.
    } finally {
      this.#open.delete(socket);
      socket.close();
    }
  }

  /** The client's preface, then our settings; false for who speaks something else. */
  *#greet(socket: TcpSocket, reader: FrameReader): Task<boolean> {
    yield* socket.send(settings());
    for (;;) {
      const preface = reader.take(PREFACE.length);
      if (preface !== undefined) return text(preface) === text(PREFACE);
      const bytes = yield* socket.recv();
      if (bytes === undefined) return false;
      reader.push(bytes);
    }
  }

  /** False when the connection ends with this frame. */
  *#take(socket: TcpSocket, frame: Frame, calls: Map<number, Call>): Task<boolean> {
    const { type, flags, stream, payload } = frame;
    if (type === FRAME.settings && (flags & FLAG.ack) === 0) yield* socket.send(settings(FLAG.ack));
    if (type === FRAME.ping && (flags & FLAG.ack) === 0) yield* socket.send(encodeFrame({ ...frame, flags: FLAG.ack }));
    if (type === FRAME.goAway) return false;
    if (type === FRAME.headers) {
      const headers = decodeHeaders(payload);
      if (headers === undefined) {
        yield* socket.send(goAway(stream, HTTP2_ERROR.compression));
        return false;
      }
      calls.set(stream, { path: headerOf(headers, ":path") ?? "", data: [] });
    }
    const call = calls.get(stream);
    if (call === undefined) return true;
    if (type === FRAME.data) call.data.push(payload);
    if (type === FRAME.resetStream) calls.delete(stream);
    if ((type === FRAME.data || type === FRAME.headers) && (flags & FLAG.endStream) !== 0) {
      calls.delete(stream);
      yield* this.#answer(socket, stream, call);
    }
    return true;
  }

  *#answer(socket: TcpSocket, stream: number, { path, data }: Call): Task {
    const { code, why = "", message } = yield* this.options.handle(path, decodeMessage(data.length === 0 ? NO_BYTES : concat(data)));
    const opening = [[":status", "200"], ["content-type", "application/grpc"]] as const;
    const ending = [["grpc-status", String(code)], ["grpc-message", why]] as const;
    // Nothing to say but the status: headers and trailers are one (Trailers-Only).
    if (message === undefined) yield* socket.send(headersFrame(stream, [...opening, ...ending], true));
    else yield* socket.send(concat([headersFrame(stream, opening, false), dataFrame(stream, encodeMessage(message), false), headersFrame(stream, ending, true)]));
  }
}

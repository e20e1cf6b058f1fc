/**
 * A gRPC probe: a connection from the node, grpc.health.v1.Health/Check on it, and words as
 * pkg/probe/grpc has them. grpc-go blocks until the server has sent its settings, and dials again
 * after a pause while it may; so nobody there and nobody speaking HTTP/2 look the same: a timeout.
 */
import { concat } from "../../core/bytes";
import { SysError } from "../../core/errno";
import { sleepUntil, type Task } from "../../core/task";
import { goDuration } from "../../apps/go-duration";
import type { Netns } from "../../net/netns";
import { TcpSocket } from "../../net/socket";
import { CODES, dataFrame, decodeHealthResponse, decodeMessage, encodeHealthRequest, encodeMessage, HEALTH_CHECK, headersFrame, SERVING_STATUS } from "../../wire/grpc";
import { decodeHeaders } from "../../wire/hpack";
import { type Header, headerOf } from "../../wire/http";
import { encodeFrame, FLAG, FRAME, FrameReader, PREFACE, settings } from "../../wire/http2";
import { parseIp } from "../../wire/ip";
import type { ProbeResult } from "./probe-actions";

/** grpc-go's backoff.DefaultConfig: a second, then 1.6 times as much. */
const BACK_OFF_MS = 1000;
const FACTOR = 1.6;
const STREAM = 1;

export type GrpcTarget = { readonly netns: Netns; readonly address: string; readonly port: number; readonly service: string; readonly timeoutSeconds: number };

type Connection = { readonly socket: TcpSocket; readonly reader: FrameReader };
type Answer = { readonly code: number; readonly why: string; readonly message: Uint8Array };

export function* probeGrpc({ netns, address, port, service, timeoutSeconds }: GrpcTarget): Task<ProbeResult> {
  const deadlineMs = netns.world.scheduler.nowMs + timeoutSeconds * 1000;
  const at = `${address}:${port}`;
  const timeout = goDuration(timeoutSeconds * 1000);
  const connection = yield* connect(netns, address, port, deadlineMs);
  if (connection === undefined) return { ok: false, output: `timeout: failed to connect service "${at}" within ${timeout}: context deadline exceeded` };
  try {
    const answer = yield* call(connection, at, service, deadlineMs);
    return judge(answer, timeout);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === "EAGAIN") return { ok: false, output: `timeout: health rpc did not complete within ${timeout}` };
    return { ok: false, output: `error: health rpc probe failed: rpc error: code = Unavailable desc = error reading from server: ${error.message.toLowerCase()}` };
  } finally {
    connection.socket.close();
  }
}

function judge(answer: Answer | undefined, timeout: string): ProbeResult {
  if (answer === undefined) return { ok: false, output: "error: health rpc probe failed: rpc error: code = Unavailable desc = error reading from server: EOF" };
  const { code, why, message } = answer;
  const name = CODES[code] ?? `Code(${code})`;
  if (name === "Unimplemented") return { ok: false, output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${why}` };
  if (name === "DeadlineExceeded") return { ok: false, output: `timeout: health rpc did not complete within ${timeout}` };
  if (name !== "OK") return { ok: false, output: `error: health rpc probe failed: rpc error: code = ${name} desc = ${why}` };
  const status = SERVING_STATUS[decodeHealthResponse(message)] ?? String(decodeHealthResponse(message));
  return status === "SERVING" ? { ok: true, output: "service healthy" } : { ok: false, output: `service unhealthy (responded with "${status}")` };
}

/** A connection whose server has sent its settings; undefined when there was none in time. */
function* connect(netns: Netns, address: string, port: number, deadlineMs: number): Task<Connection | undefined> {
  const { scheduler } = netns.world;
  const ip = parseIp(address);
  for (let pauseMs = BACK_OFF_MS; ip !== undefined; pauseMs *= FACTOR) {
    const triedMs = scheduler.nowMs;
    const socket = new TcpSocket(netns);
    try {
      yield* socket.connect(ip, port, deadlineMs);
      yield* socket.send(concat([PREFACE, settings()]), deadlineMs);
      const reader = new FrameReader();
      if (yield* greeted(socket, reader, deadlineMs)) return { socket, reader };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    socket.close();
    if (triedMs + pauseMs >= deadlineMs) break;
    yield* sleepUntil(triedMs + pauseMs);
  }
  if (scheduler.nowMs < deadlineMs) yield* sleepUntil(deadlineMs);
  return undefined;
}

function* greeted(socket: TcpSocket, reader: FrameReader, deadlineMs: number): Task<boolean> {
  for (;;) {
    const frame = reader.next();
    if (frame !== undefined) {
      if (frame.type !== FRAME.settings) return false;
      yield* socket.send(settings(FLAG.ack), deadlineMs);
      return true;
    }
    if (reader.broken) return false;
    const bytes = yield* socket.recv(undefined, deadlineMs);
    if (bytes === undefined) return false;
    reader.push(bytes);
  }
}

/** Undefined when the server hangs up before the trailers. */
function* call({ socket, reader }: Connection, authority: string, service: string, deadlineMs: number): Task<Answer | undefined> {
  const headers: Header[] = [[":method", "POST"], [":scheme", "http"], [":path", HEALTH_CHECK], [":authority", authority], ["content-type", "application/grpc"], ["user-agent", "kube-probe/1.36 grpc-go/1.78.0"], ["te", "trailers"]];
  yield* socket.send(concat([headersFrame(STREAM, headers, false), dataFrame(STREAM, encodeMessage(encodeHealthRequest(service)), true)]), deadlineMs);
  const data: Uint8Array[] = [];
  for (;;) {
    const frame = reader.next();
    if (frame === undefined) {
      const bytes = reader.broken ? undefined : yield* socket.recv(undefined, deadlineMs);
      if (bytes === undefined) return undefined;
      reader.push(bytes);
      continue;
    }
    if (frame.type === FRAME.ping && (frame.flags & FLAG.ack) === 0) yield* socket.send(encodeFrame({ ...frame, flags: FLAG.ack }), deadlineMs);
    if (frame.type === FRAME.goAway) return undefined;
    if (frame.stream !== STREAM) continue;
    if (frame.type === FRAME.data) data.push(frame.payload);
    if (frame.type !== FRAME.headers || (frame.flags & FLAG.endStream) === 0) continue;
    const trailers = decodeHeaders(frame.payload) ?? [];
    return { code: Number(headerOf(trailers, "grpc-status") ?? 2), why: headerOf(trailers, "grpc-message") ?? "", message: data.length === 0 ? new Uint8Array(0) : decodeMessage(concat(data)) };
  }
}

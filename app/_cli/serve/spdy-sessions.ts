/**
 * exec, attach and port-forward over SPDY: a stream for each channel, named by its streamtype
 * header (kubelet's cri/streaming). kubectl before 1.31, and every kubectl's port-forward, speak it.
 */
import type { ClusterAccess, ExecSession } from "@/engine";
import type { Clock } from "./clock";
import { carry, channelsOf, type Forward, forward, type Refused, resize, type Wanted } from "./sessions";
import { SpdyConnection, type SpdyStream } from "./spdy";

/** Where SPDY's bytes go to and come from: a socket, or messages of a WebSocket. */
export type Carrier = { readonly send: (bytes: Buffer) => void; readonly onBytes: (take: (bytes: Buffer) => void) => void; readonly onClose: (closed: () => void) => void; readonly close: () => void };

/** Waits for all of the client's streams, then joins them with the session; or says on one why there is none. */
export function spdySession(carrier: Carrier, wanted: Wanted, session: ExecSession | Refused, clock: Clock): void {
  const streams = new Map<string, SpdyStream>();
  const expected = channelsOf(wanted);
  let leave = (): void => {};
  const ended = (status: unknown): void => {
    streams.get("error")?.write(Buffer.from(JSON.stringify(status)));
    for (const stream of streams.values()) stream.end();
  };
  const begin = (): void => {
    if (!("stdin" in session)) return ended(session);
    const stdin = streams.get("stdin");
    if (stdin !== undefined) stdin.onData = (bytes) => (bytes === undefined ? session.stdin.end() : session.stdin.write(new Uint8Array(bytes)));
    const sizes = streams.get("resize");
    if (sizes !== undefined) sizes.onData = (bytes) => bytes !== undefined && resize(session, bytes);
    leave = carry(session, clock, { stdout: (bytes) => streams.get("stdout")?.write(bytes), stderr: (bytes) => streams.get("stderr")?.write(bytes), ended });
  };
  const connection = new SpdyConnection(
    carrier.send,
    (stream) => {
      streams.set(stream.headers.streamtype ?? "", stream);
      if (expected.every((name) => streams.has(name))) begin();
    },
    carrier.close,
  );
  carrier.onBytes((bytes) => connection.receive(bytes));
  carrier.onClose(() => {
    leave();
    if ("stdin" in session) session.close();
    connection.close();
  });
}

/** Connections come in pairs of streams with one requestid: first where errors go, then the data. */
export function spdyPorts(carrier: Carrier, cluster: ClusterAccess, wanted: Wanted, clock: Clock): void {
  const errors = new Map<string, SpdyStream>();
  const open = new Set<Forward>();
  const join = (data: SpdyStream): void => {
    const { requestid = "", port = "" } = data.headers;
    const error = errors.get(requestid);
    errors.delete(requestid);
    const one = forward(cluster, wanted, clock, Number(port), {
      data: (bytes) => data.write(bytes),
      failed: (message) => error?.write(Buffer.from(message)),
      ended: () => {
        data.end();
        error?.end();
      },
    });
    if (one === undefined) return;
    open.add(one);
    data.onData = (bytes) => (bytes === undefined ? one.end() : one.write(bytes));
  };
  const connection = new SpdyConnection(
    carrier.send,
    (stream) => {
      if (stream.headers.streamtype === "data") join(stream);
      else errors.set(stream.headers.requestid ?? "", stream);
    },
    carrier.close,
  );
  carrier.onBytes((bytes) => connection.receive(bytes));
  carrier.onClose(() => {
    for (const one of open) one.close();
    connection.close();
  });
}

/**
 * Requests that become streams: exec, attach and port-forward, over WebSocket or SPDY/3.1, or
 * SPDY inside a WebSocket, whichever the client asks for.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { ClusterAccess } from "@/engine";
import type { Clock } from "./clock";
import { beginSession, failsInside, type Refused, refused, type Wanted, wantedAt } from "./sessions";
import { type Carrier, spdyPorts, spdySession } from "./spdy-sessions";
import { bytesOf, endWith, joinPorts, joinSession } from "./web-socket";

const CHANNELS = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const SPDY = { session: ["v4.channel.k8s.io"], portforward: ["portforward.k8s.io"] } as const;

export function serveStreams(server: Server, cluster: ClusterAccess, clock: Clock): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [TUNNEL, ...CHANNELS].find((known) => offered.has(known)) ?? false });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const wanted = wantedAt(url);
    socket.on("error", () => socket.destroy());
    if (wanted === undefined) return refuse(socket, refused(404, `not modelled: an upgrade of ${url.pathname}`));
    const protocol = request.headers.upgrade?.toLowerCase();
    if (protocol === "spdy/3.1") return overSpdy(request, socket, head, { cluster, wanted, clock });
    if (protocol !== "websocket") return refuse(socket, refused(400, `unable to upgrade: unknown protocol ${JSON.stringify(protocol ?? "")}`));
    overWebSocket(sockets, request, socket, head, { cluster, wanted, clock });
  });
}

type Asked = { readonly cluster: ClusterAccess; readonly wanted: Wanted; readonly clock: Clock };

function overWebSocket(sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer, { cluster, wanted, clock }: Asked): void {
  const upgraded = (join: (client: WebSocket) => void): void => sockets.handleUpgrade(request, socket, head, join);
  if (wanted.what === "portforward") return upgraded((client) => (client.protocol === TUNNEL ? spdyPorts(tunnel(client), cluster, wanted, clock) : joinPorts(client, cluster, wanted, clock)));
  const session = beginSession(cluster, wanted);
  if ("stdin" in session) return upgraded((client) => joinSession(client, session, clock));
  // A client whose WebSocket was refused asks again in SPDY, and prints the answer it gets then.
  if (!failsInside(session)) return refuse(socket, session);
  upgraded((client) => endWith(client, session));
}

function overSpdy(request: IncomingMessage, socket: Duplex, head: Buffer, { cluster, wanted, clock }: Asked): void {
  const isForward = wanted.what === "portforward";
  const offered = (request.headersDistinct["x-stream-protocol-version"] ?? []).flatMap((value) => value.split(",")).map((value) => value.trim());
  const protocol = (isForward ? SPDY.portforward : SPDY.session).find((known) => offered.includes(known));
  if (protocol === undefined) return refuse(socket, refused(403, `unable to upgrade: none of ${JSON.stringify(offered)} is known here`));
  const session = isForward ? undefined : beginSession(cluster, wanted);
  if (session !== undefined && !("stdin" in session) && !failsInside(session)) return refuse(socket, session);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
  const carrier: Carrier = {
    send: (bytes) => void (socket.writable && socket.write(bytes)),
    onBytes: (take) => {
      if (head.length > 0) take(head);
      socket.on("data", take);
    },
    onClose: (closed) => void socket.on("close", closed),
    close: () => socket.destroy(),
  };
  if (session === undefined) spdyPorts(carrier, cluster, wanted, clock);
  else spdySession(carrier, wanted, session, clock);
}

/** SPDY's bytes as a WebSocket's messages (KEP-4006: tunnelling for port-forward). */
function tunnel(client: WebSocket): Carrier {
  return {
    send: (bytes) => client.send(bytes),
    onBytes: (take) => void client.on("message", (data: RawData) => take(bytesOf(data))),
    onClose: (closed) => void client.on("close", closed),
    close: () => client.terminate(),
  };
}

function refuse(socket: Duplex, status: Refused): void {
  const body = `${JSON.stringify(status)}\n`;
  socket.end(`HTTP/1.1 ${status.code ?? 500} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

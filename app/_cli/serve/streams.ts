/**
 * exec and attach over WebSocket, in the sub-protocols v4 and v5.channel.k8s.io: the first byte
 * of each message says which channel it is for (KEP-4006; apimachinery's remotecommand constants).
 * A client that asks for SPDY is told that it is not modelled.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { ClusterAccess, ExecSession } from "@/engine";
import type { Clock } from "./clock";

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach)$/;
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export function serveStreams(server: Server, cluster: ClusterAccess, clock: Clock): void {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => ["v5.channel.k8s.io", "v4.channel.k8s.io"].find((known) => offered.has(known)) ?? false,
  });
  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const match = PATH.exec(url.pathname);
    if (!match) return refuse(socket, failed(404, `not modelled: an upgrade of ${url.pathname}`));
    const session = begin(cluster, match, url.searchParams);
    const late = !("stdin" in session) && failsInside(session);
    // A client whose WebSocket was refused asks again in SPDY, and prints the answer it gets then.
    if (!("stdin" in session) && !late) return refuse(socket, session);
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      if ("stdin" in session) session.close();
      return refuse(socket, failed(501, "not modelled: the SPDY/3.1 protocol; use a client that speaks WebSocket (kubectl 1.31 or newer)"));
    }
    sockets.handleUpgrade(request as IncomingMessage, socket, head, (client) => {
      if ("stdin" in session) return join(client, session, clock);
      client.send(Buffer.concat([Buffer.from([CHANNEL.error]), Buffer.from(JSON.stringify(session))]));
      client.close(1000);
    });
  });
}

type Failed = { readonly code?: number; readonly message?: string };

function failed(code: number, message: string): Failed {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code } as Failed;
}

/** Said by the kubelet or the container runtime: the connection to the API server stands by then. */
function failsInside({ message = "" }: Failed): boolean {
  return message.startsWith("Internal error occurred:");
}

function refuse(socket: Duplex, status: Failed): void {
  const body = `${JSON.stringify(status)}\n`;
  socket.end(`HTTP/1.1 ${status.code ?? 500} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

function begin({ runtime }: ClusterAccess, match: RegExpExecArray, query: URLSearchParams) {
  const [, namespace = "", pod = "", what] = match;
  if (runtime === undefined) return failed(501, "not modelled: containers in this world");
  const yes = (name: string): boolean => ["1", "true"].includes(query.get(name) ?? "");
  const container = query.get("container");
  const options = { stdin: yes("stdin"), stdout: yes("stdout"), stderr: yes("stderr"), tty: yes("tty"), ...(container !== null && container !== "" && { container }) };
  return what === "exec" ? runtime.exec(namespace, pod, { ...options, command: query.getAll("command") }) : runtime.attach(namespace, pod, options);
}

function join(client: WebSocket, session: ExecSession, clock: Clock): void {
  const send = (channel: number, bytes: Uint8Array): void => client.send(Buffer.concat([Buffer.from([channel]), bytes]));
  client.on("message", (data: RawData) => receive(session, Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer)));
  const look = (): void => {
    for (let bytes = session.stdout.read(); bytes !== undefined; bytes = session.stdout.read()) send(CHANNEL.stdout, bytes);
    for (let bytes = session.stderr.read(); bytes !== undefined; bytes = session.stderr.read()) send(CHANNEL.stderr, bytes);
    if (session.status === undefined || !session.stdout.ended || !session.stderr.ended) return;
    send(CHANNEL.error, Buffer.from(JSON.stringify(session.status)));
    leave();
    client.close(1000);
  };
  const leave = clock.onSlice(look);
  client.on("close", () => {
    leave();
    session.close();
  });
}

function receive(session: ExecSession, message: Buffer): void {
  const [channel] = message;
  const data = message.subarray(1);
  if (channel === CHANNEL.stdin) session.stdin.write(new Uint8Array(data));
  if (channel === CHANNEL.close && data[0] === CHANNEL.stdin) session.stdin.end();
  if (channel !== CHANNEL.resize) return;
  // Go takes a key in any case, and clients send it in several.
  const text = data.toString("utf8");
  const [width, height] = ["width", "height"].map((key) => Number(new RegExp(`"${key}"\\s*:\\s*(\\d+)`, "i").exec(text)?.[1]));
  if (Number.isInteger(width) && Number.isInteger(height)) session.resize(width ?? 80, height ?? 24);
}

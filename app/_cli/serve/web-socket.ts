/**
 * exec, attach and port-forward in the sub-protocols v4 and v5.channel.k8s.io: the first byte of
 * each message says which channel it is for (KEP-4006; apimachinery's remotecommand constants).
 */
import type { RawData, WebSocket } from "ws";
import type { ClusterAccess, ExecSession } from "@/engine";
import type { Clock } from "./clock";
import { carry, type Forward, forward, type Refused, resize, type Wanted } from "./sessions";

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export function bytesOf(data: RawData): Buffer {
  return Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function sendOn(client: WebSocket, channel: number, bytes: Uint8Array): void {
  client.send(Buffer.concat([Buffer.from([channel]), bytes]));
}

export function joinSession(client: WebSocket, session: ExecSession, clock: Clock): void {
  const leave = carry(session, clock, {
    stdout: (bytes) => sendOn(client, CHANNEL.stdout, bytes),
    stderr: (bytes) => sendOn(client, CHANNEL.stderr, bytes),
    ended: (status) => endWith(client, status),
  });
  client.on("message", (data: RawData) => {
    const message = bytesOf(data);
    const rest = message.subarray(1);
    if (message[0] === CHANNEL.stdin) session.stdin.write(new Uint8Array(rest));
    if (message[0] === CHANNEL.close && rest[0] === CHANNEL.stdin) session.stdin.end();
    if (message[0] === CHANNEL.resize) resize(session, rest);
  });
  client.on("close", leave);
}

/** The status of how it ended, as the last thing. */
export function endWith(client: WebSocket, status: Refused | unknown): void {
  sendOn(client, CHANNEL.error, Buffer.from(JSON.stringify(status)));
  client.close(1000);
}

/** Two channels for each port, data and error; on both the server says first which port it is, as 16 bits. */
export function joinPorts(client: WebSocket, cluster: ClusterAccess, wanted: Wanted, clock: Clock): void {
  const ports = wanted.query.getAll("ports").flatMap((value) => value.split(",")).map(Number);
  const forwards: (Forward | undefined)[] = [];
  ports.forEach((port, i) => {
    for (const channel of [2 * i, 2 * i + 1]) sendOn(client, channel, Buffer.from([port & 0xff, port >> 8]));
    forwards.push(
      forward(cluster, wanted, clock, port, {
        data: (bytes) => sendOn(client, 2 * i, bytes),
        failed: (message) => sendOn(client, 2 * i + 1, Buffer.from(message)),
        ended: () => client.close(1000),
      }),
    );
  });
  client.on("message", (data: RawData) => {
    const message = bytesOf(data);
    forwards[(message[0] ?? 0) >> 1]?.write(message.subarray(1));
  });
  client.on("close", () => {
    for (const one of forwards) one?.close();
  });
}

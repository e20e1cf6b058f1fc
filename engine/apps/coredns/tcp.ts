/** DNS over TCP (RFC 7766): each message behind its length, several on one connection. */
import { ByteWriter, concat, NO_BYTES } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { TcpSocket } from "../../net/socket";
import { ANY, printIp } from "../../wire/ip";
import { Tasks } from "../http-server";

type Answerer = (bytes: Uint8Array, client: { readonly client: string; readonly clientPort: number }) => Task<Uint8Array | undefined>;

const IDLE_MS = 10_000;

/** Binds at once (and throws EADDRINUSE); serves when run. */
export function serveTcp(proc: Proc, port: number, answer: Answerer): Task {
  const listener = proc.tcp();
  listener.setOptions({ reuseAddress: true });
  listener.bind(ANY, port);
  listener.listen(128);
  return accepting(proc, listener, answer);
}

function* accepting(proc: Proc, listener: TcpSocket, answer: Answerer): Task {
  const tasks = new Tasks(proc);
  for (;;) {
    const socket = yield* listener.accept();
    if (socket !== undefined) tasks.start(serve(proc, proc.adopt(socket), answer));
  }
}

function* serve(proc: Proc, socket: TcpSocket, answer: Answerer): Task {
  const client = { client: printIp(socket.peer?.ip ?? ANY), clientPort: socket.peer?.port ?? 0 };
  let pending: Uint8Array = NO_BYTES;
  try {
    for (;;) {
      const length = ((pending[0] ?? 0) << 8) | (pending[1] ?? 0);
      if (pending.length >= 2 && pending.length >= 2 + length) {
        const reply = yield* answer(pending.subarray(2, 2 + length), client);
        pending = pending.slice(2 + length);
        if (reply !== undefined) yield* socket.send(new ByteWriter(reply.length + 2).u16(reply.length).bytes(reply).done());
        continue;
      }
      const bytes = yield* socket.recv(undefined, proc.nowMs + IDLE_MS);
      if (bytes === undefined) return;
      pending = concat([pending, bytes]);
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error; // Idle too long, or reset.
  } finally {
    socket.close();
  }
}

/** kubectl port-forward: one connection to 127.0.0.1:port, made inside the Pod's namespace. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { World } from "../../core/world";
import type { PortForwardConnection } from "../../kube/runtime";
import type { Netns } from "../../net/netns";
import { TcpSocket } from "../../net/socket";
import { ip } from "../../wire/ip";
import { ByteQueue } from "./byte-queue";

export class PortForward implements PortForwardConnection {
  readonly toPod = new ByteQueue();
  readonly fromPod = new ByteQueue();
  error: string | undefined;
  readonly #socket: TcpSocket;

  constructor(
    private readonly world: World,
    netns: Netns,
    private readonly port: number,
    private readonly pod: string,
    private readonly sandbox: string,
  ) {
    this.#socket = new TcpSocket(netns);
    world.scheduler.spawn(this.#live());
  }

  *#live(): Task {
    const { port, pod, sandbox } = this;
    try {
      yield* this.#socket.connect(ip("127.0.0.1"), port);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.error = `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-${pod}": failed to connect to localhost:${port} inside namespace "${sandbox}", IPv4: dial tcp4 127.0.0.1:${port}: connect: ${error.message.toLowerCase()} IPv6 dial tcp6 [::1]:${port}: connect: ${error.message.toLowerCase()} `;
      this.close();
      return;
    }
    this.world.scheduler.spawn(this.#send());
    yield* this.#receive();
  }

  *#send(): Task {
    try {
      for (;;) {
        const chunk = this.toPod.read();
        if (chunk !== undefined) yield* this.#socket.send(chunk);
        else if (this.toPod.closed) return this.#socket.shutdown("write");
        else yield { on: this.toPod.readable };
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error; // The other direction notices as well.
    }
  }

  *#receive(): Task {
    try {
      for (;;) {
        const bytes = yield* this.#socket.recv();
        if (bytes === undefined) return this.fromPod.end();
        this.fromPod.write(bytes);
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.close();
    }
  }

  close(): void {
    this.toPod.end();
    this.fromPod.end();
    this.#socket.close();
  }
}

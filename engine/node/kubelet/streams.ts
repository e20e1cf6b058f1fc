/** A container's three standard streams, as its manifest asks for them: log only, stdin, or a tty. */
import { utf8 } from "../../core/bytes";
import { type World, wallMs } from "../../core/world";
import type { OpenFile } from "../../host/proc";
import { Tty } from "../../host/tty";
import type { Container } from "../../kube/types";
import { QueueSource } from "./byte-files";
import { ByteQueue } from "./byte-queue";
import { ContainerLog } from "./log";

export class ContainerStreams {
  readonly log: ContainerLog;
  readonly tty: Tty | undefined;
  readonly stdin: ByteQueue | undefined;
  readonly files: ReadonlyMap<number, OpenFile>;

  constructor(world: World, { tty, stdin }: Container) {
    this.log = new ContainerLog(() => wallMs(world));
    if (tty) {
      const terminal = new Tty(world);
      terminal.onOutput = (written) => this.log.append("stdout", utf8(written));
      this.tty = terminal;
      const file = terminal.file();
      this.files = new Map([0, 1, 2].map((descriptor) => [descriptor, file]));
      return;
    }
    if (stdin) this.stdin = new ByteQueue();
    this.files = new Map<number, OpenFile>([...(this.stdin ? [[0, new QueueSource(this.stdin)] as const] : []), [1, this.log.file("stdout")], [2, this.log.file("stderr")]]);
  }
}

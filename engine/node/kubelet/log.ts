/**
 * What a container has written to its standard output and error, line by line with the time, as
 * the runtime keeps it under /var/log/pods. Old lines go when there are too many bytes.
 *
 * Differs: one file, cut at the old end, where the kubelet rotates five of 10 MiB.
 */
import { text } from "../../core/bytes";
import { Signal, type Task } from "../../core/task";
import { Description } from "../../host/open-file";

export type LogLine = { readonly atMs: number; readonly stream: "stdout" | "stderr"; readonly text: string; readonly partial: boolean };

type Follower = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

const MAX_BYTES = 2 << 20;

export class ContainerLog {
  readonly grown = new Signal();
  /** They see the bytes as they are written: kubectl attach. */
  #followers: readonly Follower[] = [];
  ended = false;
  #lines: LogLine[] = [];
  #first = 0;
  #bytes = 0;
  readonly #rest = { stdout: "", stderr: "" };

  constructor(private readonly wallMs: () => number) {}

  /** The number of the line that will be written next; lines are counted from 0. */
  get end(): number {
    return this.#first + this.#lines.length;
  }

  /** Lines from number `from` on, as far as they are still there. */
  from(from: number): readonly LogLine[] {
    return this.#lines.slice(Math.max(0, from - this.#first));
  }

  /** Returns how to stop. */
  follow(follower: Follower): () => void {
    this.#followers = [...this.#followers, follower];
    return () => void (this.#followers = this.#followers.filter((other) => other !== follower));
  }

  append(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    for (const follow of this.#followers) follow(stream, bytes);
    const parts = (this.#rest[stream] + text(bytes)).split("\n");
    this.#rest[stream] = parts.pop() ?? "";
    for (const part of parts) this.#push({ atMs: this.wallMs(), stream, text: part, partial: false });
    if (parts.length > 0) this.grown.notify();
  }

  /** The container is over: a last line without its newline counts too. */
  finish(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#rest[stream] !== "") this.#push({ atMs: this.wallMs(), stream, text: this.#rest[stream], partial: true });
      this.#rest[stream] = "";
    }
    this.ended = true;
    this.grown.notify();
  }

  #push(line: LogLine): void {
    this.#lines.push(line);
    this.#bytes += line.text.length + 48;
    if (this.#bytes < MAX_BYTES) return;
    const gone = this.#lines.splice(0, this.#lines.length >> 1);
    this.#first += gone.length;
    this.#bytes -= gone.reduce((sum, { text: old }) => sum + old.length + 48, 0);
  }

  /** A descriptor of the container's that ends up here. */
  file(stream: "stdout" | "stderr"): LogFile {
    return new LogFile(this, stream);
  }
}

export class LogFile extends Description {
  constructor(
    private readonly log: ContainerLog,
    private readonly stream: "stdout" | "stderr",
  ) {
    super("pipe:[1]");
  }

  // Never yields: nothing comes from there
  *read(): Task<undefined> {
    return undefined;
  }

  // Never yields: the runtime always reads
  *write(bytes: Uint8Array): Task {
    this.log.append(this.stream, bytes);
  }

  protected closed(): void {}
}

/**
 * What the API server asks of a kubelet when a client wants to be inside a container:
 * exec, attach, logs, port-forward (in real life GET /exec/… on the kubelet's port 10250).
 *
 * The slot is `apiServer.runtime`; node/ fills it. Everything is a stream of bytes in the world:
 * a reader waits on `readable`, nobody promises anything. Failures to begin are Status objects.
 */
import type { Signal } from "../core/task";
import type { Status } from "./types";

/** One direction of bytes. `read` returns undefined when there is nothing yet or (see `ended`) ever again. */
export interface ByteStream {
  read(): Uint8Array | undefined;
  /** Fires when there is something to read, and when the end has come. */
  readonly readable: Signal;
  /** Nothing more will come after what `read` still returns. */
  readonly ended: boolean;
}

/** The other direction. It never refuses: who wants back-pressure looks at `pending`. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  /** Bytes written that nobody has read yet. */
  readonly pending: number;
  /** Fires when the reader took some. */
  readonly drained: Signal;
  /** No more writing: the reader sees the end. */
  end(): void;
}

export type ExecOptions = {
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** Whole lines are typed at the client's terminal, with nobody to look at an echo or a prompt. */
  readonly unattended?: boolean;
};

export type AttachOptions = Omit<ExecOptions, "command">;

/** A running exec or attach. With a tty everything comes on stdout. */
export interface ExecSession {
  readonly stdin: ByteSink;
  readonly stdout: ByteStream;
  readonly stderr: ByteStream;
  resize(columns: number, rows: number): void;
  /** With a tty: whether everything typed has been read, everything printed fetched, and more is waited for. */
  readonly terminal?: { readonly isAwaited: boolean; readonly awaited: Signal };
  /** Undefined while it runs; then Success, or Failure with reason NonZeroExitCode and cause ExitCode. */
  readonly status: Status | undefined;
  /** Fires when `status` is there. */
  readonly finished: Signal;
  /** The client went away. */
  close(): void;
}

export type LogOptions = {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
};

/** A log being read; without `follow` it ends at once. */
export interface LogSession {
  readonly output: ByteStream;
  close(): void;
}

/** One connection into the Pod's network namespace, to 127.0.0.1:port. */
export interface PortForwardConnection {
  readonly toPod: ByteSink;
  readonly fromPod: ByteStream;
  /** What the kubelet says when nobody listens there; kubectl prints it. */
  readonly error: string | undefined;
  close(): void;
}

/** Filled by node/. Each method answers with a session, or with the Status that says why not. */
export interface PodRuntime {
  exec(namespace: string, pod: string, options: ExecOptions): ExecSession | Status;
  attach(namespace: string, pod: string, options: AttachOptions): ExecSession | Status;
  logs(namespace: string, pod: string, options: LogOptions): LogSession | Status;
  portForward(namespace: string, pod: string, port: number): PortForwardConnection | Status;
}

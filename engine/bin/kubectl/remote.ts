/**
 * A session inside a container, joined to this process: keys and bytes go in, output comes out,
 * and the session's end is the command's. What client-go's remotecommand and kubectl's term do.
 */
import type { Signal, Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { RAW } from "../../host/tty";
import type { ByteStream, ExecSession } from "../../kube/runtime";
import type { Context } from "./command";
import { Failure, PlainFailure, type Status } from "./errors";

export type Attachment = { readonly stdin: boolean; readonly tty: boolean; readonly unattended?: boolean };

/** Decides on a terminal: -t without one to read from is said and forgotten. */
export function* terminalFor(context: Context, wish: Attachment, quiet: boolean): Task<Attachment> {
  if (!wish.stdin || !wish.tty) return { stdin: wish.stdin, tty: false };
  const terminal = context.proc.file(0).tty;
  if (terminal !== undefined) return { ...wish, unattended: terminal.unattended };
  if (!quiet) yield* context.proc.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  return { stdin: true, tty: false };
}

/** Runs the session to its end; throws how it ended if that was not well. */
export function* runSession(context: Context, begun: ExecSession | Status, { stdin, tty }: Attachment): Task<number> {
  const session = sessionOf(begun);
  const { proc } = context;
  const terminal = tty ? proc.file(0).tty : undefined;
  const before = terminal?.modes;
  const restore = (): void => {
    if (terminal === undefined || before === undefined) return;
    terminal.modes = before;
    terminal.through = undefined;
  };
  proc.onExit(() => {
    restore();
    session.close();
  });
  const helpers = [stdin ? proc.world.scheduler.spawn(feed(proc, session)) : undefined];
  if (terminal !== undefined) {
    terminal.modes = RAW;
    session.resize(terminal.columns, terminal.rows);
    const scheduler = proc.world.scheduler;
    if (terminal.unattended && session.terminal !== undefined) {
      terminal.through = session.terminal;
      helpers.push(scheduler.spawn(passingOn(session.terminal.awaited, terminal.awaited)));
    }
    helpers.push(
      scheduler.spawn(
        (function* resizing(): Task {
          for (;;) {
            yield { on: terminal.resized };
            session.resize(terminal.columns, terminal.rows);
          }
        })(),
      ),
    );
  } else if (!stdin) session.stdin.end();
  proc.onExit(() => {
    for (const helper of helpers) helper?.kill();
  });
  try {
    yield* drain(proc, session);
  } finally {
    restore();
    for (const helper of helpers) helper?.kill();
  }
  return endOf(session.status);
}

export function sessionOf(begun: ExecSession | Status): ExecSession {
  if ("stdout" in begun) return begun;
  // Refused before the connection stood; what the kubelet says comes over it.
  if (["BadRequest", "NotFound", "Forbidden"].includes(begun.reason ?? "")) throw new Failure(`unable to upgrade connection: ${begun.message ?? ""}`);
  throw new Failure(begun.message ?? "");
}

/** Whoever waits for the near terminal to be read hears of the far one. */
function* passingOn(from: Signal, to: Signal): Task {
  for (;;) {
    yield { on: from };
    to.notify();
  }
}

function* feed(proc: Proc, session: ExecSession): Task {
  for (;;) {
    const bytes = yield* proc.stdin.read();
    if (bytes === undefined) break;
    session.stdin.write(bytes);
    while (session.stdin.pending > 65_536 && session.status === undefined) yield { on: [session.stdin.drained, session.finished] };
  }
  session.stdin.end();
}

/** Copies both outputs until the session has finished and nothing is left in them. */
function* drain(proc: Proc, session: ExecSession): Task {
  for (;;) {
    const moved = (yield* copy(session.stdout, proc, 1)) || (yield* copy(session.stderr, proc, 2));
    if (moved) continue;
    if (session.status !== undefined) return;
    proc.file(0).tty?.awaited.notify();
    yield { on: [session.stdout.readable, session.stderr.readable, session.finished] };
  }
}

function* copy(from: ByteStream, proc: Proc, descriptor: number): Task<boolean> {
  const bytes = from.read();
  if (bytes === undefined || bytes.length === 0) return false;
  yield* proc.file(descriptor).write(bytes);
  return true;
}

export function endOf(status: Status | undefined): number {
  if (status === undefined || status.status !== "Failure") return 0;
  const code = Number(status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message ?? "");
  if (status.reason === "NonZeroExitCode" && code > 0) throw new PlainFailure(`command terminated with exit code ${code}`, code);
  throw new Failure(status.message ?? "error stream protocol error: unknown error");
}

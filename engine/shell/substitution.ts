/** $(…) and <(…): commands in a process of their own, whose output becomes text or a file name. */
import { text } from "../core/bytes";
import type { Task } from "../core/task";
import { LineReader } from "../host/lines";
import { makePipe } from "../host/pipe";
import type { OpenFile } from "../host/proc";
import type { Script } from "./ast";
import { ExpansionError } from "./control";
import { runSubshell } from "./exec";
import { expandText } from "./expand";
import type { Shell } from "./shell";
import { LIMITS } from "../core/limits";

export function* substitute(shell: Shell, script: Script): Task<string> {
  if (script.items.length === 0) {
    shell.status = 0;
    return "";
  }
  if (shell.subshell > LIMITS.shellDepth) throw new ExpansionError("fork: retry: Resource temporarily unavailable", true, 254);
  const fast = yield* fileContents(shell, script);
  if (fast !== undefined) return fast;
  const pipe = makePipe(shell.proc.machine.kernel.nextPipe());
  const child = runSubshell(shell, (inner) => inner.script(script), { files: new Map([[1, pipe.writer]]) });
  pipe.writer.release();
  const read = yield* new LineReader(pipe.reader).rest();
  pipe.reader.release();
  shell.status = yield* child.wait();
  return text(read).replaceAll("\0", "").replace(/\n+$/, "");
}

/** $(< file): no process at all. */
function* fileContents(shell: Shell, script: Script): Task<string | undefined> {
  const [item, more] = script.items;
  const command = item && more === undefined && item.list.rest.length === 0 && item.list.first.commands.length === 1 ? item.list.first.commands[0] : undefined;
  if (command?.kind !== "simple" || command.words.length + command.assignments.length > 0 || command.redirects.length !== 1) return undefined;
  const [redirect] = command.redirects;
  if (redirect?.operator !== "<" || redirect.descriptor) return undefined;
  const name = yield* expandText(shell, redirect.target);
  if (!shell.proc.fs.exists(shell.proc.resolve(name))) return undefined;
  const file = shell.proc.open(name);
  const read = yield* new LineReader(file).rest();
  file.release();
  shell.status = 0;
  return text(read).replace(/\n+$/, "");
}

/** <(list): a pipe under /dev/fd. The descriptor stays open until the shell's command is over. */
export function processSubstitution(shell: Shell, script: Script, direction: "<" | ">"): string {
  const pipe = makePipe(shell.proc.machine.kernel.nextPipe());
  let descriptor = 63;
  while (shell.proc.files.has(descriptor)) descriptor--;
  const [mine, theirs]: readonly [OpenFile, OpenFile] = direction === "<" ? [pipe.reader, pipe.writer] : [pipe.writer, pipe.reader];
  runSubshell(shell, (inner) => inner.script(script), { files: new Map([[direction === "<" ? 1 : 0, theirs]]) });
  theirs.release();
  shell.proc.setFile(descriptor, mine);
  shell.borrowed.push(descriptor);
  return `/dev/fd/${descriptor}`;
}

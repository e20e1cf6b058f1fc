/** Redirections: they change this process's descriptors, and can be taken back. In bash: redir.c. */
import { utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { bytesFile } from "../host/open-file";
import type { OpenFile } from "../host/proc";
import type { OpenMode } from "../host/fs";
import type { Redirect } from "./ast";
import { expandText, expandWords } from "./expand";
import type { Shell } from "./shell";

/** Undefined when one failed (the complaint has been made); else how to put everything back. */
export function* applyRedirects(shell: Shell, redirects: readonly Redirect[]): Task<(() => void) | undefined> {
  if (redirects.length === 0) return nothing;
  const saved: { readonly descriptor: number; readonly file: OpenFile | undefined }[] = [];
  const undo = (): void => {
    for (const { descriptor, file } of saved.reverse()) {
      // What was put aside is closed on exec, as bash's copies above 10 are.
      if (shell.replaced) file?.release();
      else shell.proc.setFile(descriptor, file);
    }
  };
  const change = (descriptor: number, file: OpenFile | undefined): void => {
    saved.push({ descriptor, file: shell.proc.files.get(descriptor)?.retain() });
    shell.proc.setFile(descriptor, file);
  };
  for (const redirect of redirects) {
    let problem: string | undefined;
    try {
      problem = yield* apply(shell, redirect, change);
    } catch (error) {
      undo();
      throw error;
    }
    if (problem === undefined) continue;
    undo();
    yield* shell.complain(problem);
    return undefined;
  }
  return undo;
}

function nothing(): void {}

type Change = (descriptor: number, file: OpenFile | undefined) => void;

function* apply(shell: Shell, redirect: Redirect, change: Change): Task<string | undefined> {
  const { operator, target, descriptor } = redirect;
  if (operator === "<<" || operator === "<<<") {
    const body = operator === "<<<" ? `${yield* expandText(shell, target)}\n` : redirect.heredoc ? yield* expandText(shell, redirect.heredoc) : "";
    change(descriptor ?? 0, bytesFile("here-document", utf8(body)));
    return undefined;
  }
  const words = yield* expandWords(shell, [target]);
  const [name = ""] = words;
  if (words.length !== 1) return `${target.raw}: ambiguous redirect`;
  if (operator === "<&" || (operator === ">&" && (descriptor !== undefined || /^(\d+-?|-)$/.test(name)))) return duplicate(shell, descriptor ?? (operator === "<&" ? 0 : 1), name, change);
  try {
    openFor(shell, redirect, name, change);
    return undefined;
  } catch (error) {
    if (error instanceof SysError) return `${name}: ${error.message}`;
    if (error instanceof Clobber) return `${name}: cannot overwrite existing file`;
    throw error;
  }
}

class Clobber {}

const MODES: Readonly<Record<string, OpenMode>> = { "<": "r", ">": "w", ">|": "w", ">>": "a", "<>": "r+", "&>": "w", ">&": "w", "&>>": "a" };

function openFor(shell: Shell, { operator, descriptor }: Redirect, name: string, change: Change): void {
  const { proc } = shell;
  const mode = MODES[operator] ?? "r";
  if (operator === ">" && shell.flags.noclobber && proc.fs.exists(proc.resolve(name)) && proc.fs.stat(proc.resolve(name)).kind === "file") throw new Clobber();
  const path = proc.resolve(name);
  if (operator === "<>" && !proc.fs.exists(path)) proc.fs.writeFile(path, "", { mode: 0o666 & ~proc.umask });
  const file = proc.open(name, mode);
  if (operator === "&>" || operator === "&>>" || operator === ">&") {
    change(1, file);
    change(2, file.retain());
    return;
  }
  change(descriptor ?? (operator === "<" || operator === "<>" ? 0 : 1), file);
}

function duplicate(shell: Shell, descriptor: number, name: string, change: Change): string | undefined {
  if (name === "-") {
    change(descriptor, undefined);
    return undefined;
  }
  const m = /^(\d+)(-?)$/.exec(name);
  if (!m) return `${name}: ambiguous redirect`;
  const source = Number(m[1]);
  const file = shell.proc.files.get(source);
  if (file === undefined) return `${source}: Bad file descriptor`;
  change(descriptor, file.retain());
  if (m[2] === "-" && source !== descriptor) change(source, undefined);
  return undefined;
}

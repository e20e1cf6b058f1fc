/** bash(1), also as sh: runs -c strings, script files, standard input; talks to a terminal when it has one. */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { defineProgram } from "./define";
import type { Proc, Program } from "../host/proc";
import { Interpreter, runToEnd } from "./exec";
import { runInteractive } from "./interactive";
import { type Flags, Shell } from "./shell";
import { runStream } from "./run-stream";
import { runText } from "./run-text";

type Invocation = { command: boolean; stdin: boolean; interactive: boolean; login: boolean; flags: (keyof Flags)[]; off: (keyof Flags)[]; rest: readonly string[]; bad?: string; version?: boolean };

const LETTERS: Readonly<Record<string, keyof Flags>> = { a: "allexport", e: "errexit", f: "noglob", n: "noexec", u: "nounset", v: "verbose", x: "xtrace", B: "braceexpand", C: "noclobber", m: "monitor", h: "hashall" };
const LONG = ["--norc", "--noprofile", "--posix", "--noediting"];

export const bash: Program = defineProgram("bash", "GNU Bourne-Again SHell", run);
export const sh: Program = defineProgram("sh", "command interpreter (bash under another name)", run);

function* run(proc: Proc): Task<number> {
  const invocation = parse(proc.args);
  const name = proc.argv[0] ?? "bash";
  if (invocation.bad !== undefined) {
    yield* proc.err(`${name}: ${invocation.bad}: invalid option\n`);
    return 2;
  }
  if (invocation.version) {
    yield* proc.out("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n");
    return 0;
  }
  const shell = new Shell(proc);
  shell.name = name;
  shell.login = invocation.login || name.startsWith("-");
  for (const flag of invocation.flags) shell.flags[flag] = true;
  for (const flag of invocation.off) shell.flags[flag] = false;
  const interpreter = new Interpreter(shell);
  if (invocation.command) return yield* runCommand(interpreter, invocation.rest);
  const [file, ...args] = invocation.rest;
  if (file !== undefined && !invocation.stdin) return yield* runFile(interpreter, file, args);
  shell.positional = [...invocation.rest];
  const tty = proc.files.get(0)?.tty;
  if (invocation.interactive || (tty !== undefined && !tty.unattended && proc.files.get(2)?.tty !== undefined)) return yield* runInteractive(interpreter, tty);
  // Lines typed whole, with nobody to look at a prompt: interactive in all but what it draws.
  shell.mode = tty?.unattended === true ? "interactive" : "script";
  return yield* runToEnd(interpreter, () => runStream(interpreter, proc.file(0)));
}

function parse(args: readonly string[]): Invocation {
  const invocation: Invocation = { command: false, stdin: false, interactive: false, login: false, flags: [], off: [], rest: [] };
  let i = 0;
  for (; i < args.length; i++) {
    const word = args[i] as string;
    if (word === "--" || word === "-") {
      i++;
      break;
    }
    if (word === "--version") return { ...invocation, version: true };
    if (word === "--login") invocation.login = true;
    else if (LONG.includes(word)) continue;
    else if (word.startsWith("--")) return { ...invocation, bad: word };
    else if (/^[-+]./.test(word)) {
      for (const letter of word.slice(1)) {
        if (letter === "c") invocation.command = true;
        else if (letter === "s") invocation.stdin = true;
        else if (letter === "i") invocation.interactive = true;
        else if (letter === "l") invocation.login = true;
        else if (letter === "o") {
          const option = args[++i] as keyof Flags;
          (word.startsWith("-") ? invocation.flags : invocation.off).push(option);
        } else if (LETTERS[letter] === undefined) return { ...invocation, bad: `-${letter}` };
        else (word.startsWith("-") ? invocation.flags : invocation.off).push(LETTERS[letter]);
      }
    } else break;
  }
  return { ...invocation, rest: args.slice(i) };
}

function* runCommand(interpreter: Interpreter, [text, zero, ...args]: readonly string[]): Task<number> {
  const { shell } = interpreter;
  if (text === undefined) {
    yield* shell.proc.err(`${shell.name}: -c: option requires an argument\n`);
    return 2;
  }
  if (zero !== undefined) shell.name = zero;
  shell.positional = args;
  shell.mode = "command";
  return yield* runToEnd(interpreter, () => runText(interpreter, text, "main"));
}

function* runFile(interpreter: Interpreter, file: string, args: readonly string[]): Task<number> {
  const { shell } = interpreter;
  const { proc } = shell;
  try {
    const path = proc.resolve(file);
    const text = proc.fs.program(path) === undefined ? proc.fs.readText(path) : undefined;
    if (text === undefined) {
      yield* proc.err(`${file}: ${file}: cannot execute binary file\n`);
      return 126;
    }
    shell.name = file;
    shell.mode = "script";
    shell.positional = [...args];
    return yield* runToEnd(interpreter, () => runText(interpreter, text, "main"));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`${error.code === "EISDIR" ? file : shell.name}: ${file}: ${error.message}\n`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

/** A script that comes through a descriptor: read line by line, because its commands may read on from there. */
import { text } from "../core/bytes";
import type { Task } from "../core/task";
import { RegularFile } from "../host/open-file";
import type { OpenFile } from "../host/proc";
import type { Script } from "./ast";
import { ExpansionError } from "./control";
import type { Interpreter } from "./exec";
import { Parser } from "./parser";
import { complain } from "./run-text";
import { ShellSyntaxError } from "./syntax-error";

export function* runStream(interpreter: Interpreter, file: OpenFile): Task<number> {
  const { shell } = interpreter;
  let pending = "";
  let number = 1;
  for (;;) {
    const line = yield* readLine(file);
    if (line === undefined && pending === "") return shell.status;
    pending += line ?? "";
    const parsed = parse(interpreter, pending, number, line === undefined);
    if (parsed === "more") continue;
    const text = pending;
    pending = "";
    if (parsed instanceof ShellSyntaxError) {
      yield* complain(interpreter, parsed, `${"\n".repeat(number - 1)}${text}`, "main");
      shell.status = 2;
    } else {
      for (const script of parsed) yield* runOne(interpreter, script);
    }
    number += text.split("\n").length - 1;
    if (line === undefined) return shell.status;
  }
}

function* runOne(interpreter: Interpreter, script: Script): Task {
  const { shell } = interpreter;
  try {
    yield* interpreter.script(script);
  } catch (error) {
    if (!(error instanceof ExpansionError) || (error.fatal && !shell.interactive)) throw error;
    yield* shell.complain(error.message);
    shell.status = 1;
  }
}

function parse(interpreter: Interpreter, text: string, line: number, atEnd: boolean): readonly Script[] | ShellSyntaxError | "more" {
  const parser = new Parser(text, interpreter.shell.aliases, line);
  parser.lexer.lenientHeredocs = atEnd;
  const scripts: Script[] = [];
  try {
    for (let script = parser.nextLine(); script; script = parser.nextLine()) scripts.push(script);
    return !atEnd && /(^|[^\\])(\\\\)*\\\n$/.test(text) ? "more" : scripts;
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return error.incomplete && !atEnd ? "more" : error;
  }
}

/** Up to and with the newline, and not a byte further. */
function* readLine(file: OpenFile): Task<string | undefined> {
  if (file instanceof RegularFile) {
    const all = file.inode.bytes;
    if (file.offset >= all.length) return undefined;
    const end = all.indexOf(10, file.offset);
    const line = text(all.subarray(file.offset, end < 0 ? all.length : end + 1));
    file.seek(end < 0 ? all.length : end + 1);
    return line;
  }
  const bytes: number[] = [];
  for (;;) {
    const byte = yield* file.read(1);
    if (byte === undefined) return bytes.length === 0 ? undefined : text(Uint8Array.from(bytes));
    bytes.push(byte[0] as number);
    if (byte[0] === 10) return text(Uint8Array.from(bytes));
  }
}

/** echo and printf. */
import { civil } from "../../core/date";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { strftime } from "../strftime";
import { setElement } from "../expand";
import { formatPrintf } from "../printf";
import { unescape } from "../quote";
import { badOption, type Builtin } from "./builtin";

/** What echo prints: -n, -e, -E, alone or together, count only in front. */
export function echoText(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let first = 0;
  for (; /^-[neE]+$/.test(args[first] ?? ""); first++) {
    for (const letter of args[first]?.slice(1) ?? "") {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  const joined = args.slice(first).join(" ");
  if (!escapes) return joined + (newline ? "\n" : "");
  const { text, stop } = unescape(joined, "echo");
  return text + (newline && !stop ? "\n" : "");
}

const echo: Builtin = {
  name: "echo",
  usage: "echo [-neE] [arg ...]",
  *run({ shell }, args) {
    yield* shell.proc.out(echoText(args));
    return 0;
  },
};

const printf: Builtin = {
  name: "printf",
  usage: "printf [-v var] format [arguments]",
  *run(interpreter, words): Task<number> {
    const { shell } = interpreter;
    let args = words;
    let variable: string | undefined;
    if (args[0] === "-v") {
      variable = args[1] ?? "";
      args = args.slice(2);
      if (!/^[A-Za-z_]\w*(\[.*\])?$/.test(variable)) {
        yield* shell.complainAs("printf", `\`${variable}': not a valid identifier`);
        return 2;
      }
    }
    if (args[0] === "--") args = args.slice(1);
    else if (/^-./.test(args[0] ?? "")) return yield* badOption(interpreter, "printf", (args[0] ?? "").slice(0, 2), this.usage);
    const [format, ...rest] = args;
    if (format === undefined) {
      yield* shell.proc.err("printf: usage: printf [-v var] format [arguments]\n");
      return 2;
    }
    const nowMs = wallMs(shell.proc.world);
    const { text, errors, status } = formatPrintf(format, rest, (pattern, seconds) => strftime(pattern === "" ? "%X" : pattern, civil(Number(seconds) < 0 ? nowMs : Number(seconds) * 1000), Number(seconds) < 0 ? nowMs : Number(seconds) * 1000));
    if (variable !== undefined) {
      const m = /^(.*?)\[(.*)\]$/.exec(variable);
      if (m) setElement(shell, m[1] ?? "", m[2] ?? "", text);
      else shell.set(variable, text);
    } else yield* shell.proc.out(text);
    for (const error of errors) yield* shell.complainAs("printf", error);
    return status;
  },
};

export const output: readonly Builtin[] = [echo, printf];

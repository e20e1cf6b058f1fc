/** What changes the order of things: break, continue, return, exit, exec, eval, source, trap, : true false. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { FunctionReturn, LoopJump, ShellExit } from "../control";
import type { Interpreter } from "../exec";
import { become, notRun } from "../exec-simple";
import { runText } from "../run-text";
import { quoteSingle } from "../quote";
import { attempt } from "../shell";
import { setTrap, trapName } from "../traps";
import { SIGNAL_LIST } from "../../host/signals";
import type { Builtin } from "./builtin";

function jump(kind: "break" | "continue"): Builtin {
  return {
    name: kind,
    usage: `${kind} [n]`,
    special: true,
    *run({ shell }, [count = "1"]): Task<number> {
      if (shell.loopDepth === 0) {
        yield* shell.complainAs(kind, "only meaningful in a `for', `while', or `until' loop");
        return 0;
      }
      if (!/^-?\d+$/.test(count)) {
        yield* shell.complainAs(kind, `${count}: numeric argument required`);
        throw new ShellExit(128);
      }
      if (Number(count) < 1) {
        yield* shell.complainAs(kind, `${count}: loop count out of range`);
        throw new LoopJump("break", shell.loopDepth);
      }
      throw new LoopJump(kind, Number(count));
    },
  };
}

function* statusArgument({ shell }: Interpreter, builtin: string, args: readonly string[]): Task<number | undefined> {
  const [word] = args;
  if (word === undefined) return shell.status;
  if (!/^\s*[+-]?\d+\s*$/.test(word)) {
    yield* shell.complainAs(builtin, `${word}: numeric argument required`);
    return 2;
  }
  if (args.length > 1) {
    yield* shell.complainAs(builtin, "too many arguments");
    return undefined;
  }
  return Number(word) & 255;
}

const exit: Builtin = {
  name: "exit",
  usage: "exit [n]",
  special: true,
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    if (shell.interactive && shell.subshell === 0 && shell.proc.tty) yield* shell.proc.err(shell.login ? "logout\n" : "exit\n");
    if (shell.interactive && shell.jobs.all.some((job) => job.children.some((child) => child.stopped)) && !shell.warnedOfJobs) {
      shell.warnedOfJobs = true;
      yield* shell.proc.err("There are stopped jobs.\n");
      return 1;
    }
    const status = yield* statusArgument(interpreter, "exit", args);
    if (status === undefined) return 1;
    throw new ShellExit(status);
  },
};

const logout: Builtin = {
  name: "logout",
  usage: "logout [n]",
  *run(interpreter, args, arrays): Task<number> {
    const { shell } = interpreter;
    if (shell.login) return yield* exit.run(interpreter, args, arrays);
    yield* shell.complainAs("logout", "not login shell: use `exit'");
    return 1;
  },
};

const return_: Builtin = {
  name: "return",
  usage: "return [n]",
  special: true,
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    if (shell.callDepth === 0 && shell.sourceDepth === 0) {
      yield* shell.complainAs("return", "can only `return' from a function or sourced script");
      return 2;
    }
    const status = yield* statusArgument(interpreter, "return", args);
    throw new FunctionReturn(status ?? 1);
  },
};

const exec: Builtin = {
  name: "exec",
  usage: "exec [-cl] [-a name] [command [argument ...]] [redirection ...]",
  special: true,
  *run({ shell }, args): Task<number> {
    if (args.length === 0) return 0;
    if (/^-[cla]/.test(args[0] ?? "")) {
      yield* shell.complainAs("exec", `not modelled: ${args[0]}`);
      return 2;
    }
    try {
      return yield* become(shell, args, shell.variables.environment());
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      const saved = shell.name;
      const status = error.code === "ENOENT" && !args[0]?.includes("/") ? 127 : yield* notRun(shell, args[0] ?? "", error);
      if (status === 127 && !args[0]?.includes("/")) yield* shell.complainAs("exec", `${args[0]}: not found`);
      shell.name = saved;
      if (shell.interactive) return status;
      throw new ShellExit(status);
    }
  },
};

const evaluate: Builtin = {
  name: "eval",
  usage: "eval [arg ...]",
  special: true,
  *run(interpreter, args): Task<number> {
    const words = args[0] === "--" ? args.slice(1) : args;
    interpreter.shell.status = 0;
    return yield* runText(interpreter, words.join(" "), "eval");
  },
};

function source(name: string): Builtin {
  return {
    name,
    usage: `${name} filename [arguments]`,
    special: true,
    *run(interpreter, [file, ...args]): Task<number> {
      const { shell } = interpreter;
      if (file === undefined) {
        yield* shell.complainAs(name, "filename argument required");
        yield* shell.proc.err(`${name}: usage: ${name} filename [arguments]\n`);
        return 2;
      }
      const path = file.includes("/") ? file : ((shell.get("PATH") ?? "").split(":").map((folder) => `${folder}/${file}`).find((each) => shell.proc.fs.exists(each) && !shell.proc.fs.isDirectory(each)) ?? file);
      const read = attempt(() => shell.proc.fs.readText(shell.proc.resolve(path)));
      if ("error" in read) {
        const what = read.error.code === "EISDIR" ? `${name}: ${file}: is a directory` : `${file}: ${read.error.message}`;
        yield* shell.complain(what);
        return 1;
      }
      return yield* runSource(interpreter, read.value, args);
    },
  };
}

function* runSource(interpreter: Interpreter, text: string, args: readonly string[]): Task<number> {
  const { shell } = interpreter;
  const { positional } = shell;
  if (args.length > 0) shell.positional = [...args];
  shell.sourceDepth++;
  shell.status = 0;
  try {
    return yield* runText(interpreter, text, "source");
  } catch (error) {
    if (!(error instanceof FunctionReturn)) throw error;
    return error.status;
  } finally {
    shell.sourceDepth--;
    if (args.length > 0) shell.positional = positional;
  }
}

const trap: Builtin = {
  name: "trap",
  usage: "trap [-lp] [[arg] signal_spec ...]",
  special: true,
  *run({ shell }, words): Task<number> {
    const args = words[0] === "--" ? words.slice(1) : words;
    if (args[0] === "-l") {
      yield* shell.proc.out(`${SIGNAL_LIST.slice(1).map((name, i) => `${String(i + 1).padStart(2)}) SIG${name}`).join("\n")}\n`);
      return 0;
    }
    if (args.length === 0 || args[0] === "-p") {
      const wanted = args.slice(1).map(trapName);
      const order = [...shell.traps].sort(([a], [b]) => SIGNAL_LIST.indexOf(a) - SIGNAL_LIST.indexOf(b));
      for (const [name, action] of order) {
        const shown = ["EXIT", "ERR", "DEBUG", "RETURN"].includes(name) ? name : `SIG${name}`;
        if (wanted.length === 0 || wanted.includes(name)) yield* shell.proc.out(`trap -- ${quoteSingle(action)} ${shown}\n`);
      }
      return 0;
    }
    const [action, ...signals] = args;
    const reset = action === "-" || (signals.length === 0 && trapName(action ?? "") !== undefined) || (signals.length > 0 && /^\d+$/.test(action ?? ""));
    let status = 0;
    for (const word of reset && action !== "-" ? args : signals) {
      const name = trapName(word);
      if (name === undefined) {
        yield* shell.complainAs("trap", `${word}: invalid signal specification`);
        status = 1;
      } else setTrap(shell, name, reset ? undefined : action);
    }
    if (signals.length === 0 && !reset) {
      yield* shell.proc.err("trap: usage: trap [-lp] [[arg] signal_spec ...]\n");
      return 2;
    }
    return status;
  },
};

function constant(name: string, status: number): Builtin {
  return {
    name,
    usage: name,
    *run() {
      return status;
    },
  };
}

export const flow: readonly Builtin[] = [jump("break"), jump("continue"), exit, logout, return_, exec, evaluate, source("source"), source("."), trap, { ...constant(":", 0), special: true }, constant("true", 0), constant("false", 1)];

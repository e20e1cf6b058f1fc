/** cd, pwd and the stack of directories. */
import type { Task } from "../../core/task";
import { normalized } from "../../host/paths";
import { attempt, type Shell } from "../shell";
import type { Interpreter } from "../exec";
import { badOption, type Builtin, flagsOf } from "./builtin";

function* change(interpreter: Interpreter, builtin: string, target: string, physical = false): Task<boolean> {
  const { shell } = interpreter;
  const { proc } = shell;
  const path = normalized(target.startsWith("/") ? target : `${shell.get("PWD") ?? proc.cwd}/${target}`);
  const looked = attempt(() => proc.fs.stat(proc.resolve(path)));
  if ("error" in looked || looked.value.kind !== "directory") {
    yield* shell.complainAs(builtin, `${target}: ${"error" in looked ? looked.error.message : "Not a directory"}`);
    return false;
  }
  shell.set("OLDPWD", shell.get("PWD") ?? proc.cwd);
  proc.cwd = physical ? proc.fs.realpath(path) : path;
  shell.set("PWD", proc.cwd);
  return true;
}

const cd: Builtin = {
  name: "cd",
  usage: "cd [-L|[-P [-e]] [-@]] [dir]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const parsed = flagsOf(args[0] === "-" ? ["--", ...args] : args, "LPe@");
    if ("bad" in parsed) return yield* badOption(interpreter, "cd", parsed.bad, this.usage);
    const { rest, flags } = parsed;
    if (rest.length > 1) {
      yield* shell.complainAs("cd", "too many arguments");
      return 1;
    }
    const [where] = rest;
    const named = where === undefined ? "HOME" : where === "-" ? "OLDPWD" : undefined;
    const target = named ? shell.get(named) : where;
    if (target === undefined) {
      yield* shell.complainAs("cd", `${named} not set`);
      return 1;
    }
    if (target === "") return 0;
    const found = named ? undefined : searchPath(shell, target);
    if (!(yield* change(interpreter, "cd", found ?? target, flags.includes("P")))) return 1;
    if (named === "OLDPWD" || found !== undefined) yield* shell.proc.out(`${shell.get("PWD")}\n`);
    return 0;
  },
};

function searchPath(shell: Shell, target: string): string | undefined {
  const paths = shell.get("CDPATH");
  if (!paths || /^\.{0,2}\//.test(target) || target === "." || target === "..") return undefined;
  return paths.split(":").map((path) => `${path}/${target}`).find((path) => path.startsWith("/") && shell.proc.fs.isDirectory(path));
}

const pwd: Builtin = {
  name: "pwd",
  usage: "pwd [-LP]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const parsed = flagsOf(args, "LP");
    if ("bad" in parsed) return yield* badOption(interpreter, "pwd", parsed.bad, this.usage);
    yield* shell.proc.out(`${parsed.flags.endsWith("P") ? shell.proc.fs.realpath(shell.proc.cwd) : shell.proc.cwd}\n`);
    return 0;
  },
};

function* show(shell: Shell): Task {
  const { home } = shell;
  const short = (path: string): string => (home !== "/" && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path);
  yield* shell.proc.out(`${[shell.proc.cwd, ...shell.directories].map(short).join(" ")}\n`);
}

const pushd: Builtin = {
  name: "pushd",
  usage: "pushd [-n] [+N | -N | dir]",
  *run(interpreter, [target]): Task<number> {
    const { shell } = interpreter;
    const from = shell.proc.cwd;
    const to = target ?? shell.directories[0];
    if (to === undefined) {
      yield* shell.complainAs("pushd", "no other directory");
      return 1;
    }
    if (/^[+-]\d+$/.test(to)) {
      yield* shell.complainAs("pushd", `not modelled: ${to}`);
      return 2;
    }
    if (!(yield* change(interpreter, "pushd", to))) return 1;
    shell.directories = [from, ...shell.directories.slice(target === undefined ? 1 : 0)];
    yield* show(shell);
    return 0;
  },
};

const popd: Builtin = {
  name: "popd",
  usage: "popd [-n] [+N | -N]",
  *run(interpreter): Task<number> {
    const { shell } = interpreter;
    const [to, ...rest] = shell.directories;
    if (to === undefined) {
      yield* shell.complainAs("popd", "directory stack empty");
      return 1;
    }
    if (!(yield* change(interpreter, "popd", to))) return 1;
    shell.directories = rest;
    yield* show(shell);
    return 0;
  },
};

const dirs: Builtin = {
  name: "dirs",
  usage: "dirs [-clpv] [+N] [-N]",
  *run({ shell }, args): Task<number> {
    if (args[0] === "-c") shell.directories = [];
    else yield* show(shell);
    return 0;
  },
};

export const directories: readonly Builtin[] = [cd, pwd, pushd, popd, dirs];

/** type, command, builtin, hash, alias, unalias, history, help, times. */
import { compare } from "../../core/order";
import type { Task } from "../../core/task";
import type { Interpreter } from "../exec";
import { quoteSingle } from "../quote";
import { attempt, type Shell } from "../shell";
import { badOption, type Builtin, flagsOf } from "./builtin";
import { builtins } from "./index";

const KEYWORDS = ["if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do", "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc"];

/** All meanings of a command name, in the order bash would choose. */
function meanings(shell: Shell, name: string): readonly { readonly kind: string; readonly value: string }[] {
  const found: { kind: string; value: string }[] = [];
  const alias = shell.aliases.get(name);
  if (alias !== undefined) found.push({ kind: "alias", value: alias });
  if (KEYWORDS.includes(name)) found.push({ kind: "keyword", value: name });
  const own = shell.functions.get(name);
  if (own) found.push({ kind: "function", value: own.text });
  if (builtins.has(name)) found.push({ kind: "builtin", value: name });
  const file = attempt(() => shell.proc.machine.find(name, new Map([["PATH", shell.get("PATH") ?? ""]]), shell.proc.cwd));
  if ("value" in file) found.push({ kind: "file", value: name.includes("/") ? name : file.value });
  return found;
}

function sentence(name: string, { kind, value }: { readonly kind: string; readonly value: string }): string {
  switch (kind) {
    case "alias":
      return `${name} is aliased to \`${value}'`;
    case "keyword":
      return `${name} is a shell keyword`;
    case "function":
      return `${name} is a function\n${value}`;
    case "builtin":
      return `${name} is a shell builtin`;
  }
  return `${name} is ${value}`;
}

const type: Builtin = {
  name: "type",
  usage: "type [-afptP] name [name ...]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const parsed = flagsOf(args, "afptP");
    if ("bad" in parsed) return yield* badOption(interpreter, "type", parsed.bad, this.usage);
    const { flags, rest } = parsed;
    let status = 0;
    for (const name of rest) {
      const all = meanings(shell, name).filter(({ kind }) => !flags.includes("P") || kind === "file");
      const shown = flags.includes("a") ? all : all.slice(0, 1);
      if (shown.length === 0) {
        status = 1;
        if (!/[tpP]/.test(flags)) yield* shell.complainAs("type", `${name}: not found`);
      }
      for (const meaning of shown) {
        if (flags.includes("t")) yield* shell.proc.out(`${meaning.kind}\n`);
        else if (/[pP]/.test(flags)) yield* shell.proc.out(meaning.kind === "file" ? `${meaning.value}\n` : "");
        else yield* shell.proc.out(`${sentence(name, meaning)}\n`);
      }
    }
    return status;
  },
};

const command: Builtin = {
  name: "command",
  usage: "command [-pVv] command [arg ...]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const parsed = flagsOf(args.length > 0 && !/^-[pVv]/.test(args[0] ?? "") && !/^-./.test(args[0] ?? "") ? ["--", ...args] : args, "pVv");
    if ("bad" in parsed) return yield* badOption(interpreter, "command", parsed.bad, this.usage);
    const { flags, rest } = parsed;
    const [name] = rest;
    if (name === undefined) return 0;
    if (!/[vV]/.test(flags)) return yield* withoutFunction(interpreter, rest);
    let status = 0;
    for (const each of rest) {
      const [meaning] = meanings(shell, each);
      if (!meaning) {
        status = 1;
        if (flags.includes("V")) yield* shell.complainAs("command", `${each}: not found`);
      } else if (flags.includes("V")) yield* shell.proc.out(`${sentence(each, meaning)}\n`);
      else yield* shell.proc.out(meaning.kind === "alias" ? `alias ${each}=${quoteSingle(meaning.value)}\n` : `${meaning.kind === "file" ? meaning.value : each}\n`);
    }
    return status;
  },
};

/** Runs words as a command, with the function of that name out of sight. */
function* withoutFunction(interpreter: Interpreter, words: readonly string[]): Task<number> {
  const { shell } = interpreter;
  const [name = ""] = words;
  const own = shell.functions.get(name);
  if (own) shell.functions.delete(name);
  try {
    const quoted = words.map((text) => ({ parts: [{ kind: "quoted" as const, text }], raw: text }));
    return yield* interpreter.command({ kind: "simple", assignments: [], words: quoted, redirects: [], line: shell.line }, words.join(" "));
  } finally {
    if (own) shell.functions.set(name, own);
  }
}

const builtin: Builtin = {
  name: "builtin",
  usage: "builtin [shell-builtin [arg ...]]",
  *run(interpreter, [name, ...args]): Task<number> {
    if (name === undefined) return 0;
    const found = builtins.get(name);
    if (!found) {
      yield* interpreter.shell.complainAs("builtin", `${name}: not a shell builtin`);
      return 1;
    }
    return yield* found.run(interpreter, args, []);
  },
};

const hash: Builtin = {
  name: "hash",
  usage: "hash [-lr] [-p pathname] [-dt] [name ...]",
  *run({ shell }, args): Task<number> {
    if (args[0] === "-r") {
      shell.hashed.clear();
      return 0;
    }
    let status = 0;
    for (const name of args) {
      const found = meanings(shell, name).find(({ kind }) => kind === "file");
      if (found) shell.hashed.set(name, { path: found.value, hits: 0 });
      else {
        yield* shell.complainAs("hash", `${name}: not found`);
        status = 1;
      }
    }
    if (args.length > 0) return status;
    if (shell.hashed.size === 0) {
      yield* shell.proc.out("hash: hash table empty\n");
      return 0;
    }
    yield* shell.proc.out(`hits\tcommand\n${[...shell.hashed.values()].map(({ path, hits }) => `${String(hits).padStart(4)}\t${path}\n`).join("")}`);
    return 0;
  },
};

const alias: Builtin = {
  name: "alias",
  usage: "alias [-p] [name[=value] ... ]",
  *run({ shell }, args): Task<number> {
    let status = 0;
    const names = args[0] === "-p" ? args.slice(1) : args;
    if (names.length === 0) {
      const all = [...shell.aliases].sort(([a], [b]) => compare(a, b));
      yield* shell.proc.out(all.map(([name, value]) => `alias ${name}=${quoteSingle(value)}\n`).join(""));
    }
    for (const word of names) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word : word.slice(0, equals);
      if (equals > 0) shell.aliases.set(name, word.slice(equals + 1));
      else if (shell.aliases.has(name)) yield* shell.proc.out(`alias ${name}=${quoteSingle(shell.aliases.get(name) ?? "")}\n`);
      else {
        yield* shell.complainAs("alias", `${name}: not found`);
        status = 1;
      }
    }
    return status;
  },
};

const unalias: Builtin = {
  name: "unalias",
  usage: "unalias [-a] name [name ...]",
  *run({ shell }, args): Task<number> {
    if (args[0] === "-a") {
      shell.aliases.clear();
      return 0;
    }
    let status = 0;
    for (const name of args) {
      if (shell.aliases.delete(name)) continue;
      yield* shell.complainAs("unalias", `${name}: not found`);
      status = 1;
    }
    return status;
  },
};

const history: Builtin = {
  name: "history",
  usage: "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const [word] = args;
    if (word === "-c") {
      shell.history.length = 0;
      return 0;
    }
    if (word !== undefined && !/^\d+$/.test(word)) {
      if (/^-[drnawps]/.test(word)) {
        yield* shell.complainAs("history", `not modelled: ${word}`);
        return 2;
      }
      if (word.startsWith("-")) return yield* badOption(interpreter, "history", word, this.usage);
      yield* shell.complainAs("history", `${word}: numeric argument required`);
      return 1;
    }
    const from = word === undefined ? 0 : Math.max(0, shell.history.length - Number(word));
    yield* shell.proc.out(shell.history.slice(from).map((line, i) => `${String(from + i + 1).padStart(5)}  ${line}\n`).join(""));
    return 0;
  },
};

const help: Builtin = {
  name: "help",
  usage: "help [-dms] [pattern ...]",
  *run({ shell }, args): Task<number> {
    const names = args.filter((arg) => !arg.startsWith("-"));
    if (names.length === 0) {
      const programs = shell.proc.machine.programs.map(({ name, summary }) => [name, summary] as const).sort(([a], [b]) => compare(a, b));
      const rows = [...builtins.values()].map((each) => ` ${each.usage}\n`).sort(compare);
      yield* shell.proc.out(`These shell commands are defined internally.  Type \`help name' to find out more about the function \`name'.\n\n${rows.join("")}\nThese programs are installed:\n\n${programs.map(([name, summary]) => ` ${name.padEnd(18)} ${summary}\n`).join("")}`);
      return 0;
    }
    let status = 1;
    for (const name of names) {
      const found = builtins.get(name);
      const program = shell.proc.machine.programs.find((each) => each.name === name);
      if (found) yield* shell.proc.out(`${name}: ${found.usage}\n`);
      else if (program) yield* shell.proc.out(`${name} - ${program.summary}\n`);
      if (found || program) status = 0;
    }
    if (status !== 0) yield* shell.complainAs("help", `no help topics match \`${names.at(-1)}'.  Try \`help help' or \`man -k ${names.at(-1)}' or \`info ${names.at(-1)}'.`);
    return status;
  },
};

const times: Builtin = {
  name: "times",
  usage: "times",
  special: true,
  *run({ shell }): Task<number> {
    yield* shell.proc.out("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
    return 0;
  },
};

function unmodelled(name: string): Builtin {
  return {
    name,
    usage: name,
    *run({ shell }): Task<number> {
      yield* shell.complainAs(name, `not modelled: ${name}`);
      return 2;
    },
  };
}

const enable: Builtin = {
  name: "enable",
  usage: "enable [-a] [-dnps] [-f filename] [name ...]",
  *run({ shell }, args): Task<number> {
    if (args.length > 0 && args[0] !== "-p" && args[0] !== "-a") {
      yield* shell.complainAs("enable", `not modelled: ${args[0]}`);
      return 2;
    }
    yield* shell.proc.out([...builtins.keys()].sort(compare).map((name) => `enable ${name}\n`).join(""));
    return 0;
  },
};

const suspend: Builtin = {
  name: "suspend",
  usage: "suspend [-f]",
  *run({ shell }): Task<number> {
    yield* shell.complainAs("suspend", shell.flags.monitor ? "not modelled: suspend" : "cannot suspend: no job control");
    return shell.flags.monitor ? 2 : 1;
  },
};

/** `complete` is typed by scripts that set a shell up (kubectl completion bash): nothing to do for them, and they are told. */
export const information: readonly Builtin[] = [type, command, builtin, hash, alias, unalias, history, help, times, ...["bind", "caller", "compgen", "complete", "compopt", "fc"].map(unmodelled), enable, suspend];

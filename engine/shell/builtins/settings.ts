/** set, shopt, shift, getopts, umask, ulimit. */
import type { Task } from "../../core/task";
import { LIMITS } from "../../core/limits";
import { quoteIfNeeded } from "../quote";
import type { Flags, Shell } from "../shell";
import { badOption, type Builtin } from "./builtin";

const LETTERS: Readonly<Record<string, keyof Flags>> = { a: "allexport", e: "errexit", f: "noglob", h: "hashall", m: "monitor", n: "noexec", u: "nounset", v: "verbose", x: "xtrace", B: "braceexpand", C: "noclobber" };
const NAMES: readonly (keyof Flags)[] = ["allexport", "braceexpand", "emacs", "errexit", "hashall", "history", "monitor", "noclobber", "noexec", "noglob", "nounset", "pipefail", "verbose", "xtrace"];

const set: Builtin = {
  name: "set",
  usage: "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
  special: true,
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    if (args.length === 0) {
      yield* shell.proc.out(listing(shell));
      return 0;
    }
    for (let i = 0; i < args.length; i++) {
      const word = args[i] as string;
      if (word === "--" || word === "-") {
        shell.positional = args.slice(i + 1);
        if (word === "-") shell.flags.xtrace = shell.flags.verbose = false;
        return 0;
      }
      if (!/^[-+]./.test(word)) {
        shell.positional = args.slice(i);
        return 0;
      }
      const on = word.startsWith("-");
      for (const letter of word.slice(1)) {
        if (letter === "o") {
          const name = args[++i];
          if (name === undefined) yield* shell.proc.out(NAMES.map((each) => (on ? `${each.padEnd(15)}\t${shell.flags[each] ? "on" : "off"}\n` : `set ${shell.flags[each] ? "-" : "+"}o ${each}\n`)).join(""));
          else if (!NAMES.includes(name as keyof Flags)) {
            yield* shell.complainAs("set", `${name}: invalid option name`);
            return 2;
          } else shell.flags[name as keyof Flags] = on;
          continue;
        }
        const flag = LETTERS[letter];
        if (flag === undefined) return yield* badOption(interpreter, "set", `${word[0]}${letter}`, this.usage);
        shell.flags[flag] = on;
      }
    }
    return 0;
  },
};

function listing(shell: Shell): string {
  let text = "";
  for (const name of shell.variables.names()) {
    const variable = shell.variables.find(name);
    if (variable?.value !== undefined) text += `${name}=${variable.value === "" ? "" : quoteIfNeeded(variable.value)}\n`;
    else if (variable?.array) text += `${name}=(${variable.keys.map((key, i) => `[${key}]="${variable.elements[i]}"`).join(" ")})\n`;
  }
  for (const [, { text: body }] of [...shell.functions].sort(([a], [b]) => (a < b ? -1 : 1))) text += `${body}\n`;
  return text;
}

const SWITCHES = ["autocd", "cdspell", "checkwinsize", "cmdhist", "dotglob", "expand_aliases", "extglob", "failglob", "globstar", "histappend", "hostcomplete", "inherit_errexit", "interactive_comments", "lastpipe", "login_shell", "nocaseglob", "nocasematch", "nullglob", "progcomp", "promptvars", "sourcepath"];
const MODELLED = ["dotglob", "failglob", "globstar", "nocaseglob", "nocasematch", "nullglob", "expand_aliases", "checkwinsize", "histappend", "cmdhist", "interactive_comments", "promptvars", "progcomp", "sourcepath", "hostcomplete"];

const shopt: Builtin = {
  name: "shopt",
  usage: "shopt [-pqsu] [-o] [optname ...]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const flags = args.filter((arg) => arg.startsWith("-")).join("");
    const names = args.filter((arg) => !arg.startsWith("-"));
    let status = 0;
    for (const name of names) {
      if (!SWITCHES.includes(name)) {
        yield* shell.complainAs("shopt", `${name}: invalid shell option name`);
        status = 1;
      } else if (/[su]/.test(flags)) {
        if (flags.includes("s") && !MODELLED.includes(name)) {
          yield* shell.complainAs("shopt", `not modelled: ${name}`);
          return 2;
        }
        shell.switches.set(name, flags.includes("s"));
      } else {
        const on = shell.switches.get(name) ?? false;
        if (!on) status = 1;
        if (!flags.includes("q")) yield* shell.proc.out(`${name.padEnd(15)}\t${on ? "on" : "off"}\n`);
      }
    }
    if (names.length === 0) yield* shell.proc.out(SWITCHES.map((name) => `${name.padEnd(15)}\t${shell.switches.get(name) ? "on" : "off"}\n`).join(""));
    return status;
  },
};

const shift: Builtin = {
  name: "shift",
  usage: "shift [n]",
  special: true,
  *run({ shell }, [count = "1"]): Task<number> {
    if (!/^-?\d+$/.test(count)) {
      yield* shell.complainAs("shift", `${count}: numeric argument required`);
      return 1;
    }
    if (Number(count) < 0) {
      yield* shell.complainAs("shift", `${count}: shift count out of range`);
      return 1;
    }
    if (Number(count) > shell.positional.length) return 1;
    shell.positional = shell.positional.slice(Number(count));
    return 0;
  },
};

const getopts: Builtin = {
  name: "getopts",
  usage: "getopts optstring name [arg ...]",
  *run({ shell }, [spec, name, ...given]): Task<number> {
    if (spec === undefined || name === undefined) {
      yield* shell.proc.err("getopts: usage: getopts optstring name [arg ...]\n");
      return 2;
    }
    const args = given.length > 0 ? given : shell.positional;
    const index = Number(shell.get("OPTIND") ?? "1");
    const word = args[index - 1];
    if (shell.optionLetter === 0 && (word === undefined || !/^-./.test(word) || word === "--")) {
      shell.set("OPTIND", String(word === "--" ? index + 1 : index));
      shell.set(name, "?");
      return 1;
    }
    const at = shell.optionLetter || 1;
    const letter = word?.[at] ?? "";
    const known = letter !== ":" && spec.includes(letter);
    const takes = known && spec[spec.indexOf(letter) + 1] === ":";
    const silent = spec.startsWith(":");
    const more = (word?.length ?? 0) > at + 1;
    const advance = (words: number, next: number): void => {
      shell.set("OPTIND", String(index + words));
      shell.optionLetter = next;
    };
    shell.variables.unset("OPTARG");
    if (!takes) {
      advance(more ? 0 : 1, more ? at + 1 : 0);
      if (!known && silent) shell.set("OPTARG", letter);
      if (!known && !silent && shell.get("OPTERR") !== "0") yield* shell.proc.err(`${shell.name}: illegal option -- ${letter}\n`);
      shell.set(name, known ? letter : "?");
      return 0;
    }
    const value = more ? word?.slice(at + 1) : args[index];
    advance(more ? 1 : 2, 0);
    if (value !== undefined) {
      shell.set("OPTARG", value);
      shell.set(name, letter);
      return 0;
    }
    if (silent) shell.set("OPTARG", letter);
    else yield* shell.proc.err(`${shell.name}: option requires an argument -- ${letter}\n`);
    shell.set(name, silent ? ":" : "?");
    return 0;
  },
};

const umask: Builtin = {
  name: "umask",
  usage: "umask [-p] [-S] [mode]",
  *run({ shell }, [word]): Task<number> {
    if (word === undefined) yield* shell.proc.out(`${shell.proc.umask.toString(8).padStart(4, "0")}\n`);
    else if (word === "-S") {
      const bits = (shift_: number): string => ["r", "w", "x"].filter((_, i) => ((~shell.proc.umask >> shift_) & (4 >> i)) !== 0).join("");
      yield* shell.proc.out(`u=${bits(6)},g=${bits(3)},o=${bits(0)}\n`);
    } else if (/^[0-7]{1,4}$/.test(word)) shell.proc.umask = Number.parseInt(word, 8) & 0o777;
    else {
      yield* shell.complainAs("umask", `${word}: ${/^\d+$/.test(word) ? "octal number out of range" : "not modelled: symbolic modes"}`);
      return 1;
    }
    return 0;
  },
};

const LIMIT_ROWS: readonly (readonly [letter: string, name: string, unit: string, value: string])[] = [
  ["R", "real-time non-blocking time ", "(microseconds, -R)", "unlimited"],
  ["c", "core file size             ", "(blocks, -c)", "0"],
  ["d", "data seg size              ", "(kbytes, -d)", "unlimited"],
  ["e", "scheduling priority                ", "(-e)", "0"],
  ["f", "file size                  ", "(blocks, -f)", String(LIMITS.fileBytes / 1024)],
  ["n", "open files                         ", "(-n)", "1024"],
  ["p", "pipe size               ", "(512 bytes, -p)", "8"],
  ["s", "stack size                 ", "(kbytes, -s)", "8192"],
  ["u", "max user processes                 ", "(-u)", String(LIMITS.processes)],
];

const ulimit: Builtin = {
  name: "ulimit",
  usage: "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const letters = args.filter((arg) => arg.startsWith("-")).join("").replace(/[-SH]/g, "") || "f";
    if (args.some((arg) => !arg.startsWith("-"))) {
      yield* shell.complainAs("ulimit", "not modelled: setting a limit");
      return 2;
    }
    if (letters.includes("a")) {
      yield* shell.proc.out(LIMIT_ROWS.map(([, name, unit, value]) => `${name}${unit} ${value}\n`).join(""));
      return 0;
    }
    for (const letter of letters) {
      const row = LIMIT_ROWS.find(([each]) => each === letter);
      if (row === undefined) return yield* badOption(interpreter, "ulimit", `-${letter}`, this.usage);
      yield* shell.proc.out(`${row[3]}\n`);
    }
    return 0;
  },
};

export const settings: readonly Builtin[] = [set, shopt, shift, getopts, umask, ulimit];

/** declare, typeset, local, export, readonly, unset. */
import type { Task } from "../../core/task";
import { ExpansionError } from "../control";
import type { Interpreter } from "../exec";
import { assignText, type DeclaredArray, setArray } from "../exec-simple";
import { expandArray } from "../expand";
import type { Shell } from "../shell";
import { declaration } from "../transform";
import type { Variable } from "../variables";
import { badOption, type Builtin } from "./builtin";

type Kind = "declare" | "typeset" | "local" | "export" | "readonly";

const ALLOWED: Readonly<Record<Kind, string>> = { declare: "aAfFgilprux", typeset: "aAfFgilprux", local: "aAilprux", export: "fnp", readonly: "aAfp" };
const USAGE: Readonly<Record<Kind, string>> = {
  declare: "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
  typeset: "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
  local: "local [option] name[=value] ...",
  export: "export [-fn] [name[=value] ...] or export -p",
  readonly: "readonly [-aAf] [name[=value] ...] or readonly -p",
};

function declarer(kind: Kind): Builtin {
  return {
    name: kind,
    usage: USAGE[kind],
    special: kind === "export" || kind === "readonly",
    *run(interpreter, args, arrays): Task<number> {
      const { shell } = interpreter;
      const on = new Set<string>();
      const off = new Set<string>();
      let i = 0;
      for (; /^[-+]./.test(args[i] ?? ""); i++) {
        const word = args[i] as string;
        if (word === "--") {
          i++;
          break;
        }
        for (const letter of word.slice(1)) {
          if (letter === "n" && kind !== "export") {
            yield* shell.complainAs(kind, "not modelled: -n");
            return 2;
          }
          if (!ALLOWED[kind].includes(letter)) return yield* badOption(interpreter, kind, `${word[0]}${letter}`, USAGE[kind]);
          (word.startsWith("-") ? on : off).add(letter);
        }
      }
      if (kind === "local" && !shell.variables.inFunction) {
        yield* shell.complainAs("local", "can only be used in a function");
        return 1;
      }
      const names = args.slice(i);
      if (on.has("f") || on.has("F")) return yield* functions(shell, kind, names, on);
      if (names.length === 0 || on.has("p")) return yield* print(shell, kind, names, on);
      return yield* declareAll(interpreter, kind, names, arrays, on, off);
    },
  };
}

function* functions(shell: Shell, kind: Kind, names: readonly string[], on: ReadonlySet<string>): Task<number> {
  let status = 0;
  for (const name of names.length > 0 ? names : [...shell.functions.keys()].sort()) {
    const found = shell.functions.get(name);
    if (!found) status = 1;
    else if (kind === "declare" || kind === "typeset") yield* shell.proc.out(on.has("F") ? (names.length > 0 ? `${name}\n` : `declare -f ${name}\n`) : `${found.text}\n`);
  }
  return status;
}

function* print(shell: Shell, kind: Kind, names: readonly string[], on: ReadonlySet<string>): Task<number> {
  let status = 0;
  const wanted = (variable: Variable): boolean => (kind !== "export" || variable.exported) && (kind !== "readonly" || variable.readonly) && (!on.has("x") || variable.exported) && (!on.has("a") || variable.array !== undefined) && (!on.has("A") || variable.associative !== undefined) && (!on.has("i") || variable.integer) && (!on.has("r") || variable.readonly);
  if (names.length > 0 && kind !== "export") {
    for (const name of names) {
      const variable = shell.variables.find(name);
      if (variable) yield* shell.proc.out(`${declaration(name, variable)}\n`);
      else {
        yield* shell.complainAs(kind, `${name}: not found`);
        status = 1;
      }
    }
    return status;
  }
  let text = "";
  for (const name of shell.variables.names()) {
    const variable = shell.variables.find(name);
    if (variable && wanted(variable)) text += kind === "declare" && !on.has("p") && on.size === 0 ? `${name}=${variable.value ?? ""}\n` : `${declaration(name, variable)}\n`;
  }
  yield* shell.proc.out(text);
  return status;
}

function* declareAll(interpreter: Interpreter, kind: Kind, names: readonly string[], arrays: readonly DeclaredArray[], on: ReadonlySet<string>, off: ReadonlySet<string>): Task<number> {
  const { shell } = interpreter;
  let status = 0;
  for (const word of names) {
    const array = arrays.find((each) => each.raw === word);
    const m = /^([A-Za-z_]\w*)(?:\[([^\]]*)\])?(?:(\+?)=([^]*))?$/.exec(word);
    if (!m) {
      yield* shell.complainAs(kind, `\`${word}': not a valid identifier`);
      status = 1;
      continue;
    }
    const [, name = "", index, plus, value] = m;
    const isLocal = kind === "local" || ((kind === "declare" || kind === "typeset") && shell.variables.inFunction && !on.has("g"));
    const variable = isLocal ? shell.variables.local(name) : on.has("g") ? shell.variables.global(name) : shell.variables.need(name);
    if (variable.readonly && (value !== undefined || off.has("r"))) {
      yield* shell.complain(kind === "readonly" || kind === "export" ? `${name}: readonly variable` : `${kind}: ${name}: readonly variable`);
      status = 1;
      continue;
    }
    shape(variable, kind, on, off);
    try {
      if (array) setArray(shell, yield* expandArray(shell, array.array), plus === "+", variable);
      else if (value !== undefined) assignText(shell, name, index, value, plus === "+", variable);
    } catch (error) {
      if (!(error instanceof ExpansionError) || error.fatal) throw error;
      yield* shell.complainAs(kind, error.message);
      status = 1;
    }
    if (kind === "readonly" || on.has("r")) variable.readonly = true;
  }
  return status;
}

function shape(variable: Variable, kind: Kind, on: ReadonlySet<string>, off: ReadonlySet<string>): void {
  if (kind === "export") variable.exported = !on.has("n");
  if (on.has("x")) variable.exported = true;
  if (off.has("x")) variable.exported = false;
  if (on.has("i")) variable.integer = true;
  if (off.has("i")) variable.integer = false;
  if (on.has("l")) variable.lower = true;
  if (on.has("u")) variable.upper = true;
  if (on.has("a") && variable.array === undefined) {
    variable.array = new Map(variable.value === undefined ? [] : [[0, variable.value]]);
    variable.value = undefined;
  }
  if (on.has("A") && variable.associative === undefined) {
    variable.associative = new Map();
    variable.value = undefined;
  }
}

const unset: Builtin = {
  name: "unset",
  usage: "unset [-f] [-v] [-n] [name ...]",
  special: true,
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    let status = 0;
    const onlyFunctions = args[0] === "-f";
    const onlyVariables = args[0] === "-v";
    if (/^-./.test(args[0] ?? "") && !onlyFunctions && !onlyVariables && args[0] !== "--") return yield* badOption(interpreter, "unset", args[0] ?? "", this.usage);
    for (const word of onlyFunctions || onlyVariables || args[0] === "--" ? args.slice(1) : args) {
      const m = /^([A-Za-z_]\w*)(?:\[(.*)\])?$/.exec(word);
      if (!m && (onlyVariables || onlyFunctions) && !shell.functions.has(word)) {
        yield* shell.complainAs("unset", `\`${word}': not a valid identifier`);
        status = 1;
        continue;
      }
      const [, name = word, index] = m ?? [];
      const variable = shell.variables.find(name);
      if (variable?.readonly && !onlyFunctions) {
        yield* shell.complainAs("unset", `${name}: cannot unset: readonly variable`);
        status = 1;
      } else if (index !== undefined) {
        if (index === "@" || index === "*") shell.variables.unset(name);
        else if (variable?.associative) variable.associative.delete(index);
        else variable?.array?.delete(Number(index) < 0 ? Number(index) + 1 + Math.max(-1, ...variable.array.keys()) : Number(index));
      } else if (variable && !onlyFunctions) shell.variables.unset(name);
      else if (!onlyVariables) shell.functions.delete(name);
    }
    return status;
  },
};

export const declaring: readonly Builtin[] = [...(["declare", "typeset", "local", "export", "readonly"] as const).map(declarer), unset];

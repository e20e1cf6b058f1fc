/** test(1), [ … ] and [[ … ]]: what can be asked about files, texts and numbers. */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc } from "../host/proc";
import type { Stat } from "../host/fs";
import { arithmeticScope, expandPattern, expandRegex, expandText } from "./expand";
import type { Condition } from "./ast";
import { evaluate } from "./arithmetic";
import { compilePattern, matches } from "./pattern";
import { compileRegex } from "./regex";
import type { Shell } from "./shell";
import { traceRaw } from "./trace";

/** An expression that cannot be understood: exit status 2. */
export class TestError extends Error {}

/** Unary operators; `isSet` answers -v, `option` answers -o: only a shell knows. */
export function unaryTest(proc: Proc, operator: string, operand: string, isSet: (name: string) => boolean = () => false, option: (name: string) => boolean = () => false): boolean {
  switch (operator) {
    case "-n":
      return operand !== "";
    case "-z":
      return operand === "";
    case "-v":
      return isSet(operand);
    case "-o":
      return option(operand);
    case "-t":
      return proc.files.get(Number(operand))?.tty !== undefined;
    case "-R":
      return false;
  }
  const link = operator === "-L" || operator === "-h";
  const stat = look(proc, operand, !link);
  if (stat === undefined) return false;
  switch (operator) {
    case "-d":
      return stat.kind === "directory";
    case "-f":
      return stat.kind === "file";
    case "-L":
    case "-h":
      return stat.kind === "symlink";
    case "-c":
      return stat.kind === "device";
    case "-s":
      return stat.size > 0;
    case "-x":
      return stat.kind === "directory" || (stat.mode & 0o111) !== 0;
    case "-u":
      return (stat.mode & 0o4000) !== 0;
    case "-g":
      return (stat.mode & 0o2000) !== 0;
    case "-k":
      return (stat.mode & 0o1000) !== 0;
    case "-O":
      return stat.uid === proc.machine.user.uid;
    case "-G":
      return stat.gid === proc.machine.user.gid;
    case "-b":
    case "-p":
    case "-S":
    case "-N":
      return false;
  }
  return true; // -a -e -r -w: it exists, and everybody here is root.
}

function look(proc: Proc, path: string, follow: boolean): Stat | undefined {
  if (path === "") return undefined;
  try {
    return follow ? proc.fs.stat(proc.resolve(path)) : proc.fs.lstat(proc.resolve(path));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

export function fileComparison(proc: Proc, operator: string, left: string, right: string): boolean {
  const [a, b] = [look(proc, left, true), look(proc, right, true)];
  if (operator === "-ef") return a !== undefined && b !== undefined && a.ino === b.ino;
  const [newer, older] = operator === "-nt" ? [a, b] : [b, a];
  return newer !== undefined && (older === undefined || newer.mtimeMs > older.mtimeMs);
}

export function compareNumbers(operator: string, a: bigint, b: bigint): boolean {
  switch (operator) {
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
  }
  return a >= b;
}

export function* testCondition(shell: Shell, condition: Condition): Task<number> {
  try {
    return (yield* holds(shell, condition)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    if (error.message !== "") yield* shell.complainAs("[[", error.message);
    return 2;
  }
}

function* holds(shell: Shell, condition: Condition): Task<boolean> {
  switch (condition.kind) {
    case "and":
      return (yield* holds(shell, condition.left)) && (yield* holds(shell, condition.right));
    case "or":
      return (yield* holds(shell, condition.left)) || (yield* holds(shell, condition.right));
    case "not":
      return !(yield* holds(shell, condition.operand));
    case "word": {
      const value = yield* expandText(shell, condition.word);
      yield* traceTest(shell, `-n ${shown(value)}`);
      return value !== "";
    }
    case "unary": {
      const operand = yield* expandText(shell, condition.operand);
      yield* traceTest(shell, `${condition.operator} ${shown(operand)}`);
      return unaryTest(shell.proc, condition.operator, operand, (name) => isSet(shell, name), (name) => shell.flags[name as "errexit"] === true);
    }
    case "binary":
      return yield* binary(shell, condition);
  }
}

function shown(value: string): string {
  return value === "" ? "''" : value;
}

function* traceTest(shell: Shell, test: string): Task {
  if (shell.flags.xtrace) yield* traceRaw(shell, `[[ ${test} ]]`);
}

export function isSet(shell: Shell, name: string): boolean {
  const m = /^([A-Za-z_]\w*)\[(.*)\]$/.exec(name);
  if (!m) return shell.parameter(name) !== undefined || (shell.variables.find(name)?.elements.length ?? 0) > 0;
  const variable = shell.variables.find(m[1] ?? "");
  if (m[2] === "@" || m[2] === "*") return (variable?.elements.length ?? 0) > 0;
  return variable?.keys.includes(m[2] ?? "") ?? false;
}

function* binary(shell: Shell, { operator, left, right }: Extract<Condition, { kind: "binary" }>): Task<boolean> {
  const a = yield* expandText(shell, left);
  const ignoreCase = shell.switches.get("nocasematch") ?? false;
  if (shell.flags.xtrace) yield* traceTest(shell, `${shown(a)} ${operator} ${shown(yield* expandPattern(shell, right))}`);
  switch (operator) {
    case "=":
    case "==":
    case "!=":
      return matches(compilePattern(yield* expandPattern(shell, right), ignoreCase), a, ignoreCase) === (operator !== "!=");
    case "=~":
      return regexMatch(shell, a, yield* expandRegex(shell, right), ignoreCase);
    case "<":
      return a < (yield* expandText(shell, right));
    case ">":
      return a > (yield* expandText(shell, right));
    case "-nt":
    case "-ot":
    case "-ef":
      return fileComparison(shell.proc, operator, a, yield* expandText(shell, right));
  }
  const scope = arithmeticScope(shell);
  return compareNumbers(operator, evaluate(a, scope), evaluate(yield* expandText(shell, right), scope));
}

function regexMatch(shell: Shell, text: string, source: string, ignoreCase: boolean): boolean {
  const regex = compileRegex(source, { extended: true, ignoreCase });
  if ("error" in regex) throw new TestError("");
  const match = regex.exec(text);
  const variable = shell.variables.need("BASH_REMATCH");
  variable.array = new Map(match ? match.groups.map((group, i) => [i, group ?? ""]) : []);
  variable.value = undefined;
  return match !== undefined;
}

// test(1): the same words as arguments

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

/** Evaluates test's arguments; throws TestError with what is wrong. */
export function testWords(proc: Proc, words: readonly string[], isSet?: (name: string) => boolean, option?: (name: string) => boolean): boolean {
  const test = new WordTest(proc, words, isSet, option);
  return test.whole();
}

class WordTest {
  #at = 0;

  constructor(
    private readonly proc: Proc,
    private readonly words: readonly string[],
    private readonly isSet: ((name: string) => boolean) | undefined,
    private readonly option: ((name: string) => boolean) | undefined,
  ) {}

  whole(): boolean {
    const { words } = this;
    switch (words.length) {
      case 0:
        return false;
      case 1:
        return words[0] !== "";
      case 2:
        return this.#two(words[0] ?? "", words[1] ?? "");
      case 3:
        return this.#three(words[0] ?? "", words[1] ?? "", words[2] ?? "");
      case 4:
        if (words[0] === "!") return !this.#three(words[1] ?? "", words[2] ?? "", words[3] ?? "");
        if (words[0] === "(" && words[3] === ")") return this.#two(words[1] ?? "", words[2] ?? "");
    }
    const value = this.#or();
    if (this.#at < words.length) throw new TestError("too many arguments");
    return value;
  }

  #two(first: string, second: string): boolean {
    if (first === "!") return second === "";
    if (UNARY.test(first)) return this.#unary(first, second);
    throw new TestError(`${first}: unary operator expected`);
  }

  #three(left: string, operator: string, right: string): boolean {
    if (BINARY.includes(operator)) return this.#binary(left, operator, right);
    if (operator === "-a") return left !== "" && right !== "";
    if (operator === "-o") return left !== "" || right !== "";
    if (left === "!") return !this.#two(operator, right);
    if (left === "(" && right === ")") return operator !== "";
    throw new TestError(`${operator}: binary operator expected`);
  }

  #unary(operator: string, operand: string): boolean {
    if (operator === "-t" && !/^\d+$/.test(operand)) throw new TestError(`${operand}: integer expression expected`);
    return unaryTest(this.proc, operator, operand, this.isSet, this.option);
  }

  #binary(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case "=":
      case "==":
        return left === right;
      case "!=":
        return left !== right;
      case "<":
        return left < right;
      case ">":
        return left > right;
      case "-nt":
      case "-ot":
      case "-ef":
        return fileComparison(this.proc, operator, left, right);
    }
    return compareNumbers(operator, integer(left), integer(right));
  }

  #or(): boolean {
    let value = this.#and();
    while (this.words[this.#at] === "-o") {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.words[this.#at] === "-a") {
      this.#at++;
      value = this.#not() && value;
    }
    return value;
  }

  #not(): boolean {
    let negated = false;
    while (this.words[this.#at] === "!") {
      this.#at++;
      negated = !negated;
    }
    return this.#primary() !== negated;
  }

  #primary(): boolean {
    const [word, next, third] = this.words.slice(this.#at, this.#at + 3);
    if (word === undefined) throw new TestError("argument expected");
    if (word === "(") {
      this.#at++;
      const value = this.#or();
      if (this.words[this.#at] !== ")") throw new TestError("`)' expected");
      this.#at++;
      return value;
    }
    if (next !== undefined && third !== undefined && BINARY.includes(next)) {
      this.#at += 3;
      return this.#binary(word, next, third);
    }
    if (UNARY.test(word) && next !== undefined) {
      this.#at += 2;
      return this.#unary(word, next);
    }
    this.#at++;
    return word !== "";
  }
}

function integer(word: string): bigint {
  const m = /^\s*([+-]?)(\d+)\s*$/.exec(word);
  if (!m) throw new TestError(`${word}: integer expression expected`);
  const value = BigInt(m[2] ?? "0");
  return m[1] === "-" ? -value : value;
}

/**
 * A simple command: assignments, redirections, and a function, a builtin or a program.
 * In bash: execute_simple_command() and execute_disk_command().
 */
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import type { Task } from "../core/task";
import type { ArrayElement, Assignment, Simple } from "./ast";
import { type Builtin, builtins } from "./builtins/index";
import { FunctionReturn } from "./control";
import type { Interpreter } from "./exec";
import { arithmeticScope, expandArray, expandText, expandWords, setElement } from "./expand";
import { evaluate } from "./arithmetic";
import { waitForeground } from "./foreground";
import { quoteIfNeeded } from "./quote";
import { applyRedirects } from "./redirect";
import type { FunctionDefinition, Shell } from "./shell";
import { traceRaw } from "./trace";
import { runTrap } from "./traps";
import type { Variable } from "./variables";

const BUILTIN_US = 10;
/** Builtins that take arrays: `declare -a x=(1 2)`. */
export const DECLARING = ["declare", "typeset", "local", "export", "readonly"];

export function* runSimple(interpreter: Interpreter, command: Simple, text: string, last: boolean): Task<number> {
  const { shell } = interpreter;
  shell.line = command.line;
  if (shell.traps.has("DEBUG")) yield* runTrap(interpreter, "DEBUG");
  try {
    const before = shell.status;
    shell.status = 0;
    const words = yield* expandCommandWords(shell, command, before);
    if (words.length === 0) return yield* onlyAssignments(shell, command);
    return yield* runWords(interpreter, command, words, text, last);
  } finally {
    if (!shell.replaced) for (const descriptor of shell.borrowed.splice(0)) shell.proc.setFile(descriptor, undefined);
  }
}

function* expandCommandWords(shell: Shell, command: Simple, before: number): Task<string[]> {
  const status = shell.status;
  shell.status = before;
  const words = yield* expandWords(shell, declaringWords(command));
  if (shell.status === before) shell.status = status;
  return words;
}

/** After `declare` and its kin, a=$b is an assignment: no splitting. */
function declaringWords({ words }: Simple): Simple["words"] {
  const [first] = words;
  if (!first || !DECLARING.includes(first.raw)) return words;
  return words.map((word) => (/^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/.test(word.raw) && !("array" in word) ? { parts: [{ kind: "double" as const, parts: word.parts.map((part) => (part.kind === "double" ? { kind: "double" as const, parts: part.parts } : part)) }], raw: word.raw } : word));
}

function* onlyAssignments(shell: Shell, command: Simple): Task<number> {
  for (const assignment of command.assignments) yield* assign(shell, assignment);
  const { status } = shell;
  const undo = yield* applyRedirects(shell, command.redirects);
  if (undo === undefined) return 1;
  undo();
  yield* shell.proc.charge(BUILTIN_US);
  return status;
}

/** name=value, name+=value, name[i]=value, name=(…), on the variable given or the nearest one. */
export function* assign(shell: Shell, { name, index, append, value }: Assignment, variable: Variable = shell.variables.need(name)): Task {
  shell.writable(name, variable);
  if ("length" in value) {
    const pairs = yield* expandArray(shell, value);
    setArray(shell, pairs, append, variable);
    if (shell.flags.xtrace) yield* traceRaw(shell, `${name}=(${pairs.map((pair) => quoteIfNeeded(pair.value)).join(" ")})`);
    return;
  }
  const text = yield* expandText(shell, value, true);
  if (shell.flags.xtrace) yield* traceRaw(shell, `${name}${index ? `[${index.raw}]` : ""}${append ? "+" : ""}=${text === "" ? "" : quoteIfNeeded(text)}`);
  assignText(shell, name, index ? yield* expandText(shell, index) : undefined, text, append, variable);
}

export function assignText(shell: Shell, name: string, index: string | undefined, text: string, append: boolean, variable: Variable): void {
  const scope = arithmeticScope(shell);
  const old = append ? (index === undefined ? variable.scalar : (variable.associative?.get(index) ?? variable.array?.get(Number(evaluate(index, scope))))) : undefined;
  const next = variable.integer ? String(evaluate(text, scope) + (append ? evaluate(old ?? "", scope) : 0n)) : (old ?? "") + text;
  if (index === undefined) shell.set(name, next, variable);
  else setElement(shell, name, index, next, scope, variable);
}

export function setArray(shell: Shell, pairs: readonly { readonly key: string | undefined; readonly value: string }[], append: boolean, variable: Variable): void {
  if (variable.associative) {
    const into = append ? variable.associative : new Map<string, string>();
    for (const { key, value } of pairs) into.set(key ?? value, value);
    variable.associative = into;
    return;
  }
  if (!append || variable.array === undefined) variable.array = new Map(append && variable.value !== undefined ? [[0, variable.value]] : []);
  variable.value = undefined;
  const numbered = !pairs.some(({ key }) => key !== undefined);
  let next = append || !numbered ? 1 + Math.max(-1, ...variable.array.keys()) : 0;
  for (const { key, value } of pairs) {
    if (key !== undefined) next = Number(evaluate(key, arithmeticScope(shell)));
    variable.array.set(next++, variable.shaped(value));
  }
}

function* runWords(interpreter: Interpreter, command: Simple, words: readonly string[], text: string, last: boolean): Task<number> {
  const { shell } = interpreter;
  const [name = ""] = words;
  const own = shell.functions.get(name);
  const builtin = own ? undefined : builtins.get(name);
  if (builtin?.name === "exec") return yield* runBuiltin(interpreter, builtin, command, words, true);
  if (shell.flags.xtrace) yield* traceRaw(shell, words.map(quoteIfNeeded).join(" "));
  if (!own && builtin && (command.redirects.length === 0 || !last)) return yield* runBuiltin(interpreter, builtin, command, words, false);
  const undo = yield* applyRedirects(shell, command.redirects);
  if (undo === undefined) return 1;
  try {
    if (own) return yield* withAssignments(shell, command, () => runFunction(interpreter, name, own, words.slice(1)));
    if (builtin) return yield* runBuiltin(interpreter, builtin, { ...command, redirects: [] }, words, false);
    return yield* runProgram(shell, command, words, text, last);
  } finally {
    undo();
    shell.lastArgument = words.at(-1) ?? "";
  }
}

function* runBuiltin(interpreter: Interpreter, builtin: Builtin, command: Simple, words: readonly string[], keepRedirects: boolean): Task<number> {
  const { shell } = interpreter;
  yield* shell.proc.charge(BUILTIN_US);
  const undo = yield* applyRedirects(shell, command.redirects);
  if (undo === undefined) return 1;
  const restore = !keepRedirects || words.length > 1;
  try {
    const arrays = command.words.flatMap((word) => ("array" in word ? [word as unknown as DeclaredArray] : []));
    if (builtin.special && command.assignments.length > 0 && builtin.name !== "exec") {
      for (const assignment of command.assignments) yield* assign(shell, assignment);
      return yield* builtin.run(interpreter, words.slice(1), arrays);
    }
    return yield* withAssignments(shell, command, () => builtin.run(interpreter, words.slice(1), arrays));
  } catch (error) {
    if (!(error instanceof SysError) || error.code === "EPIPE") throw error;
    yield* shell.complainAs(builtin.name, `write error: ${error.message}`);
    return 1;
  } finally {
    if (restore) undo();
    shell.lastArgument = words.at(-1) ?? "";
  }
}

/** `name=(…)` among the words of a declaring builtin. */
export type DeclaredArray = { readonly raw: string; readonly array: readonly ArrayElement[] };

/** FOO=1 command: the variable lives as long as the command. */
function* withAssignments(shell: Shell, command: Simple, run: () => Task<number>): Task<number> {
  if (command.assignments.length === 0) return yield* run();
  const scope = new Map<string, Variable>();
  for (const assignment of command.assignments) {
    const copy = shell.variables.find(assignment.name)?.copy() ?? shell.variables.need(assignment.name).copy();
    copy.exported = true;
    yield* assign(shell, assignment, copy);
    scope.set(assignment.name, copy);
  }
  shell.variables.push(scope);
  try {
    return yield* run();
  } finally {
    shell.variables.pop();
  }
}

function* runFunction(interpreter: Interpreter, name: string, definition: FunctionDefinition, args: readonly string[]): Task<number> {
  const { shell } = interpreter;
  if (shell.callDepth >= LIMITS.shellDepth) {
    yield* shell.complain(`${name}: maximum function nesting level exceeded (${LIMITS.shellDepth})`);
    return 1;
  }
  const { positional, loopDepth } = shell;
  shell.positional = [...args];
  shell.loopDepth = 0;
  shell.callDepth++;
  shell.callers.push(name);
  shell.variables.push();
  try {
    yield* shell.proc.charge(BUILTIN_US);
    return yield* interpreter.command(definition.body, definition.text);
  } catch (error) {
    if (!(error instanceof FunctionReturn)) throw error;
    return error.status;
  } finally {
    shell.variables.pop();
    shell.callers.pop();
    shell.callDepth--;
    shell.loopDepth = loopDepth;
    shell.positional = positional;
    if (shell.traps.has("RETURN")) shell.pendingTraps.push("RETURN");
  }
}

function* runProgram(shell: Shell, command: Simple, words: readonly string[], text: string, last: boolean): Task<number> {
  const { proc } = shell;
  const env = shell.variables.environment();
  for (const { name, value, append } of command.assignments) {
    if ("length" in value) continue;
    env.set(name, (append ? (shell.get(name) ?? "") : "") + (yield* expandText(shell, value, true)));
  }
  if (!words[0]?.includes("/")) env.set("_", words[0] ?? "");
  try {
    if (last) return yield* become(shell, words, env);
    const child = proc.spawn(words, { env, newGroup: shell.flags.monitor });
    const [status = 0] = yield* waitForeground(shell, [child], child.group, text);
    return status;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return yield* notRun(shell, words[0] ?? "", error);
  }
}

/** execve(2). What this shell would put back afterwards stays as it is: there is no afterwards. */
export function* become(shell: Shell, words: readonly string[], env: ReadonlyMap<string, string>): Task<never> {
  shell.replaced = true;
  try {
    return yield* shell.proc.exec(words, env);
  } catch (error) {
    shell.replaced = false;
    throw error;
  }
}

export function* notRun(shell: Shell, name: string, error: SysError): Task<number> {
  const directory = name.includes("/") && shell.proc.fs.isDirectory(shell.proc.resolve(name));
  if (error.code === "EAGAIN") yield* shell.complain("fork: retry: Resource temporarily unavailable");
  else if (directory) yield* shell.complain(`${name}: Is a directory`);
  else if (error.code === "ENOENT" && !name.includes("/")) yield* shell.complain(`${name}: command not found`);
  else yield* shell.complain(`${name}: ${error.message}`);
  return error.code === "ENOENT" ? 127 : error.code === "EAGAIN" ? 254 : 126;
}

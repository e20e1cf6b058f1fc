/** if, for, while, case, { }, ( ), (( )) and [[ ]]. */
import type { Task } from "../core/task";
import type { Compound, Script } from "./ast";
import { testCondition } from "./condition";
import { ExpansionError, LoopJump } from "./control";
import { type Interpreter, runSubshell } from "./exec";
import { arithmetic, expandPattern, expandText, expandWords } from "./expand";
import { waitForeground } from "./foreground";
import { compilePattern, matches } from "./pattern";
import { traceRaw } from "./trace";

/** What one turn of a loop costs at least. */
const TURN_US = 2;

export function* runCompound(interpreter: Interpreter, compound: Compound, text: string, last: boolean): Task<number> {
  const { shell } = interpreter;
  switch (compound.kind) {
    case "group":
      return yield* interpreter.script(compound.body);
    case "subshell": {
      if (last) return yield* interpreter.script(compound.body);
      const child = runSubshell(shell, (inner) => inner.script(compound.body), { newGroup: shell.flags.monitor });
      const [status = 0] = yield* waitForeground(shell, [child], child.group, text);
      return status;
    }
    case "if":
      return yield* runIf(interpreter, compound);
    case "for":
      return yield* runFor(interpreter, compound);
    case "for-arithmetic":
      return yield* runArithmeticFor(interpreter, compound);
    case "while":
      return yield* runWhile(interpreter, compound);
    case "case":
      return yield* runCase(interpreter, compound);
    case "arithmetic":
      if (shell.flags.xtrace) yield* traceRaw(shell, `(( ${compound.expression.raw.trim()} ))`);
      return yield* truth(interpreter, () => arithmetic(shell, compound.expression), "((");
    case "condition":
      return yield* testCondition(shell, compound.test);
  }
}

/** ((…)): 0 when the value is not zero; an error is 1 and does not end the shell. */
function* truth(interpreter: Interpreter, run: () => Task<bigint>, builtin: string): Task<number> {
  try {
    return (yield* run()) !== 0n ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.fatal) throw error;
    yield* interpreter.shell.complainAs(builtin, error.message);
    return 1;
  }
}

function* tested(interpreter: Interpreter, condition: Script): Task<boolean> {
  interpreter.shell.forgiving++;
  try {
    return (yield* interpreter.script(condition)) === 0;
  } finally {
    interpreter.shell.forgiving--;
  }
}

function* runIf(interpreter: Interpreter, { clauses, otherwise }: Extract<Compound, { kind: "if" }>): Task<number> {
  for (const { condition, body } of clauses) if (yield* tested(interpreter, condition)) return yield* interpreter.script(body);
  if (otherwise) return yield* interpreter.script(otherwise);
  return 0;
}

/** One turn; false when the loop is to end. Jumps further out go on as they came. */
function* turn(interpreter: Interpreter, body: Script): Task<boolean> {
  const { shell } = interpreter;
  shell.loopDepth++;
  try {
    yield* shell.proc.charge(TURN_US);
    yield* interpreter.script(body);
    return true;
  } catch (error) {
    if (!(error instanceof LoopJump)) throw error;
    shell.status = 0;
    if (error.levels > 1 && shell.loopDepth > 1) {
      error.levels--;
      throw error;
    }
    return error.kind === "continue";
  } finally {
    shell.loopDepth--;
  }
}

function* runFor(interpreter: Interpreter, { name, words, body }: Extract<Compound, { kind: "for" }>): Task<number> {
  const { shell } = interpreter;
  const values = words ? yield* expandWords(shell, words) : [...shell.positional];
  shell.status = 0;
  for (const value of values) {
    if (shell.flags.xtrace) yield* traceRaw(shell, `for ${name} in ${words ? words.map(({ raw }) => raw).join(" ") : '"$@"'}`);
    shell.set(name, value);
    if (!(yield* turn(interpreter, body))) break;
  }
  return shell.status;
}

function* runArithmeticFor(interpreter: Interpreter, { start, test, step, body }: Extract<Compound, { kind: "for-arithmetic" }>): Task<number> {
  const { shell } = interpreter;
  const run = function* (word: typeof start): Task<bigint> {
    return yield* arithmetic(shell, word);
  };
  try {
    yield* run(start);
    shell.status = 0;
    while (test.raw.trim() === "" || (yield* run(test)) !== 0n) {
      if (!(yield* turn(interpreter, body))) break;
      yield* run(step);
    }
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.fatal) throw error;
    yield* shell.complainAs("((", error.message);
    return 1;
  }
  return shell.status;
}

function* runWhile(interpreter: Interpreter, { until, condition, body }: Extract<Compound, { kind: "while" }>): Task<number> {
  const { shell } = interpreter;
  let status = 0;
  for (;;) {
    yield* shell.proc.charge(TURN_US);
    const go = yield* loopCondition(interpreter, condition);
    if (go === "break") return 0;
    if (go === "continue") continue;
    if (go === until) return status;
    const more = yield* turn(interpreter, body);
    status = shell.status;
    if (!more) return status;
  }
}

/** The condition of a loop belongs to the loop: a break in it leaves the loop. */
function* loopCondition(interpreter: Interpreter, condition: Script): Task<boolean | "break" | "continue"> {
  const { shell } = interpreter;
  shell.loopDepth++;
  try {
    return yield* tested(interpreter, condition);
  } catch (error) {
    if (!(error instanceof LoopJump)) throw error;
    if (error.levels > 1 && shell.loopDepth > 1) {
      error.levels--;
      throw error;
    }
    return error.kind;
  } finally {
    shell.loopDepth--;
  }
}

function* runCase(interpreter: Interpreter, { word, items }: Extract<Compound, { kind: "case" }>): Task<number> {
  const { shell } = interpreter;
  const value = yield* expandText(shell, word);
  if (shell.flags.xtrace) yield* traceRaw(shell, `case ${word.raw} in`);
  const ignoreCase = shell.switches.get("nocasematch") ?? false;
  let through = false;
  shell.status = 0;
  for (const { patterns, body, end } of items) {
    let hit = through;
    for (const pattern of patterns) hit ||= matches(compilePattern(yield* expandPattern(shell, pattern), ignoreCase), value, ignoreCase);
    if (!hit) continue;
    yield* interpreter.script(body);
    if (end === ";;") break;
    through = end === ";&";
  }
  return shell.status;
}

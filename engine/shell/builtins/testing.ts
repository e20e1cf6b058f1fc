/** test, [ and let. */
import { evaluate } from "../arithmetic";
import { isSet, TestError, testWords } from "../condition";
import { ExpansionError } from "../control";
import { arithmeticScope } from "../expand";
import type { Builtin } from "./builtin";
import type { Task } from "../../core/task";
import type { Interpreter } from "../exec";

function* runTest({ shell }: Interpreter, name: string, words: readonly string[]): Task<number> {
  try {
    return testWords(shell.proc, words, (each) => isSet(shell, each), (each) => shell.flags[each as "errexit"] === true) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    yield* shell.complainAs(name, error.message);
    return 2;
  }
}

const test: Builtin = {
  name: "test",
  usage: "test [expr]",
  *run(interpreter, args) {
    return yield* runTest(interpreter, "test", args);
  },
};

const bracket: Builtin = {
  name: "[",
  usage: "[ arg... ]",
  *run(interpreter, args) {
    if (args.at(-1) !== "]") {
      yield* interpreter.shell.complainAs("[", "missing `]'");
      return 2;
    }
    return yield* runTest(interpreter, "[", args.slice(0, -1));
  },
};

const let_: Builtin = {
  name: "let",
  usage: "let arg [arg ...]",
  *run({ shell }, args) {
    if (args.length === 0) {
      yield* shell.complainAs("let", "expression expected");
      return 1;
    }
    try {
      let value = 0n;
      for (const arg of args) value = evaluate(arg, arithmeticScope(shell));
      return value === 0n ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      yield* shell.complainAs("let", error.message);
      return 1;
    }
  },
};

export const testing: readonly Builtin[] = [test, bracket, let_];

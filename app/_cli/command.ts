/** The shape of a command of `podpath`, and the words for a wrong use of one. */
import { parseArgs, type ParseArgsConfig } from "node:util";

export type Context = {
  /** The project's folder. */
  readonly root: string;
};

export type Command = {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** What `--help` says of each option: how it is written, and what it does. */
  readonly options: readonly (readonly [written: string, does: string])[];
  /** Returns the exit status: 0 well, 1 something failed, 2 wrong use or not modelled. */
  readonly run: (args: readonly string[], context: Context) => number | Promise<number>;
};

export class UsageProblem extends Error {}

/** parseArgs of Node, with its complaints as UsageProblem. */
export function parse<T extends NonNullable<ParseArgsConfig["options"]>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (problem) {
    const [words = ""] = String(problem instanceof Error ? problem.message : problem).split(". ");
    throw new UsageProblem(words);
  }
}

export function wholeNumber(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) throw new UsageProblem(`${name} takes a whole number, not "${text}"`);
  return Number(text);
}

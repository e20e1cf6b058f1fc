/**
 * tar(1): GNU's, for files, directories and symbolic links: -c, -x, -t, -f, -v, -C, -m, -p, in
 * whichever order and bundle people write them. What kubectl cp runs in a container.
 *
 * Differs: no compression, no other owner than root.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { defineCommand } from "../command";
import { create } from "./create";
import { extract, list } from "./extract";

export type TarJob = {
  readonly archive: string;
  readonly verbose: number;
  /** -m: leave the times alone. */
  readonly touch: boolean;
  /** What is named on the command line, each with the folder of the -C before it. */
  readonly names: readonly { readonly folder: string; readonly name: string }[];
  /** The folder that the last -C led to. */
  readonly folder: string;
};

type Parsed = { readonly mode: "c" | "x" | "t"; readonly job: TarJob } | { readonly failure: string; readonly hint: boolean; readonly exit?: number };

/** What argp ends with when the options make no sense. */
const EX_USAGE = 64;
const HINT = "Try 'tar --help' or 'tar --usage' for more information.\n";
const LONG: Readonly<Record<string, string>> = { create: "c", extract: "x", get: "x", list: "t", file: "f", verbose: "v", directory: "C", touch: "m", "preserve-permissions": "p", "same-permissions": "p", "no-same-permissions": "", "no-same-owner": "", "same-owner": "" };
const FLAGS = "cxtvmp";
const VALUES = "fC";
const KNOWN = "AdruzjJZaShkUWOTXlPwMbLVBiIgGnNFHoKs";

export const tar: Program = defineCommand({
  name: "tar",
  summary: "an archiving utility",
  *run(proc): Task<number> {
    const parsed = parse(proc, proc.args);
    if ("failure" in parsed) {
      yield* proc.err(`tar: ${parsed.failure}\n${parsed.hint ? HINT : ""}`);
      return parsed.exit ?? 2;
    }
    try {
      if (parsed.mode === "c") return yield* create(proc, parsed.job);
      return yield* (parsed.mode === "x" ? extract : list)(proc, parsed.job);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`tar: ${parsed.job.archive}: Cannot open: ${error.message}\ntar: Error is not recoverable: exiting now\n`);
      return 2;
    }
  },
});

function parse(proc: Proc, args: readonly string[]): Parsed {
  // The oldest way: a first word without a dash, whose letters take their values from the words after it.
  const [first = ""] = args;
  const words = first !== "" && !first.startsWith("-") ? spread(first, args.slice(1)) : args;
  const state = { mode: "", archive: "", verbose: 0, touch: false, folder: proc.cwd, names: [] as TarJob["names"][number][] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      for (const name of words.slice(i + 1)) state.names.push({ folder: state.folder, name });
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      state.names.push({ folder: state.folder, name: word });
      continue;
    }
    const [letters, attached] = lettersOf(word);
    if (letters === undefined) return { failure: `unrecognized option '${word}'`, hint: true, exit: EX_USAGE };
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at] ?? "";
      if (VALUES.includes(letter)) {
        const value = attached ?? (letters.slice(at + 1) || words[++i]);
        if (value === undefined) return { failure: `option requires an argument -- '${letter}'`, hint: true, exit: EX_USAGE };
        if (letter === "f") state.archive = value;
        else state.folder = value.startsWith("/") ? value : `${state.folder}/${value}`;
        break;
      }
      if (!FLAGS.includes(letter)) return KNOWN.includes(letter) ? { failure: `not modelled: -${letter}`, hint: false } : { failure: `invalid option -- '${letter}'`, hint: true, exit: EX_USAGE };
      if ("cxt".includes(letter)) {
        if (state.mode !== "" && state.mode !== letter) return { failure: "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option", hint: true };
        state.mode = letter;
      } else if (letter === "v") state.verbose++;
      else if (letter === "m") state.touch = true;
    }
  }
  const { mode, archive, verbose, touch, names, folder } = state;
  if (mode === "") return { failure: "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options", hint: true };
  if (mode === "c" && names.length === 0) return { failure: "Cowardly refusing to create an empty archive", hint: true };
  return { mode: mode as "c" | "x" | "t", job: { archive: archive === "" ? "-" : archive, verbose, touch, names, folder } };
}

function spread(first: string, rest: readonly string[]): readonly string[] {
  const values = [...rest];
  const words = [...first].flatMap((letter) => {
    const value = VALUES.includes(letter) ? values.shift() : undefined;
    return value === undefined ? [`-${letter}`] : [`-${letter}`, value];
  });
  return [...words, ...values];
}

/** A word's letters, and the value that a long option has attached. */
function lettersOf(word: string): readonly [string | undefined, string | undefined] {
  if (!word.startsWith("--")) return [word.slice(1), undefined];
  const [name = "", value] = word.slice(2).split(/=(.*)/s);
  return [LONG[name], value];
}

/** The words of a command line, or of a line to restore: ipset's own options may stand anywhere (ipset_parse_argv). */
import type { OutputMode } from "./listing";
import { notModelled, syntax, usage } from "./problem";

/** What the options have said so far; in `restore` it lasts for the lines that follow. */
export type Environment = { exist: boolean; sorted: boolean; terse: boolean; names: boolean; quiet: boolean; output: OutputMode | undefined; file: string | undefined };

export const newEnvironment = (): Environment => ({ exist: false, sorted: false, terse: false, names: false, quiet: false, output: undefined, file: undefined });

const FLAGS: readonly (readonly ["exist" | "sorted" | "terse" | "names" | "quiet", readonly string[]])[] = [
  ["exist", ["-!", "-exist", "--exist"]],
  ["sorted", ["-s", "-sorted", "--sorted"]],
  ["terse", ["-t", "-terse", "--terse"]],
  ["names", ["-n", "-name", "--name"]],
  ["quiet", ["-q", "-quiet", "--quiet"]],
];

export function readEnvironment(argv: readonly string[], environment: Environment): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const flag = FLAGS.find(([, names]) => names.includes(word));
    const argument = (): string => {
      const next = argv[++i];
      if (next === undefined) throw usage(`Missing mandatory argument to option ${word}`);
      return next;
    };
    if (flag) environment[flag[0]] = true;
    else if (["-r", "-resolve", "--resolve"].includes(word)) throw notModelled("-resolve");
    else if (["-f", "-file", "--file"].includes(word)) environment.file = argument();
    else if (["-o", "-output", "--output"].includes(word)) environment.output = readOutput(argument());
    else words.push(word);
  }
  return words;
}

function readOutput(mode: string): OutputMode {
  if (mode !== "plain" && mode !== "save" && mode !== "xml") throw syntax(`unknown output mode '${mode}'`);
  return mode;
}

export type CommandName = "create" | "add" | "del" | "test" | "destroy" | "list" | "save" | "restore" | "flush" | "rename" | "swap" | "help" | "version" | "quit";

/** In the order in which an abbreviation is looked for. */
const COMMANDS: readonly (readonly [CommandName, readonly string[]])[] = [
  ["create", ["create", "new", "-N", "n"]],
  ["add", ["add", "-A"]],
  ["del", ["del", "-D"]],
  ["test", ["test", "-T"]],
  ["destroy", ["destroy", "-X", "x"]],
  ["list", ["list", "-L"]],
  ["save", ["save", "-S"]],
  ["restore", ["restore", "-R"]],
  ["flush", ["flush", "-F"]],
  ["rename", ["rename", "-E", "e"]],
  ["swap", ["swap", "-W", "w"]],
  ["help", ["help", "-h", "-H"]],
  ["version", ["version", "-v", "-V"]],
  ["quit", ["quit"]],
];

/** Words may be cut short and may follow "--"; options of one letter may not. */
export function commandNamed(word: string): CommandName | undefined {
  const bare = word.startsWith("--") && word.length > 2 ? word.slice(2) : word;
  return COMMANDS.find(([, names]) => names.some((name) => (name.startsWith("-") ? name === word : bare !== "" && name.startsWith(bare))))?.[0];
}

/** build_argv(): blanks divide, quotes join; a word whose quote is never closed is lost. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let quoted = false;
  let begun = false;
  for (const char of line) {
    if (char === '"') {
      quoted = !quoted;
      begun = true;
    } else if (/\s/.test(char) && !quoted) {
      if (begun) words.push(word);
      word = "";
      begun = false;
    } else {
      word += char;
      begun = true;
    }
  }
  if (begun && !quoted) words.push(word);
  return words;
}

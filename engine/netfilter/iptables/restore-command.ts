/** iptables-restore and iptables-save as they are called: their own options, read by getopt_long(3). */
import type { Netfilter } from "../attach";
import { backendOf, banner, type CommandResult, legacyWarning } from "./command";
import { restore } from "./restore";
import { isTableName, type TableName } from "./ruleset";
import { save } from "./save";

/** Long name, letter, and whether it takes an argument ("maybe": only the next word that is a number). */
type Spec = readonly (readonly [long: string, short: string, arg: "no" | "yes" | "maybe"])[];

const RESTORE: Spec = [
  ["counters", "c", "no"],
  ["verbose", "v", "no"],
  ["version", "V", "no"],
  ["test", "t", "no"],
  ["help", "h", "no"],
  ["noflush", "n", "no"],
  ["modprobe", "M", "yes"],
  ["table", "T", "yes"],
  ["wait", "w", "maybe"],
  ["wait-interval", "W", "maybe"],
  ["ipv4", "4", "no"],
  ["ipv6", "6", "no"],
];
const SAVE: Spec = [
  ["counters", "c", "no"],
  ["version", "V", "no"],
  ["table", "t", "yes"],
  ["modprobe", "M", "yes"],
  ["file", "f", "yes"],
  ["dump", "d", "no"],
  ["ipv4", "4", "no"],
  ["ipv6", "6", "no"],
];

type Read = { readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[] } | { readonly error: string };

function read(argv: readonly string[], spec: Spec, program: string): Read {
  const options = new Map<string, string>();
  const rest: string[] = [];
  const hint = `Try \`${program} -h' for more information.\n`;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    const long = word.startsWith("--");
    const [name = "", given] = long ? word.slice(2).split("=") : [word.charAt(1)];
    const found = long ? (spec.find(([each]) => each === name) ?? onlyOne(spec.filter(([each]) => each.startsWith(name)))) : spec.find(([, letter]) => letter === name);
    if (!found) return { error: `${program}: ${long ? `unrecognized option '${word}'` : `invalid option -- '${name}'`}\n${hint}` };
    const [, letter, arg] = found;
    const attached = long ? given : word.length > 2 ? word.slice(2) : undefined;
    if (arg === "no") {
      options.set(letter, "");
      if (!long && word.length > 2) {
        // A cluster: -nc.
        const more = read([`-${word.slice(2)}`], spec, program);
        if ("error" in more) return more;
        for (const [key, value] of more.options) options.set(key, value);
      }
      continue;
    }
    if (attached !== undefined) options.set(letter, attached);
    else if (arg === "maybe") options.set(letter, /^\d+$/.test(argv[i + 1] ?? "") ? (argv[++i] as string) : "");
    else if (i + 1 < argv.length) options.set(letter, argv[++i] as string);
    else return { error: `${program}: option ${long ? `'--${name}'` : ""}${long ? "" : "requires an argument -- "}${long ? " requires an argument" : `'${name}'`}\n${hint}` };
  }
  return { options, rest };
}

const onlyOne = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);

const RESTORE_HELP = (program: string): string =>
  `Usage: ${program} [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [-4] [-6] [file]\n\t   [ --counters ]\n\t   [ --verbose ]\n\t   [ --version]\n\t   [ --test ]\n\t   [ --help ]\n\t   [ --noflush ]\n\t   [ --table=<TABLE> ]\n\t   [ --modprobe=<command> ]\n\t   [ --ipv4 ]\n\t   [ --ipv6 ]\n`;

/** `argv[0]` is the program's name; `readFile` opens the file named on the line, undefined if it is not there. */
export function runRestore(netfilter: Netfilter, argv: readonly string[], input: () => string, readFile: (path: string) => string | undefined): CommandResult {
  const called = argv[0] ?? "iptables-restore";
  const backend = backendOf(called);
  const program = called === "iptables-nft-restore" ? called : "iptables-restore";
  const parsed = read(argv.slice(1), RESTORE, program);
  if ("error" in parsed) return { exit: 1, stdout: "", stderr: parsed.error };
  const { options, rest } = parsed;
  if (options.has("V")) return { exit: 0, stdout: `${banner(program, backend)}\n`, stderr: "" };
  if (options.has("h")) return { exit: 0, stdout: "", stderr: RESTORE_HELP(program) };
  if (rest.length > 1) return { exit: 1, stdout: "", stderr: "Unknown arguments found on commandline\n" };
  const [file] = rest;
  const text = file === undefined ? input() : readFile(file);
  if (text === undefined) return { exit: 1, stdout: "", stderr: `Can't open ${file}: No such file or directory\n` };
  const table = options.get("T");
  const result = restore(netfilter, text, { backend, program, noflush: options.has("n"), counters: options.has("c"), test: options.has("t"), table: table as TableName | undefined });
  return result.ok ? { exit: 0, stdout: result.stdout, stderr: "" } : { exit: result.exit, stdout: result.stdout, stderr: result.message };
}

export function runSave(netfilter: Netfilter, argv: readonly string[], writeFile: (path: string, text: string) => void): CommandResult {
  const called = argv[0] ?? "iptables-save";
  const backend = backendOf(called);
  const parsed = read(argv.slice(1), SAVE, called);
  if ("error" in parsed) return { exit: 1, stdout: "", stderr: parsed.error.replace(/Try .*\n/, `Look at manual page \`${called}.8' for more information.\n`) };
  const { options, rest } = parsed;
  if (options.has("V")) return { exit: 0, stdout: `${banner(called, backend)}\n`, stderr: "" };
  if (rest.length > 0) return { exit: 1, stdout: "", stderr: "Unknown arguments found on commandline\n" };
  const table = options.get("t");
  if (table !== undefined && !isTableName(table)) {
    return { exit: 1, stdout: "", stderr: backend === "nft" ? `Table \`${table}' does not exist\n` : `iptables-save v1.8.9 (legacy): Cannot initialize: Table does not exist (do you need to insmod?)\n\n` };
  }
  const text = save(netfilter, { backend, program: called, counters: options.has("c"), ...(table !== undefined && { tables: [table as TableName] }) });
  const stderr = legacyWarning(netfilter, backend, "-save");
  const file = options.get("f");
  if (file === undefined) return { exit: 0, stdout: text, stderr };
  writeFile(file, text);
  return { exit: 0, stdout: "", stderr };
}

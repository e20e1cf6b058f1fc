/** iptables-restore as it is called: its own options, met in order (iptables-restore.c, xtables-restore.c). */
import type { Netfilter } from "../attach";
import { backendOf, banner, type CommandResult, problemText } from "./command";
import { Getopt, type LongOption, OF_NFT } from "./getopt";
import { fail, Problem } from "./problem";
import { restore } from "./restore";
import type { Backend } from "./ruleset";

const LONG: readonly LongOption[] = [
  { name: "counters", letter: "c", takes: "no" },
  { name: "verbose", letter: "v", takes: "no" },
  { name: "version", letter: "V", takes: "no" },
  { name: "test", letter: "t", takes: "no" },
  { name: "help", letter: "h", takes: "no" },
  { name: "noflush", letter: "n", takes: "no" },
  { name: "modprobe", letter: "M", takes: "yes" },
  { name: "table", letter: "T", takes: "yes" },
  { name: "wait", letter: "w", takes: "maybe" },
  { name: "wait-interval", letter: "W", takes: "maybe" },
];

const USAGE = `   [ --counters ]
	   [ --verbose ]
	   [ --version]
	   [ --test ]
	   [ --help ]
	   [ --noflush ]
`;

function usage(program: string, backend: Backend): string {
  if (backend === "legacy") return `Usage: ${program} [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [file]\n\t${USAGE}\t   [ --wait=<seconds>\n\t   [ --table=<TABLE> ]\n\t   [ --modprobe=<command> ]\n`;
  return `Usage: ${program} [-c] [-v] [-V] [-t] [-h] [-n] [-T table] [-M command] [-4] [-6] [file]\n\t${USAGE}\t   [ --table=<TABLE> ]\n\t   [ --modprobe=<command> ]\n\t   [ --ipv4 ]\n\t   [ --ipv6 ]\n`;
}

/** What the options come to; or the end, reached while they were read. */
type Asked = { readonly letters: string; readonly table: string | undefined; readonly file: string | undefined; readonly stderr: string } | { readonly done: CommandResult };

function read(argv: readonly string[], program: string, backend: Backend): Asked {
  const options = new Getopt(argv.slice(1), "bcvVthnwWM:T:", backend === "nft" ? [...LONG, ...OF_NFT] : LONG);
  let [letters, stderr, table] = ["", "", undefined as string | undefined];
  let interval = false;
  const done = (exit: number, said: string, stdout = ""): Asked => ({ done: { exit, stdout, stderr: stderr + said } });
  const hint = `Try \`${program} -h' for more information.\n`;
  for (let met = options.next(); met; met = options.next()) {
    if ("error" in met) return done(1, `${argv[0]}: ${met.error}\n${hint}`);
    const { letter, value } = met;
    if (letter === "V") return done(0, "", `${banner(program, backend)}\n`);
    if (letter === "h") return done(0, usage(program, backend));
    if (letter === "4" || letter === "6") return done(1, hint);
    if (letter === "b") stderr += "-b/--binary option is not implemented\n";
    if (letter === "T") table = value;
    if (letter === "w" || letter === "W") {
      const text = value ?? options.argument();
      if (backend === "legacy") checkWait(letter, text);
      if (backend === "legacy" && letter === "W") stderr += "Ignoring deprecated --wait-interval option.\n";
      interval ||= letter === "W" && backend === "legacy";
    }
    letters += letter;
  }
  const [file, more] = options.operands;
  if (more !== undefined) return done(1, "Unknown arguments found on commandline\n");
  if (interval && !letters.includes("w")) return done(1, "Option --wait-interval requires option --wait\n");
  return { letters, table, file, stderr };
}

/** parse_wait_time and parse_wait_interval: nobody else ever holds the lock here. */
function checkWait(letter: "w" | "W", text: string | undefined): void {
  if (letter === "w") {
    if (text !== undefined && !/^\s*[+-]?\d/.test(text)) fail("wait seconds not numeric");
    return;
  }
  if (text === undefined) fail("wait interval value required");
  const digits = /^\s*[+-]?\d+/.exec(text)?.[0] ?? fail("wait interval not numeric");
  if (Number(digits) > 999_999) fail(`too long usec wait ${Number(digits)} > 999999 usec`);
}

/** Whether it comes to reading its standard input. */
export function readsInput(argv: readonly string[]): boolean {
  const asked = readOrFail(argv, ...called(argv));
  return !("done" in asked) && asked.file === undefined;
}

function called([name = "iptables-restore"]: readonly string[]): readonly [program: string, backend: Backend] {
  return [name === "iptables-nft-restore" ? name : "iptables-restore", backendOf(name)];
}

/** `argv[0]` is the program's name; `readFile` opens the file named on the line, undefined if it is not there. */
export function runRestore(netfilter: Netfilter, argv: readonly string[], input: () => string, readFile: (path: string) => string | undefined): CommandResult {
  const [program, backend] = called(argv);
  const asked = readOrFail(argv, program, backend);
  if ("done" in asked) return asked.done;
  const { letters, table, file, stderr } = asked;
  const text = file === undefined ? input() : readFile(file);
  if (text === undefined) return { exit: 1, stdout: "", stderr: `${stderr}Can't open ${file}: No such file or directory\n` };
  const verbose = [...letters].filter((letter) => letter === "v").length;
  const result = restore(netfilter, text, { backend, program, noflush: letters.includes("n"), counters: letters.includes("c"), test: letters.includes("t"), verbose, table });
  return result.ok ? { exit: 0, stdout: result.stdout, stderr } : { exit: result.exit, stdout: result.stdout, stderr: stderr + result.message };
}

function readOrFail(argv: readonly string[], program: string, backend: Backend): Asked {
  try {
    return read(argv, program, backend);
  } catch (error) {
    // No line has been read yet, and that is what it says.
    if (error instanceof Problem) return { done: { exit: error.exit, stdout: "", stderr: problemText(error, program, backend, 0) } };
    throw error;
  }
}

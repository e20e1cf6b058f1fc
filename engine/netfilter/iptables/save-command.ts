/** iptables-save as it is called: its own options, met in order (iptables-save.c, xtables-save.c). */
import type { Netfilter } from "../attach";
import { backendOf, banner, type CommandResult, legacyWarning } from "./command";
import { Getopt, type LongOption, OF_NFT } from "./getopt";
import { type Backend, isTableName } from "./ruleset";
import { save } from "./save";

const LONG: readonly LongOption[] = [
  { name: "counters", letter: "c", takes: "no" },
  { name: "version", letter: "V", takes: "no" },
  { name: "dump", letter: "d", takes: "no" },
  { name: "table", letter: "t", takes: "yes" },
  { name: "modprobe", letter: "M", takes: "yes" },
  { name: "file", letter: "f", takes: "yes" },
];

/** `writeFile` opens the file that -f names and writes it; it answers what strerror(3) would say if it cannot. */
export function runSave(netfilter: Netfilter, argv: readonly string[], writeFile: (path: string, text: string) => string | undefined): CommandResult {
  const called = argv[0] ?? "iptables-save";
  const backend = backendOf(called);
  const program = backend === "legacy" ? "iptables-save" : called;
  const options = new Getopt(argv.slice(1), "bcdt:M:f:V", backend === "nft" ? [...LONG, ...OF_NFT] : LONG);
  let [counters, stderr] = [false, ""];
  let [table, file] = [undefined as string | undefined, undefined as string | undefined];
  const done = (exit: number, said: string, stdout = ""): CommandResult => ({ exit, stdout, stderr: stderr + said });
  for (let met = options.next(); met; met = options.next()) {
    if ("error" in met) return done(1, `${called}: ${met.error}\nLook at manual page \`${program}.8' for more information.\n`);
    const { letter, value } = met;
    switch (letter) {
      case "b":
        stderr += "-b/--binary option is not implemented\n";
        break;
      case "c":
        counters = true;
        break;
      case "t":
        table = value;
        break;
      case "f": {
        const problem = writeFile(value ?? "", "");
        if (problem !== undefined) return done(1, `Failed to open file, error: ${problem}\n`);
        file = value;
        break;
      }
      case "d":
        // iptables-legacy-save prints what it knows to print by now, and goes.
        if (backend === "nft") break;
        return finish(printed(netfilter, backend, called, table, counters), file, writeFile, stderr);
      case "V":
        return finish({ stdout: `${banner(program, backend)}\n` }, file, writeFile, stderr);
    }
  }
  if (options.operands.length > 0) return done(1, "Unknown arguments found on commandline\n");
  return finish(printed(netfilter, backend, called, table, counters), file, writeFile, stderr + legacyWarning(netfilter, backend, "-save"));
}

type Printed = { readonly stdout: string } | { readonly exit: number; readonly stderr: string };

function finish(text: Printed, file: string | undefined, writeFile: (path: string, text: string) => string | undefined, stderr: string): CommandResult {
  if ("stderr" in text) return { exit: text.exit, stdout: "", stderr: stderr + text.stderr };
  if (file === undefined) return { exit: 0, stdout: text.stdout, stderr };
  writeFile(file, text.stdout);
  return { exit: 0, stdout: "", stderr };
}

function printed(netfilter: Netfilter, backend: Backend, program: string, table: string | undefined, counters: boolean): Printed {
  if (table === undefined || isTableName(table)) return { stdout: save(netfilter, { backend, program, counters, ...(table !== undefined && { tables: [table] }) }) };
  if (backend === "nft") return { exit: 1, stderr: `Table \`${table}' does not exist\n` };
  return { exit: 1, stderr: `${banner("iptables-save", "legacy")}: Cannot initialize: Table does not exist (do you need to insmod?)\n` };
}

/**
 * iptables' command line: do_parse() of xshared.c. The same reads what a learner types, the
 * lines of iptables-restore and what kube-proxy writes; it decides nothing about chains.
 */
import type { Netfilter } from "../attach";
import { type Network, parseNetworks } from "./address";
import type { AnyTarget } from "./extension";
import { checkUsed, extensionOption, loadProtocol } from "./extension-options";
import { type Command, type Invocation, LONGEST_CHAIN, type RuleDraft, unknownTable } from "./invocation";
import { isCommand, ownCommand } from "./own-commands";
import { ownOption } from "./own-options";
import { fail, notModelled, Problem } from "./problem";
import { Reading } from "./reading";
import { type Backend, isTableName, type TableName } from "./ruleset";

/** Undefined: the line is for the other address family (-6 in a file) and is passed over. */
export function parseCommand(argv: readonly string[], netfilter: Netfilter, backend: Backend, table: TableName = "filter", restoring?: string): Invocation | undefined {
  const line = new Reading(argv, netfilter, backend, table, restoring);
  try {
    readAll(line);
    return line.otherFamily ? undefined : finish(line);
  } catch (error) {
    if (error instanceof Problem) error.warnings = line.warnings;
    throw error;
  }
}

function readAll(line: Reading): void {
  const { options } = line;
  while (!line.special && !line.otherFamily) {
    const before = options.at;
    const token = options.next();
    if (!token) return;
    switch (token.kind) {
      case "word":
        word(line, token.word);
        continue;
      case "leftover":
        line.leftover = true;
        return;
      case "own":
        if (isCommand(token.short)) ownCommand(line, token.short, token.value);
        else ownOption(line, token.short, token.value);
        break;
      case "extension":
        extensionOption(line, token.of, token.name, token.spec, token.value);
        break;
      case "missing":
      case "unknown":
        if (loadProtocol(line, before)) continue; // And the same option again, with its "!".
        if (line.foreignTarget) notModelled(`-j ${line.jumpTo}`);
        fail(token.kind === "missing" ? `option "${token.text}" requires an argument` : `unknown option "${token.text}"`);
    }
    line.invert = false;
  }
}

function word(line: Reading, text: string): void {
  if (text !== "!") throw new Problem(`Bad argument \`${text}'`, "bare", 2);
  if (line.invert) fail("multiple consecutive ! not allowed");
  line.invert = true;
}

function finish(line: Reading): Invocation {
  const { table } = line;
  if (line.special) return result(line, line.special, undefined);
  if (table === "nat" && (line.policy === "DROP" || line.jumpTo === "DROP")) fail('\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n');
  for (const used of line.used) if (used !== line.target) checkUsed(line, used);
  if (line.target) checkUsed(line, line.target);
  if (line.intervalGiven && !line.waits) fail("--wait-interval only makes sense with --wait\n");
  if (line.leftover) fail("unknown arguments found on commandline");
  if (line.commands === "") fail("no command specified");
  if (line.invert) fail("nothing appropriate following !");
  const rule = "ADCIR".includes(line.commands.charAt(0)) ? draft(line) : undefined;
  checkOptions(line);
  if (line.chain !== undefined && line.chain.length > LONGEST_CHAIN) fail(`chain name \`${line.chain}' too long (must be under ${LONGEST_CHAIN + 1} chars)`);
  if (rule) checkInterfaces(line);
  if (!isTableName(table)) throw unknownTable(table, line.backend);
  return result(line, firstCommand(line.commands), rule);
}

/** -L -Z, -S -Z: what is done first. */
function firstCommand(commands: string): Command {
  return (commands.length > 1 ? [...commands].find((letter) => letter !== "Z") : commands) as Command;
}

function result(line: Reading, command: Invocation["command"], rule: RuleDraft | undefined): Invocation {
  return {
    table: line.table,
    tableGiven: line.tableGiven,
    command,
    zero: command !== "Z" && line.commands.includes("Z"),
    chain: line.chain,
    newName: line.newName,
    policy: line.policy,
    counters: line.given.includes("c") ? { packets: line.packets, bytes: line.bytes } : undefined,
    ruleNumber: line.ruleNumber,
    rule,
    numeric: line.numeric,
    exact: line.exact,
    lineNumbers: line.lineNumbers,
    verbose: line.verbose,
    warnings: line.warnings,
  };
}

/** Of the options given: interfaces and fragments. */
const ASKING = /[iof]/;
const ANYWHERE: readonly Network[] = [{ address: 0, mask: 0 }];

function draft(line: Reading): RuleDraft {
  const sources = line.source === undefined ? ANYWHERE : parseNetworks(line.source, line.netfilter);
  const destinations = line.destination === undefined ? ANYWHERE : parseNetworks(line.destination, line.netfilter);
  const { header } = line;
  if ((sources.length > 1 || destinations.length > 1) && (header.notSrc || header.notDst)) fail("! not allowed with multiple source or destination IP addresses");
  if (line.commands === "R" && (sources.length !== 1 || destinations.length !== 1)) fail("Replacement rule does not specify a unique address");
  return {
    sources,
    destinations,
    header,
    asksOnlyProtocol: line.inverted === "" && line.source === undefined && line.destination === undefined && !ASKING.test(line.given),
    matches: line.matches,
    jumpTo: line.jumpTo,
    goto: line.goto,
    target: line.target && { target: line.target.extension as AnyTarget, options: line.target.options },
    packets: line.packets,
    bytes: line.bytes,
    foreignTarget: line.foreignTarget,
  };
}

/** Which commands each option goes with (commands_v_options). */
const ALLOWED: ReadonlyMap<string, string> = new Map(Object.entries({ n: "L", s: "ADCIR", d: "ADCIR", p: "ADCIR", j: "ADCIR", v: "ADCIRLSFZNXEP", x: "L", i: "ADCIR", o: "ADCIR", "0": "L", c: "AIRP", f: "ADCIR" }));
const IN_ORDER = "nsdpjvxio0cf";

/** generic_opt_check: complains of the first, in that table's order, that goes with none of the commands. */
function checkOptions({ given, commands }: Reading): void {
  const allowed = (letter: string): boolean => {
    const among = ALLOWED.get(letter);
    return among === undefined || [...commands].some((command) => among.includes(command));
  };
  const plain = commands.length === 1;
  let at = 0;
  while (at < given.length && (plain ? (ALLOWED.get(given.charAt(at))?.includes(commands) ?? true) : allowed(given.charAt(at)))) at++;
  if (at === given.length) return;
  for (const letter of IN_ORDER) if (given.includes(letter) && !allowed(letter)) fail(`Illegal option \`-${letter}' with this command`);
}

function checkInterfaces(line: Reading): void {
  const chain = line.chain ?? "";
  if ((chain === "PREROUTING" || chain === "INPUT") && line.given.includes("o")) fail(`Can't use -o with ${chain}\n`);
  if ((chain === "POSTROUTING" || chain === "OUTPUT") && line.given.includes("i")) fail(`Can't use -i with ${chain}\n`);
}

/**
 * iptables, iptables-legacy and iptables-nft: one command line, carried out. Without a Proc
 * around it, so that kubelet and kube-proxy run the very same thing (bin/iptables.ts adds one).
 */
import type { Code } from "../../core/errno";
import { MESSAGES } from "../../core/errno";
import type { Netfilter } from "../attach";
import { HELP } from "./help";
import { list, listRules, verboseLine } from "./list";
import { editChains, editRules } from "./operations";
import { type Invocation, unknownTable } from "./invocation";
import { parseCommand } from "./parse";
import { NotModelled, notModelled, Problem } from "./problem";
import { type Backend, isTableName, type Table, type TableName } from "./ruleset";
import { VERSION } from "./save";
import type { Origin } from "./origins";
import { Refused, Transaction } from "./transaction";
import { type Fault, validate } from "./validate";

export type CommandResult = { readonly exit: number; readonly stdout: string; readonly stderr: string };

export function backendOf(program: string): Backend {
  return program.includes("legacy") ? "legacy" : "nft";
}

export function banner(program: string, backend: Backend): string {
  return `${program} v${VERSION} (${backend === "nft" ? "nf_tables" : "legacy"})`;
}

export function tryHelp(program: string): string {
  return `Try \`${program} -h' or '${program} --help' for more information.\n`;
}

/** A Problem in the program's own voice. `line` is a file's. */
export function problemText(problem: Problem, program: string, backend: Backend, line?: number): string {
  return problem.warnings + complaint(problem, program, backend, line === undefined ? "" : `Error occurred at line: ${line}\n`);
}

function complaint(problem: Problem, program: string, backend: Backend, at: string): string {
  switch (problem.kind) {
    case "silent":
      return tryHelp(program);
    case "bare":
      return `${problem.message}\n${at}${tryHelp(program)}`;
    case "parameter":
      return `${banner(program, backend)}: ${problem.message}\n${at}${tryHelp(program)}`;
    case "version":
      return `${banner(program, backend)}: ${problem.message}\nPerhaps ${program} or your kernel needs to be upgraded.\n`;
    case "other":
      return `${banner(program, backend)}: ${problem.message}\n`;
  }
}

/** `argv[0]` says which back end: iptables and iptables-nft, or iptables-legacy. */
export function runIptables(netfilter: Netfilter, argv: readonly string[]): CommandResult {
  const program = argv[0] ?? "iptables";
  const backend = backendOf(program);
  const own = "iptables";
  try {
    const invocation = parseCommand(argv.slice(1), netfilter, backend);
    if (!invocation) return { exit: 0, stdout: "", stderr: "" };
    return carryOut(netfilter, backend, own, invocation);
  } catch (error) {
    return failure(error, own, backend, "", "");
  }
}

/** What is said of an error, after what has been said before it. */
function failure(error: unknown, own: string, backend: Backend, stdout: string, warnings: string): CommandResult {
  if (error instanceof Problem) return { exit: error.exit, stdout, stderr: warnings + problemText(error, own, backend) };
  if (error instanceof Refused) return { exit: 1, stdout, stderr: `${warnings}${own}: ${error.message}\n` };
  if (error instanceof NotModelled) return { exit: 2, stdout: "", stderr: `not modelled: ${error.message}\n` };
  throw error;
}

function carryOut(netfilter: Netfilter, backend: Backend, program: string, invocation: Invocation): CommandResult {
  if (invocation.command === "version") return { exit: 0, stdout: `${banner(program, backend)}\n`, stderr: "" };
  if (invocation.command === "help") return { exit: 0, stdout: HELP(banner(program, backend)), stderr: "" };
  const store = netfilter.iptables[backend];
  if (!isTableName(invocation.table)) throw unknownTable(invocation.table, backend);
  if (invocation.command === "L" || invocation.command === "S") return show(netfilter, backend, program, invocation);

  const existing = backend === "legacy" ? store.ensure(invocation.table) : store.table(invocation.table);
  // nft has no tables but those somebody has written to; there is nothing to empty in one that is not there.
  if (!existing && "FXZ".includes(invocation.command) && invocation.chain === undefined) return { exit: 0, stdout: "", stderr: "" };
  const transaction = new Transaction(existing ?? store.blank(invocation.table));
  if (invocation.verbose > 1) notModelled("-vv");
  const said = invocation.verbose === 0 ? "" : announce(transaction, invocation);
  return edit(netfilter, backend, program, invocation, transaction, said);
}

function edit(netfilter: Netfilter, backend: Backend, program: string, invocation: Invocation, transaction: Transaction, said: string): CommandResult {
  let stdout = said;
  try {
    if (invocation.rule) editRules(backend, transaction, invocation, (rule) => void (stdout += invocation.verbose === 0 ? "" : verboseLine(rule)));
    else editInNft(backend, transaction, invocation);
  } catch (error) {
    return failure(error, program, backend, stdout, invocation.warnings);
  }
  const done = (): CommandResult => ({ exit: 0, stdout, stderr: invocation.warnings });
  if (invocation.command === "C" || invocation.command === "Z") return done();
  if (backend === "nft" && transaction.untouched) return done();
  const [fault] = validate(netfilter, backend, invocation.table, transaction.chains, transaction.origins);
  if (fault) return { exit: backend === "nft" ? 4 : 1, stdout, stderr: invocation.warnings + faultText(fault, program, backend, transaction) };
  netfilter.iptables[backend].commit(invocation.table, transaction.finished());
  return done();
}

/** Some refusals come from the nft kernel, and in its words. */
function editInNft(backend: Backend, transaction: Transaction, invocation: Invocation): void {
  try {
    editChains(transaction, invocation);
  } catch (error) {
    if (backend === "nft" && error instanceof Refused && (error.reason === "in use" || error.reason === "not empty" || error.reason === "built-in")) {
      throw new Problem(` CHAIN_DEL failed (Device or resource busy): chain ${error.chain ?? invocation.chain ?? ""}`, "other", 4);
    }
    if (error instanceof Refused && error.reason === "no such chain" && invocation.command === "P") throw new Refused("not built-in");
    throw error;
  }
}

/** -v: what is about to be done to which chains. */
export function announce(transaction: Transaction, { command, chain, ruleNumber }: Invocation): string {
  return ruleNumber > 0 ? "" : announced(transaction, command, chain);
}

export function announced(transaction: Transaction, command: string, chain: string | undefined): string {
  const verb = { F: "Flushing", Z: "Zeroing", X: "Deleting" }[command];
  if (verb === undefined) return "";
  const table = transaction.snapshot();
  // nft deletes chains as they lie in the kernel.
  const all = command === "X" && table.backend === "nft" ? [...table.chains.values()] : table.ordered();
  if (command === "X" && chain !== undefined && transaction.table.backend === "nft" && transaction.has(chain) && transaction.chain(chain).hook) return "";
  if (command === "F" && chain !== undefined && transaction.table.backend === "nft" && !transaction.has(chain)) return "";
  const chains = chain !== undefined ? [chain] : all.filter(({ hook, absent }) => (command !== "X" || !hook) && (command !== "Z" || !absent)).map(({ name }) => name);
  return chains.map((name) => `${verb} chain \`${name}'\n`).join("");
}

/** iptables' own words for an errno of setsockopt (iptc_strerror). */
export function legacyErrno(code: Fault["code"]): string {
  if (code === "EINVAL") return "Invalid argument. Run `dmesg' for more information.";
  if (code === "ELOOP" || code === "EMLINK") return "Too many levels of symbolic links.";
  if (code === "ENOENT") return "No chain/target/match by that name.";
  return `${errnoText(code)}.`;
}

export function errnoText(code: Fault["code"]): string {
  if (code === "EMLINK") return "Too many links";
  if (code === "EOPNOTSUPP") return "Operation not supported";
  if ((code as string) === "ERANGE") return "Numerical result out of range";
  return MESSAGES[code as Code];
}

/** nft: which message of the batch failed, and why. */
export function nftFault({ code }: Fault, origin: Origin | undefined): string {
  return ` RULE_${origin?.operation ?? "APPEND"} failed (${errnoText(code)}): rule in chain ${origin?.chain ?? ""}`;
}

function faultText(fault: Fault, program: string, backend: Backend, transaction: Transaction): string {
  const origin = fault.rule && transaction.origins.get(fault.rule);
  if (backend === "nft") return `${banner(program, backend)}: ${nftFault(fault, origin)}\n`;
  return `${program}: ${legacyErrno(fault.code)}\n`;
}

function show(netfilter: Netfilter, backend: Backend, program: string, invocation: Invocation): CommandResult {
  const { chain, ruleNumber, numeric, exact, lineNumbers, verbose } = invocation;
  if (verbose > 1 && backend === "legacy") notModelled("-vv");
  const store = netfilter.iptables[backend];
  const name = invocation.table as TableName;
  const existing = backend === "legacy" ? store.ensure(name) : store.table(name);
  const table = existing ?? store.blank(name);
  const text = invocation.command === "L" ? list(netfilter, table, chain, ruleNumber, { numeric, exact, lineNumbers, verbose: verbose > 0 }) : listRules(table, chain, ruleNumber, verbose > 0);
  const warning = legacyWarning(netfilter, backend);
  if (text === undefined) {
    if (backend === "legacy") throw new Refused("no such chain");
    return { exit: 1, stdout: "", stderr: `${warning}${banner(program, backend)}: chain \`${chain}' in table \`${invocation.table}' is incompatible, use 'nft' tool.\n` };
  }
  // nft asks the kernel for counters of a chain whose table is not there.
  if (invocation.zero && !existing) return { exit: 4, stdout: text, stderr: `${warning}${banner(program, backend)}:  CHAIN_ZERO failed (No such file or directory): chain ${chain ?? table.ordered()[0]?.name}\n` };
  if (invocation.zero) zeroed(netfilter, backend, table, chain);
  return { exit: 0, stdout: text, stderr: warning };
}

/** -Z beside -L or -S: nft makes the built-in chains that it shows. */
function zeroed(netfilter: Netfilter, backend: Backend, table: Table, chain: string | undefined): void {
  const transaction = new Transaction(table);
  transaction.make(chain);
  transaction.zero(chain);
  if (!transaction.untouched) netfilter.iptables[backend].commit(table.name, transaction.finished());
}

/** iptables-nft cannot see the other back end's rules, and says so. */
export function legacyWarning(netfilter: Netfilter, backend: Backend, save = ""): string {
  return backend === "nft" && netfilter.iptables.legacy.listed().length > 0 ? `# Warning: iptables-legacy tables present, use iptables-legacy${save} to see them\n` : "";
}

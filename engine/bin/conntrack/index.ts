/**
 * conntrack(8) of conntrack-tools 1.4.7: lists, watches, changes and deletes what the kernel
 * tracks. What it says about how many entries goes to standard error.
 */
import { Signal, type Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { Proc, Program } from "../../host/proc";
import { type Netfilter, netfilterOf } from "../../netfilter/attach";
import { type Connection, STATUS } from "../../netfilter/connection";
import type { ConntrackEvent } from "../../netfilter/conntrack-events";
import { eventLine, listLine, type PrintFlags } from "../../netfilter/conntrack-print";
import { printStats } from "../../netfilter/conntrack-stats";
import { invert, type Tuple } from "../../netfilter/tuple";
import { defineCommand } from "../command";
import { matcher } from "./filter";
import { HELP } from "./help";
import { type Parsed, parseConntrack } from "./options";
import { saveLine, xmlEvent, xmlFlow, XML_END, XML_START } from "./output";
import { Failed, NotModelledOption, usage, UsageError } from "./usage";
import { number, parseEvents, parseMark, parseNat, parseNet, parseOutputs, parseStatus, port, tcpState } from "./values";

const VERSION = "conntrack v1.4.7 (conntrack-tools)";
const HINT = "Try `conntrack -h' or 'conntrack --help' for more information.\n";

type Output = PrintFlags & { readonly xml: boolean; readonly save: boolean; readonly timestamp: boolean };

function outputOf(text: string | undefined): Output {
  const words = text === undefined ? [] : parseOutputs(text);
  const has = (word: string): boolean => words.includes(word);
  return { xml: has("xml"), save: has("save"), extended: has("extended"), id: has("id"), timestamp: has("timestamp") };
}

export const conntrack: Program = defineCommand({
  name: "conntrack",
  summary: "command line interface for netfilter connection tracking",

  *run(proc) {
    const warnings: string[] = [];
    try {
      return yield* execute(proc, warnings);
    } catch (error) {
      yield* proc.err(warnings.splice(0).join(""));
      if (error instanceof UsageError) yield* proc.err(`${VERSION}: ${error.message}\n${HINT}`);
      else if (error instanceof NotModelledOption) yield* proc.err(`not modelled: ${error.message}\n`);
      else if (error instanceof Failed) {
        yield* proc.err(`${VERSION}: ${error.operation ? "Operation failed: " : ""}${error.message}\n`);
        return 1;
      } else throw error;
      return 2;
    }
  },
});

function* execute(proc: Proc, warnings: string[]): Task<number> {
  const parsed = parseConntrack(proc.args, (text) => void warnings.push(text));
  const netfilter = netfilterOf(proc.machine.netns);
  yield* proc.err(warnings.splice(0).join(""));
  if (parsed.command === "h") {
    yield* proc.out(HELP);
    return 0;
  }
  if (parsed.command === "V") {
    yield* proc.out(`${VERSION}\n`);
    return 0;
  }
  if (!netfilter) throw new Failed("Operation not supported");
  switch (parsed.command) {
    case "L":
      return yield* dump(proc, netfilter, parsed);
    case "D":
      return yield* remove(proc, netfilter, parsed);
    case "U":
      return yield* update(proc, netfilter, parsed);
    case "G":
      return yield* get(proc, netfilter, parsed);
    case "I":
    case "A":
      return yield* create(proc, netfilter, parsed);
    case "F":
      if (parsed.table === "conntrack") netfilter.conntrack.flush(undefined, { pid: proc.pid });
      yield* proc.err(`${VERSION}: ${parsed.table === "expect" ? "expectation" : "connection tracking"} table has been emptied.\n`);
      return 0;
    case "C":
      yield* proc.out(`${parsed.table === "expect" ? 0 : netfilter.conntrack.count}\n`);
      return 0;
    case "S":
      yield* proc.out(printStats(netfilter.conntrack.stats));
      return 0;
    default:
      return yield* watch(proc, netfilter, parsed);
  }
}

function* summary(proc: Proc, count: number, what: string): Task {
  yield* proc.err(`${VERSION}: ${count} flow entries have been ${what}.\n`);
}

function* dump(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  if (parsed.table === "expect") {
    yield* proc.err(`${VERSION}: 0 expectations have been shown.\n`);
    return 0;
  }
  refuseNothing(parsed);
  if (parsed.table === "conntrack" && parsed.options.has("zero") && NARROWING.some((key) => parsed.options.has(key))) usage("Can't use -z with filtering parameters");
  const test = matcher(parsed);
  const found = parsed.table === "conntrack" ? table.list().filter(test) : [];
  if (output.xml && found.length > 0) yield* proc.out(XML_START);
  for (const conn of found) yield* proc.out(`${lineOf(conn, table.nowMs, output)}\n`);
  if (output.xml && found.length > 0) yield* proc.out(XML_END);
  if (parsed.options.has("zero")) for (const conn of found) zero(conn);
  yield* summary(proc, found.length, "shown");
  return 0;
}

/** What -z does not go with. */
const NARROWING = ["src", "dst", "reply-src", "reply-dst", "protonum", "status", "mark", "zone", "secmark", "orig-zone"];

/** A filter by status that asks for no bit at all. */
function refuseNothing({ table, options }: Parsed): void {
  const status = options.get("status");
  if (table !== "conntrack" || status === undefined) return;
  const { bits, unreplied, offload } = parseStatus(status);
  if (bits === 0 && !unreplied && !offload) throw new Failed("invalid parameters");
}

function zero({ accounting }: Connection): void {
  if (accounting) for (const side of [accounting.original, accounting.reply]) side.packets = side.bytes = 0;
}

function lineOf(conn: Connection, nowMs: number, output: Output, use = 1, command = "-A"): string {
  if (output.xml) return xmlFlow(conn, nowMs);
  return output.save ? saveLine(conn, nowMs, command) : listLine(conn, nowMs, { ...output, uses: use });
}

function* remove(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const found = table.list().filter(matcher(parsed));
  for (const conn of found) {
    table.forget(conn, { pid: proc.pid, name: "conntrack" });
    yield* proc.out(`${lineOf(conn, table.nowMs, output, 1, "-D")}\n`);
  }
  yield* summary(proc, found.length, "deleted");
  return found.length === 0 ? 1 : 0;
}

function* update(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const found = table.list().filter(matcher(parsed)).filter((conn) => differs(conn, parsed.options));
  let updated = 0;
  for (const [at, conn] of found.entries()) {
    if (conn.zone !== 0 && parsed.family !== undefined) {
      // It asks for the same addresses in zone 0.
      yield* proc.err("Operation failed: No such file or directory\n");
      continue;
    }
    updated++;
    const refused = parsed.family === undefined ? "Operation not supported" : refusal(conn, parsed.options);
    // It takes the answer to the one before for the answer to this one: every other entry goes unseen.
    const shown = at % 2 === 0 && parsed.family !== undefined;
    if (refused === undefined) {
      applyChanges(conn, parsed.options, table.nowMs);
      table.events.tell({ kind: "UPDATE", conn, atMs: table.nowMs, by: { pid: proc.pid, name: "conntrack" } });
    }
    if (shown) yield* proc.out(`${lineOf(conn, table.nowMs, output, 2)}\n`);
    if (refused === undefined) continue;
    yield* proc.err(`Operation failed: ${refused}\n`);
    throw new Failed(refused);
  }
  yield* summary(proc, updated, "updated");
  return updated === 0 ? 1 : 0;
}

/** Would anything change? What would not is passed over. */
function differs(conn: Connection, options: Parsed["options"]): boolean {
  const mark = options.get("mark");
  const status = options.get("status");
  return options.has("timeout") || (mark !== undefined && changedMark(conn, mark) !== conn.mark) || (status !== undefined && (conn.status & parseStatus(status).bits) !== parseStatus(status).bits);
}

function changedMark(conn: Connection, text: string): number {
  const { value, mask } = parseMark(text);
  return ((conn.mark & ~mask) ^ value) >>> 0;
}

/** ctnetlink_change_status and ctnetlink_change_timeout. */
function refusal(conn: Connection, options: Parsed["options"]): string | undefined {
  const status = options.get("status");
  if (status !== undefined && parseStatus(status).bits & STATUS.expected && !conn.has(STATUS.expected)) return "Device or resource busy";
  return options.has("timeout") && conn.has(STATUS.fixedTimeout) ? "sorry, you must be root or get CAP_NET_ADMIN capability to do this" : undefined;
}

function applyChanges(conn: Connection, options: Parsed["options"], nowMs: number): void {
  const mark = options.get("mark");
  if (mark !== undefined) conn.mark = changedMark(conn, mark);
  const timeout = options.get("timeout");
  if (timeout !== undefined) conn.expiresMs = nowMs + timeoutMs(timeout);
  const status = options.get("status");
  if (status !== undefined) conn.status |= parseStatus(status).bits;
}

/** What the kernel makes of so many seconds: no more than fit into its clock. */
const timeoutMs = (text: string): number => Math.min(number(text), LONGEST_S) * 1000;
const LONGEST_S = 8_589_934;

function tupleFrom({ options, protocol }: Parsed): Tuple {
  const address = (key: string) => parseNet(options.get(key) ?? "0.0.0.0").address;
  const icmp = protocol === 1;
  return {
    proto: protocol ?? 0,
    src: address("src"),
    dst: address("dst"),
    sport: icmp ? port(options.get("icmp-id") ?? "0") : port(options.get("sport") ?? "0"),
    dport: icmp ? (port(options.get("icmp-type") ?? "8") << 8) | port(options.get("icmp-code") ?? "0") : port(options.get("dport") ?? "0"),
    zone: port(options.get("zone") ?? "0"),
  };
}

function* get(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const tuple = tupleFrom(parsed);
  if (!parsed.options.has("src") || parsed.protocol === 58 || !invert(tuple)) throw new Failed("invalid parameters");
  const node = table.find(tuple);
  if (!node) throw new Failed("such conntrack doesn't exist");
  yield* proc.out(`${lineOf(node.conn, table.nowMs, output, 2)}\n`);
  yield* summary(proc, 1, "shown");
  return 0;
}

function* create(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const { options } = parsed;
  const invalid = parsed.command === "A" ? "Invalid argument" : "invalid parameters";
  for (const key of ["orig-zone", "reply-zone"]) if (options.has(key)) throw new NotModelledOption(`--${key}`);
  if (UNTRACKED.includes(parsed.protocol ?? 0)) throw new NotModelledOption(`--protonum ${parsed.protocol}`);
  const { bits } = parseStatus(options.get("status") ?? "UNSET");
  const state = options.has("state") ? tcpState(options.get("state") ?? "") : undefined;
  const original = originalOf(parsed);
  const mirror = invert(original);
  const answers = mirror && replyOf(parsed, mirror);
  if (!answers) throw new Failed(invalid);
  const reply = translated(answers, options);
  if (bits & STATUS.expected) throw new Failed("Device or resource busy");
  if (parsed.command === "I" && (table.find(original) || table.find(reply))) throw new Failed("Such conntrack exists, try -U to update");
  const nat = (reply.src !== mirror.src ? STATUS.dstNat : 0) | (reply.dst !== mirror.dst ? STATUS.srcNat : 0);
  table.create(original, reply, { timeoutMs: timeoutMs(options.get("timeout") ?? ""), status: bits | nat, mark: options.has("mark") ? parseMark(options.get("mark") ?? "0").value : 0, ...(state !== undefined && { tcpState: state }) });
  yield* summary(proc, 1, parsed.command === "A" ? "added" : "created");
  return 0;
}

/** Protocols whose own options are known, and nothing else of them. */
const UNTRACKED: readonly number[] = [33, 47, 58, 132, 136];

/** As given, or the mirror of the answers' side. */
function originalOf(parsed: Parsed): Tuple {
  const { options } = parsed;
  if (options.has("src")) return tupleFrom(parsed);
  const given = new Map(options);
  for (const [from, to] of [["reply-dst", "src"], ["reply-src", "dst"], ["reply-dport", "sport"], ["reply-sport", "dport"]] as const) given.set(to, options.get(from) ?? "0");
  return tupleFrom({ ...parsed, options: given });
}

/** The other direction: the mirror, unless something of it was given; then the rest is zero, and must not always be. */
function replyOf({ options, protocol }: Parsed, mirror: Tuple): Tuple | undefined {
  if (!options.has("reply-src") && !options.has("reply-dst")) return mirror;
  const address = (key: string) => parseNet(options.get(key) ?? "0.0.0.0").address;
  const [src, dst] = [address("reply-src"), address("reply-dst")];
  if (protocol === 1 && options.has("reply-src") && options.has("reply-dst")) return undefined;
  if (protocol !== 6 && protocol !== 17) return { ...mirror, src, dst };
  if (!options.has("reply-sport") || !options.has("reply-dport")) return undefined;
  return { ...mirror, src, dst, sport: port(options.get("reply-sport") ?? ""), dport: port(options.get("reply-dport") ?? "") };
}

/** --src-nat and --dst-nat: the answers' side shows it. */
function translated(reply: Tuple, options: Parsed["options"]): Tuple {
  const source = parseNat(options.get("src-nat") ?? "", "src-nat");
  const destination = parseNat(options.get("dst-nat") ?? "", "dst-nat");
  return {
    ...reply,
    ...(source && { dst: source.address, ...(source.port !== undefined && reply.proto !== 1 && { dport: source.port }) }),
    ...(destination && { src: destination.address, ...(destination.port !== undefined && reply.proto !== 1 && { sport: destination.port }) }),
  };
}

const EVENTS: Readonly<Record<string, readonly ConntrackEvent["kind"][]>> = { ALL: ["NEW", "UPDATE", "DESTROY"], NEW: ["NEW"], UPDATES: ["UPDATE"], DESTROY: ["DESTROY"] };

const COMMANDS = { NEW: "-A", UPDATE: "-U", DESTROY: "-D" } as const;
const TYPES = { NEW: "new", UPDATE: "update", DESTROY: "destroy" } as const;

function eventText({ kind, conn, by }: ConntrackEvent, nowMs: number, output: Output, count: number): string {
  if (output.xml) return `${count === 1 ? XML_START : ""}${xmlEvent(conn, nowMs, TYPES[kind])}`;
  if (output.save) return saveLine(conn, nowMs, COMMANDS[kind]);
  const name = by?.name === undefined ? "" : ` progname=${by.name}`;
  return `${eventLine(kind, conn, nowMs, output)}${by ? ` [USERSPACE] portid=${by.pid}${name}` : ""}`;
}

/** -E: until it is interrupted, and then it says how many. */
function* watch(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const wanted = new Set(parseEvents(parsed.options.get("event-mask") ?? "ALL").flatMap((word) => EVENTS[word] ?? []));
  const test = matcher(parsed);
  const arrived = new Signal();
  const waiting: string[] = [];
  let count = 0;
  let interrupted = false;
  const leave = table.events.listen((event) => {
    if (!wanted.has(event.kind) || !test(event.conn)) return;
    count++;
    const atUs = Math.round(wallMs(proc.world) * 1000);
    const stamp = output.timestamp ? `[${Math.floor(atUs / 1_000_000)}.${String(atUs % 1_000_000).padEnd(6, "0").slice(0, 6)}]\t` : "";
    waiting.push(`${stamp}${eventText(event, table.nowMs, output, count)}\n`);
    arrived.notify();
  });
  proc.onExit(leave);
  const stop = (): void => {
    interrupted = true;
    arrived.notify();
  };
  proc.onSignal("SIGINT", stop);
  proc.onSignal("SIGTERM", stop);
  while (!interrupted) {
    const lines = waiting.splice(0).join("");
    if (lines !== "") yield* proc.out(lines);
    else yield { on: arrived };
  }
  leave();
  if (output.xml && count > 0) yield* proc.out(XML_END);
  yield* proc.err(`${VERSION}: ${count} flow events have been shown.\n`);
  return 0;
}

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
import { matcher, parseMark, parseNet, parseStatus, port, tcpState } from "./filter";
import { HELP } from "./help";
import { NotModelledOption, type Parsed, parseConntrack, usage, UsageError } from "./options";
import { saveLine, xmlFlow, XML_END, XML_START } from "./output";

const VERSION = "conntrack v1.4.7 (conntrack-tools)";
const HINT = "Try `conntrack -h' or 'conntrack --help' for more information.\n";

type Output = PrintFlags & { readonly xml: boolean; readonly save: boolean; readonly timestamp: boolean };

/** A failed operation: exit status 1. */
class Failed extends Error {
  constructor(
    message: string,
    readonly operation = true,
  ) {
    super(message);
  }
}

function outputOf(text: string | undefined): Output {
  const words = (text ?? "").split(",").filter((word) => word !== "");
  for (const word of words) if (!["xml", "extended", "timestamp", "id", "ktimestamp", "labels", "save", "userspace"].includes(word)) usage(`Bad parameter \`${text ?? ""}'`);
  const has = (word: string): boolean => words.includes(word);
  if (has("save") && words.length > 1) throw new Failed("cannot combine save output with any other output type, use -o save only", false);
  return { xml: has("xml"), save: has("save"), extended: has("extended"), id: has("id"), timestamp: has("timestamp") };
}

export const conntrack: Program = defineCommand({
  name: "conntrack",
  summary: "command line interface for netfilter connection tracking",

  *run(proc) {
    try {
      return yield* execute(proc);
    } catch (error) {
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

function* execute(proc: Proc): Task<number> {
  const parsed = parseConntrack(proc.args);
  const netfilter = netfilterOf(proc.machine.netns);
  if (parsed.command === "help") {
    yield* proc.out(HELP);
    return 0;
  }
  if (parsed.command === "version") {
    yield* proc.out(`${VERSION}\n`);
    return 0;
  }
  if (!netfilter) throw new Failed("Operation not supported");
  // No file of connection labels here either.
  if (parsed.options.get("output")?.split(",").includes("labels")) yield* proc.err("nfct_labelmap_new: No such file or directory\n");
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
      return yield* create(proc, netfilter, parsed);
    case "F":
      netfilter.conntrack.flush();
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
  if (parsed.table === "conntrack" && parsed.options.get("status") === "UNSET") throw new Failed("invalid parameters");
  const test = matcher(parsed, true);
  const found = parsed.table === "conntrack" ? table.list().filter(test) : [];
  if (output.xml && found.length > 0) yield* proc.out(XML_START);
  for (const conn of found) yield* proc.out(`${lineOf(conn, table.nowMs, output)}\n`);
  if (output.xml && found.length > 0) yield* proc.out(XML_END);
  if (parsed.options.has("zero")) for (const conn of found) zero(conn);
  yield* summary(proc, found.length, "shown");
  return 0;
}

function zero({ accounting }: Connection): void {
  if (accounting) for (const side of [accounting.original, accounting.reply]) side.packets = side.bytes = 0;
}

function lineOf(conn: Connection, nowMs: number, output: Output, use = 1): string {
  if (output.xml) return xmlFlow(conn, nowMs);
  return output.save ? saveLine(conn, nowMs) : listLine(conn, nowMs, { ...output, uses: use });
}

function* remove(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const found = table.list().filter(matcher(parsed, true));
  for (const conn of found) {
    table.forget(conn);
    yield* proc.out(`${lineOf(conn, table.nowMs, output)}\n`);
  }
  yield* summary(proc, found.length, "deleted");
  return found.length === 0 ? 1 : 0;
}

function* update(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const { options } = parsed;
  const changes = ["mark", "timeout", "status"].some((key) => options.has(key));
  const found = changes ? table.list().filter(matcher(parsed, false)) : [];
  for (const conn of found) {
    applyChanges(conn, options, table.nowMs);
    table.events.tell({ kind: "UPDATE", conn, atMs: table.nowMs, by: { pid: proc.pid, name: "conntrack" } });
    yield* proc.out(`${lineOf(conn, table.nowMs, output, 2)}\n`);
  }
  yield* summary(proc, found.length, "updated");
  return found.length === 0 ? 1 : 0;
}

function applyChanges(conn: Connection, options: Parsed["options"], nowMs: number): void {
  const mark = options.get("mark");
  if (mark !== undefined) {
    const { value, mask } = parseMark(mark);
    conn.mark = ((conn.mark & ~mask) ^ value) >>> 0;
  }
  const timeout = options.get("timeout");
  if (timeout !== undefined) conn.expiresMs = nowMs + Number(timeout) * 1000;
  const status = options.get("status");
  if (status !== undefined) conn.status |= parseStatus(status).bits;
}

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
  const node = table.find(tupleFrom(parsed));
  if (!node) throw new Failed("such conntrack doesn't exist");
  yield* proc.out(`${lineOf(node.conn, table.nowMs, outputOf(parsed.options.get("output")), 2)}\n`);
  yield* summary(proc, 1, "shown");
  return 0;
}

function* create(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const { options } = parsed;
  for (const key of ["reply-src", "reply-dst", "src-nat", "dst-nat"]) if (options.get(key)?.includes("/")) usage(`CIDR notation unavailable for \`--${key}'`);
  const { bits } = parseStatus(options.get("status") ?? "UNSET");
  const state = options.has("state") ? tcpState(options.get("state") ?? "") : undefined;
  const original = tupleFrom(parsed);
  const mirror = invert(original);
  if (!mirror) throw new Failed("invalid parameters");
  const reply = translated(replyOf(parsed, mirror), options);
  if (bits & STATUS.expected) throw new Failed("Device or resource busy");
  if (table.find(original) || table.find(reply)) throw new Failed("Such conntrack exists, try -U to update");
  const nat = (reply.src !== mirror.src ? STATUS.dstNat : 0) | (reply.dst !== mirror.dst ? STATUS.srcNat : 0);
  table.create(original, reply, { timeoutMs: Number(options.get("timeout")) * 1000, status: bits | nat, mark: options.has("mark") ? parseMark(options.get("mark") ?? "0").value : 0, ...(state !== undefined && { tcpState: state }) });
  yield* summary(proc, 1, "created");
  return 0;
}

/** The other direction: the mirror, unless something of it was given; then the rest is zero. */
function replyOf({ options, protocol }: Parsed, mirror: Tuple): Tuple {
  if (!options.has("reply-src") && !options.has("reply-dst")) return mirror;
  const address = (key: string) => parseNet(options.get(key) ?? "0.0.0.0").address;
  const [src, dst] = [address("reply-src"), address("reply-dst")];
  if (protocol !== 6 && protocol !== 17) return { ...mirror, src, dst };
  if (!options.has("reply-sport") || !options.has("reply-dport")) throw new Failed("invalid parameters");
  return { ...mirror, src, dst, sport: port(options.get("reply-sport") ?? ""), dport: port(options.get("reply-dport") ?? "") };
}

/** --src-nat and --dst-nat: the answers' side shows it. */
function translated(reply: Tuple, options: Parsed["options"]): Tuple {
  const source = natAddress(options.get("src-nat"));
  const destination = natAddress(options.get("dst-nat"));
  return {
    ...reply,
    ...(source && { dst: source.address, ...(source.port !== undefined && reply.proto !== 1 && { dport: source.port }) }),
    ...(destination && { src: destination.address, ...(destination.port !== undefined && reply.proto !== 1 && { sport: destination.port }) }),
  };
}

function natAddress(text: string | undefined): { readonly address: Tuple["src"]; readonly port: number | undefined } | undefined {
  if (text === undefined || text === "") return undefined;
  const [address = "", given] = text.split(":");
  return { address: parseNet(address).address, port: given === undefined ? undefined : port(given) };
}

const EVENTS: Readonly<Record<string, readonly ConntrackEvent["kind"][]>> = { ALL: ["NEW", "UPDATE", "DESTROY"], NEW: ["NEW"], UPDATES: ["UPDATE"], DESTROY: ["DESTROY"] };

/** -E: until it is interrupted, and then it says how many. */
function* watch(proc: Proc, netfilter: Netfilter, parsed: Parsed): Task<number> {
  const { conntrack: table } = netfilter;
  const output = outputOf(parsed.options.get("output"));
  const wanted = new Set((parsed.options.get("event-mask") ?? "ALL").split(",").flatMap((word) => EVENTS[word] ?? usage(`Bad parameter \`${word}'`)));
  const test = matcher(parsed, true);
  const arrived = new Signal();
  const waiting: string[] = [];
  let count = 0;
  let interrupted = false;
  const leave = table.events.listen((event) => {
    if (!wanted.has(event.kind) || !test(event.conn)) return;
    count++;
    const atUs = Math.round(wallMs(proc.world) * 1000);
    const stamp = output.timestamp ? `[${Math.floor(atUs / 1_000_000)}.${String(atUs % 1_000_000).padEnd(6, "0").slice(0, 6)}]\t` : "";
    const by = event.by ? ` [USERSPACE] portid=${event.by.pid} progname=${event.by.name}` : "";
    waiting.push(`${stamp}${eventLine(event.kind, event.conn, table.nowMs, output)}${by}\n`);
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
  yield* proc.err(`${VERSION}: ${count} flow events have been shown.\n`);
  return 0;
}

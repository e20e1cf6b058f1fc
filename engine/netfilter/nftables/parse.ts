/** Commands: `add table ip t`, `list ruleset`, a file of them. base_cmd of src/parser_bison.y. */
import type { CommandNode, Handle, ListObject, ObjectKind } from "./ast";
import { MONITORED, type MonitorFilter } from "./changes";
import { parseSet } from "./parse-expression";
import { parseQuota, parseRate } from "./parse-stateful";
import { parseChainBlock, parseObjectBlock, parseSetBlock, parseTableBlock } from "./parse-block";
import { parseDefined, parseRule } from "./parse-statement";
import { type Loc, NftError, notModelled } from "./source";
import { Tokens } from "./tokens";

const FAMILIES = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];
const ADDABLE = ["table", "chain", "rule", "set", "map", "element", "counter", "limit", "quota", "ct", "flowtable", "secmark", "synproxy"];
const VERBS = ["add", "create", "insert", "replace", "delete", "list", "reset", "flush", "rename", "get", "monitor", "describe", "import", "export"];

/** One command after the other, as far as the text can be read. */
export class CommandReader {
  readonly #tokens: Tokens;

  constructor(text: string, refused?: ReadonlyMap<number, string>) {
    this.#tokens = new Tokens(text, refused);
  }

  /** What could not be read so far. */
  get problems(): readonly NftError[] {
    return this.#tokens.problems;
  }

  next(): CommandNode | undefined {
    const t = this.#tokens;
    for (;;) {
      t.forget();
      t.skipSeparators();
      if (t.atEnd || t.givenUp) return undefined;
      try {
        const command = readOne(t);
        if (command) return command;
      } catch (error) {
        t.recover(error);
      }
    }
  }
}

/** Undefined for what only changes the reading. */
function readOne(t: Tokens): CommandNode | undefined {
  if (t.is("include")) t.include();
  if (t.define(() => parseDefined(t), ["end of file", "newline", "semicolon"])) return undefined;
  const command = parseCommand(t);
  if (t.now.kind !== "newline" && !t.atEnd && !t.is(";")) t.fail(["end of file", "newline", "semicolon"]);
  return command;
}

function parseCommand(t: Tokens): CommandNode {
  const start = t.now;
  const verb = t.isAny(VERBS) ? t.next().text : "add";
  switch (verb) {
    case "add":
    case "create":
      return parseAdd(t, verb, start.loc);
    case "insert":
      t.expect("rule", ["rule"]);
      return { op: "insert", object: "rule", ...ruleAt(t, start.loc, false) };
    case "replace":
      t.expect("rule", ["rule"]);
      return { op: "replace", object: "rule", ...ruleAt(t, start.loc, true) };
    case "delete":
      return parseDelete(t, start.loc);
    case "list":
    case "reset":
      return parseList(t, verb, start.loc);
    case "flush":
      return parseFlush(t, start.loc);
    case "rename": {
      t.expect("chain", ["chain"]);
      const handle = named(t);
      const to = t.name(["string"]);
      return { op: "rename", object: "chain", handle, to: to.text, toLoc: to.loc, loc: t.since(start.loc) };
    }
    case "get": {
      t.expect("element", ["element"]);
      return { op: "get", object: "element", ...elementsOf(t), loc: t.since(start.loc) };
    }
    case "monitor":
      return { op: "monitor", object: "monitor", handle: { family: "ip" }, filter: parseMonitor(t), loc: t.since(start.loc) };
    default:
      return notModelled(verb);
  }
}

function parseMonitor(t: Tokens): MonitorFilter {
  const first = t.now;
  if (!t.isWord()) return {};
  if (t.isAny(MONITORED)) return { object: t.next().text };
  if (!t.isName()) t.fail();
  const event = t.next().text;
  if (event !== "new" && event !== "destroy") throw new NftError(`invalid event ${event}`, first.loc);
  return t.isAny(MONITORED.slice(0, -1)) ? { event, object: t.next().text } : { event };
}

function family(t: Tokens): string {
  // A table may well be called "ip"; then the family stands before it.
  if (t.isAny(FAMILIES)) {
    const word = t.next().text;
    if (word !== "ip" && word !== "inet") notModelled(`family ${word}`);
    return word;
  }
  return "ip";
}

function tableOf(t: Tokens, byHandle = false): Handle {
  const own = family(t);
  if (byHandle && t.take("handle")) {
    const loc = t.now.loc;
    return { family: own, id: t.number(), idLoc: loc };
  }
  const name = t.name(byHandle ? ["handle", "string"] : ["string"]);
  return { family: own, table: name.text, tableLoc: name.loc };
}

/** What can also be named by its handle. */
function named(t: Tokens, byHandle = false): Handle {
  const table = tableOf(t);
  if (byHandle && t.take("handle")) {
    const loc = t.now.loc;
    return { ...table, id: t.number(), idLoc: loc };
  }
  const name = t.name(byHandle ? ["handle", "string"] : ["string"]);
  // Written out: a large ruleset has a hundred thousand of them.
  return table.table === undefined || table.tableLoc === undefined ? { ...table, name: name.text, nameLoc: name.loc } : { family: table.family, table: table.table, tableLoc: table.tableLoc, name: name.text, nameLoc: name.loc };
}

function elementsOf(t: Tokens): { readonly handle: Handle; readonly elements: ReturnType<typeof parseSet> } {
  const handle = named(t);
  if (!t.is("{") && !t.is("$")) t.fail(["'{'", "'$'"]);
  t.expandVariable();
  return { handle, elements: parseSet(t) };
}

function parseAdd(t: Tokens, op: "add" | "create", start: Loc): CommandNode {
  // Where no kind of thing is named, it is a rule; after `add` nothing else is left.
  const object = t.isAny(ADDABLE) ? t.next().text : "rule";
  if (object === "rule" && t.last.text !== "rule" && !t.isAny(FAMILIES) && !t.isName()) t.fail(op === "create" || t.last === t.now || t.last.text !== op ? undefined : ["string"]);
  switch (object) {
    case "table": {
      const handle = tableOf(t);
      const table = t.is("{") ? parseTableBlock(t, handle) : { flags: [], items: [] };
      return { op, object, handle, table, loc: t.since(start) };
    }
    case "chain":
      return parseAddChain(t, op, start);
    case "rule":
      if (op === "create") t.fail();
      return { op: "add", object, ...ruleAt(t, start, false) };
    case "set":
    case "map": {
      const handle = named(t);
      const block = t.now;
      const set = parseSetBlock(t, object === "map");
      // What its block lacks is said of the block.
      return { op, object: "set", handle: { ...handle, blockLoc: { start: block.start, end: t.ahead(-2).end } }, set, loc: t.since(start) };
    }
    case "element":
      return { op, object, ...elementsOf(t), loc: t.since(start) };
    case "counter":
    case "limit":
    case "quota":
      return parseAddObject(t, op, object, start);
    default:
      return notModelled(object);
  }
}

function parseAddObject(t: Tokens, op: "add" | "create", object: ObjectKind, start: Loc): CommandNode {
  const handle = named(t);
  if (object === "counter" && t.take("packets")) {
    const packets = t.number();
    t.expect("bytes", ["bytes"]);
    return { op, object, handle, node: { state: { kind: "counter", packets, bytes: t.number() } }, loc: t.since(start) };
  }
  if (object === "counter" || t.is("{")) return { op, object, handle, node: parseObjectBlock(t, object), loc: t.since(start) };
  if (object === "limit") t.expect("rate", ["rate", "'{'"]);
  const state = object === "limit" ? { kind: "limit" as const, limit: parseRate(t) } : parseQuota(t);
  return { op, object, handle, node: { state }, loc: t.since(start) };
}

function parseAddChain(t: Tokens, op: "add" | "create", start: Loc): CommandNode {
  const handle = named(t);
  if (!t.is("{")) return { op, object: "chain", handle, chain: { rules: [] }, loc: t.since(start) };
  return { op, object: "chain", handle, chain: parseChainBlock(t), loc: t.since(start) };
}

function ruleAt(t: Tokens, start: Loc, replaces: boolean): { readonly handle: Handle; readonly rule: ReturnType<typeof parseRule>; readonly loc: Loc } {
  let handle = named(t);
  if (replaces && !t.is("handle")) t.fail(["handle"]);
  if (t.isAny(["handle", "position"])) {
    const word = t.next();
    const { loc } = t.now;
    const id = t.number();
    handle = word.text === "handle" ? { ...handle, id, idLoc: loc } : { ...handle, position: id, positionLoc: t.since(word) };
  } else if (t.is("index")) {
    const word = t.next();
    handle = { ...handle, index: t.number(), idLoc: t.since(word) };
  }
  const rule = parseRule(t);
  return { handle, rule, loc: t.since(start) };
}

function parseDelete(t: Tokens, start: Loc): CommandNode {
  if (!t.isAny(["table", "chain", "rule", "set", "map", "element", "counter", "limit", "quota", "ct", "flowtable", "secmark", "synproxy"])) t.fail();
  const object = t.next().text;
  switch (object) {
    case "table":
      return { op: "delete", object, handle: tableOf(t, true), loc: t.since(start) };
    case "rule": {
      let handle = named(t);
      t.expect("handle", ["handle"]);
      const { loc } = t.now;
      handle = { ...handle, id: t.number(), idLoc: loc };
      return { op: "delete", object, handle, loc: t.since(start) };
    }
    case "element":
      return { op: "delete", object, ...elementsOf(t), loc: t.since(start) };
    case "chain":
    case "set":
    case "map":
    case "counter":
    case "limit":
    case "quota":
      return { op: "delete", object, handle: named(t, object !== "map"), loc: t.since(start) };
    default:
      return notModelled(object);
  }
}

/** Those that can be listed of one table. */
const OF_TABLE: ReadonlySet<string> = new Set(["sets", "counters", "limits", "quotas", "secmarks", "synproxys"]);
const LISTS: readonly ListObject[] = ["ruleset", "table", "tables", "chain", "chains", "set", "sets", "map", "maps", "counter", "counters", "limit", "limits", "quota", "meter", "meters", "flowtables", "quotas", "secmarks", "synproxys", "hooks"];

function parseList(t: Tokens, op: "list" | "reset", start: Loc): CommandNode {
  const resettable = ["counter", "counters", "quotas", "quota"];
  if (op === "reset" && !t.isAny(resettable)) t.fail(resettable);
  if (t.isAny(["ct", "flowtable", "secmark", "synproxy"])) notModelled(`list ${t.now.text}`);
  if (!t.isAny(LISTS)) t.fail();
  const object = t.next().text as ListObject;
  if (object === "hooks") return parseListHooks(t, op, start);
  if (object === "ruleset" || object === "tables" || object.endsWith("s")) {
    const wanted = t.isAny(FAMILIES) ? family(t) : "";
    if (OF_TABLE.has(object) && t.take("table")) {
      const handle = tableOf(t);
      return { op, object, handle, loc: t.since(start) };
    }
    return { op, object, handle: { family: wanted }, loc: t.since(start) };
  }
  return { op, object, handle: object === "table" ? tableOf(t) : named(t), loc: t.since(start) };
}

/** list hooks ip device eth0: of whatever family. */
function parseListHooks(t: Tokens, op: "list" | "reset", start: Loc): CommandNode {
  if (t.isAny(FAMILIES)) t.next();
  if (t.take("device")) t.name(["string"]);
  return { op, object: "hooks", handle: { family: "" }, loc: t.since(start) };
}

function parseFlush(t: Tokens, start: Loc): CommandNode {
  if (!t.isAny(["ruleset", "table", "chain", "set", "map", "meter", "flow"])) t.fail();
  const object = t.next().text;
  if (object === "ruleset") return { op: "flush", object, handle: { family: t.isAny(FAMILIES) ? family(t) : "" }, loc: t.since(start) };
  if (object === "table") return { op: "flush", object, handle: tableOf(t), loc: t.since(start) };
  if (object === "meter" || object === "flow") return notModelled(`flush ${object}`);
  return { op: "flush", object: object as "chain" | "set" | "map", handle: named(t), loc: t.since(start) };
}


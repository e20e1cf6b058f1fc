/** Statements of a rule: stmt of src/parser_bison.y. */
import type { NatFlag, Node, ObjectKind, RelationalOp, RuleNode, StatefulNode, StatementNode } from "./ast";
import { parseExpression, parseReference, parseSet, parseSetOrReference, parseVerdict, startsSelector, startsVerdict, time } from "./parse-expression";
import { parseCounter, parseQuota, parseRate, parseStateful, parseStatefuls } from "./parse-stateful";
import { NftError, notModelled, span } from "./source";
import type { Tokens } from "./tokens";

const OPERATORS: readonly RelationalOp[] = ["==", "!=", "<", ">", "<=", ">=", "!"];
/** UDATA of a rule holds so much. */
const LONGEST_COMMENT = 128;
const UNMODELLED = ["queue", "fwd", "dup", "tproxy", "synproxy", "secmark", "exthdr", "osf"];

/** No statement begins so; and where one may end, a syntax error says that it should have. */
const NEVER_FIRST = ["|", "==", "!=", "!", "^", "<", ">", "<=", ">=", "=", ":", "flags", "type", "map", "vmap"];

/** Statements up to the end of the line, and perhaps a comment. */
export function parseRule(t: Tokens, ending: readonly string[] = ["end of file", "newline", "semicolon"]): RuleNode {
  const start = t.now.loc;
  const statements: StatementNode[] = [];
  do {
    t.expandVariable();
    if (statements.length > 0 && (t.now.kind === "junk" || t.isAny(NEVER_FIRST))) t.fail(ending);
    statements.push(parseStatement(t));
    t.expandVariable();
  } while (t.now.kind !== "newline" && t.now.kind !== "end of file" && !t.is(";") && !t.is("}") && !t.is("comment"));
  const comment = t.is("comment") ? parseComment(t, LONGEST_COMMENT) : undefined;
  return { statements, ...(comment !== undefined && { comment }), loc: t.since(start) };
}

export function parseComment(t: Tokens, longest: number): string {
  t.expect("comment");
  const token = t.string();
  if (token.text.length > longest) throw new NftError(`comment too long, ${longest} characters maximum allowed`, token.loc);
  return token.text;
}

function parseStatement(t: Tokens): StatementNode {
  const start = t.now.loc;
  if (startsVerdict(t)) {
    const verdict = parseVerdict(t);
    return { kind: "verdict", verdict, loc: verdict.loc };
  }
  const { text, kind } = t.now;
  if (kind === "string") {
    if (text === "comment") return t.fail();
    if (text === "xt") return refuseXt(t);
    if (text === "ct" && t.ahead(1).text === "timeout") notModelled("ct timeout");
    if (UNMODELLED.includes(text)) notModelled(text);
    const simple = SIMPLE[text];
    if (simple) {
      t.next();
      return { ...simple(t), loc: t.since(start) } as StatementNode;
    }
    if ((text === "add" || text === "update" || text === "delete") && t.ahead(1).text === "@") return parseDynset(t);
    if (text === "ct" && t.ahead(1).text === "count") return { ...(parseStateful(t) as StatefulNode), loc: t.since(start) };
    if (text === "flow" && (t.ahead(1).text === "add" || t.ahead(1).text === "offload")) return parseFlowOffload(t);
    if (text === "meter" || text === "flow") return parseMeter(t);
  }
  return parseMatch(t);
}

/** xt match foo: as nft lists what only iptables-nft can write. */
function refuseXt(t: Tokens): never {
  const start = t.next();
  if (t.isWord()) t.next();
  if (t.isWord()) t.next();
  throw new NftError("unsupported xtables compat expression, use iptables-nft with this ruleset", t.since(start));
}

type Bare = StatementNode extends infer S ? (S extends StatementNode ? Omit<S, "loc"> : never) : never;

const SIMPLE: Readonly<Record<string, (t: Tokens) => Bare>> = {
  counter: (t) => (t.is("name") ? parseObject(t, "counter") : parseCounter(t)),
  quota: (t) => (t.is("name") ? parseObject(t, "quota") : parseQuota(t)),
  limit: (t) => {
    if (t.is("name")) return parseObject(t, "limit");
    if (!t.is("rate")) t.fail(["name", "rate"]);
    t.next();
    return { kind: "limit", limit: parseRate(t) };
  },
  log: parseLog,
  reject: parseReject,
  dnat: (t) => parseNat(t, "dnat"),
  snat: (t) => parseNat(t, "snat"),
  masquerade: (t) => parseNat(t, "masquerade"),
  redirect: (t) => parseNat(t, "redirect"),
  notrack: () => ({ kind: "notrack" }),
  set: parseOldDynset,
};

/** `counter name "x"`, `counter name ip saddr map { … }`: at `name`. */
function parseObject(t: Tokens, object: ObjectKind): Bare {
  t.next();
  t.expandVariable();
  if (startsSelector(t)) {
    const map = parseExpression(t, "left");
    if (map.kind !== "map") throw new NftError("datatype mismatch: expected string, expression has another type", map.loc);
    return { kind: "object map", object, key: map.key, set: map.set };
  }
  const name = t.isName() || t.isNumber() || t.now.kind === "quoted string" ? t.next() : t.fail();
  return { kind: "object", object, name: name.text, nameLoc: name.loc };
}

const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"];
const LOG_FLAGS: Readonly<Record<string, readonly (readonly [string, number])[]>> = { tcp: [["sequence", 1], ["options", 2]], ip: [["options", 4]], skuid: [["", 8]], ether: [["", 32]], all: [["", 47]] }; // prettier-ignore

function parseLog(t: Tokens): Bare {
  const log: { prefix?: string; level?: number; flags: number; group?: number; snaplen?: number; threshold?: number } = { flags: 0 };
  for (;;) {
    if (t.take("prefix")) log.prefix = t.interpolated(t.string());
    else if (t.take("level")) {
      const level = t.string();
      const at = LEVELS.indexOf(level.text === "warning" ? "warn" : level.text);
      if (at < 0) throw new NftError("invalid log level", level.loc);
      log.level = at;
    } else if (t.take("group")) log.group = t.number();
    else if (t.take("snaplen")) log.snaplen = t.number();
    else if (t.take("queue-threshold")) log.threshold = t.number();
    else if (t.take("flags")) {
      const options = t.isWord() ? LOG_FLAGS[t.now.text] : undefined;
      if (!options) return t.fail();
      t.next();
      do {
        const found = options.find(([name]) => name === "" || t.is(name));
        if (!found) return t.fail();
        if (found[0] !== "") t.next();
        log.flags |= found[1];
      } while (t.take(","));
    } else return { kind: "log", ...log };
  }
}

function parseReject(t: Tokens): Bare {
  const word = t.last.loc;
  if (!t.take("with")) return { kind: "reject", family: "default", word };
  const family = t.now.text;
  if (!t.isAny(["icmp", "icmpv6", "tcp", "icmpx"])) return t.fail(["icmp", "icmpv6", "tcp", "icmpx"]);
  t.next();
  if (family === "icmpv6") notModelled("reject with icmpv6");
  if (family === "tcp") {
    t.expect("reset", ["reset"]);
    return { kind: "reject", family: "tcp", word };
  }
  const typed = t.take("type") !== undefined;
  if (!t.isName() && t.now.kind !== "number") t.fail(typed ? ["number", "string"] : ["number", "string", "type"]);
  const code = t.next();
  return { kind: "reject", family: family as "icmp" | "icmpx", code: { kind: "symbol", text: code.text, quoted: false, loc: code.loc }, word };
}

type NatDraft = { address?: Node; port?: Node; both: boolean; family?: "ip"; netmap?: boolean };

function parseNat(t: Tokens, type: "snat" | "dnat" | "masquerade" | "redirect"): Bare {
  const word = t.last.loc;
  const nat: NatDraft = { both: false };
  if (type === "snat" || type === "dnat") parseTranslation(t, type, nat);
  else if (t.take("to")) {
    t.take(":");
    nat.port = parseExpression(t, "left");
  }
  return { kind: "nat", type, word, ...nat, flags: parseNatFlags(t) };
}

/** [ip] [prefix | interval | addr . port] to ADDRESS[:PORT]. */
function parseTranslation(t: Tokens, type: string, nat: NatDraft): void {
  if (t.is("ip6")) notModelled(`${type} ip6`);
  if (t.is("ip") && !t.ahead(1).text.match(/^[sd]addr$/)) parseFamily(t, nat);
  if (t.is("prefix") || (t.is("interval") && nat.family === undefined)) {
    nat.netmap = t.next().text === "prefix";
    t.expect("to", ["to"]);
  } else if (!t.take("to") && !startsSelector(t) && t.now.kind === "newline") t.fail();
  if (t.is("to") || t.is("fib")) t.fail();
  if (!t.is(":")) nat.address = parseExpression(t, "left");
  else if (nat.family) t.fail();
  if (t.take(":")) nat.port = parseExpression(t, "left");
  if (t.is(",")) t.fail(["end of file", "newline", "semicolon"]);
}

function parseFamily(t: Tokens, nat: NatDraft): void {
  t.next();
  nat.family = "ip";
  if (t.take("addr")) {
    t.expect(".", ["."]);
    t.expect("port");
    nat.both = true;
  } else if (t.is("interval")) t.next();
  else if (!t.is("prefix") && !t.is("to")) {
    // What is wrong is noticed at the end of the line.
    while (t.now.kind !== "newline" && !t.atEnd) t.next();
    t.fail();
  }
}

function parseNatFlags(t: Tokens): NatFlag[] {
  const names = ["random", "fully-random", "persistent"];
  const flags = new Set<NatFlag>();
  while (t.isAny(names)) {
    do {
      if (!t.isAny(names)) return t.fail(names);
      flags.add(t.next().text as NatFlag);
    } while (t.take(","));
  }
  return [...flags];
}

/** add @set { ip saddr timeout 30s counter }. */
function parseDynset(t: Tokens): StatementNode {
  const start = t.next();
  const reference = parseReference(t) as Node & { readonly kind: "setref" };
  return dynset(t, start.text, start.loc, reference, () => {
    t.expect("{");
    const key = parseExpression(t, "left");
    return { key, close: true };
  });
}

/** meter m { ip saddr limit rate 10/second }: a set and what is done to it in one, as it was written before dynamic sets. */
function parseMeter(t: Tokens): StatementNode {
  const start = t.next();
  if (start.text === "flow") t.expect("table");
  const name = t.name(["string"]);
  let size = LARGEST_METER;
  if (t.take("size")) size = t.number();
  else if (!t.is("{")) t.fail(["size", "'{'"]);
  t.expect("{");
  const from = t.now.loc;
  const key = parseExpression(t, "left");
  const timeoutMs = t.take("timeout") ? time(t) : undefined;
  const elementLoc = t.since(from);
  const stateful = parseStateful(t) ?? t.fail();
  t.expect("}", ["'}'"]);
  return { kind: "dynset", op: "add", set: name.text, setLoc: elementLoc, key, ...(timeoutMs !== undefined && { timeoutMs }), stateful: [stateful], elementLoc, meter: { size }, loc: t.since(start) };
}

/** flow add @ft: hands the connection to a flowtable, of which there are none here. */
function parseFlowOffload(t: Tokens): StatementNode {
  const start = t.next();
  t.next();
  const reference = parseReference(t) as Node & { readonly kind: "setref" };
  return { kind: "flow offload", name: reference.name, loc: t.since(start) };
}

const LARGEST_METER = 65_535;

/** set add ip saddr @set: as it was written once. */
function parseOldDynset(t: Tokens): Bare {
  const start = t.last.loc;
  const op = t.next();
  if (!["add", "update", "delete"].includes(op.text)) t.failAt(op, ["add", "update", "delete"]);
  const key = parseExpression(t, "left");
  const timeoutMs = t.take("timeout") ? time(t) : undefined;
  const reference = parseReference(t) as Node & { readonly kind: "setref" };
  return { kind: "dynset", op: op.text as "add" | "update" | "delete", set: reference.name, setLoc: reference.loc, key, ...(timeoutMs !== undefined && { timeoutMs }), stateful: [], elementLoc: t.since(start) };
}

function dynset(t: Tokens, op: string, start: Node["loc"], reference: Node & { readonly kind: "setref" }, read: () => { readonly key: Node }): StatementNode {
  const { key } = read();
  const options: { timeoutMs?: number; stateful: StatefulNode[]; data?: Node } = { stateful: [] };
  for (;;) {
    if (t.is("comment")) {
      parseComment(t, LONGEST_COMMENT);
      throw new NftError("Key expression comments are not supported", key.loc);
    }
    if (t.take("timeout")) options.timeoutMs = time(t);
    else {
      const more = parseStatefuls(t);
      if (more.length === 0) break;
      options.stateful.push(...more);
    }
  }
  if (t.take(":")) options.data = parseExpression(t, "left");
  t.expect("}");
  return { kind: "dynset", op: op as "add" | "update" | "delete", set: reference.name, setLoc: reference.loc, key, ...options, elementLoc: t.since(reference.loc), loc: t.since(start) };
}

/** A comparison, a verdict map, or `… set …`. */
function parseMatch(t: Tokens): StatementNode {
  const left = parseExpression(t, "left");
  if (t.take("vmap")) {
    const set = parseSetOrReference(t, true);
    return { kind: "vmap", key: left, set, loc: span(left.loc, set.loc) };
  }
  if (t.is("set") && (left.kind === "payload" || left.kind === "meta" || left.kind === "ct" || left.kind === "tcp option")) {
    t.next();
    t.expandVariable();
    if (startsSelector(t) && t.is("fib")) t.fail();
    const value = parseList(t, parseExpression(t, "left"));
    return { kind: "set", target: left, value, loc: span(left.loc, value.loc) };
  }
  const op = OPERATORS.find((word) => t.is(word)) ?? "implicit";
  const opLoc = op === "implicit" ? left.loc : t.next().loc;
  const right = parseRight(t);
  return { kind: "match", left, op, opLoc, right, loc: span(left.loc, right.loc) };
}

function parseRight(t: Tokens): Node {
  t.expandVariable();
  if (t.is("{")) return parseSetOrReference(t);
  const first = parseExpression(t, "right");
  if (first.kind === "prefix" && t.is("/")) t.fail(["end of file", "newline", "semicolon"]);
  if (t.is("/")) {
    t.next();
    const mask = parseList(t, parseExpression(t, "right"));
    // Only a list can follow the slash.
    if (mask.kind !== "list") t.fail(["comma"]);
    return { kind: "masked", value: first, mask, loc: span(first.loc, mask.loc) };
  }
  const list = parseList(t, first);
  if (!t.take("/")) return list;
  const mask = parseList(t, parseExpression(t, "right"));
  if (mask.kind !== "list") t.fail(["comma"]);
  return { kind: "masked", value: list, mask, loc: span(list.loc, mask.loc) };
}

/** What a variable can stand for. */
export function parseDefined(t: Tokens): void {
  if (t.is("{") && t.ahead(1).text !== "}") parseSet(t);
  else if (t.is("{")) throw new NftError("Set is empty", { start: t.next().start, end: t.expect("}").end });
  else if (t.take("-")) t.number();
  else parseList(t, parseExpression(t, "right"));
}

function parseList(t: Tokens, first: Node): Node {
  if (!t.is(",")) return first;
  const items = [first];
  while (t.take(",")) items.push(parseExpression(t, "right"));
  return { kind: "list", items, loc: span(first.loc, t.last.loc) };
}

/** What stands between a table's braces: chains, sets, maps and named objects. */
import type { BlockItem, ChainNode, Handle, HookNode, ObjectKind, ObjectNode, PriorityNode, RuleNode, SetNode, StatefulNode, TableNode } from "./ast";
import { DATATYPES } from "./datatypes";
import { parseExpression, parseSet, startsSelector, time } from "./parse-expression";
import { parseCounter, parseQuota, parseRate, parseStatefuls } from "./parse-stateful";
import { parseComment, parseDefined, parseRule } from "./parse-statement";
import { type Loc, NftError, notModelled } from "./source";
import type { Tokens } from "./tokens";

const LONGEST = 128;

/** From `{` to `}`. */
export function parseTableBlock(t: Tokens, handle: Handle): TableNode {
  t.expect("{");
  t.enter();
  const items: BlockItem[] = [];
  const flags: string[] = [];
  let comment: string | undefined;
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) {
      t.leave();
      return { ...(comment !== undefined && { comment }), flags, items };
    }
    t.unlessAtEnd();
    try {
      if (t.is("include")) t.include();
      if (t.define(() => parseDefined(t), ["newline", "semicolon"])) continue;
      if (t.is("comment")) {
        comment = parseComment(t, LONGEST);
        t.endStatement();
      } else if (t.take("flags")) {
        notModelled(`table flags ${t.now.text}`);
      } else items.push(parseItem(t, handle));
    } catch (error) {
      t.recover(error);
    }
  }
}

function parseItem(t: Tokens, handle: Handle): BlockItem {
  const word = t.now;
  if (word.kind !== "string" || !["chain", "set", "map", "counter", "limit", "quota", "ct", "flowtable", "synproxy", "secmark"].includes(word.text)) return t.fail();
  t.next();
  if (["ct", "flowtable", "synproxy", "secmark"].includes(word.text)) notModelled(word.text);
  const name = t.name(["string"]);
  const own: Handle = { ...handle, name: name.text, nameLoc: name.loc };
  if (word.text === "chain") {
    const chain = parseChainBlock(t);
    return { kind: "chain", handle: own, chain, loc: t.since(word.loc) };
  }
  if (word.text === "set" || word.text === "map") {
    const set = parseSetBlock(t, word.text === "map");
    return { kind: "set", handle: own, set, loc: t.since(word.loc) };
  }
  const kind = word.text as ObjectKind;
  return { kind, handle: own, node: parseObjectBlock(t, kind), loc: t.since(word.loc) };
}

/** What an object is while nothing is said of it; a limit so born is refused. */
export const UNSAID: Readonly<Record<ObjectKind, StatefulNode>> = {
  counter: { kind: "counter", packets: 0, bytes: 0 },
  limit: { kind: "limit", limit: { rate: 0, unit: "second", over: false, burst: 0 } },
  quota: { kind: "quota", quota: { bytes: 0, over: false }, used: 0 },
};

/** The braces of a counter, a limit or a quota; a counter needs none. */
export function parseObjectBlock(t: Tokens, kind: ObjectKind): ObjectNode {
  const draft: { state: StatefulNode; comment?: string } = { state: UNSAID[kind] };
  if (kind === "counter" && !t.is("{")) return draft;
  t.expect("{", ["'{'"]);
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return draft;
    t.unlessAtEnd();
    try {
      if (t.is("comment")) draft.comment = parseComment(t, LONGEST);
      else draft.state = parseObjectLine(t, kind);
      if (!t.is("}")) t.endStatement();
    } catch (error) {
      t.recover(error);
    }
  }
}

function parseObjectLine(t: Tokens, kind: ObjectKind): StatefulNode {
  if (kind === "limit") {
    t.expect("rate");
    return { kind, limit: parseRate(t) };
  }
  if (kind === "quota") return parseQuota(t);
  if (!t.is("packets")) t.fail();
  return parseCounter(t);
}

export function parseChainBlock(t: Tokens): ChainNode {
  t.expect("{", ["'{'"]);
  t.enter();
  const chain: ChainDraft = { rules: [] };
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) {
      t.leave();
      return chain;
    }
    t.unlessAtEnd();
    try {
      if (t.is("include")) t.include();
      if (t.define(() => parseDefined(t), ["newline", "semicolon"])) continue;
      parseChainLine(t, chain);
    } catch (error) {
      t.recover(error);
    }
  }
}

type ChainDraft = { base?: HookNode; policy?: "accept" | "drop"; policyLoc?: Loc; comment?: string; readonly rules: RuleNode[] };

function parseChainLine(t: Tokens, chain: ChainDraft): void {
  if (t.is("type")) {
    chain.base = parseHook(t);
    t.endStatement();
  } else if (t.is("policy")) {
    const start = t.now;
    chain.policy = parsePolicy(t);
    chain.policyLoc = t.since(start);
    t.endStatement();
  } else if (t.is("comment")) {
    chain.comment = parseComment(t, LONGEST);
    t.endStatement();
  } else if (t.is("flags") || t.is("devices")) notModelled(`chain ${t.now.text}`);
  else {
    chain.rules.push(parseRule(t, ["newline", "semicolon"]));
    // The grammar wants a separator even before the brace.
    if (t.is("}")) t.fail(["newline", "semicolon"]);
  }
}

/** type filter hook input priority filter + 10; the words of a policy may follow. */
export function parseHook(t: Tokens): HookNode {
  const start = t.expect("type");
  const type = t.name(["string"]);
  if (!["filter", "nat", "route"].includes(type.text)) throw new NftError("unknown chain type", type.loc);
  t.expect("hook", ["hook"]);
  const hook = t.name(["string"]);
  if (hook.text === "ingress" || hook.text === "egress") notModelled(`hook ${hook.text}`);
  if (!["prerouting", "input", "forward", "output", "postrouting"].includes(hook.text)) throw new NftError("unknown chain hook", hook.loc);
  if (t.is("device")) notModelled("hook device");
  const priority = parsePriority(t);
  return { type: type.text, typeLoc: type.loc, hook: hook.text, hookLoc: hook.loc, priority, loc: t.since(start.loc) };
}

function parsePriority(t: Tokens): PriorityNode {
  const start = t.expect("priority", ["priority"]);
  const sign = t.take("-") ? -1 : 1;
  t.expandVariable();
  if (t.isNumber()) return { offset: sign * t.number(), loc: t.since(start.loc) };
  if (!t.isName()) t.fail();
  const word = t.next();
  // "dstnat-10" is one word to the scanner.
  const glued = /^([a-z]+)-(\d+)$/.exec(word.text);
  if (glued) return { name: glued[1] as string, offset: -Number(glued[2]), loc: t.since(start.loc) };
  const operator = t.take("+") ?? t.take("-");
  const offset = operator ? t.number() : 0;
  return { name: word.text, offset: operator?.text === "-" ? -offset : offset, loc: t.since(start.loc) };
}

export function parsePolicy(t: Tokens): "accept" | "drop" {
  t.expect("policy");
  const variable = t.is("$") && t.now;
  t.expandVariable();
  if (!t.isAny(["accept", "drop"])) {
    if (variable) throw new NftError("invalid policy expression value in this context.", variable);
    t.fail(["accept", "drop", "'$'"]);
  }
  return t.next().text as "accept" | "drop";
}

type SetDraft = { -readonly [K in keyof SetNode]: SetNode[K] };

export function parseSetBlock(t: Tokens, map: boolean): SetNode {
  t.expect("{", ["'{'"]);
  const set: SetDraft = { map, flags: [], autoMerge: false, stateful: [] };
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return set;
    t.unlessAtEnd();
    try {
      parseSetLine(t, set);
    } catch (error) {
      t.recover(error);
    }
  }
}

/** Elements and auto-merge are lenient, all else must be ended before the brace. */
function parseSetLine(t: Tokens, set: SetDraft): void {
  if (set.map && t.isAny(["auto-merge", "gc-interval"])) t.fail(); // 1.0.6 knows them of sets alone.
  if (t.take("auto-merge")) set.autoMerge = true;
  else if (t.take("elements")) {
    t.expect("=", ["'='"]);
    t.expandVariable();
    if (!t.is("{")) t.fail(["'{'", "'$'"]);
    set.elements = parseSet(t);
  } else {
    parseSetting(t, set);
    t.endStatement();
    return;
  }
  if (!t.is("}")) t.endStatement();
}

function parseSetting(t: Tokens, set: SetDraft): void {
  if (t.take("type")) parseTypes(t, set);
  else if (t.take("typeof")) {
    if (t.isName() && !startsSelector(t)) throw new NftError("primary expression type 'symbol' lacks typeof serialization", t.next().loc);
    const key = { typeof: typeofList(t) };
    if (t.take(":")) set.data = t.take("verdict") ? "verdict" : { typeof: typeofData(t) };
    set.key = key;
  } else if (t.take("flags")) {
    const flags: string[] = [];
    do {
      if (!t.isAny(["constant", "interval", "timeout", "dynamic"])) t.fail(["constant", "interval", "dynamic", "timeout"]);
      flags.push(t.next().text);
    } while (t.take(","));
    t.peekEnd(["newline", "semicolon", "comma"]);
    set.flags = flags;
  } else if (t.take("timeout")) set.timeoutMs = time(t);
  else if (t.take("gc-interval")) set.gcIntervalMs = time(t);
  else if (t.take("size")) set.size = t.number();
  else if (t.take("policy")) {
    if (!t.isAny(["performance", "memory"])) t.fail(["memory", "performance"]);
    set.policy = t.next().text as "performance" | "memory";
  } else if (t.is("comment")) set.comment = parseComment(t, LONGEST);
  else {
    const stateful = parseStatefuls(t);
    if (stateful.length === 0) t.fail();
    if (t.is("}")) t.fail();
    set.stateful = [...set.stateful, ...stateful];
  }
}

/** A name that is no expression has no type; one of several is told otherwise than one alone. */
function typeofData(t: Tokens): readonly ReturnType<typeof parseExpression>[] {
  const parts = typeofList(t);
  for (const part of parts) if (part.kind === "symbol") throw new NftError(`${parts.length === 1 ? "map data" : "primary expression"} type 'symbol' lacks typeof serialization`, part.loc);
  return parts;
}

/** Words joined by dots; the scanner takes `a . b` apart but not `a.b`. */
function typeofList(t: Tokens): readonly ReturnType<typeof parseExpression>[] {
  const expression = parseExpression(t, "left");
  return expression.kind === "concat" ? expression.parts : [expression];
}

function parseTypes(t: Tokens, set: SetDraft): void {
  const names = (): { name: string; loc: { start: number; end: number } }[] => {
    const list: { name: string; loc: { start: number; end: number } }[] = [];
    do {
      const word = t.is("mark") || t.is("string") ? t.next() : t.isName() ? t.next() : t.fail();
      if (!DATATYPES.has(word.text) && word.text !== "integer") throw new NftError(`unknown datatype ${word.text}`, word.loc);
      list.push({ name: word.text, loc: word.loc });
    } while (t.take("."));
    return list;
  };
  const key = { names: names() };
  if (!t.take(":")) {
    t.peekEnd(set.map ? ["colon", "."] : ["newline", "semicolon", "."]);
    if (set.map) t.fail(["colon", "."]);
    set.key = key;
    return;
  }
  if (!set.map) t.failAt(t.last, ["newline", "semicolon", "."]);
  if (t.take("verdict")) set.data = "verdict";
  else if (t.isAny(["counter", "quota", "limit"])) set.data = t.next().text as ObjectKind;
  else if (t.isAny(["secmark", "synproxy"])) notModelled(`map of ${t.now.text}`);
  else {
    if (t.take("interval")) set.dataInterval = true;
    set.data = { names: names() };
    t.peekEnd(["newline", "semicolon", "."]);
  }
  set.key = key;
}

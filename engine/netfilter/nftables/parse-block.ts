/** What stands between a table's braces: chains, sets, maps and named objects. */
import type { BlockItem, ChainNode, CounterNode, Handle, HookNode, LimitSpec, PriorityNode, RuleNode, SetNode, TableNode } from "./ast";
import { DATATYPES } from "./datatypes";
import { parseExpression, parseSet, time } from "./parse-expression";
import { parseLimit, parseRate } from "./parse-limit";
import { parseComment, parseRule } from "./parse-statement";
import { NftError, notModelled } from "./source";
import type { Tokens } from "./tokens";

const LONGEST = 128;

/** From `{` to `}`. */
export function parseTableBlock(t: Tokens, handle: Handle): TableNode {
  t.expect("{");
  const items: BlockItem[] = [];
  const flags: string[] = [];
  let comment: string | undefined;
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return { ...(comment !== undefined && { comment }), flags, items };
    t.unlessAtEnd();
    try {
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
  if (["quota", "ct", "flowtable", "synproxy", "secmark"].includes(word.text)) notModelled(word.text);
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
  if (word.text === "counter") {
    const counter = parseCounterBlock(t);
    return { kind: "counter", handle: own, counter, loc: t.since(word.loc) };
  }
  return { kind: "limit", handle: own, limit: parseLimitBlock(t), loc: t.since(word.loc) };
}

export function parseLimitBlock(t: Tokens): LimitSpec {
  t.expect("{", ["'{'"]);
  let limit: LimitSpec | undefined;
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) break;
    t.unlessAtEnd();
    try {
      if (t.is("comment")) notModelled("comment of a limit");
      t.expect("rate");
      limit = parseRate(t);
    } catch (error) {
      t.recover(error);
    }
  }
  return limit ?? { rate: 0, unit: "second", over: false, burst: 0 };
}

export function parseChainBlock(t: Tokens): ChainNode {
  t.expect("{", ["'{'"]);
  const chain: ChainDraft = { rules: [] };
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return chain;
    t.unlessAtEnd();
    try {
      parseChainLine(t, chain);
    } catch (error) {
      t.recover(error);
    }
  }
}

type ChainDraft = { base?: HookNode; policy?: "accept" | "drop"; comment?: string; readonly rules: RuleNode[] };

function parseChainLine(t: Tokens, chain: ChainDraft): void {
  if (t.is("type")) {
    chain.base = parseHook(t);
    t.endStatement();
  } else if (t.is("policy")) {
    chain.policy = parsePolicy(t);
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
  t.expandVariable();
  if (!t.isAny(["accept", "drop"])) {
    if (t.isWord()) throw new NftError(`invalid policy expression value in this context.`, t.now.loc);
    t.fail(["accept", "drop", "'$'"]);
  }
  return t.next().text as "accept" | "drop";
}

type SetDraft = { -readonly [K in keyof SetNode]: SetNode[K] };

export function parseSetBlock(t: Tokens, map: boolean): SetNode {
  t.expect("{", ["'{'"]);
  const set: SetDraft = { map, flags: [], autoMerge: false, counter: false };
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return set;
    t.unlessAtEnd();
    try {
      parseSetLine(t, set);
      // A set's braces are lenient: its last line needs no separator.
      if (!t.is("}")) t.endStatement();
    } catch (error) {
      t.recover(error);
    }
  }
}

function parseSetLine(t: Tokens, set: SetDraft): void {
  if (t.take("type")) parseTypes(t, set);
  else if (t.take("typeof")) {
    const key = { typeof: typeofList(t) };
    set.key = key;
    if (t.take(":")) set.data = t.take("verdict") ? "verdict" : { typeof: typeofList(t) };
  } else if (t.take("flags")) {
    const flags: string[] = [];
    do {
      if (!t.isAny(["constant", "interval", "timeout", "dynamic"])) t.fail(["constant", "interval", "dynamic", "timeout"]);
      flags.push(t.next().text);
    } while (t.take(","));
    if (!t.is("}")) t.peekEnd(["newline", "semicolon", "comma"]);
    set.flags = flags;
  } else if (t.take("timeout")) set.timeoutMs = time(t);
  else if (t.take("gc-interval")) set.gcIntervalMs = time(t);
  else if (t.take("size")) set.size = t.number();
  else if (t.take("policy")) {
    if (!t.isAny(["performance", "memory"])) t.fail(["memory", "performance"]);
    set.policy = t.next().text as "performance" | "memory";
  } else if (t.take("auto-merge")) set.autoMerge = true;
  else if (t.take("counter")) set.counter = true;
  else if (t.is("limit")) set.limit = parseLimit(t);
  else if (t.is("comment")) set.comment = parseComment(t, LONGEST);
  else if (t.take("elements")) {
    t.expect("=", ["'='"]);
    t.expandVariable();
    set.elements = parseSet(t);
  } else if (t.is("quota")) notModelled("quota");
  else t.fail();
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
      if (!DATATYPES.has(word.text)) throw new NftError(`unknown datatype ${word.text}`, word.loc);
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
  set.key = key;
  if (t.take("verdict")) set.data = "verdict";
  else if (t.isAny(["counter", "quota", "limit", "secmark", "synproxy", "interval"])) notModelled(`map of ${t.now.text}`);
  else {
    set.data = { names: names() };
    delete set.key;
    t.peekEnd(["newline", "semicolon", "."]);
    set.key = key;
  }
}

export function parseCounterBlock(t: Tokens): CounterNode {
  const counter: { packets: number; bytes: number; comment?: string } = { packets: 0, bytes: 0 };
  if (!t.take("{")) return counter;
  for (;;) {
    t.skipSeparators();
    if (t.take("}") ?? t.givenUp) return counter;
    t.unlessAtEnd();
    try {
      if (t.take("packets")) {
        counter.packets = t.number();
        t.expect("bytes", ["bytes"]);
        counter.bytes = t.number();
      } else if (t.is("comment")) counter.comment = parseComment(t, LONGEST);
      else t.fail();
    } catch (error) {
      t.recover(error);
    }
  }
}


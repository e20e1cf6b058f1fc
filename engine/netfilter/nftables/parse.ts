/** Commands: `add table ip t`, `list ruleset`, a file of them. base_cmd of src/parser_bison.y. */
import type { CommandNode, Handle, ListObject } from "./ast";
import { parseSet } from "./parse-expression";
import { parseRate } from "./parse-limit";
import { parseChainBlock, parseCounterBlock, parseHook, parsePolicy, parseSetBlock, parseTableBlock } from "./parse-block";
import { parseComment, parseRule } from "./parse-statement";
import { type Loc, notModelled } from "./source";
import { Tokens } from "./tokens";

const FAMILIES = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];
const ADDABLE = ["table", "chain", "rule", "set", "map", "element", "counter", "limit", "quota", "ct", "flowtable", "secmark", "synproxy"];
const VERBS = ["add", "create", "insert", "replace", "delete", "list", "reset", "flush", "rename", "get", "monitor", "describe", "import", "export"];

export function parseCommands(text: string): CommandNode[] {
  const t = new Tokens(text);
  const commands: CommandNode[] = [];
  for (;;) {
    t.skipSeparators();
    if (t.atEnd) return commands;
    if (t.take("define") ?? t.take("redefine")) {
      t.define();
      continue;
    }
    if (t.is("include") || t.is("undefine")) notModelled(t.now.text);
    commands.push(parseCommand(t));
    if (t.now.kind !== "newline" && !t.atEnd && !t.is(";")) t.fail(AFTER_COMMENT.has(t.ahead(-2).text) ? ["end of file", "newline", "semicolon"] : undefined);
  }
}
const AFTER_COMMENT: ReadonlySet<string> = new Set(["comment"]);

function parseCommand(t: Tokens): CommandNode {
  const start = t.now;
  const verb = t.isAny(VERBS) ? t.next().text : "add";
  switch (verb) {
    case "add":
    case "create":
      return parseAdd(t, verb, start.loc);
    case "insert":
      t.expect("rule", ["rule"]);
      return { op: "insert", object: "rule", ...ruleAt(t, start.loc, true) };
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
      const handle = named(t);
      return { op: "get", object: "element", handle, elements: parseSet(t), loc: t.since(start.loc) };
    }
    case "monitor":
      return { op: "monitor", object: "monitor", handle: { family: "ip" }, filter: t.isWord() ? t.next().text : "", loc: t.since(start.loc) };
    default:
      return notModelled(verb);
  }
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

function tableOf(t: Tokens): Handle {
  const own = family(t);
  if (t.take("handle")) {
    const loc = t.now.loc;
    return { family: own, id: t.number(), idLoc: loc };
  }
  const name = t.name(["string"]);
  return { family: own, table: name.text, tableLoc: name.loc };
}

function named(t: Tokens): Handle {
  const table = tableOf(t);
  if (t.take("handle")) {
    const loc = t.now.loc;
    return { ...table, id: t.number(), idLoc: loc };
  }
  const name = t.name(["string"]);
  return { ...table, name: name.text, nameLoc: name.loc };
}

function parseAdd(t: Tokens, op: "add" | "create", start: Loc): CommandNode {
  const object = t.isAny(ADDABLE) ? t.next().text : t.isAny(FAMILIES) || t.isWord() ? "rule" : t.fail();
  if (object === "rule" && t.last.text !== "rule" && !(t.isAny(FAMILIES) || (t.ahead(1).kind === "string" && t.ahead(2).kind === "string"))) {
    // A first word that no command begins with.
    t.next();
    return t.fail();
  }
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
      return { op, object: "set", handle, set: parseSetBlock(t, object === "map"), loc: t.since(start) };
    }
    case "element": {
      const handle = named(t);
      t.expandVariable();
      return { op, object, handle, elements: parseSet(t), loc: t.since(start) };
    }
    case "counter": {
      const handle = named(t);
      return { op, object, handle, counter: parseCounterBlock(t), loc: t.since(start) };
    }
    case "limit":
      return parseAddLimit(t, op, start);
    default:
      return notModelled(object);
  }
}

function parseAddLimit(t: Tokens, op: "add" | "create", start: Loc): CommandNode {
  const handle = named(t);
  const block = t.take("{");
  t.skipSeparators();
  t.expect("rate");
  const limit = parseRate(t);
  if (block) {
    t.skipSeparators();
    t.expect("}");
  }
  return { op, object: "limit", handle, limit, loc: t.since(start) };
}

/** add chain ip t c { type filter hook input priority 0; policy drop; }: one line's block has its own rules. */
function parseAddChain(t: Tokens, op: "add" | "create", start: Loc): CommandNode {
  const handle = named(t);
  if (!t.is("{")) return { op, object: "chain", handle, chain: { rules: [] }, loc: t.since(start) };
  const inner = t.ahead(1);
  if (inner.kind !== "newline" && (inner.text === "type" || inner.text === "policy" || inner.text === "comment")) {
    // Its separators are semicolons, also before the brace.
    t.next();
    const chain: { base?: ReturnType<typeof parseHook>; policy?: "accept" | "drop"; comment?: string } = {};
    for (;;) {
      t.skipSeparators();
      if (t.take("}")) break;
      if (t.is("type")) chain.base = parseHook(t);
      else if (t.is("policy")) chain.policy = parsePolicy(t);
      else if (t.is("comment")) chain.comment = parseComment(t, 128);
      else {
        const rules = parseRule(t);
        if (t.is("}")) t.fail(["newline", "semicolon"]);
        return { op, object: "chain", handle, chain: { ...chain, rules: [rules, ...restOfChain(t)] }, loc: t.since(start) };
      }
      t.endStatement();
    }
    return { op, object: "chain", handle, chain: { ...chain, rules: [] }, loc: t.since(start) };
  }
  return { op, object: "chain", handle, chain: parseChainBlock(t), loc: t.since(start) };
}

function restOfChain(t: Tokens): ReturnType<typeof parseRule>[] {
  const rules: ReturnType<typeof parseRule>[] = [];
  for (;;) {
    t.skipSeparators();
    if (t.take("}")) return rules;
    rules.push(parseRule(t));
    if (t.is("}")) t.fail(["newline", "semicolon"]);
  }
}

function ruleAt(t: Tokens, start: Loc, needsPlace: boolean): { readonly handle: Handle; readonly rule: ReturnType<typeof parseRule>; readonly loc: Loc } {
  let handle = named(t);
  if (t.isAny(["handle", "position"])) {
    const word = t.next().text;
    const { loc } = t.now;
    const id = t.number();
    handle = word === "handle" ? { ...handle, id, idLoc: loc } : { ...handle, position: id, positionLoc: loc };
  } else if (t.take("index")) {
    const { loc } = t.now;
    handle = { ...handle, index: t.number(), idLoc: loc };
  }
  void needsPlace;
  const rule = parseRule(t);
  return { handle, rule, loc: t.since(start) };
}

function parseDelete(t: Tokens, start: Loc): CommandNode {
  if (!t.isAny(["table", "chain", "rule", "set", "map", "element", "counter", "limit", "quota", "ct", "flowtable", "secmark", "synproxy"])) t.fail();
  const object = t.next().text;
  switch (object) {
    case "table":
      return { op: "delete", object, handle: tableOf(t), loc: t.since(start) };
    case "rule": {
      let handle = named(t);
      t.expect("handle", ["handle"]);
      const { loc } = t.now;
      handle = { ...handle, id: t.number(), idLoc: loc };
      return { op: "delete", object, handle, loc: t.since(start) };
    }
    case "element": {
      const handle = named(t);
      t.expandVariable();
      return { op: "delete", object, handle, elements: parseSet(t), loc: t.since(start) };
    }
    case "chain":
    case "set":
    case "map":
    case "counter":
    case "limit":
      return { op: "delete", object, handle: named(t), loc: t.since(start) };
    default:
      return notModelled(object);
  }
}

const LISTS: readonly ListObject[] = ["ruleset", "table", "tables", "chain", "chains", "set", "sets", "map", "maps", "counter", "counters", "limit", "limits", "meter", "meters", "hooks"];

function parseList(t: Tokens, op: "list" | "reset", start: Loc): CommandNode {
  if (!t.isAny(LISTS) || (op === "reset" && !t.isAny(["counter", "counters"]))) {
    if (op === "reset" && t.isAny(["quota", "quotas"])) notModelled(t.now.text);
    if (t.isAny(["quota", "quotas", "ct", "flowtable", "flowtables", "secmark", "secmarks", "synproxy", "synproxys"])) notModelled(`list ${t.now.text}`);
    t.fail();
  }
  const object = t.next().text as ListObject;
  if (object === "meter" || object === "meters" || object === "hooks") notModelled(`list ${object}`);
  if (object === "ruleset" || object === "tables" || object.endsWith("s")) {
    const wanted = t.isAny(FAMILIES) ? family(t) : "";
    if (object === "counters" && t.take("table")) {
      const handle = tableOf(t);
      return { op, object, handle, loc: t.since(start) };
    }
    return { op, object, handle: { family: wanted }, loc: t.since(start) };
  }
  return { op, object, handle: object === "table" ? tableOf(t) : named(t), loc: t.since(start) };
}

function parseFlush(t: Tokens, start: Loc): CommandNode {
  if (!t.isAny(["ruleset", "table", "chain", "set", "map", "meter", "flow"])) t.fail();
  const object = t.next().text;
  if (object === "ruleset") return { op: "flush", object, handle: { family: t.isAny(FAMILIES) ? family(t) : "" }, loc: t.since(start) };
  if (object === "table") return { op: "flush", object, handle: tableOf(t), loc: t.since(start) };
  if (object === "meter" || object === "flow") return notModelled(`flush ${object}`);
  return { op: "flush", object: object as "chain" | "set" | "map", handle: named(t), loc: t.since(start) };
}


/**
 * Expressions of nft's grammar (src/parser_bison.y): what a packet is asked for on the left,
 * what it is compared with on the right.
 */
import type { BinaryOp, ElementNode, Node, VerdictNode } from "./ast";
import { FIELDS, META_KEYS, UNQUALIFIED_META } from "./fields";
import { KEYWORDS, parseTime } from "./lexer";
import { parseStateful } from "./parse-stateful";
import { NftError, notModelled, span } from "./source";
import { RAW_BASES } from "./raw-payload";
import { TCP_OPTIONS } from "./tcp-option";
import type { Tokens } from "./tokens";

const CT_PLAIN = ["state", "direction", "status", "mark", "expiration", "helper", "l3proto", "protocol", "zone", "id", "saddr", "daddr", "proto-src", "proto-dst", "packets", "bytes", "avgpkt", "label", "count", "event", "secmark", "src", "dst"];
const CT_DIRECTED = ["saddr", "daddr", "l3proto", "protocol", "proto-src", "proto-dst", "zone", "packets", "bytes", "avgpkt"];
const BINARY: readonly (readonly (readonly [string, BinaryOp])[])[] = [
  [["|", "|"], ["or", "|"]],
  [["^", "^"], ["xor", "^"]],
  [["&", "&"], ["and", "&"]],
  [["<<", "<<"], ["lshift", "<<"], [">>", ">>"], ["rshift", ">>"]],
]; // prettier-ignore

/** Does a selector begin here: ip, tcp, meta, ct, iifname…? */
export function startsSelector(t: Tokens): boolean {
  if (t.now.kind !== "string") return false;
  const { text } = t.now;
  return Object.hasOwn(FIELDS, text) || text === "meta" || text === "ct" || text === "fib" || text === "numgen" || text === "rt" || text === "jhash" || text === "symhash" || UNQUALIFIED_META.has(text);
}

/** concat_expr: one or more joined by dots, then perhaps `map`. */
export function parseExpression(t: Tokens, side: "left" | "right"): Node {
  const first = parseBinary(t, side, 0);
  const parts = [first];
  while (t.take(".")) parts.push(parseBinary(t, side, 0));
  const key: Node = parts.length === 1 ? first : { kind: "concat", parts, loc: span(first.loc, t.last.loc) };
  if (side === "right" || !t.take("map")) return key;
  const set = parseSetOrReference(t);
  return { kind: "map", key, set, loc: span(key.loc, set.loc) };
}

function parseBinary(t: Tokens, side: "left" | "right", level: number): Node {
  const operators = BINARY[level];
  if (!operators) return parseRange(t, side);
  let left = parseBinary(t, side, level + 1);
  for (;;) {
    const found = operators.find(([word]) => t.is(word));
    if (!found) return left;
    t.next();
    // What a field is masked with is a constant.
    const right = parseBinary(t, "right", level + 1);
    left = { kind: "binop", op: found[1], left, right, loc: span(left.loc, right.loc) };
  }
}

/** a-b and a/n bind closer than anything. */
function parseRange(t: Tokens, side: "left" | "right"): Node {
  const from = parsePrimary(t, side);
  if (from.kind !== "symbol") return from;
  if (t.is("/") && t.ahead(1).kind === "number") {
    t.next();
    const bits = t.number();
    return { kind: "prefix", base: from, bits, loc: span(from.loc, t.last.loc) };
  }
  return t.is("-") ? rangeFrom(t, from) : from;
}

function rangeFrom(t: Tokens, from: Node): Node {
  t.next();
  const to = parsePrimary(t, "right");
  return { kind: "range", from, to, loc: span(from.loc, to.loc) };
}

function parsePrimary(t: Tokens, side: "left" | "right"): Node {
  t.expandVariable();
  const { now } = t;
  if (t.take("(")) {
    const inner = parseExpression(t, side);
    t.expect(")", ["')'"]);
    return { ...inner, loc: span(now.loc, t.last.loc) };
  }
  if (side === "left" && startsSelector(t)) return parseSelector(t);
  switch (now.kind) {
    case "number":
    case "quoted string":
      t.next();
      return { kind: "symbol", text: now.text, quoted: now.kind === "quoted string", loc: now.loc };
    case "string":
      if (KEYWORDS.has(now.text) && !(side === "right" && VALUES.has(now.text))) return t.fail();
      t.next();
      return { kind: "symbol", text: now.text, quoted: false, loc: now.loc };
    case "string with a trailing asterisk":
      t.next();
      return { kind: "wildcard", text: now.text.slice(0, -1), loc: now.loc };
    default:
      if (t.is("@")) return side === "left" ? rawPayload(t) : parseReference(t);
      return t.fail();
  }
}

/** Words of the language that can be values all the same: names of protocols, flags and the like (primary_rhs_expr). */
export const VALUES: ReadonlySet<string> = new Set("tcp udp udplite esp ah icmp igmp icmpv6 gre comp dccp sctp redirect ether ip ip6 vlan arp dnat snat ecn reset original reply label last exists missing all".split(" "));

export function parseReference(t: Tokens): Node {
  const at = t.expect("@");
  const name = t.name();
  if (["nh", "th", "ll", "ih"].includes(name.text) && t.is(",")) notModelled(`@${name.text} (raw payload)`);
  return { kind: "setref", name: name.text, loc: span(at.loc, name.loc) };
}

/** `@th,16,16`: on the left no set can stand. */
function rawPayload(t: Tokens): Node {
  const at = t.next().loc;
  const base = t.isWord() ? t.next() : t.fail();
  if (!RAW_BASES.includes(base.text)) throw new NftError("unknown raw payload base", base.loc);
  t.expect(",", ["comma"]);
  const offset = t.number();
  t.expect(",", ["comma"]);
  const length = t.number();
  return { kind: "raw", base: base.text, offset, length, loc: span(at, t.last.loc) };
}

export function parseSetOrReference(t: Tokens, verdicts = false): Node {
  t.expandVariable();
  if (t.is("{")) return parseSet(t, verdicts);
  return t.is("@") ? parseReference(t) : t.fail(["@", "'{'", "'$'"]);
}

/** `{ a, b : verdict }`. */
export function parseSet(t: Tokens, verdicts = false): Node & { readonly kind: "set" } {
  const open = t.expect("{");
  const elements: ElementNode[] = [];
  t.skipNewlines();
  if (t.is("}")) t.fail();
  while (!t.is("}")) {
    if (elements.length > 0 && !startsElement(t)) t.fail(["comma", "'}'"]);
    elements.push(parseElement(t, verdicts));
    t.skipNewlines();
    if (!t.take(",")) break;
    t.skipNewlines();
  }
  if (!t.is("}")) t.fail(["comma", "'}'"]);
  t.next();
  return { kind: "set", elements, loc: span(open.loc, t.last.loc) };
}

function startsElement(t: Tokens): boolean {
  const { kind, text } = t.now;
  if (kind === "string") return t.isName() || VALUES.has(text);
  return kind === "punctuation" ? ["{", "(", "$", "*", "@"].includes(text) : kind !== "end of file" && kind !== "newline" && kind !== "junk";
}

type Draft = { -readonly [K in keyof ElementNode]?: ElementNode[K] };

function parseElement(t: Tokens, verdicts: boolean): ElementNode {
  t.expandVariable();
  const star = t.take("*");
  const key: Node = star ? { kind: "any", loc: star.loc } : parseExpression(t, "right");
  const draft: Draft = { key };
  while (elementOption(t, draft));
  const loc = span(key.loc, t.last.loc);
  if (verdicts && !t.is(":")) t.fail(["colon"]);
  if (!t.take(":")) return { ...(draft as ElementNode), loc };
  if (verdicts && !startsVerdict(t)) t.fail();
  draft.data = startsVerdict(t) ? parseVerdict(t, true) : parseExpression(t, "right");
  return { ...(draft as ElementNode), loc };
}

function elementOption(t: Tokens, draft: Draft): boolean {
  if (t.take("timeout")) draft.timeoutMs = time(t);
  else if (t.take("expires")) draft.expiresMs = time(t);
  else if (t.take("comment")) draft.comment = t.string().text;
  else {
    if (t.is("quota")) t.fail(["comma", "'}'"]);
    const start = t.now;
    const stateful = parseStateful(t);
    if (!stateful) return false;
    draft.stateful = [...(draft.stateful ?? []), stateful];
    draft.statefulLoc ??= t.since(start);
  }
  return true;
}

export function time(t: Tokens): number {
  const token = t.isName() ? t.next() : t.fail(["string"]);
  const ms = parseTime(token.text);
  return ms ?? fail("wrong time format", token.loc);
}

function fail(message: string, loc: Node["loc"]): never {
  throw new NftError(message, loc);
}

const VERDICTS = ["accept", "drop", "continue", "return", "jump", "goto"] as const;

export function startsVerdict(t: Tokens): boolean {
  return t.isAny(VERDICTS);
}

export function parseVerdict(t: Tokens, inSet = false): VerdictNode {
  const word = t.next();
  const verdict = word.text as VerdictNode["verdict"];
  if (verdict !== "jump" && verdict !== "goto") return { verdict, loc: word.loc };
  t.expandVariable();
  if (t.is("{")) notModelled("chains without a name");
  const chain = t.name(inSet ? ["string", "'$'"] : ["'{'"]);
  return { verdict, chain: chain.text, chainLoc: chain.loc, loc: span(word.loc, chain.loc) };
}

function parseSelector(t: Tokens): Node {
  const word = t.next();
  switch (word.text) {
    case "meta":
      return parseMeta(t);
    case "ct":
      return parseCt(t);
    case "fib":
      return parseFib(t);
    case "numgen":
      return parseNumgen(t);
    case "jhash":
    case "symhash":
      return parseHash(t);
    case "rt":
      return parseRt(t, word);
  }
  // `icmp`, `tcp`… begin with a field; `mark`, `iifname` stand for meta keys.
  const fields = FIELDS[word.text];
  if (word.text === "ip" && t.is("option")) notModelled("ip option");
  if (word.text === "ipsec") notModelled("ipsec");
  if (!fields) return { kind: "meta", key: word.text, loc: word.loc };
  if (word.text === "tcp" && t.is("option")) return parseTcpOption(t, word);
  if (t.now.kind === "newline" && word.text === "icmp") return t.fail();
  if (!t.isWord() || !Object.hasOwn(fields, t.now.text)) return t.fail(FEW_FIELDS[word.text]);
  const field = t.next();
  return { kind: "payload", protocol: word.text, field: field.text, loc: span(word.loc, field.loc) };
}

/** tcp option maxseg size; an option may be called by its number. */
function parseTcpOption(t: Tokens, start: Node["loc"]): Node {
  t.next();
  const byNumber = t.isNumber() ? Object.keys(TCP_OPTIONS).find((name) => TCP_OPTIONS[name]?.number === Number(t.now.text)) : undefined;
  const name = byNumber ?? (t.is("sack-permitted") ? "sack-perm" : t.now.text);
  const option = TCP_OPTIONS[name];
  if (!option || t.now.kind === "newline") return t.isNumber() ? notModelled(`tcp option ${t.now.text}`) : t.fail();
  t.next();
  const field = t.isWord() && Object.hasOwn(option.fields, t.now.text) ? t.next().text : undefined;
  return { kind: "tcp option", name, ...(field !== undefined && { field }), loc: span(start, t.last.loc) };
}

function parseRt(t: Tokens, start: Node["loc"]): Node {
  const family = t.take("ip");
  if (t.is("ip6")) notModelled("rt ip6");
  if (!t.isAny(["classid", "nexthop", "mtu", "ipsec"])) t.fail();
  const key = t.next().text;
  return { kind: "rt", key, ...(family && { family: "ip" as const }), loc: span(start, t.last.loc) };
}

/** Where there are but a few, a syntax error lists them. */
const FEW_FIELDS: Readonly<Record<string, readonly string[]>> = { ether: ["saddr", "daddr", "type"], esp: ["seq", "spi"], udp: ["length", "checksum", "sport", "dport"], th: ["sport", "dport"] };

function parseMeta(t: Tokens): Node {
  const meta = t.last;
  if (!t.isWord()) return t.fail();
  const key = t.next();
  const loc = span(meta.loc, key.loc);
  if (META_KEYS.has(key.text)) return { kind: "meta", key: key.text, loc };
  if (KNOWN_META.includes(key.text) || key.text === "secpath") return notModelled(`meta ${key.text}`);
  if (KEYWORDS.has(key.text)) return t.failAt(key);
  throw new NftError(`syntax error, unexpected ${key.text}, known keys are ${KNOWN_META.join(", ")}`, loc);
}

const KNOWN_META = "length protocol priority mark iif oif iifname oifname iiftype oiftype skuid skgid nftrace rtclassid secmark nfproto l4proto ibrname obrname pkttype cpu iifgroup oifgroup cgroup random ipsec iifkind oifkind ibrpvid ibrvproto time day hour sdif sdifname".split(" ");

function parseCt(t: Tokens): Node {
  const ct = t.last;
  const direction = t.isAny(["original", "reply"]) ? (t.next().text as "original" | "reply") : undefined;
  const family = direction && t.isAny(["ip", "ip6"]) ? t.next().text : undefined;
  if (family === "ip6") notModelled("ct ip6");
  if (family && !t.isAny(["saddr", "daddr"])) return t.fail(["saddr", "daddr"]);
  if (!t.isAny(direction ? CT_DIRECTED : CT_PLAIN)) return t.fail();
  const key = t.next();
  return { kind: "ct", key: key.text, ...(direction && { direction }), ...(family && { family: "ip" as const }), loc: span(ct.loc, key.loc) };
}

function parseFib(t: Tokens): Node {
  const fib = t.last;
  const flags: string[] = [];
  const first = t.now;
  do {
    if (!t.isAny(["saddr", "daddr", "mark", "iif", "oif"])) return t.fail();
    flags.push(t.next().text);
  } while (t.take("."));
  const flagsLoc = t.since(first);
  if (!t.isAny(["type", "oif", "oifname"])) return t.failAt(t.now, ["type", "oif", "oifname"], ["saddr", "daddr"]);
  const result = t.next().text as "type" | "oif" | "oifname";
  return { kind: "fib", flags, flagsLoc, result, loc: span(fib.loc, t.last.loc) };
}

function parseNumgen(t: Tokens): Node {
  const word = t.last;
  if (!t.isAny(["random", "inc"])) return t.fail(["random", "inc"]);
  const mode = t.next().text as "random" | "inc";
  t.expect("mod", ["mod"]);
  const modulus = t.number();
  const offset = t.take("offset") ? t.number() : 0;
  return { kind: "numgen", mode, modulus, offset, loc: span(word.loc, t.last.loc) };
}

function parseHash(t: Tokens): Node {
  const word = t.last;
  const hash = word.text as "jhash" | "symhash";
  const of = hash === "jhash" ? parseExpression(t, "left") : undefined;
  t.expect("mod", ["mod"]);
  const modulus = t.number();
  const seed = hash === "jhash" && t.take("seed") ? t.number() : undefined;
  const offset = t.take("offset") ? t.number() : 0;
  return { kind: "hash", hash, ...(of && { of }), modulus, ...(seed !== undefined && { seed }), offset, loc: span(word.loc, t.last.loc) };
}

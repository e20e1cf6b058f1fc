/**
 * Words of nft's language: src/scanner.l. Addresses, times and names are strings to it; what a
 * string means is decided by the type it is compared with.
 */
import type { Loc } from "./source";

export type TokenKind = "string" | "quoted string" | "string with a trailing asterisk" | "number" | "punctuation" | "newline" | "junk" | "end of file";

/** A word and its place in one object: a large ruleset has a million of them. */
export class Token {
  constructor(
    readonly kind: TokenKind,
    readonly text: string,
    readonly start: number,
    readonly end: number,
  ) {}

  get loc(): Loc {
    return this;
  }
}

const PATTERNS: readonly (readonly [RegExp, TokenKind | "skip"])[] = [
  [/[ \t]+|\\\n|#[^\n]*/y, "skip"],
  [/\n/y, "newline"],
  [/"[^"\n]*\*"/y, "string with a trailing asterisk"],
  [/"[^"\n]*"/y, "quoted string"],
  [/(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}/y, "string"],
  [/(?:[0-9a-fA-F]{0,4}:){2,7}(?:\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]{1,4})?/y, "string"],
  [/[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}(?=[ \t\n:\-},])/y, "string"],
  [/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/y, "string"],
  [/(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?/y, "string"],
  [/0x[0-9a-fA-F]+|\d+/y, "number"],
  [/[A-Za-z_.][A-Za-z0-9/\-_.]*\*/y, "string with a trailing asterisk"],
  [/[A-Za-z_][A-Za-z0-9/\-_.]*|\.[A-Za-z0-9/\-_.]+/y, "string"],
  [/==|!=|<=|>=|<<|>>|[{}()[\]<>&|^!/*\-@,.:;=$+]/y, "punctuation"],
];

/**
 * One line's words from `at` on, with those of the lines that its braces take in; then the place
 * to go on from. A large ruleset is read so piece by piece: its million words never live at once.
 */
export function tokenizeLine(text: string, at: number, into: Token[]): number {
  let from = at;
  let depth = 0;
  while (from < text.length) {
    const before = into.length;
    from = scan(text, from, into);
    const token = into[before];
    if (token === undefined) continue;
    if (token.kind === "newline" && depth <= 0) return from;
    if (token.kind !== "punctuation") continue;
    if (token.text === "{") depth++;
    else if (token.text === "}") depth--;
  }
  into.push(new Token("end of file", "", text.length, text.length + 1));
  return from;
}

const WORD = /[A-Za-z_][A-Za-z0-9/\-_.]*(?![A-Za-z0-9/\-_.*:])/y;
const BLANK = /[ \t]+/y;

/** Characters that begin nothing longer; a colon may begin an IPv6 address. */
const SINGLE: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, code) => ("{}(),;:@$\n".includes(String.fromCharCode(code)) ? String.fromCharCode(code) : undefined));
const NUMBER = /\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|\d+(?![\w.:])/y;

/** An address or a number that nothing is glued to. */
function scanNumber(text: string, at: number, into: Token[]): number | undefined {
  NUMBER.lastIndex = at;
  const found = NUMBER.exec(text)?.[0];
  if (found === undefined) return undefined;
  into.push(new Token(found.includes(".") ? "string" : "number", found, at, at + found.length));
  return at + found.length;
}

/** Most of a ruleset is words, numbers and blanks; undefined when it is something else. */
function scanPlain(text: string, at: number, into: Token[]): number | undefined {
  const first = text.charCodeAt(at);
  if (first === 32 || first === 9) {
    BLANK.lastIndex = at;
    BLANK.test(text);
    return BLANK.lastIndex;
  }
  if (first >= 48 && first <= 57) return scanNumber(text, at, into);
  const single = SINGLE[first];
  if (single !== undefined && (first !== 58 || text.charCodeAt(at + 1) !== 58)) {
    into.push(new Token(first === 10 ? "newline" : "punctuation", single, at, at + 1));
    return at + 1;
  }
  if (first < 65 || first > 122) return undefined;
  WORD.lastIndex = at;
  const found = WORD.exec(text)?.[0];
  if (found === undefined) return undefined;
  const operator = OPERATORS.get(found);
  into.push(new Token(operator === undefined ? "string" : "punctuation", operator ?? found, at, at + found.length));
  return at + found.length;
}

function scan(text: string, at: number, into: Token[]): number {
  const plain = scanPlain(text, at, into);
  if (plain !== undefined) return plain;
  for (const [pattern, kind] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined || found === "") continue;
    // A bare number is one, though it could begin a time.
    if (kind === "string" && /^\d+$/.test(found)) continue;
    if (kind !== "skip") into.push(new Token(kind, found.startsWith('"') ? found.slice(1, -1) : found, at, at + found.length));
    return at + found.length;
  }
  into.push(new Token("junk", text.charAt(at), at, at + 1));
  return at + 1;
}

/** Words that the scanner takes for its own wherever they stand. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  "accept add ah all arp auto-merge bridge cgroup chain comment comp constant continue counter cpu create ct day dccp define delete describe device devices dnat drop dst dup dynamic ecn element elements esp ether exists expires export exthdr fib flags flow flowtable flush frag fwd gc-interval get goto handle hbh hook hour ibriport ibrname icmp icmpv6 igmp iif iifgroup iifname iiftype import include index inet insert interval ip ip6 ipsec jhash jump limit list log map mark masquerade meta meter mh missing monitor netdev nftrace notrack numgen obriport obrname offload oif oifgroup oifname oiftype osf pkttype policy position priority queue quota random redefine redirect reject rename replace reset return rt rt0 rt2 rtclassid rule ruleset sctp secmark set size skgid skuid snat socket srh symhash synproxy table tcp th time timeout tproxy type typeof udp udplite undefine update vlan vmap xt".split(" "),
);
const CT_WORDS = "avgpkt bytes count daddr direction dport event expectation expiration helper helpers id l3proto label original over packets proto-dst proto-src protocol reply saddr state status zone";
const LIMIT_WORDS = "burst bytes minute name over packets rate second week";
const LIST_WORDS = "chains counters flowtables hooks limits maps meters quotas secmarks sets synproxys tables";
const LOG_WORDS = "group level prefix queue-threshold snaplen";
/** Words that the scanner knows in some places only: after which word (its exclusive start states). */
const LOCAL: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    ip: "addr lsrr options prefix rr ssrr to",
    tcp: "count eol fastopen left length mptcp mss nop options sack sack-permitted sack0 sack1 sack2 sack3 timestamp tsecr tsval",
    icmp: "max-delay",
    ct: "dport helpers over",
    original: CT_WORDS,
    reply: CT_WORDS,
    state: CT_WORDS,
    status: CT_WORDS,
    limit: LIMIT_WORDS,
    rate: LIMIT_WORDS,
    burst: LIMIT_WORDS,
    ip6: "addr prefix to",
    ...Object.fromEntries(["list", ...LIST_WORDS.split(" ")].map((word) => [word, LIST_WORDS])),
    log: LOG_WORDS,
    level: LOG_WORDS,
    dnat: "addr fully-random persistent port",
    snat: "addr fully-random persistent port",
    addr: "port to",
    to: "addr fully-random persistent port prefix to",
    numgen: "inc mod offset",
    inc: "inc offset",
    random: "inc offset",
    policy: "memory performance",
    quota: "bytes used over",
    reject: "icmpx",
    with: "with",
    name: "bytes name packets",
    fib: "daddr saddr",
    saddr: "daddr saddr",
    daddr: "daddr saddr",
  }).map(([word, words]) => [word, new Set(words.split(" "))]),
);

const OPERATORS: ReadonlyMap<string, string> = new Map([["and", "&"], ["or", "|"], ["xor", "^"], ["eq", "=="], ["ne", "!="], ["lt", "<"], ["gt", ">"], ["le", "<="], ["ge", ">="], ["lshift", "<<"], ["rshift", ">>"], ["not", "!"]]); // prettier-ignore

const PUNCTUATION: Readonly<Record<string, string>> = { ":": "colon", ";": "semicolon", ",": "comma", "{": "'{'", "}": "'}'", "=": "'='", "(": "'('", ")": "')'", $: "'$'", "|": "'|'", "[": "'['", "]": "']'" };

/** How a syntax error names it. */
export function tokenName({ kind, text }: Token, before?: Token): string {
  if (kind === "punctuation") return PUNCTUATION[text] ?? text;
  if (kind === "string" && (KEYWORDS.has(text) || LOCAL.get(before?.text ?? "")?.has(text))) return text;
  return kind;
}

/** "1h30m" in milliseconds; undefined when it is no time. */
export function parseTime(text: string): number | undefined {
  const m = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (!m || text === "") return undefined;
  const [d = 0, h = 0, min = 0, s = 0, ms = 0] = m.slice(1).map((part) => Number(part ?? 0));
  return (((d * 24 + h) * 60 + min) * 60 + s) * 1000 + ms;
}

/** time_print(). */
export function printTime(ms: number): string {
  const parts = [
    [Math.floor(ms / 86_400_000), "d"],
    [Math.floor(ms / 3_600_000) % 24, "h"],
    [Math.floor(ms / 60_000) % 60, "m"],
    [Math.floor(ms / 1000) % 60, "s"],
    [Math.floor(ms) % 1000, "ms"],
  ] as const;
  const text = parts.map(([n, unit]) => (n > 0 ? `${n}${unit}` : "")).join("");
  return text === "" ? "0s" : text;
}

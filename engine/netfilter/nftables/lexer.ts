/**
 * Words of nft's language: src/scanner.l. Addresses, times and names are strings to it; what a
 * string means is decided by the type it is compared with.
 */
import { type Loc, NftError } from "./source";

export type TokenKind = "string" | "quoted string" | "string with a trailing asterisk" | "number" | "punctuation" | "newline" | "end of file";

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
  [/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/y, "string"],
  [/(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?(?![A-Za-z0-9])/y, "string"],
  [/0x[0-9a-fA-F]+|\d+/y, "number"],
  [/[A-Za-z_.][A-Za-z0-9/\-_.]*\*/y, "string with a trailing asterisk"],
  [/[A-Za-z_][A-Za-z0-9/\-_.]*/y, "string"],
  [/==|!=|<=|>=|<<|>>|[{}()[\]<>&|^!/*\-@,.:;=$+]/y, "punctuation"],
];

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) at = scan(text, at, tokens);
  tokens.push(new Token("end of file", "", text.length, text.length + 1));
  return tokens;
}

const WORD = /[A-Za-z_][A-Za-z0-9/\-_.]*(?![A-Za-z0-9/\-_.*:])/y;
const BLANK = /[ \t]+/y;

/** Most of a ruleset is words and blanks; undefined when it is neither. */
function scanPlain(text: string, at: number, into: Token[]): number | undefined {
  const first = text.charCodeAt(at);
  if (first === 32 || first === 9) {
    BLANK.lastIndex = at;
    BLANK.test(text);
    return BLANK.lastIndex;
  }
  if (first < 65 || first > 122) return undefined;
  WORD.lastIndex = at;
  const found = WORD.exec(text)?.[0];
  if (found === undefined) return undefined;
  into.push(new Token("string", found, at, at + found.length));
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
  throw new NftError("syntax error, unexpected junk", { start: at, end: at + 1 });
}

/** Words that are never plain strings wherever they stand: what a syntax error calls them. */
const KEYWORDS = new Set(
  "table tables chain chains rule rules set sets element map maps flowtable flowtables handle ruleset hook device devices add replace update create insert delete reset flush rename get list describe import export monitor include define redefine undefine drop continue accept jump goto return queue type typeof counter counters quota quotas limits limit log tproxy synproxy socket ct meta mark ip ip6 tcp udp udplite icmp icmpv6 igmp sctp dccp esp ah comp th ether arp vlan fib numgen jhash symhash rt ipsec exthdr snat dnat masquerade redirect reject notrack dup fwd vmap hash seed map inet netdev bridge policy comment constant interval timeout size elements dynamic performance memory lshift rshift and or xor to with over bypass last offset index position iif iifname iiftype iifgroup oif oifname oiftype oifgroup skuid skgid nftrace rtclassid ibriport obriport ibrname obrname pkttype cpu cgroup prandom length protocol priority flow expires auto-merge gc-interval secmark secmarks exists missing xml json vm".split(" "),
);

const PUNCTUATION: Readonly<Record<string, string>> = { ":": "colon", ";": "semicolon", ",": "comma", "{": "'{'", "}": "'}'", "=": "'='", "(": "'('", ")": "')'", $: "'$'" };

/** How a syntax error names it. */
export function tokenName({ kind, text }: Token): string {
  if (kind === "punctuation") return PUNCTUATION[text] ?? text;
  if (kind === "string" && KEYWORDS.has(text)) return text;
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

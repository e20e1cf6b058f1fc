/** The words of a filter expression, as libpcap's scanner.l cuts them. */
import { FilterProblem } from "./filter-node";

/** "word": a keyword or sign, `text` says which; "name": anything else that could be a host or port; "address": 10.1.1 and the like. */
export type Token = { readonly kind: "word" | "name" | "number" | "address" | "mac" | "ip6"; readonly text: string; readonly value: number };

const SAME: Readonly<Record<string, string>> = { link: "ether", wlan: "ether", ppp: "ether", slip: "ether", fddi: "ether", tr: "ether", "&&": "and", "||": "or", "!": "not", "==": "=", length: "len" };
const WORDS = new Set(
  "dst src host net mask port portrange proto protochain gateway less greater byte broadcast multicast and or not len inbound outbound ifindex vlan mpls pppoed pppoes geneve ether arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is clnp stp ipx netbeui radio on ifname type subtype dir direction".split(" "),
);
/** Names that stand for numbers. */
const NUMBERS: Readonly<Record<string, number>> = {
  icmptype: 0, icmpcode: 1, icmp6type: 0, icmp6code: 1, tcpflags: 13, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
  "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8, "icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
  "icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18, "icmp6-destinationrunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3,
  "icmp6-parameterproblem": 4, "icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136, "icmp6-redirect": 137,
};

/** The longest of these that begins the rest wins; the first of several. */
const PATTERNS: readonly (readonly [Token["kind"] | "blank" | "escaped", RegExp])[] = [
  ["blank", /^[ \t\n\r]+/],
  ["word", /^(?:&&|\|\||>=|<=|!=|==|<<|>>|[!()[\]<>=&|+\-*/%^:])/],
  ["number", /^(?:0[xX][0-9a-fA-F]+|\d+)/],
  ["address", /^\d+(?:\.\d+){1,3}/],
  ["mac", /^(?:[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}|[0-9a-fA-F]{1,2}(?:-[0-9a-fA-F]{1,2}){5}|[0-9a-fA-F]{1,2}(?:\.[0-9a-fA-F]{1,2}){5}|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}|[0-9a-fA-F]{12}(?![0-9a-zA-Z]))/],
  ["ip6", /^(?:[0-9a-fA-F]*:){2,7}[0-9a-fA-F.]*/],
  ["name", /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/],
  ["escaped", /^\\[^ !()\n\t]+/],
];

export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = expression; rest !== ""; ) {
    let kind: Token["kind"] | "blank" | "escaped" | undefined;
    let text = "";
    for (const [name, pattern] of PATTERNS) {
      const found = pattern.exec(rest)?.[0] ?? "";
      if (found.length > text.length) [kind, text] = [name, found];
    }
    if (kind === undefined) throw new FilterProblem("syntax error");
    rest = rest.slice(text.length);
    if (kind !== "blank") tokens.push(tokenOf(kind, text));
  }
  return tokens;
}

function tokenOf(kind: Token["kind"] | "escaped", text: string): Token {
  if (kind === "escaped") return { kind: "name", text: text.slice(1), value: 0 };
  if (kind === "number") return { kind, text, value: numberOf(text) };
  if (kind !== "name") return { kind, text: SAME[text] ?? text, value: 0 };
  const named = NUMBERS[text];
  if (named !== undefined) return { kind: "number", text, value: named };
  const word = SAME[text] ?? text;
  return { kind: WORDS.has(word) ? "word" : "name", text: WORDS.has(word) ? word : text, value: 0 };
}

/** stoulen(): with 0x hexadecimal, with 0 octal. */
function numberOf(text: string): number {
  if (/^0[xX]/.test(text)) return inRange(text, Number.parseInt(text, 16));
  if (!/^0\d/.test(text)) return inRange(text, Number(text));
  if (/[89]/.test(text)) throw new FilterProblem(`number ${text} contains non-octal digit`);
  return inRange(text, Number.parseInt(text, 8));
}

function inRange(text: string, value: number): number {
  if (value > 0xffff_ffff) throw new FilterProblem(`number ${text} overflows 32 bits`);
  return value;
}

/**
 * conntrack(8)'s options by every spelling, and which go with which command: opts[] and
 * commands_v_options[][] of conntrack.c, with those of libct_proto_*.c for the protocol of -p.
 */
export type CommandLetter = "L" | "G" | "D" | "I" | "U" | "E" | "F" | "C" | "S" | "A" | "h" | "V";
export type Spec = { readonly key: string; readonly takes: "no" | "yes" | "maybe" };

const COMMAND_NAMES: readonly (readonly [string, CommandLetter])[] = [
  ["dump", "L"], ["create", "I"], ["delete", "D"], ["update", "U"], ["get", "G"], ["flush", "F"], ["event", "E"], ["count", "C"], ["stats", "S"], ["add", "A"], ["help", "h"], ["version", "V"],
];
export const COMMANDS: ReadonlyMap<string, CommandLetter> = new Map([...COMMAND_NAMES, ...COMMAND_NAMES.map(([, letter]) => [letter, letter] as const)]);

/** Key, letter, long names, in the order in which they are checked against the command. */
const OPTIONS: readonly (readonly [key: string, letter: string, takes: Spec["takes"], longs: readonly string[]])[] = [
  ["src", "s", "yes", ["src", "orig-src"]],
  ["dst", "d", "yes", ["dst", "orig-dst"]],
  ["reply-src", "r", "yes", ["reply-src"]],
  ["reply-dst", "q", "yes", ["reply-dst"]],
  ["protonum", "p", "yes", ["protonum"]],
  ["timeout", "t", "yes", ["timeout"]],
  ["status", "u", "yes", ["status"]],
  ["zero", "z", "no", ["zero"]],
  ["event-mask", "e", "yes", ["event-mask"]],
  ["tuple-src", "[", "yes", ["tuple-src"]],
  ["tuple-dst", "]", "yes", ["tuple-dst"]],
  ["mask-src", "{", "yes", ["mask-src"]],
  ["mask-dst", "}", "yes", ["mask-dst"]],
  ["nat-range", "a", "yes", ["nat-range"]],
  ["mark", "m", "yes", ["mark"]],
  ["id", "i", "yes", ["id"]],
  ["family", "f", "yes", ["family"]],
  ["src-nat", "n", "maybe", ["src-nat"]],
  ["dst-nat", "g", "maybe", ["dst-nat"]],
  ["output", "o", "yes", ["output"]],
  ["secmark", "c", "yes", ["secmark"]],
  ["buffer-size", "b", "yes", ["buffer-size"]],
  ["any-nat", "j", "maybe", ["any-nat"]],
  ["zone", "w", "yes", ["zone"]],
  ["label", "l", "yes", ["label"]],
  ["label-add", "<", "yes", ["label-add"]],
  ["label-del", ">", "maybe", ["label-del"]],
  ["orig-zone", "(", "yes", ["orig-zone"]],
  ["reply-zone", ")", "yes", ["reply-zone"]],
];

export const GENERAL: ReadonlyMap<string, Spec> = new Map(OPTIONS.flatMap(([key, letter, takes, longs]) => [letter, ...longs].map((name): [string, Spec] => [name, { key, takes }])));
export const KEYS: readonly string[] = OPTIONS.map(([key]) => key);

/** A figure for each key: 0 not with this command, 1 it must be there, 2 it may, 3 it must, or its like of the other direction. */
export const BY_COMMAND: Readonly<Partial<Record<string, string>>> = {
  L: "22222022000222202222202222222",
  I: "33331120000002200220000222222",
  A: "33331120000002200220000222222",
  U: "22222220000222222222000022200",
  D: "22222220000222222222000222222",
  G: "33331000000002020002000022200",
  E: "22222000200222202222222222222",
  F: "00000000000002002000000022200",
  C: "00000000000002000000000022200",
  S: "00000000000002000000000022200",
  h: "00002000000002000000000022200",
  V: "00000000000002000000000022200",
  "L expect": "00000000000002002002000022200",
  "I expect": "11221120011112000000000022200",
  "D expect": "11221000000002000000000022200",
  "G expect": "11221000000002000000000022200",
  "E expect": "00000000000002000002000022200",
  "F expect": "00000000000002000000000022200",
  "C expect": "00000000000002000000000022200",
  "S expect": "00000000000002000000000022200",
};

const spec = (names: readonly string[]): ReadonlyMap<string, Spec> => new Map(names.map((name) => [name, { key: KEY_OF[name] ?? name, takes: "yes" }]));
const KEY_OF: Readonly<Record<string, string>> = { "orig-port-src": "sport", "orig-port-dst": "dport", "reply-port-src": "reply-sport", "reply-port-dst": "reply-dport" };
const PORTS = ["sport", "orig-port-src", "dport", "orig-port-dst", "reply-port-src", "reply-port-dst"];

/** The options of one protocol; of `pairs`, -I and -G want one whole, and `needed` by all means. */
export type ProtocolOptions = { readonly options: ReadonlyMap<string, Spec>; readonly needed: Readonly<Partial<Record<CommandLetter, readonly string[]>>>; readonly pairs: readonly (readonly [string, string, says: string])[] };

const PORT_PAIRS = [["sport", "dport", "`--sport' and `--dport'"], ["reply-sport", "reply-dport", "`--reply-src-port' and `--reply-dst-port'"]] as const;
const withState = (...more: readonly string[]): ProtocolOptions => ({ options: spec([...PORTS, "state", ...more]), needed: { I: ["state"], A: ["state"] }, pairs: PORT_PAIRS });

/** Options that two protocols count under one and the same bit: who names both with -p has given either. */
export const ALIKE: readonly (readonly string[])[] = [["sport", "srckey", "icmp-type", "icmpv6-type"], ["dport", "dstkey", "icmp-code", "icmpv6-code"], ["reply-sport", "reply-key-src", "icmp-id", "icmpv6-id"], ["reply-dport", "reply-key-dst"]];

export const BY_PROTOCOL: ReadonlyMap<number, ProtocolOptions> = new Map([
  [6, withState()],
  [17, { options: spec(PORTS), needed: {}, pairs: PORT_PAIRS }],
  [136, { options: spec(PORTS), needed: {}, pairs: PORT_PAIRS }],
  [132, withState("orig-vtag", "reply-vtag")],
  [33, withState("role")],
  [1, { options: spec(["icmp-type", "icmp-code", "icmp-id"]), needed: { I: ["icmp-type", "icmp-code"], A: ["icmp-type", "icmp-code"], G: ["icmp-type", "icmp-code"] }, pairs: [] }],
  [58, { options: spec(["icmpv6-type", "icmpv6-code", "icmpv6-id"]), needed: { I: ["icmpv6-type", "icmpv6-code"], A: ["icmpv6-type", "icmpv6-code"], G: ["icmpv6-type", "icmpv6-code"] }, pairs: [] }],
  [47, { options: spec(["srckey", "dstkey", "reply-key-src", "reply-key-dst"]), needed: {}, pairs: [["srckey", "dstkey", "`--srckey' and `--dstkey'"], ["reply-key-src", "reply-key-dst", "`--reply-src-key' and `--reply-dst-key'"]] }],
]);

/**
 * -m conntrack: what connection tracking knows of the packet's connection. libxt_conntrack.c
 * (revision 3) and xt_conntrack.c.
 */
import type { Ip } from "../../../wire/ip";
import { seenOf, STATUS } from "../../connection";
import type { Tuple } from "../../tuple";
import { cidrText, parseHostMask } from "../address";
import { defineMatch, parseNumber, type OptionSpec, type ParseContext, type RuleContext } from "../extension";
import { protocolNumber } from "../names";
import { namedPortRange, type PortRange } from "../ports";
import { fail } from "../problem";
import { STATE, stateBits, type StateName } from "./conntrack-state";

const STATE_ORDER = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"] as const satisfies readonly StateName[];
const STATUS_ORDER = [
  ["EXPECTED", STATUS.expected],
  ["SEEN_REPLY", STATUS.seenReply],
  ["ASSURED", STATUS.assured],
  ["CONFIRMED", STATUS.confirmed],
] as const;

type Not<T> = { readonly not: boolean; readonly value: T };
type Net = { readonly address: number; readonly mask: number };
type AddressKey = "ctorigsrc" | "ctorigdst" | "ctreplsrc" | "ctrepldst";
type PortKey = "ctorigsrcport" | "ctorigdstport" | "ctreplsrcport" | "ctrepldstport";
type Options = {
  state?: Not<number>;
  proto?: Not<number>;
  status?: Not<number>;
  expire?: Not<PortRange>;
  direction?: Not<"original" | "reply">;
  addresses?: Partial<Record<AddressKey, Not<Net>>>;
  ports?: Partial<Record<PortKey, Not<PortRange>>>;
};

/** conntrack_parse_states: what it stumbles over it shows from there to the end. */
function list(text: string, what: string, known: (name: string) => number | undefined): number {
  let bits = 0;
  for (let rest = text; ; ) {
    const comma = rest.indexOf(",");
    const bit = known((comma < 0 ? rest : rest.slice(0, comma)).toUpperCase()) ?? fail(`Bad ${what} "${rest}"`);
    bits |= bit;
    if (comma < 0) return bits;
    rest = rest.slice(comma + 1);
  }
}

const address = (key: AddressKey): OptionSpec<Options> => ({
  invert: true,
  set: (o, value, not, context) => {
    o.addresses ??= {};
    o.addresses[key] = { not, value: parseHostMask("conntrack", key, value, context.netfilter) };
  },
});

const port = (key: PortKey): OptionSpec<Options> => ({
  invert: true,
  set: (o, text, not) => {
    o.ports ??= {};
    o.ports[key] = { not, value: namedPortRange("conntrack", key, text) };
  },
});

function parseProto(text: string, _context: ParseContext): number {
  return parseNumber(text, 0, 255) ?? protocolNumber(text.toLowerCase()) ?? fail(`unknown protocol "${text}" specified`);
}

function parseExpire(text: string): PortRange {
  const [left = "", right] = text.split(":");
  const bad = (part: string): never => fail(`conntrack: bad value for option "--ctexpire" near "${part}", or out of range (0-4294967295).\n`);
  const min = left === "" ? 0 : (parseNumber(left) ?? bad(text));
  return { min, max: right === undefined ? min : right === "" ? 0xffff_ffff : (parseNumber(right) ?? bad(right)) };
}

const ADDRESS_KEYS: readonly AddressKey[] = ["ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst"];
const PORT_KEYS: readonly PortKey[] = ["ctorigsrcport", "ctorigdstport", "ctreplsrcport", "ctrepldstport"];

/** One field after the other, in the order libxt_conntrack prints them. */
function fields(o: Options, dashes: string): string {
  const one = <T>(name: string, field: Not<T> | undefined, text: (value: T) => string): string => (field ? `${field.not ? "! " : ""}${dashes}${name} ${text(field.value)}` : "");
  const span = ({ min, max }: PortRange): string => (min === max ? String(min) : `${min}:${max}`);
  const range = (ports: PortRange): string => (ports.max === 0 ? String(ports.min) : span(ports));
  const parts = [
    one("ctstate", o.state, (bits) => STATE_ORDER.filter((name) => bits & STATE[name]).join(",")),
    one("ctproto", o.proto, String),
    ...ADDRESS_KEYS.map((key) => one(key, o.addresses?.[key], ({ address: ip, mask }) => cidrText(ip as Ip, mask))),
    ...PORT_KEYS.map((key) => one(key, o.ports?.[key], range)),
    one("ctstatus", o.status, (bits) => (bits === 0 ? "NONE" : STATUS_ORDER.filter(([, bit]) => bits & bit).map(([name]) => name).join(","))),
    one("ctexpire", o.expire, span),
    one("ctdir", o.direction, (value) => value.toUpperCase()),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

export const conntrack = defineMatch<Options>({
  name: "conntrack",
  conntrack: true,
  init: () => ({}),
  options: {
    ctstate: {
      invert: true,
      set: (o, value, not) => {
        o.state = { not, value: list(value, "ctstate", (name) => (Object.hasOwn(STATE, name) ? STATE[name as StateName] : undefined)) };
      },
    },
    ctproto: {
      invert: true,
      set: (o, value, not, context) => {
        o.proto = { not, value: parseProto(value, context) };
      },
    },
    ctorigsrc: address("ctorigsrc"),
    ctorigdst: address("ctorigdst"),
    ctreplsrc: address("ctreplsrc"),
    ctrepldst: address("ctrepldst"),
    ctorigsrcport: port("ctorigsrcport"),
    ctorigdstport: port("ctorigdstport"),
    ctreplsrcport: port("ctreplsrcport"),
    ctrepldstport: port("ctrepldstport"),
    ctstatus: {
      invert: true,
      set: (o, value, not) => {
        o.status = { not, value: list(value, "ctstatus", (name) => (name === "NONE" ? 0 : STATUS_ORDER.find(([known]) => known === name)?.[1])) };
      },
    },
    ctexpire: {
      invert: true,
      set: (o, value, not) => {
        o.expire = { not, value: parseExpire(value) };
      },
    },
    ctdir: {
      set: (o, value) => {
        const name = value.toUpperCase();
        if (name !== "ORIGINAL" && name !== "REPLY") fail(`conntrack: Bad value for "--ctdir" option: "${value}"`);
        o.direction = { not: false, value: name === "ORIGINAL" ? "original" : "reply" };
      },
    },
  },
  check(_o, { seen }) {
    if (seen.size === 0) fail("conntrack: At least one option is required");
  },
  test: testConntrack,
  save: (o) => fields(o, "--"),
  list: (o) => fields(o, ""),
});

/** conntrack_mt. */
function testConntrack(o: Options, { skb, netfilter }: RuleContext): boolean {
  const ref = seenOf(skb);
  if (o.state && ((stateBits(ref) & o.state.value) !== 0) === o.state.not) return false;
  const conn = ref?.conn;
  if (!conn || !ref) return o.state !== undefined;
  if (o.direction && (o.direction.value === ref.direction) === o.direction.not) return false;
  const original = conn.original.tuple;
  const reply = conn.reply.tuple;
  if (o.proto && (original.proto === o.proto.value) === o.proto.not) return false;
  if (o.addresses && !addressesMatch(o.addresses, original, reply)) return false;
  if (o.ports && !portsMatch(o.ports, original, reply)) return false;
  // NONE is a mask without bits: it never matches, as in the kernel.
  if (o.status && ((conn.status & o.status.value) !== 0) === o.status.not) return false;
  if (!o.expire) return true;
  const left = conn.confirmed ? Math.max(0, Math.floor((conn.expiresMs - netfilter.conntrack.nowMs) / 1000)) : 0;
  return (left >= o.expire.value.min && left <= o.expire.value.max) !== o.expire.not;
}

function addressesMatch(wanted: NonNullable<Options["addresses"]>, original: Tuple, reply: Tuple): boolean {
  const sides = { ctorigsrc: original.src, ctorigdst: original.dst, ctreplsrc: reply.src, ctrepldst: reply.dst };
  return ADDRESS_KEYS.every((key) => {
    const one = wanted[key];
    return one === undefined || (((sides[key] ^ one.value.address) & one.value.mask) === 0) !== one.not;
  });
}

function portsMatch(wanted: NonNullable<Options["ports"]>, original: Tuple, reply: Tuple): boolean {
  const ends = { ctorigsrcport: original.sport, ctorigdstport: original.dport, ctreplsrcport: reply.sport, ctrepldstport: reply.dport };
  return PORT_KEYS.every((key) => {
    const one = wanted[key];
    return one === undefined || (ends[key] >= one.value.min && ends[key] <= one.value.max) !== one.not;
  });
}

/** -m icmp --icmp-type: by number or by name. libipt_icmp.c and ip_tables.c (icmp_match). */
import { PROTO } from "../../../wire/packet";
import { defineMatch, parseNumber } from "../extension";
import { fail } from "../problem";

type Options = { type: number; min: number; max: number; not: boolean };

/** type, lowest and highest code, in the order of `iptables -p icmp -h`. */
const NAMES: readonly (readonly [string, number, number, number])[] = [
  ["any", 255, 0, 255],
  ["echo-reply", 0, 0, 255],
  ["pong", 0, 0, 255],
  ["destination-unreachable", 3, 0, 255],
  ["network-unreachable", 3, 0, 0],
  ["host-unreachable", 3, 1, 1],
  ["protocol-unreachable", 3, 2, 2],
  ["port-unreachable", 3, 3, 3],
  ["fragmentation-needed", 3, 4, 4],
  ["source-route-failed", 3, 5, 5],
  ["network-unknown", 3, 6, 6],
  ["host-unknown", 3, 7, 7],
  ["network-prohibited", 3, 9, 9],
  ["host-prohibited", 3, 10, 10],
  ["TOS-network-unreachable", 3, 11, 11],
  ["TOS-host-unreachable", 3, 12, 12],
  ["communication-prohibited", 3, 13, 13],
  ["host-precedence-violation", 3, 14, 14],
  ["precedence-cutoff", 3, 15, 15],
  ["source-quench", 4, 0, 255],
  ["redirect", 5, 0, 255],
  ["network-redirect", 5, 0, 0],
  ["host-redirect", 5, 1, 1],
  ["TOS-network-redirect", 5, 2, 2],
  ["TOS-host-redirect", 5, 3, 3],
  ["echo-request", 8, 0, 255],
  ["ping", 8, 0, 255],
  ["router-advertisement", 9, 0, 255],
  ["router-solicitation", 10, 0, 255],
  ["time-exceeded", 11, 0, 255],
  ["ttl-exceeded", 11, 0, 255],
  ["ttl-zero-during-transit", 11, 0, 0],
  ["ttl-zero-during-reassembly", 11, 1, 1],
  ["parameter-problem", 12, 0, 255],
  ["ip-header-bad", 12, 0, 0],
  ["required-option-missing", 12, 1, 1],
  ["timestamp-request", 13, 0, 255],
  ["timestamp-reply", 14, 0, 255],
  ["address-mask-request", 17, 0, 255],
  ["address-mask-reply", 18, 0, 255],
];

/** A name may be shortened as long as it is clear which is meant. */
function parseType(text: string): readonly [type: number, min: number, max: number] {
  const lower = text.toLowerCase();
  const found = NAMES.filter(([name]) => name.toLowerCase().startsWith(lower) && text !== "");
  const exact = found.find(([name]) => name.toLowerCase() === lower);
  if (found.length > 1 && !exact) fail(`Ambiguous ICMP type \`${text}': \`${found[0]?.[0]}' or \`${found[1]?.[0]}'?`);
  const named = exact ?? found[0];
  if (named) return [named[1], named[2], named[3]];
  const [left = "", right] = text.split("/");
  const type = parseNumber(left, 0, 255) ?? fail(`Unknown ICMP type \`${text}'`);
  if (right === undefined) return [type, 0, 255];
  const code = parseNumber(right, 0, 255) ?? fail(`Unknown ICMP code \`${text}'`);
  return [type, code, code];
}

export const icmp = defineMatch<Options>({
  name: "icmp",
  protocols: [PROTO.icmp],
  init: () => ({ type: 255, min: 0, max: 255, not: false }),
  options: {
    "icmp-type": {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        [o.type, o.min, o.max] = parseType(value);
        o.not = invert;
      },
    },
  },

  test({ type, min, max, not }, { packet: { payload, offset } }) {
    if (offset !== 0 || payload.kind !== "icmp") return false;
    return (type === 255 || (payload.type === type && payload.code >= min && payload.code <= max)) !== not;
  },

  save({ type, min, max, not }) {
    const sign = not ? "! " : "";
    if (type === 255) return `${sign}--icmp-type any`;
    return `${sign}--icmp-type ${type}${min !== 0 || max !== 255 ? `/${min}` : ""}`;
  },

  list({ type, min, max, not }, { numeric }) {
    const known = numeric ? undefined : NAMES.find(([, t, lo, hi]) => t === type && lo === min && hi === max);
    if (known) return `icmp ${not ? "!" : ""}${known[0]}`;
    const head = not ? `icmp !type ${type}` : `icmptype ${type}`;
    if (min === 0 && max === 255) return head;
    return min === max ? `${head} code ${min}` : `${head} codes ${min}-${max}`;
  },
});

/** -m connlimit: how many connections a client (or network of them) has now. libxt_connlimit.c, nf_conncount.c. */
import { connectionOf } from "../../connection";
import { parsePrefix } from "../address";
import { defineMatch, integer, type RuleContext } from "../extension";
import { fail } from "../problem";
import { canDropEarly } from "../../conntrack-tcp";

type Options = { limit: number; inverted: boolean; bits: number; side: "src" | "dst" };

export const connlimit = defineMatch<Options>({
  name: "connlimit",
  conntrack: true,
  init: () => ({ limit: 0, inverted: false, bits: 32, side: "src" }),
  options: {
    "connlimit-upto": {
      excl: ["connlimit-above"],
      invert: true,
      set: (o, value, invert) => {
        o.limit = integer("connlimit", "connlimit-upto", value);
        o.inverted = !invert;
      },
    },
    "connlimit-above": {
      excl: ["connlimit-upto"],
      invert: true,
      set: (o, value, invert) => {
        o.limit = integer("connlimit", "connlimit-above", value);
        o.inverted = invert;
      },
    },
    "connlimit-mask": { set: (o, value) => void (o.bits = parsePrefix(value) ?? fail(`connlimit: bad value for option "--connlimit-mask", neither a valid network mask nor valid CIDR (0-32).\n`)) },
    "connlimit-saddr": { flag: true, excl: ["connlimit-daddr"], set: (o) => void (o.side = "src") },
    "connlimit-daddr": { flag: true, excl: ["connlimit-saddr"], set: (o) => void (o.side = "dst") },
  },
  check(_o, { seen }) {
    if (!seen.has("connlimit-upto") && !seen.has("connlimit-above")) fail('You must specify "--connlimit-above" or "--connlimit-upto".');
  },
  test: ({ limit, inverted, bits, side }, context) => count(context, bits, side) > limit !== inverted,
  save: ({ limit, inverted, bits, side }) => `--connlimit-${inverted ? "upto" : "above"} ${limit} --connlimit-mask ${bits} --connlimit-${side.charAt(0)}addr`,
  list: ({ limit, inverted, bits, side }) => `#conn ${side}/${bits} ${inverted ? "<=" : ">"} ${limit}`,
});

/** Connections of the same network, this one included; closing ones no longer count. */
function count({ skb, packet, netfilter }: RuleContext, bits: number, side: "src" | "dst"): number {
  const own = connectionOf(skb)?.conn;
  const mask = bits === 0 ? 0 : -1 << (32 - bits);
  const wanted = (own?.original.tuple[side] ?? packet[side]) & mask;
  let found = own && !own.confirmed ? 1 : 0;
  for (const conn of netfilter.conntrack.table.connections()) if ((conn.original.tuple[side] & mask) === wanted && conn.original.tuple.proto === packet.proto && !canDropEarly(conn)) found++;
  return found;
}

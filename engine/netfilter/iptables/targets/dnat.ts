/**
 * -j DNAT: sends a new connection to another destination. Only its first packet ever reaches
 * this file; the rest follow the connection, because conntrack remembers (see nat.ts).
 *
 * In Linux: net/netfilter/xt_nat.c; iptables' libxt_NAT.c.
 */
import { connectionOf } from "../../connection";
import { defineTarget } from "../extension";
import { flagsText, type NatOptions, parseTarget, persistentFlag, randomFlag, rangeText } from "../nat-options";

export const DNAT = defineTarget<NatOptions>({
  name: "DNAT",
  tables: ["nat"],
  hooks: ["PREROUTING", "OUTPUT"],
  conntrack: true,
  init: () => ({ range: {} }),
  options: {
    "to-destination": {
      mandatory: true,
      set: (o, value, _invert, context) => {
        o.range = { ...o.range, ...parseTarget(value, context, true) };
      },
    },
    random: randomFlag,
    persistent: persistentFlag,
  },
  apply({ range }, { skb, netfilter }) {
    const conn = connectionOf(skb)?.conn;
    return conn && !netfilter.nat.setup(conn, range, "dst") ? "DROP" : "ACCEPT";
  },
  save: ({ range }) => `--to-destination ${rangeText(range)}${flagsText(range, "--")}`,
  list: ({ range }) => `to:${rangeText(range)}${flagsText(range, "")}`,
});

/** -j SNAT: gives a new connection another source. xt_nat.c, libxt_NAT.c. */
import { connectionOf } from "../../connection";
import { defineTarget } from "../extension";
import { flagsText, type NatOptions, parseTarget, persistentFlag, randomFlag, randomFullyFlag, rangeText } from "../nat-options";

export const SNAT = defineTarget<NatOptions>({
  name: "SNAT",
  tables: ["nat"],
  hooks: ["POSTROUTING", "INPUT"],
  conntrack: true,
  init: () => ({ range: {} }),
  options: {
    "to-source": {
      mandatory: true,
      set: (o, value, _invert, context) => {
        o.range = { ...o.range, ...parseTarget(value, context, false) };
      },
    },
    random: randomFlag,
    "random-fully": randomFullyFlag,
    persistent: persistentFlag,
  },
  apply({ range }, { skb, netfilter }) {
    const conn = connectionOf(skb)?.conn;
    return conn && !netfilter.nat.setup(conn, range, "src") ? "DROP" : "ACCEPT";
  },
  save: ({ range }) => `--to-source ${rangeText(range)}${flagsText(range, "--")}`,
  list: ({ range }) => `to:${rangeText(range)}${flagsText(range, "")}`,
});

/** -j MASQUERADE: SNAT to whatever address the outgoing interface has. xt_MASQUERADE.c, libxt_NAT.c. */
import { masquerade } from "../../nat-masquerade";
import { defineTarget } from "../extension";
import { flagsText, type NatOptions, parseToPorts, portsText, randomFlag, randomFullyFlag } from "../nat-options";

export const MASQUERADE = defineTarget<NatOptions>({
  name: "MASQUERADE",
  tables: ["nat"],
  hooks: ["POSTROUTING"],
  conntrack: true,
  init: () => ({ range: {} }),
  options: {
    "to-ports": {
      set: (o, value, _invert, context) => {
        o.range = { ...o.range, ports: parseToPorts(value, context) };
      },
    },
    random: randomFlag,
    "random-fully": randomFullyFlag,
  },
  apply: ({ range }, { skb, netfilter }) => (masquerade(netfilter.nat, skb, range) ? "ACCEPT" : "DROP"),
  save: ({ range }) => `${range.ports ? `--to-ports ${portsText(range.ports)}` : ""}${flagsText(range, "--")}`.trim(),
  list: ({ range }) => `${range.ports ? `masq ports: ${portsText(range.ports)}` : ""}${flagsText(range, "")}`.trim(),
});

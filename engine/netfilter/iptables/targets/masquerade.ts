/** -j MASQUERADE: SNAT to whatever address the outgoing interface has. xt_MASQUERADE.c, libxt_NAT.c. */
import { masquerade } from "../../nat-masquerade";
import { defineTarget } from "../extension";
import { flagsText, mayHavePorts, type NatOptions, parsePorts, portsText, randomFlag, randomFullyFlag } from "../nat-options";
import { fail } from "../problem";

export const MASQUERADE = defineTarget<NatOptions>({
  name: "MASQUERADE",
  tables: ["nat"],
  hooks: ["POSTROUTING"],
  conntrack: true,
  init: () => ({ range: {} }),
  options: {
    "to-ports": {
      set: (o, value, _invert, context) => {
        if (!mayHavePorts(context)) fail("Need TCP, UDP, SCTP or DCCP with port specification");
        o.range = { ...o.range, ports: parsePorts(value, false) };
      },
    },
    random: randomFlag,
    "random-fully": randomFullyFlag,
  },
  apply: ({ range }, { skb, netfilter }) => (masquerade(netfilter.nat, skb, range) ? "ACCEPT" : "DROP"),
  save: ({ range }) => `${range.ports ? `--to-ports ${portsText(range.ports)}` : ""}${flagsText(range, "--")}`.trim(),
  list: ({ range }) => `${range.ports ? `masq ports: ${portsText(range.ports)}` : ""}${flagsText(range, "")}`.trim(),
});

/** -j REDIRECT: DNAT to this machine itself. xt_REDIRECT.c, nf_nat_redirect.c, libxt_NAT.c. */
import type { Ip } from "../../../wire/ip";
import { connectionOf } from "../../connection";
import { defineTarget } from "../extension";
import { flagsText, type NatOptions, parseToPorts, portsText, randomFlag } from "../nat-options";

const LOCALHOST = 0x7f00_0001 as Ip;

export const REDIRECT = defineTarget<NatOptions>({
  name: "REDIRECT",
  tables: ["nat"],
  hooks: ["PREROUTING", "OUTPUT"],
  conntrack: true,
  init: () => ({ range: {} }),
  options: {
    "to-ports": {
      set: (o, value, _invert, context) => {
        o.range = { ...o.range, ports: parseToPorts(value, context) };
      },
    },
    random: randomFlag,
  },
  apply({ range }, { skb, netfilter, at, inDev }) {
    const conn = connectionOf(skb)?.conn;
    if (!conn) return "ACCEPT";
    // Its own packets go to localhost, others' to the first address of the interface they came by.
    const own = at === "OUTPUT" ? LOCALHOST : inDev && skb.ns.addresses.of(inDev)[0]?.local;
    if (own === undefined) return "DROP";
    return netfilter.nat.setup(conn, { ...range, addresses: { min: own, max: own } }, "dst") ? "ACCEPT" : "DROP";
  },
  save: ({ range }) => `${range.ports ? `--to-ports ${portsText(range.ports)}` : ""}${flagsText(range, "--")}`.trim(),
  list: ({ range }) => `${range.ports ? `redir ports ${portsText(range.ports)}` : ""}${flagsText(range, "")}`.trim(),
});

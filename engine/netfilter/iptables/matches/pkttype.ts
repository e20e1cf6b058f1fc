/** -m pkttype: addressed to this machine's MAC, to all, or overheard. libxt_pkttype.c, xt_pkttype.c. */
import { defineMatch } from "../extension";
import { fail } from "../problem";

const TYPES = ["unicast", "broadcast", "multicast", "otherhost"] as const;
type Type = (typeof TYPES)[number];
type Options = { type: Type; not: boolean };

export const pkttype = defineMatch<Options>({
  name: "pkttype",
  init: () => ({ type: "unicast", not: false }),
  options: {
    "pkt-type": {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        const name = value.toLowerCase();
        const known = name === "host" ? "unicast" : name === "bcast" ? "broadcast" : name === "mcast" ? "multicast" : name;
        o.type = TYPES.find((type) => type === known) ?? fail(`Bad packet type '${value}'`);
        o.not = invert;
      },
    },
  },
  test({ type, not }, { skb, packet }) {
    // What comes over lo has no Ethernet destination: its IP one decides.
    const wanted = skb.pktType === "host" && packet.dst >>> 28 === 14 && skb.inDev?.kind === "loopback" ? "multicast" : skb.pktType === "host" ? "unicast" : skb.pktType;
    return (wanted === type) !== not;
  },
  save: ({ type, not }) => `${not ? "! " : ""}--pkt-type ${type}`,
  list: ({ type, not }) => `PKTTYPE ${not ? "!=" : "="} ${type}`,
});

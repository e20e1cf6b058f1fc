/** -j TCPMSS: lowers the MSS a SYN offers, for paths whose routers lose ICMP. libxt_TCPMSS.c, xt_TCPMSS.c. */
import { ipv4Length } from "../../../wire/ipv4";
import { PROTO, TCP } from "../../../wire/packet";
import { defineTarget, integer } from "../extension";
import { fail } from "../problem";

type Options = { mss: number | "pmtu" | undefined };
const HEADERS = 40;
const IP_HEADER = 20;
/** What TCP assumes when a SYN says nothing (RFC 9293). */
const DEFAULT_MSS = 536;

export const TCPMSS = defineTarget<Options>({
  name: "TCPMSS",
  protocols: [PROTO.tcp],
  init: () => ({ mss: undefined }),
  options: {
    "set-mss": { set: (o, value) => void (o.mss = integer("TCPMSS", "set-mss", value, 0, 65_535 - IP_HEADER)) },
    "clamp-mss-to-pmtu": { flag: true, set: (o) => void (o.mss = "pmtu") },
  },
  check(o) {
    if (o.mss === undefined) fail("TCPMSS target: At least one parameter is required");
  },
  checkEntry({ mss }, _header, _table, hooks) {
    const outward = [...hooks].every((hook) => hook === "FORWARD" || hook === "OUTPUT" || hook === "POSTROUTING");
    return mss !== "pmtu" || outward;
  },
  needsSyn: true, // For the legacy kernel; nft's compatibility layer does not look.
  apply({ mss }, context) {
    const { packet, outDev, skb } = context;
    const { payload } = packet;
    if (payload.kind !== "tcp" || packet.offset !== 0 || !(payload.flags & TCP.syn)) return "CONTINUE";
    const mtu = skb.route && skb.route.mtu > 0 ? Math.min(skb.route.mtu, outDev?.mtu ?? 65_535) : (outDev?.mtu ?? 0);
    const wanted = mss === "pmtu" ? mtu - HEADERS : (mss ?? 0);
    const { mss: offered } = payload.options;
    if (offered !== undefined) {
      if (offered > wanted) payload.options = { ...payload.options, mss: wanted };
    } else if (payload.data.length === 0) {
      // The option is put in, and the packet grows.
      payload.options = { ...payload.options, mss: Math.min(wanted, DEFAULT_MSS) };
      context.bytes = ipv4Length(packet);
    }
    return "CONTINUE";
  },
  save: ({ mss }) => (mss === "pmtu" ? "--clamp-mss-to-pmtu" : `--set-mss ${mss}`),
  list: ({ mss }) => `TCPMSS ${mss === "pmtu" ? "clamp to PMTU" : `set ${mss}`}`,
});

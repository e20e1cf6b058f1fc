/** -j NETMAP: maps one network onto another, host by host. xt_NETMAP.c, libipt_NETMAP.c. */
import type { Ip } from "../../../wire/ip";
import { connectionOf } from "../../connection";
import { manipOf } from "../../nat";
import { cidrText, type Network, parseHostMask } from "../address";
import { defineTarget, type ParseContext } from "../extension";

function network(text: string, { netfilter }: ParseContext): Network {
  const { address, mask } = parseHostMask("NETMAP", "to", text, netfilter);
  return { address: address & mask, mask };
}

type Options = { to: Network };

export const NETMAP = defineTarget<Options>({
  name: "NETMAP",
  tables: ["nat"],
  conntrack: true,
  init: () => ({ to: { address: 0, mask: 0 } }),
  options: { to: { mandatory: true, set: (o, value, _invert, context) => void (o.to = network(value, context)) } },
  apply({ to }, { skb, packet, at, netfilter }) {
    const conn = connectionOf(skb)?.conn;
    if (!conn) return "ACCEPT";
    const manip = manipOf(at);
    const old = manip === "dst" ? packet.dst : packet.src;
    const mapped = (((old & ~to.mask) | to.address) >>> 0) as Ip;
    return netfilter.nat.setup(conn, { addresses: { min: mapped, max: mapped } }, manip) ? "ACCEPT" : "DROP";
  },
  save: ({ to }) => `--to ${cidrText(to.address, to.mask)}${to.mask === -1 ? "/32" : ""}`,
  list: ({ to }) => `to:${cidrText(to.address, to.mask)}${to.mask === -1 ? "/32" : ""}`,
});

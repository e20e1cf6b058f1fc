/**
 * A packet on its way through one namespace: the datagram and all that is known about it, as
 * Linux keeps it in struct sk_buff. `conn` is conntrack's slot: net/ owns it and never looks in.
 */
import type { Device } from "../link/device";
import type { Mac } from "../wire/mac";
import type { Packet } from "../wire/packet";
import type { Netns } from "./netns";
import type { Route } from "./route";

export class Skb {
  /** skb->mark: fwmark, --set-xmark, 0x4000. */
  mark = 0;
  inDev: Device | undefined;
  outDev: Device | undefined;
  /** The bridge ports it came in and will leave by, while br_netfilter shows it to the IP hooks (physdev). */
  physIn: Device | undefined;
  physOut: Device | undefined;
  /** The Ethernet source it came from, if it came from a device. */
  srcMac: Mac | undefined;
  dstMac: Mac | undefined;
  /** Addressed to this machine's own MAC, or overheard: PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST. */
  pktType: "host" | "broadcast" | "multicast" | "otherhost" = "host";
  route: Route | undefined;
  /** The socket that sent it: who owns it (-m owner), and where errors go. */
  socket: unknown;
  /** The device that its socket insists on (SO_BINDTODEVICE). */
  boundTo: Device | undefined;
  /** No socket at all stands behind it, not even the kernel's own for answers: a reset that netfilter made. */
  sockless = false;
  /** Conntrack's own: which connection this belongs to and in which direction. */
  conn: unknown;
  /** skb->ipvs_property: IPVS has dealt with it, and leaves it alone from here on. */
  ipvs = false;
  /** -j TRACE has been met. */
  traced = false;
  hops = 0;
  /** PREROUTING has run already while the packet crossed a bridge (br_netfilter): it must not run again. */
  prerouted = false;
  /** The router it is passing through owes its sender an ICMP redirect (IPSKB_DOREDIRECT). */
  redirect = false;
  /** skb->hash of its socket (sk_txhash): by which flow a tunnel or several next hops spread it. 0: by its addresses. */
  hash = 0;
  /** The largest fragment it was put together from; what it is cut into again. 0: it came whole. */
  fragMax = 0;
  /** The data of each piece it came in, or its socket made of it, while they are kept apart (frag_list). */
  pieces: readonly number[] | undefined;

  constructor(
    public packet: Packet,
    readonly ns: Netns,
    /** Follows the packet across namespaces in the trace. */
    readonly id: number,
  ) {}
}

/**
 * What a raw socket sends that writes its own IP header (IP_HDRINCL; raw_sendmsg and raw_send_hdrinc of
 * net/ipv4/raw.c). The way is looked up for the socket, which is bound to nothing: what the header says of
 * its source is not asked.
 */
import type { Packet } from "../wire/packet";
import { type SendError, sendOn } from "./ip";
import type { Netns } from "./netns";
import { pathTo } from "./sock-route";
import { ANY } from "../wire/ip";

/** Whose packets these are: a raw socket's, which hears no errors here. */
const RAW_SOCKET: unknown = Object.freeze({});

export function sendRaw(ns: Netns, packet: Packet): SendError {
  const path = pathTo(ns, { dst: packet.dst, src: ANY, mark: 0, tos: 0, device: undefined });
  if (typeof path === "string") return path;
  if (path.type === "broadcast") return "EACCES";
  const skb = ns.newSkb({ ...packet, src: packet.src !== 0 ? packet.src : path.src });
  skb.socket = RAW_SOCKET;
  const failure = sendOn(ns, skb, path.route);
  if (failure !== undefined) ns.snmp.ip.OutDiscards++;
  return failure;
}

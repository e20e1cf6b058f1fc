/**
 * ARP's manners: which question to ask, whom to answer (arp_solicit, arp_ignore, arp_fwd_proxy of
 * net/ipv4/arp.c).
 */
import type { Device } from "../link/device";
import type { Ip } from "../wire/ip";
import type { Mac } from "../wire/mac";
import type { Arp } from "../wire/packet";
import { SCOPE } from "./fib-table";
import type { Netns } from "./netns";
import { isRefused, validSource } from "./route-in";
import type { Skb } from "./skb";

export function sendArp(dev: Device, op: 1 | 2, senderMac: Mac, senderIp: Ip, targetMac: Mac, targetIp: Ip, to: Mac): void {
  dev.transmit({ dst: to, src: dev.mac, payload: { kind: "arp", op, senderMac, senderIp, targetMac, targetIp } });
}

export function answerArp(dev: Device, question: Arp): void {
  sendArp(dev, 2, dev.mac, question.targetIp, question.senderMac, question.senderIp, question.senderMac);
}

/** arp_solicit(): as whom to ask. By default as the waiting packet's sender, if that is one of ours. */
export function solicitSource(ns: Netns, dev: Device, target: Ip, skb: Skb | undefined): Ip {
  const announce = ns.sysctl.max("arp_announce", dev);
  const sender = skb?.packet.src ?? (0 as Ip);
  if (sender !== 0 && ns.isLocal(sender)) {
    if (announce === 0) return sender;
    if (announce === 1 && ns.addresses.onLink(dev, target, sender)) return sender;
  }
  return ns.addresses.select(dev, target, SCOPE.link);
}

/** Whether to say "that is me": for one's own addresses as arp_ignore allows, for others by proxy_arp. */
export function answerFor(ns: Netns, dev: Device, { targetIp, senderIp }: Arp): "own" | "proxy" | "none" {
  const route = ns.fib.lookup({ dst: targetIp, src: senderIp, inDev: dev });
  if (typeof route === "string") return "none";
  // ip_route_input() is asked first, and it minds where an answer would go.
  const question = { packet: { src: senderIp, dst: targetIp, tos: 0 }, mark: 0 };
  if (senderIp !== 0 && isRefused(validSource(ns, question, dev, route.type === "unicast" ? route.dev : undefined))) return "none";
  if (route.type === "local") return ignores(ns, dev, senderIp, targetIp) || filtered(ns, dev, senderIp, targetIp) ? "none" : "own";
  if (route.type !== "unicast" || !ns.sysctl.forwards(dev)) return "none";
  // arp_fwd_pvlan(): for others on the very same link, which may not talk to each other.
  if (route.dev === dev) return senderIp !== targetIp && ns.sysctl.or("proxy_arp_pvlan", dev) ? "proxy" : "none";
  return ns.sysctl.or("proxy_arp", dev) ? "proxy" : "none";
}

/** arp_ignore(). */
function ignores(ns: Netns, dev: Device, sender: Ip, target: Ip): boolean {
  const level = ns.sysctl.max("arp_ignore", dev);
  if (level === 0) return false;
  if (level === 8) return true;
  const own = ns.addresses.of(dev).find(({ local }) => local === target);
  if (level === 1) return own === undefined;
  if (level === 2) return own === undefined || !ns.addresses.onLink(dev, target, sender);
  return level === 3 && own !== undefined && own.scope === SCOPE.host;
}

/** arp_filter: answer only where an answer to the asker would leave by this device. */
function filtered(ns: Netns, dev: Device, sender: Ip, target: Ip): boolean {
  if (!ns.sysctl.or("arp_filter", dev)) return false;
  const back = ns.fib.lookup({ dst: sender, src: target });
  return typeof back === "string" || back.dev !== dev;
}

/** arp_send() of a gratuitous announcement, as arp_notify and `arping -U` send it. */
export function announce(dev: Device, address: Ip): void {
  const broadcast = 0xffff_ffff_ffff as Mac;
  sendArp(dev, 1, dev.mac, address, broadcast, address, broadcast);
}

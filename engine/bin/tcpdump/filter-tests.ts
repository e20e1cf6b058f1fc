/** The questions a filter can ask of a frame. */
import { BROADCAST_MAC, isGroup, type Mac } from "../../wire/mac";
import { inCidr, type Ip } from "../../wire/ip";
import { type Frame, type Packet, PROTO } from "../../wire/packet";

/** The expression makes no sense; the words are libpcap's. */
export class FilterProblem extends Error {}

/** What is known besides the frame itself; its bytes only if somebody asks. */
export type About = { readonly direction: "in" | "out"; readonly length: () => number; readonly bytes: () => Uint8Array };
export type Test = (frame: Frame, about: About) => boolean;

const packetOf = ({ payload }: Frame): Packet | undefined => (payload.kind === "ipv4" ? payload : undefined);

export const broadcast: Test = ({ dst }) => dst === BROADCAST_MAC;
export const multicast: Test = ({ dst }) => isGroup(dst);

export function protocol(name: string): Test {
  switch (name) {
    case "ip":
      return ({ payload }) => payload.kind === "ipv4";
    case "arp":
      return ({ payload }) => payload.kind === "arp";
    case "tcp":
      return ipProto(PROTO.tcp);
    case "udp":
      return ipProto(PROTO.udp);
    case "icmp":
      return ipProto(PROTO.icmp);
    case "igmp":
      return ipProto(2);
    case "sctp":
      return ipProto(132);
    case "ether":
    case "link":
      return () => true;
    default:
      return () => false; // There is no IPv6 here, nor RARP.
  }
}

export function ipProto(number: number): Test {
  return (frame) => packetOf(frame)?.proto === number;
}

/** Of IP, and of ARP too unless a protocol was named. */
export function net(side: "src" | "dst", address: Ip, bits: number, qualifier: string | undefined): Test {
  const cidr = { address, bits };
  const of = qualifier === undefined || qualifier === "ip" || qualifier === "arp" ? undefined : protocol(qualifier);
  return (frame, about) => {
    const { payload } = frame;
    if (of && !of(frame, about)) return false;
    if (payload.kind === "arp") return qualifier !== "ip" && !of && inCidr(side === "src" ? payload.senderIp : payload.targetIp, cidr);
    return qualifier !== "arp" && inCidr(payload[side], cidr);
  };
}

/** Of TCP, UDP and SCTP; a later fragment has no ports. */
export function port(side: "src" | "dst", low: number, high: number, qualifier: string | undefined): Test {
  const wanted = qualifier === "tcp" ? PROTO.tcp : qualifier === "udp" ? PROTO.udp : undefined;
  return (frame) => {
    const packet = packetOf(frame);
    const segment = packet?.payload;
    if (packet === undefined || (segment?.kind !== "tcp" && segment?.kind !== "udp")) return false;
    if (wanted !== undefined && packet.proto !== wanted) return false;
    const its = side === "src" ? segment.sport : segment.dport;
    return its >= low && its <= high;
  };
}

export function etherHost(side: "src" | "dst", mac: Mac): Test {
  return (frame) => frame[side] === mac;
}

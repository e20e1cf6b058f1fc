/** A packet on one line, for the trace: "10.244.1.5:40001 > 10.96.0.10:53 udp 42". */
import { ipv4Length } from "./ipv4";
import { printIp } from "./ip";
import type { Packet } from "./packet";

const FLAGS = ["F", "S", "R", "P", ".", "U"];

export function printTcpFlags(flags: number): string {
  return FLAGS.filter((_, bit) => (flags >> bit) & 1).join("");
}

export function printPacketBrief(packet: Packet): string {
  const { payload } = packet;
  const [src, dst] = [printIp(packet.src), printIp(packet.dst)];
  switch (payload.kind) {
    case "tcp":
      return `${src}:${payload.sport} > ${dst}:${payload.dport} tcp [${printTcpFlags(payload.flags)}] ${payload.data.length}`;
    case "udp":
      if (payload.vxlan) return `${src}:${payload.sport} > ${dst}:${payload.dport} vxlan ${payload.vxlan.vni}`;
      return `${src}:${payload.sport} > ${dst}:${payload.dport} udp ${payload.data.length}`;
    case "icmp":
      return `${src} > ${dst} icmp ${payload.type}/${payload.code} id ${payload.id} seq ${payload.seq}`;
    case "raw":
      return `${src} > ${dst} proto ${packet.proto} ${ipv4Length(packet)}`;
  }
}

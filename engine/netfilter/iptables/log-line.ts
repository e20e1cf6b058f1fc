/**
 * A packet as -j LOG writes it into the kernel's log: nf_log_ip_packet() of nf_log_syslog.c.
 */
import { TcpConnection } from "../../net/tcp-connection";
import { ipv4Length, segmentLength } from "../../wire/ipv4";
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { type Icmp, type Packet, TCP, type Tcp } from "../../wire/packet";
import { tcpOptionBytes } from "../../wire/tcp";
import { sender } from "../sender";
import { ICMP } from "../tuple";
import type { RuleContext } from "./extension";

export const LOG_FLAG = { tcpSequence: 1, tcpOptions: 2, ipOptions: 4, uid: 8, macDecode: 32 } as const;

export function logLine(context: RuleContext, prefix: string, flags: number): string {
  const { skb, inDev, outDev, packet } = context;
  const phys = `${skb.physIn && skb.physIn !== inDev ? `PHYSIN=${skb.physIn.name} ` : ""}${skb.physOut && skb.physOut !== outDev ? `PHYSOUT=${skb.physOut.name} ` : ""}`;
  const mac = inDev ? macField(skb.srcMac, skb.dstMac, inDev.kind === "loopback", (flags & LOG_FLAG.macDecode) !== 0) : "";
  const mark = skb.mark !== 0 ? `MARK=0x${skb.mark.toString(16)} ` : "";
  return `${prefix}IN=${inDev?.name ?? ""} OUT=${outDev?.name ?? ""} ${phys}${mac}${describe(packet, flags, true)}${flags & LOG_FLAG.uid && isOwned(context) ? "UID=0 GID=0 " : ""}${mark}`;
}

/**
 * Is there a program's socket behind it: of what is sent, the sender's; of what has arrived for
 * this machine, the one early demultiplexing finds: a connection, or a connected UDP socket.
 */
function isOwned({ skb, at, inDev, packet }: RuleContext): boolean {
  const { payload, src, dst } = packet;
  // A SYN-ACK is a request's, which is no full socket.
  if (inDev === undefined && skb.socket !== undefined) return sender(skb) === "program" && !(skb.socket instanceof TcpConnection && skb.socket.state === "SYN_RECV");
  if (at !== "INPUT" || inDev === undefined || inDev.kind === "loopback" || packet.offset !== 0) return false;
  const { tcp, udp } = skb.ns.sockets;
  if (payload.kind === "udp") return udp.lookup(dst, payload.dport, src, payload.sport, inDev.name)?.peer !== undefined;
  if (payload.kind !== "tcp") return false;
  const state = tcp.lookup(dst, payload.dport, src, payload.sport)?.state;
  return state !== undefined && state !== "TIME_WAIT" && state !== "SYN_RECV";
}

function macField(src: Parameters<typeof printMac>[0] | undefined, dst: Parameters<typeof printMac>[0] | undefined, loopback: boolean, decoded: boolean): string {
  if (loopback) return "MAC=00:00:00:00:00:00:00:00:00:00:00:00:08:00 ";
  if (src === undefined || dst === undefined) return "MAC= ";
  if (decoded) return `MACSRC=${printMac(src)} MACDST=${printMac(dst)} MACPROTO=0800 `;
  return `MAC=${printMac(dst)}:${printMac(src)}:08:00 `;
}

function describe(packet: Packet, flags: number, outermost: boolean): string {
  const { payload } = packet;
  const ip = `SRC=${printIp(packet.src)} DST=${printIp(packet.dst)} LEN=${ipv4Length(packet)} TOS=0x${twoHex(packet.tos & 0x1e)} PREC=0x${twoHex(packet.tos & 0xe0)} TTL=${packet.ttl} ID=${packet.id} `;
  const fragment = `${packet.df ? "DF " : ""}${packet.mf ? "MF " : ""}${packet.offset !== 0 ? `FRAG:${packet.offset / 8} ` : ""}`;
  if (payload.kind === "tcp") return `${ip}${fragment}${describeTcp(payload, flags)}`;
  if (payload.kind === "udp") return `${ip}${fragment}PROTO=UDP SPT=${payload.sport} DPT=${payload.dport} LEN=${segmentLength(payload)} `;
  if (payload.kind === "icmp") return `${ip}${fragment}${describeIcmp(payload, flags, outermost)}`;
  const names: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP", 50: "ESP", 51: "AH" };
  return `${ip}${fragment}PROTO=${names[packet.proto] ?? packet.proto} `;
}

const twoHex = (n: number): string => n.toString(16).toUpperCase().padStart(2, "0");

function describeTcp(tcp: Tcp, flags: number): string {
  const names = [
    [TCP.urg, "URG "],
    [TCP.ack, "ACK "],
    [TCP.psh, "PSH "],
    [TCP.rst, "RST "],
    [TCP.syn, "SYN "],
    [TCP.fin, "FIN "],
  ] as const;
  const set = names.map(([bit, name]) => (tcp.flags & bit ? name : "")).join("");
  const sequence = flags & LOG_FLAG.tcpSequence ? `SEQ=${tcp.seq} ACK=${tcp.ack} ` : "";
  const options = flags & LOG_FLAG.tcpOptions ? optionsText(tcp) : "";
  return `PROTO=TCP SPT=${tcp.sport} DPT=${tcp.dport} ${sequence}WINDOW=${tcp.window} RES=0x00 ${set}URGP=0 ${options}`;
}

/** The bytes behind the fixed header. */
function optionsText({ options }: Tcp): string {
  const bytes = tcpOptionBytes(options);
  return bytes.length === 0 ? "" : `OPT (${[...bytes].map(twoHex).join("")}) `;
}

function describeIcmp(icmp: Icmp, flags: number, outermost: boolean): string {
  const head = `PROTO=ICMP TYPE=${icmp.type} CODE=${icmp.code} `;
  if (icmp.type === ICMP.echo || icmp.type === ICMP.echoReply) return `${head}ID=${icmp.id} SEQ=${icmp.seq} `;
  if (!icmp.quoted || !outermost) return head;
  return `${head}[${describe(icmp.quoted, flags, false)}] ${icmp.type === 3 && icmp.code === 4 ? `MTU=${icmp.mtu} ` : ""}`;
}

/** A frame in tcpdump's words: Ethernet, ARP, IPv4, UDP, VXLAN (print-ether.c, print-ip.c and so on). */
import { ByteWriter, internetChecksum } from "../../core/bytes";
import { frameLength } from "../../wire/ethernet";
import type { Ip } from "../../wire/ip";
import { IPV4_HEADER_BYTES, ipv4Length, pseudoHeaderSum, segmentLength } from "../../wire/ipv4";
import { type Arp, ETHERTYPE, type Frame, type Packet, PROTO, type Udp } from "../../wire/packet";
import { encodeUdp } from "../../wire/udp";
import { printDns } from "./print-dns";
import { printIcmp } from "./print-icmp";
import { endpoint, type Naming, type PrintOptions } from "./print-common";
import { Conversations, printTcp } from "./print-tcp";

const DNS_PORTS: ReadonlySet<number> = new Set([53, 5353]);
const IANA_VXLAN_PORT = 4789;
/** 576 bytes less the headers of the error itself. */
const QUOTE_BYTES = 548;
const PROTOCOL_TITLES: Readonly<Record<number, string>> = { 1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 132: "SCTP" };

export class FramePrinter {
  readonly #conversations = new Conversations();
  #cutOff = false;

  constructor(
    private readonly options: PrintOptions,
    private readonly names: Naming,
  ) {}

  /** Without the time; with -e the Ethernet header first. */
  print(frame: Frame): string {
    const header = this.options.linkHeader ? etherHeader(frame, this.names, this.options.quiet) : "";
    return header + this.#payload(frame.payload, this.options.linkHeader);
  }

  /** What follows a cooked header. */
  payload(frame: Frame, bare: boolean): string {
    return this.#payload(frame.payload, bare);
  }

  /** `bare`: the link header has named the protocol already. */
  #payload(payload: Packet | Arp, bare: boolean): string {
    if (payload.kind === "arp") return `${bare ? "" : "ARP, "}${this.#arp(payload)}`;
    return `${bare ? "" : "IP "}${this.#ip(payload)}`;
  }

  #arp(arp: Arp): string {
    const { names, options } = this;
    const title = options.verbose > 0 ? "Ethernet (len 6), IPv4 (len 4), " : "";
    if (arp.op === 2) return `${title}Reply ${names.host(arp.senderIp)} is-at ${names.mac(arp.senderMac)}, length 28`;
    const known = arp.targetMac === 0 ? "" : ` (${names.mac(arp.targetMac)})`;
    return `${title}Request who-has ${names.host(arp.targetIp)}${known} tell ${arp.senderIp === 0 ? "0.0.0.0" : names.host(arp.senderIp)}, length 28`;
  }

  #ip(packet: Packet): string {
    const { verbose } = this.options;
    if (verbose === 0) return this.#segment(packet);
    const flags = [packet.df && "DF", packet.mf && "+"].filter((flag) => flag !== false).join(", ") || "none";
    const header = `(tos 0x${packet.tos.toString(16)}, ttl ${packet.ttl}, id ${packet.id}, offset ${packet.offset}, flags [${flags}], proto ${PROTOCOL_TITLES[packet.proto] ?? "unknown"} (${packet.proto}), length ${ipv4Length(packet)})`;
    return `${header}\n    ${this.#segment(packet)}`;
  }

  #segment(packet: Packet): string {
    const { payload } = packet;
    const { names, options } = this;
    switch (payload.kind) {
      case "tcp":
        return printTcp(packet, payload, names, options, this.#conversations);
      case "udp":
        return this.#udp(packet, payload);
      case "icmp": {
        const quoted = payload.quoted && options.verbose > 0 ? `\n\t${options.linkHeader ? "" : "IP "}${this.#quote(payload.quoted)}` : "";
        return `${names.host(packet.src)} > ${names.host(packet.dst)}: ICMP ${printIcmp(payload, names)}${quoted}`;
      }
      case "raw":
        return `${names.host(packet.src)} > ${names.host(packet.dst)}: ${packet.offset > 0 ? names.protocol(packet.proto) : ` ${names.protocol(packet.proto)} ${segmentLength(payload)}`}`;
    }
  }

  /** What an ICMP error is about: cut off, so that a checksum over all of it proves nothing. */
  #quote(packet: Packet): string {
    this.#cutOff = ipv4Length(packet) > QUOTE_BYTES;
    const words = this.#ip(packet);
    this.#cutOff = false;
    return words;
  }

  #udp(packet: Packet, udp: Udp): string {
    const { names, options } = this;
    const length = packet.mf && packet.whole !== undefined ? segmentLength(packet.whole) - 8 : udp.vxlan === undefined ? udp.data.length : ipv4Length(packet) - IPV4_HEADER_BYTES - 8;
    const head = `${endpoint(packet.src, udp.sport, "udp", names)} > ${endpoint(packet.dst, udp.dport, "udp", names)}: `;
    const sum = options.verbose > 1 && !packet.mf && !options.noChecksum && !this.#cutOff ? `${udpChecksum(udp, packet.src, packet.dst)} ` : "";
    if (options.quiet) return `${head}${sum}UDP, length ${length}`;
    if (udp.vxlan !== undefined) return `${head}${sum}${udp.dport === IANA_VXLAN_PORT ? `VXLAN, flags [I] (0x08), vni ${udp.vxlan.vni}` : `OTV, flags [I] (0x08), overlay 0, instance ${udp.vxlan.vni}`}\n${this.print(udp.vxlan.frame)}`;
    const dns = DNS_PORTS.has(udp.sport) || DNS_PORTS.has(udp.dport) ? printDns(udp.data, options.verbose) : undefined;
    return `${head}${sum}${dns ?? `UDP, length ${length}`}`;
  }
}

function udpChecksum(udp: Udp, src: Ip, dst: Ip): string {
  const bytes = new ByteWriter(64 + udp.data.length);
  encodeUdp(udp, src, dst, bytes);
  const view = bytes.view();
  const right = internetChecksum(view, pseudoHeaderSum(src, dst, PROTO.udp, view.length)) === 0;
  return right ? "[udp sum ok]" : "[bad udp cksum]";
}

/** -e: "02:… > 02:…, ethertype IPv4 (0x0800), length 98: ", and with -q ", IPv4, length 98: ". */
export function etherHeader(frame: Frame, names: Naming, quiet = false): string {
  return `${names.mac(frame.src)} > ${names.mac(frame.dst)}, ${etherType(frame, quiet)}, length ${frameLength(frame)}: `;
}

export function etherType({ payload }: Frame, quiet = false): string {
  const [name, type] = payload.kind === "arp" ? ["ARP", ETHERTYPE.arp] : ["IPv4", ETHERTYPE.ipv4];
  return quiet ? name : `ethertype ${name} (0x0${type.toString(16)})`;
}

/** The cooked header of `-i any`: "eth0  Out ", and with -e more. */
export function cookedHeader(device: string, direction: string, more: { readonly index: number; readonly frame: Frame; readonly length: number; readonly names: Naming; readonly quiet: boolean } | undefined): string {
  const start = `${device.padEnd(5)} ${direction.padEnd(3)} `;
  if (more === undefined) return start;
  const protocol = more.quiet ? "" : `${etherType(more.frame)}, length ${more.length}: `;
  return `${start}ifindex ${more.index} ${more.names.mac(more.frame.src)} ${protocol}`;
}

/** ICMP messages in tcpdump's words (print-icmp.c). */
import { icmpLength } from "../../wire/icmp";
import type { Ip } from "../../wire/ip";
import { type Icmp, type Packet, PROTO } from "../../wire/packet";
import type { Naming } from "./print-common";

/** Begins behind "ICMP ". */
export function printIcmp(icmp: Icmp, names: Naming): string {
  return `${what(icmp, names)}, length ${icmpLength(icmp)}`;
}

function what(icmp: Icmp, names: Naming): string {
  const { type, code, id, seq, quoted } = icmp;
  switch (type) {
    case 0:
      return `echo reply, id ${id}, seq ${seq}`;
    case 8:
      return `echo request, id ${id}, seq ${seq}`;
    case 3:
      return quoted ? unreachable(icmp, quoted, names) : `unreachable - #${code}`;
    case 5:
      return quoted ? `redirect ${names.host(quoted.dst)} to ${["net", "host", "tos and net", "tos and host"][code] ?? "host"} ${names.host((id * 0x1_0000 + seq) as Ip)}` : "redirect";
    case 4:
      return "source quench";
    case 11:
      return code === 0 ? "time exceeded in-transit" : code === 1 ? "ip reassembly time exceeded" : `time exceeded-#${code}`;
    case 12:
      return code === 0 ? `parameter problem - octet ${id >> 8}` : `parameter problem - code ${code}`;
    case 13:
      return `time stamp query id ${id} seq ${seq}`;
    case 14:
      return `time stamp reply id ${id} seq ${seq}`;
    default:
      return `type-#${type}`;
  }
}

function unreachable({ code, mtu }: Icmp, quoted: Packet, names: Naming): string {
  const to = names.host(quoted.dst);
  switch (code) {
    case 0:
      return `net ${to} unreachable`;
    case 1:
      return `host ${to} unreachable`;
    case 2:
      return `${to} protocol ${quoted.proto} unreachable`;
    case 3:
      return port(quoted, names);
    case 4:
      return mtu > 0 ? `${to} unreachable - need to frag (mtu ${mtu})` : `${to} unreachable - need to frag`;
    case 9:
      return `net ${to} unreachable - admin prohibited`;
    case 10:
      return `host ${to} unreachable - admin prohibited`;
    case 13:
      return `host ${to} unreachable - admin prohibited filter`;
    case 14:
      return `host ${to} unreachable - host precedence violation`;
    case 15:
      return `host ${to} unreachable - precedence cutoff`;
    default:
      return `${to} unreachable - #${code}`;
  }
}

function port({ dst, payload, proto }: Packet, names: Naming): string {
  const to = names.host(dst);
  if (payload.kind === "tcp") return `${to} tcp port ${names.service(payload.dport, "tcp")} unreachable`;
  if (payload.kind === "udp") return `${to} udp port ${names.service(payload.dport, "udp")} unreachable`;
  return `${to} protocol ${proto === PROTO.icmp ? "1" : proto} port unreachable`;
}


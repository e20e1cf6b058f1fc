/** ICMP messages in tcpdump's words (print-icmp.c). */
import { ByteWriter } from "../../core/bytes";
import { encodeIcmp, icmpLength } from "../../wire/icmp";
import type { Ip } from "../../wire/ip";
import type { Icmp, Packet } from "../../wire/packet";
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
      return quoted ? redirect(icmp, quoted, names) : "redirect";
    case 4:
      return "source quench";
    case 11:
      return code === 0 ? "time exceeded in-transit" : code === 1 ? "ip reassembly time exceeded" : `time exceeded-#${code}`;
    case 12:
      return code === 0 ? `parameter problem - octet ${id >> 8}` : `parameter problem - code ${code}`;
    case 13:
      return `time stamp query id ${id} seq ${seq}`;
    case 14:
      return `time stamp reply id ${id} seq ${seq}: org ${ofDay(icmp.data, 0)}, recv ${ofDay(icmp.data, 4)}, xmit ${ofDay(icmp.data, 8)}`;
    case 10:
      return "router solicitation";
    case 15:
      return "information request";
    case 16:
      return "information reply";
    case 17:
      return "address mask request";
    case 18:
      return `address mask is 0x${big(icmp.data, 0).toString(16).padStart(8, "0")}`;
    default:
      return `type-#${type}`;
  }
}

function redirect({ code, id, seq }: Icmp, { dst }: Packet, names: Naming): string {
  const gateway = names.host((id * 0x1_0000 + seq) as Ip);
  const [what, to] = [["redirect", "net "], ["redirect", "host "], ["redirect-tos", "net "], ["redirect-tos", "host "]][code] ?? [`redirect-#${code}`, ""];
  return `${what} ${names.host(dst)} to ${to}${gateway}`;
}

function big(data: Uint8Array, at: number): number {
  return [0, 1, 2, 3].reduce((value, i) => value * 256 + (data[at + i] ?? 0), 0);
}

/** Milliseconds since midnight. */
function ofDay(data: Uint8Array, at: number): string {
  const ms = big(data, at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, "0")}`;
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
    case 5:
      return `${to} unreachable - source route failed`;
    case 6:
      return `net ${to} unreachable - unknown`;
    case 7:
      return `host ${to} unreachable - unknown`;
    case 8:
      return `${to} unreachable - source host isolated`;
    case 11:
      return `net ${to} unreachable - tos prohibited`;
    case 12:
      return `host ${to} unreachable - tos prohibited`;
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
  return `${to} protocol ${proto} port ${thirdAndFourth(payload)} unreachable`;
}

/** What stands where TCP and UDP have the port. */
function thirdAndFourth(payload: Packet["payload"]): number {
  const bytes = new ByteWriter(64);
  if (payload.kind === "icmp") encodeIcmp(payload, bytes);
  else if (payload.kind === "raw") bytes.bytes(payload.data);
  const view = bytes.view();
  return ((view[2] ?? 0) << 8) | (view[3] ?? 0);
}

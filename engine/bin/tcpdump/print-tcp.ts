/** A TCP segment in tcpdump's words (print-tcp.c), with sequence numbers relative to the conversation's first. */
import { ByteWriter, internetChecksum } from "../../core/bytes";
import type { Ip } from "../../wire/ip";
import { pseudoHeaderSum } from "../../wire/ipv4";
import { type Packet, PROTO, type Tcp, TCP, type TcpOptions } from "../../wire/packet";
import { encodeTcp } from "../../wire/tcp";
import { printDnsOverTcp } from "./print-dns";
import { printText } from "./print-text";
import { type Naming, type PrintOptions, endpoint } from "./print-common";

/** Where each conversation's two sequence spaces begin. */
export class Conversations {
  readonly #known = new Map<string, { seq: number; ack: number }>();

  /** Sequence and acknowledgement as they are to be shown, and the base for SACK blocks. */
  relative({ src, dst }: Packet, tcp: Tcp, absolute: boolean): { readonly seq: number; readonly ack: number; readonly sackBase: number } {
    const { seq, ack } = tcp;
    if (absolute || !(tcp.flags & TCP.ack)) return { seq, ack, sackBase: 0 };
    const reverse = src > dst || (src === dst && tcp.sport > tcp.dport);
    const key = reverse ? `${dst} ${src} ${tcp.dport} ${tcp.sport}` : `${src} ${dst} ${tcp.sport} ${tcp.dport}`;
    const known = this.#known.get(key);
    if (known === undefined || tcp.flags & TCP.syn) {
      const other = (ack - 1) >>> 0;
      const begun = reverse ? { ack: seq, seq: other } : { seq, ack: other };
      this.#known.set(key, begun);
      return { seq, ack, sackBase: reverse ? begun.seq : begun.ack };
    }
    const [own, peer] = reverse ? [known.ack, known.seq] : [known.seq, known.ack];
    return { seq: (seq - own) >>> 0, ack: (ack - peer) >>> 0, sackBase: peer };
  }
}

const FLAGS: readonly (readonly [number, string])[] = [[TCP.fin, "F"], [TCP.syn, "S"], [TCP.rst, "R"], [TCP.psh, "P"], [TCP.ack, "."], [TCP.urg, "U"], [64, "E"], [128, "W"]];
const DNS_PORT = 53;
const MOST_CAUSE_BYTES = 30;

export function printTcp(packet: Packet, tcp: Tcp, names: Naming, options: PrintOptions, conversations: Conversations): string {
  const { src, dst } = packet;
  const length = tcp.data.length;
  const head = `${endpoint(src, tcp.sport, "tcp", names)} > ${endpoint(dst, tcp.dport, "tcp", names)}: `;
  if (options.quiet) return `${head}tcp ${length}`;
  const flags = FLAGS.filter(([bit]) => tcp.flags & bit).map(([, letter]) => letter).join("") || "none";
  const { seq, ack, sackBase } = conversations.relative(packet, tcp, options.absoluteSequence);
  let out = `${head}Flags [${flags}]`;
  if (options.verbose > 0 && !options.noChecksum) out += `, ${checksum(tcp, src, dst)}`;
  if (options.verbose > 1 || length > 0 || tcp.flags & (TCP.syn | TCP.fin | TCP.rst)) out += `, seq ${seq}${length > 0 ? `:${(seq + length) >>> 0}` : ""}`;
  if (tcp.flags & TCP.ack) out += `, ack ${ack}`;
  out += `, win ${tcp.window}`;
  if (tcp.flags & TCP.urg) out += ", urg 0";
  const list = printOptions(tcp.options, sackBase);
  if (list.length > 0) out += `, options [${list.join(",")}]`;
  out += `, length ${length}`;
  if (length === 0) return out;
  if (tcp.flags & TCP.rst && options.verbose > 0) return `${out} [RST${length > MOST_CAUSE_BYTES ? "+" : ""} ${cause(tcp.data.subarray(0, MOST_CAUSE_BYTES))}]`;
  if (tcp.sport === DNS_PORT || tcp.dport === DNS_PORT) return out + printDnsOverTcp(tcp.data, options.verbose);
  return out + printText(tcp.data, tcp.sport, tcp.dport, options.verbose > 0);
}

/** fn_print_char(): what cannot be shown as ^X, and with its highest bit as M-x. */
function cause(data: Uint8Array): string {
  let out = "";
  for (const byte of data) {
    const low = byte & 0x7f;
    out += `${byte > 0x7f ? "M-" : ""}${low < 32 || low === 127 ? `^${String.fromCharCode(low ^ 0x40)}` : String.fromCharCode(low)}`;
  }
  return out;
}

function checksum(tcp: Tcp, src: Ip, dst: Ip): string {
  const bytes = new ByteWriter(64 + tcp.data.length);
  encodeTcp(tcp, src, dst, bytes);
  const view = bytes.view();
  const value = ((view[16] as number) << 8) | (view[17] as number);
  const right = internetChecksum(view, pseudoHeaderSum(src, dst, PROTO.tcp, view.length)) === 0;
  return `cksum 0x${value.toString(16).padStart(4, "0")} (${right ? "correct" : "incorrect"})`;
}

/** In the order they are written on the wire, padding included. */
function printOptions({ mss, sackPermitted, timestamp, windowScale, sack }: TcpOptions, sackBase: number): string[] {
  const list: string[] = [];
  if (mss !== undefined) list.push(`mss ${mss}`);
  if (timestamp !== undefined) {
    if (sackPermitted === true) list.push("sackOK");
    else list.push("nop", "nop");
    list.push(`TS val ${timestamp[0]} ecr ${timestamp[1]}`);
  } else if (sackPermitted === true) list.push("nop", "nop", "sackOK");
  if (windowScale !== undefined) list.push("nop", `wscale ${windowScale}`);
  if (sack !== undefined && sack.length > 0) list.push("nop", "nop", `sack ${sack.length} ${sack.map(([left, right]) => `{${(left - sackBase) >>> 0}:${(right - sackBase) >>> 0}}`).join("")}`);
  return list;
}

/** What has crossed the wire at a's end, written as record.py writes it. */
import type { Netns } from "@/engine/net/netns";
import { printIp } from "@/engine/wire/ip";
import type { Frame, Packet, Tcp } from "@/engine/wire/packet";
import { printTcpFlags } from "@/engine/wire/print";

const NAMES: Readonly<Record<string, string>> = { "10.1.0.1": "a", "10.1.0.2": "b" };
const FIRST_EPHEMERAL = 32_768;

export class WireLog {
  readonly #lines: (readonly [ms: number, text: string])[] = [];
  /** The first sequence number of each direction. */
  readonly #first = new Map<string, number>();

  constructor(ns: Netns, arp: boolean) {
    ns.taps.add((frame, direction, device) => {
      if (device.kind === "loopback" && direction !== "out") return;
      const text = this.#show(frame, arp);
      if (text !== undefined) this.#lines.push([ns.world.scheduler.nowMs, text]);
    });
  }

  since(startMs: number): string[] {
    return this.#lines.splice(0).map(([ms, text]) => `  ${Math.max(0, ms - startMs).toFixed(1)} ${text}`);
  }

  /** Sequence numbers count anew from here. */
  forget(): string[] {
    this.#first.clear();
    return [];
  }

  #show({ payload }: Frame, arp: boolean): string | undefined {
    if (payload.kind === "arp") return arp ? `arp ${payload.op === 1 ? `who-has ${printIp(payload.targetIp)}` : `reply ${printIp(payload.senderIp)}`}` : undefined;
    return this.#packet(payload);
  }

  #packet(packet: Packet): string {
    const { payload } = packet;
    const ends = `${nameOf(printIp(packet.src))}>${nameOf(printIp(packet.dst))}`;
    if (payload.kind === "tcp") return this.#tcp(packet, payload, ends);
    if (payload.kind === "udp") return `${ends} udp ${port(payload.dport, payload.sport)} length ${payload.data.length}`;
    if (payload.kind === "icmp") return `${ends} icmp ${payload.type}/${payload.code}`;
    return `${ends} protocol ${packet.proto}`;
  }

  #tcp({ src, dst }: Packet, tcp: Tcp, ends: string): string {
    const me = `${src}:${tcp.sport}>${dst}:${tcp.dport}`;
    const other = `${dst}:${tcp.dport}>${src}:${tcp.sport}`;
    const letters = printTcpFlags(tcp.flags);
    if (letters.includes("S") || !this.#first.has(me)) this.#first.set(me, tcp.seq);
    if (letters.includes(".") && !this.#first.has(other)) this.#first.set(other, tcp.ack);
    const base = this.#first.get(other) ?? 0;
    const relative = letters.includes("R") && tcp.seq === 0 ? 0 : (tcp.seq - (this.#first.get(me) ?? 0)) | 0;
    const data = tcp.data.length > 0 ? ` +${tcp.data.length}` : "";
    const ack = letters.includes(".") ? ` ack ${(tcp.ack - base) >>> 0}` : "";
    return `${ends} ${port(tcp.dport, tcp.sport)} ${letters} ${relative}${data}${ack} win ${tcp.window}${options(tcp, base)}`;
  }
}

function nameOf(address: string): string {
  return NAMES[address] ?? address;
}

function port(dport: number, sport: number): string {
  return dport < FIRST_EPHEMERAL ? `to ${dport}` : sport < FIRST_EPHEMERAL ? `from ${sport}` : `${sport}>${dport}`;
}

/** In the order of the header: MSS, SACK, timestamps, window scale. */
function options({ options: { mss, sackPermitted, timestamp, windowScale, sack } }: Tcp, base: number): string {
  const blocks = sack === undefined ? "" : ` sack ${sack.map(([left, right]) => `${(left - base) >>> 0}:${(right - base) >>> 0}`).join(" ")}`;
  return `${mss === undefined ? "" : ` mss ${mss}`}${sackPermitted ? " sackOK" : ""}${timestamp === undefined ? "" : " TS"}${blocks}${windowScale === undefined ? "" : ` wscale ${windowScale}`}`;
}

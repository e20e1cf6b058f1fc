/** Puts a packet's lines together: number, time, device, words, bytes; and keeps them back as stdio does when nobody watches. */
import { civil } from "../../core/date";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { reverseLookup } from "../../host/reverse";
import { type Ip, printIp } from "../../wire/ip";
import type { Frame, Packet } from "../../wire/packet";
import type { Captured } from "../../wire/pcap";
import { readProtocols, readServices, type Services } from "../../host/netdb";
import { ascii, hexdump } from "./hexdump";
import { macWithMaker, type Naming, NUMBERS } from "./print-common";
import { cookedHeader, FramePrinter } from "./print-frame";
import type { Settings } from "./settings";

const STDIO_BYTES = 4096;
const ETHERNET_BYTES = 14;
const COOKED_BYTES = 20;

export class Show {
  readonly #printer: FramePrinter;
  readonly #names: Naming;
  readonly #known = new Map<Ip, string>();
  readonly #services: Services;
  #pending = "";
  #count = 0;
  #firstUs: number | undefined;
  #lastUs: number | undefined;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
  ) {
    this.#services = readServices(proc.fs);
    const protocols = readProtocols(proc.fs);
    this.#names = settings.numeric
      ? NUMBERS
      : { host: (ip) => this.#known.get(ip) ?? printIp(ip), service: (port, protocol) => this.#services.name(port, protocol) ?? String(port), mac: macWithMaker, protocol: (number) => protocols.name(number) ?? `ip-proto-${number}` };
    this.#printer = new FramePrinter(settings, this.#names);
  }

  *packet(record: Captured, device: string, direction: string): Task {
    const { settings } = this;
    if (!settings.numeric) yield* this.#learnNames(record.frame);
    const number = settings.numbered ? `${String(++this.#count).padStart(5)}  ` : "";
    const words = record.device === undefined ? this.#printer.print(record.frame) : this.#cooked(record, device, direction);
    yield* this.#write(`${number}${this.#time(record.us)}${words}${this.#bytes(record)}\n`);
  }

  #cooked(record: Captured, device: string, direction: string): string {
    const { linkHeader } = this.settings;
    const more = linkHeader ? { index: record.device?.index ?? 0, frame: record.frame, length: record.length, names: this.#names, quiet: this.settings.quiet } : undefined;
    return cookedHeader(device, direction, more) + this.#printer.payload(record.frame, linkHeader);
  }

  /** Names of all addresses on the line, each asked for once. */
  *#learnNames(frame: Frame): Task {
    for (const ip of addressesIn(frame)) {
      if (this.#known.has(ip)) continue;
      this.#known.set(ip, printIp(ip));
      const name = yield* reverseLookup(this.proc, ip);
      this.#known.set(ip, name === undefined ? printIp(ip) : this.settings.unqualified ? name.replace(/\..*$/, "") : name);
    }
  }

  #time(us: number): string {
    const last = this.#lastUs ?? us;
    const first = this.#firstUs ?? us;
    this.#firstUs = first;
    this.#lastUs = us;
    const clock = (each: number): string => clockOf(each) + this.#fraction;
    const micros = (each: number): string => microsOf(each) + this.#fraction;
    switch (this.settings.time) {
      case 0:
        return `${clock(us)} `;
      case 1:
        return "";
      case 2:
        return `${Math.floor(us / 1_000_000)}.${micros(us)} `;
      case 3:
        return ` ${clock(us - last)} `;
      case 4: {
        const d = civil(Math.floor(us / 1000));
        return `${d.year}-${two(d.month)}-${two(d.day)} ${clock(us)} `;
      }
      default:
        return ` ${clock(us - first)} `;
    }
  }

  /** --nano: no clock here is finer than a microsecond. */
  get #fraction(): string {
    return this.settings.nanoseconds ? "000" : "";
  }

  #bytes({ bytes, device }: Captured): string {
    const { dump } = this.settings;
    if (dump === "") return "";
    const start = dump.length === 2 ? 0 : device === undefined ? ETHERNET_BYTES : COOKED_BYTES;
    const shown = bytes.subarray(start, this.settings.snaplen);
    return dump.startsWith("A") ? ascii(shown) : hexdump(shown, dump.startsWith("X"));
  }

  *#write(words: string): Task {
    if (this.proc.file(1).tty !== undefined || this.settings.lineBuffered || this.settings.packetBuffered) {
      yield* this.proc.out(words);
      return;
    }
    this.#pending += words;
    if (this.#pending.length >= STDIO_BYTES) yield* this.close();
  }

  *close(): Task {
    const words = this.#pending;
    this.#pending = "";
    yield* this.proc.out(words);
  }
}

function addressesIn({ payload }: Frame): readonly Ip[] {
  if (payload.kind === "arp") return [payload.targetIp, payload.senderIp];
  return inPacket(payload);
}

function inPacket({ src, dst, payload }: Packet): readonly Ip[] {
  const more = payload.kind === "icmp" && payload.quoted ? inPacket(payload.quoted) : payload.kind === "udp" && payload.vxlan ? addressesIn(payload.vxlan.frame) : [];
  return [src, dst, ...more];
}

const two = (n: number): string => String(n).padStart(2, "0");
const microsOf = (us: number): string => String(us % 1_000_000).padStart(6, "0");

function clockOf(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  return `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${microsOf(us)}`;
}

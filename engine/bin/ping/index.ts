/**
 * ping (iputils 20221126): echo requests and what comes back. Differs: what needs IP options (-R, -T,
 * several hops), a way past routing (-r) or IPv6 is refused by name.
 */
import { Signal, type Task } from "../../core/task";
import { SysError } from "../../core/errno";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";
import { GAI_MESSAGES, lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import type { IcmpMessage, IcmpSocket } from "../../net/socket";
import { ICMP, ICMP_HEADER_BYTES, isIcmpError } from "../../wire/icmp";
import { parseIp6 } from "../../wire/dns";
import { inetAton, type Ip, parseIp, printIp } from "../../wire/ip";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4";
import { defineCommand, notModelled } from "../command";
import { parseOptions } from "../options";
import { USAGE } from "./help";
import { describe } from "./icmp-words";
import { readSettings, type Settings } from "./settings";
import { printTime, Statistics } from "./statistics";

const TIMESTAMP_BYTES = 16;
const MAX_DATA_BYTES = 65_507;
const BROADCAST = "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
/** Between two packets of a flood while nothing comes back (MIN_INTERVAL_MS). */
const FLOOD_MS = 10;
/** What sending one takes. */
const FLOOD_STEP_MS = 0.02;

export const ping = defineCommand({
  name: "ping",
  summary: "send ICMP ECHO_REQUEST to network hosts",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "46aABbCdDfhLnOqrRUvV", values: "cFeIilmMNpQsSTtwW" });
    if ("error" in options) {
      yield* proc.err(`ping: ${options.error}\n${USAGE}`);
      return 2;
    }
    if (options.has("h")) {
      yield* proc.err(USAGE);
      return 2;
    }
    if (options.has("V")) {
      yield* proc.out("ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n");
      return 0;
    }
    const [first = ""] = options.rest;
    if (options.has("6") && parseIp(first) !== undefined) {
      yield* proc.err(`ping: ${first}: Address family for hostname not supported\n`);
      return 2;
    }
    for (const letter of "6CFNRrT") if (options.has(letter)) return yield* notModelled(proc, `-${letter}`);
    const settings = readSettings(options);
    if ("problem" in settings) {
      yield* proc.err(`ping: ${settings.problem}\n`);
      return settings.exit;
    }
    if (settings.warning !== "") yield* proc.err(settings.warning);
    const target = options.rest.at(-1);
    if (target === undefined) {
      yield* proc.err("ping: usage error: Destination address required\n");
      return 1;
    }
    if (options.rest.length > 1) return yield* notModelled(proc, "several hops");
    return yield* new Pinging(proc, settings).run(target);
  },
});

class Pinging {
  readonly #statistics = new Statistics();
  readonly #sentMs = new Map<number, number>();
  readonly #answered = new Set<number>();
  readonly #names = new Map<Ip, string>();
  readonly #interrupted = new Signal();
  #stop = false;
  #asked = false;
  #ident = 0;
  #numeric = false;
  #target: Ip = 0 as Ip;
  #tokensMs = 0;
  #filledMs: number | undefined;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
  ) {}

  *run(name: string): Task<number> {
    const { proc, settings } = this;
    const number = inetAton(name);
    this.#numeric = settings.numeric || number !== undefined;
    let shown = name;
    if (number !== undefined) this.#target = number === 0 ? (0x7f00_0001 as Ip) : number;
    else {
      const found = yield* lookup(proc, name, { family: "inet" });
      if ("error" in found || found.addresses.length === 0) {
        const why = name.includes(":") && parseIp6(name) !== undefined ? "Address family for hostname not supported" : GAI_MESSAGES["error" in found ? found.error : "NODATA"];
        yield* proc.err(`ping: ${name}: ${why}\n`);
        return 2;
      }
      this.#target = found.addresses[0] as Ip;
      shown = found.canonical;
    }
    const socket = proc.icmp();
    const problem = this.#prepare(socket);
    if (problem !== undefined) {
      yield* proc.err(`ping: ${problem}\n`);
      return 2;
    }
    const { ttl, tos, mark, pathMtu } = settings;
    if (ttl === 0) {
      yield* proc.err("ping: cannot set unicast time-to-live: Invalid argument\n");
      return 2;
    }
    socket.setOptions({ tos, mark, pathMtu, ...(ttl !== undefined && { ttl }) });
    this.#ident = settings.ident ?? proc.pid & 0xffff;
    proc.onSignal("SIGINT", () => {
      this.#stop = true;
      this.#interrupted.notify();
    });
    proc.onSignal("SIGQUIT", () => {
      this.#asked = true;
      this.#interrupted.notify();
    });
    yield* this.#greet(socket, shown);
    yield* this.#loop(socket);
    yield* proc.out(this.#statistics.print(shown, settings.bytes >= TIMESTAMP_BYTES, settings.flood || settings.adaptive));
    const { received } = this.#statistics;
    return received === 0 || (settings.deadlineMs < Number.POSITIVE_INFINITY && settings.count < Number.POSITIVE_INFINITY && received < settings.count) ? 1 : 0;
  }

  /** Source address, device, and whether there is a way at all. */
  #prepare(socket: IcmpSocket): string | undefined {
    const { from, broadcast } = this.settings;
    try {
      if (from !== undefined) {
        const address = parseIp(from);
        if (address === undefined) {
          if (this.proc.machine.netns.devices.byName(from) === undefined) return `SO_BINDTODEVICE ${from}: No such device`;
          socket.setOptions({ device: from });
        } else {
          try {
            socket.bind(address);
          } catch (error) {
            if (error instanceof SysError) return `bind: ${error.message}`;
            throw error;
          }
        }
      }
      const path = socket.pathTo(this.#target);
      if (this.settings.strictSource && from === undefined) socket.bind(path.src);
      if (path.type === "broadcast" && !broadcast) return BROADCAST;
      socket.setOptions({ broadcast });
      return undefined;
    } catch (error) {
      // connect(2) says the same of a broadcast address and of a route that prohibits.
      if (error instanceof SysError) return error.code === "EACCES" ? BROADCAST : `connect: ${error.message}`;
      throw error;
    }
  }

  *#greet(socket: IcmpSocket, name: string): Task {
    const { bytes, from, broadcast, strictSource, verbosity, pattern } = this.settings;
    const { proc } = this;
    const path = socket.pathTo(this.#target);
    if (pattern !== undefined) yield* proc.out(`PATTERN: 0x${pattern.map((byte) => byte.toString(16).padStart(2, "0")).join("")}\n`);
    if (verbosity > 0) {
      yield* proc.err("ping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: 4 (socktype: SOCK_RAW), hints.ai_family: AF_UNSPEC\n\n");
      yield* proc.out(`ai->ai_family: AF_INET, ai->ai_canonname: '${name}'\n`);
    }
    if (path.type === "broadcast" && broadcast) yield* proc.err("WARNING: pinging broadcast address\n");
    const device = from === undefined || parseIp(from) !== undefined ? "" : from;
    const source = from === undefined && !strictSource ? "" : ` from ${printIp(path.src)} ${device}:`;
    yield* proc.out(`PING ${name} (${printIp(this.#target)})${source} ${bytes}(${bytes + ICMP_HEADER_BYTES + IPV4_HEADER_BYTES}) bytes of data.\n`);
  }

  /** main_loop(): send what is due, take what has come, until enough has been sent and awaited. */
  *#loop(socket: IcmpSocket): Task {
    const { proc, settings } = this;
    const stats = this.#statistics;
    stats.startMs = proc.nowMs;
    const endMs = stats.startMs + settings.deadlineMs;
    let lingerUntil: number | undefined;
    for (;;) {
      if (this.#stop || stats.received + stats.errors >= settings.count || (settings.deadlineMs < Number.POSITIVE_INFINITY && stats.errors > 0) || proc.nowMs >= endMs) return;
      if (lingerUntil !== undefined && proc.nowMs >= lingerUntil) return;
      if (this.#asked) yield* this.#brief();
      const waitMs = lingerUntil === undefined ? this.#untilNextMs() : 0;
      if (lingerUntil === undefined && waitMs <= 0) {
        yield* this.#send(socket);
        if (stats.transmitted >= settings.count) lingerUntil = proc.nowMs + this.#lingerMs();
        if (this.#intervalMs() > 0 || settings.preload > 1) continue;
        // What a flood is limited by where the wire has no length.
        yield* proc.sleep(FLOOD_STEP_MS);
      }
      const message = socket.tryRecv();
      if (message) yield* this.#take(message);
      else yield { on: [socket.readable, this.#interrupted], deadlineMs: Math.min(lingerUntil ?? proc.nowMs + (waitMs > 0 ? waitMs : FLOOD_MS), endMs) };
    }
  }

  /** SIGQUIT (^\\) asks how far it is. */
  *#brief(): Task {
    this.#asked = false;
    yield* this.proc.err(this.#statistics.printBrief());
  }

  /** pinger(): a bucket that `preload` packets fit into and that fills by one in each interval. */
  #untilNextMs(): number {
    const { proc, settings } = this;
    const { preload } = settings;
    const intervalMs = this.#intervalMs();
    if (this.#filledMs === undefined) {
      this.#filledMs = proc.nowMs;
      this.#tokensMs = intervalMs * (preload - 1);
      return 0;
    }
    const elapsedMs = proc.nowMs - this.#filledMs;
    if (intervalMs <= 0 && elapsedMs < FLOOD_MS && this.#statistics.underway >= preload) return FLOOD_MS - elapsedMs;
    const tokensMs = Math.min(this.#tokensMs + elapsedMs, intervalMs * preload);
    // The clock counts whole microseconds.
    if (intervalMs - tokensMs >= 0.001) return intervalMs - tokensMs;
    this.#filledMs = proc.nowMs;
    this.#tokensMs = tokensMs - intervalMs;
    return 0;
  }

  /** -A follows the round trip; root may go below the 200 ms that others must keep. */
  #intervalMs(): number {
    const { adaptive, intervalMs } = this.settings;
    const { smoothedUs } = this.#statistics;
    return adaptive && this.#statistics.received > 0 ? Math.floor((smoothedUs + 500) / 1000) : intervalMs;
  }

  /** Once something has come back, twice the slowest round trip is enough. */
  #lingerMs(): number {
    const { received, slowestUs } = this.#statistics;
    const { intervalMs, lingerMs } = this.settings;
    return received > 0 ? Math.max((2 * slowestUs) / 1000, intervalMs, FLOOD_MS) : lingerMs || Number.POSITIVE_INFINITY;
  }

  *#send(socket: IcmpSocket): Task {
    const { proc, settings } = this;
    const stats = this.#statistics;
    const seq = stats.transmitted + 1;
    if (settings.outstanding && seq > 1 && !this.#answered.has(seq - 1)) yield* proc.out(`no answer yet for icmp_seq=${seq - 1}\n`);
    stats.transmitted = seq;
    stats.lastSentMs = proc.nowMs;
    this.#sentMs.set(seq & 0xffff, proc.nowMs);
    try {
      if (settings.bytes > MAX_DATA_BYTES) throw new SysError("EMSGSIZE");
      socket.sendEcho(this.#target, { id: this.#ident, seq: seq & 0xffff, data: payload(settings, wallMs(proc.world)) });
      if (settings.flood && !settings.quiet) yield* proc.out(".");
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "EMSGSIZE") {
        stats.errors++;
        if (settings.flood) yield* proc.out("E");
        else yield* proc.err(`ping: local error: message too long, mtu=${socket.pathTo(this.#target).mtu}\n`);
      }
      // Of any other failure it looks into the socket's error queue, finds nothing there, and does not say so.
    }
  }

  *#take({ packet, from, atMs }: IcmpMessage): Task {
    const { payload: icmp } = packet;
    if (icmp.kind !== "icmp") return;
    if (icmp.type === ICMP.echoReply) {
      if (icmp.id === this.#ident) yield* this.#reply(from, icmp.seq, icmp.data.length, packet.ttl, atMs);
      return;
    }
    const about = icmp.quoted?.payload;
    if (!isIcmpError(icmp.type) || about?.kind !== "icmp" || about.id !== this.#ident || about.type !== ICMP.echo) return;
    const stats = this.#statistics;
    stats.acknowledge(about.seq);
    if (icmp.type !== ICMP.redirect && icmp.type !== ICMP.sourceQuench) stats.errors++;
    if (this.settings.quiet) return;
    if (this.settings.flood) return yield* this.proc.out("\bE");
    yield* this.proc.out(`${this.#stamp(atMs)}From ${yield* this.#nameOf(from)} icmp_seq=${about.seq} ${describe(icmp)}\n`);
  }

  *#reply(from: Ip, seq: number, bytes: number, ttl: number, atMs: number): Task {
    const stats = this.#statistics;
    stats.acknowledge(seq);
    const sentMs = this.#sentMs.get(seq);
    const us = sentMs === undefined ? 0 : Math.round((atMs - sentMs) * 1000);
    const duplicate = this.#answered.has(seq);
    if (duplicate) stats.duplicates++;
    else stats.received++;
    this.#answered.add(seq);
    const timing = bytes >= TIMESTAMP_BYTES;
    if (timing) stats.time(us);
    if (this.settings.quiet) return;
    if (this.settings.flood) return yield* this.proc.out("\b \b");
    const ident = this.settings.verbosity > 0 ? ` ident=${this.#ident}` : "";
    yield* this.proc.out(`${this.#stamp(atMs)}${bytes + ICMP_HEADER_BYTES} bytes from ${yield* this.#nameOf(from)}: icmp_seq=${seq}${ident} ttl=${ttl}${timing ? ` time=${printTime(us)} ms` : ""}${duplicate ? " (DUP!)" : ""}${this.settings.audible ? "\u0007" : ""}\n`);
  }

  #stamp(atMs: number): string {
    if (!this.settings.timestamps) return "";
    const us = Math.round((wallMs(this.proc.world) - this.proc.nowMs + atMs) * 1000);
    return `[${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, "0")}] `;
  }

  /** The name behind an address, asked for once. */
  *#nameOf(address: Ip): Task<string> {
    if (this.#numeric) return printIp(address);
    let name = this.#names.get(address);
    if (name === undefined) {
      const found = yield* reverseLookup(this.proc, address);
      name = found === undefined ? printIp(address) : `${found} (${printIp(address)})`;
      this.#names.set(address, name);
    }
    return name;
  }
}

/** When it was sent, and then each byte its own place, or the pattern all over (fill()). */
function payload({ bytes, pattern }: Settings, sentMs: number): Uint8Array {
  const data = Uint8Array.from({ length: bytes }, (_, i) => (pattern === undefined ? i & 0xff : (pattern[i % pattern.length] ?? 0)));
  if (bytes < TIMESTAMP_BYTES) return data;
  const view = new DataView(data.buffer);
  view.setBigUint64(0, BigInt(Math.floor(sentMs / 1000)), true);
  view.setBigUint64(8, BigInt(Math.floor((sentMs % 1000) * 1000)), true);
  return data;
}

/**
 * ping (iputils 20221126): echo requests and what comes back. Differs: flood, adaptive, preload,
 * record route and IPv6 are refused by name.
 */
import { Signal, type Task } from "../../core/task";
import { SysError } from "../../core/errno";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";
import { GAI_MESSAGES, lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import type { IcmpMessage, IcmpSocket } from "../../net/socket";
import { ICMP, ICMP_HEADER_BYTES, isIcmpError } from "../../wire/icmp";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4";
import { defineCommand, notModelled } from "../command";
import { type Options, parseOptions } from "../options";
import { USAGE } from "./help";
import { describe } from "./icmp-words";
import { printTime, Statistics } from "./statistics";

const TIMESTAMP_BYTES = 16;
const DEFAULT_DATA_BYTES = 56;
const MAX_DATA_BYTES = 65_507;
/** How long the last answers are awaited when none has come yet (MAXWAIT). */
const LINGER_MS = 10_000;

type Settings = { count: number; intervalMs: number; lingerMs: number; deadlineMs: number; bytes: number; ttl: number | undefined; tos: number; mark: number; pathMtu: "do" | "dont" | "want"; numeric: boolean; quiet: boolean; audible: boolean; timestamps: boolean; outstanding: boolean; verbose: boolean; broadcast: boolean; from: string | undefined };

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
      yield* proc.out("ping from iputils 20221126\n");
      return 0;
    }
    for (const letter of "6AfRFNTlpSreCL") if (options.has(letter)) return yield* notModelled(proc, `-${letter}`);
    const settings = read(options);
    if ("problem" in settings) {
      yield* proc.err(`ping: ${settings.problem}\n`);
      return settings.exit;
    }
    const target = options.rest.at(-1);
    if (target === undefined) {
      yield* proc.err("ping: usage error: Destination address required\n");
      return 1;
    }
    if (options.rest.length > 1) return yield* notModelled(proc, "several hops");
    return yield* new Pinging(proc, settings).run(target);
  },
});

type Problem = { readonly problem: string; readonly exit: number };

function read(options: Options): Settings | Problem {
  const settings: Settings = { count: Number.POSITIVE_INFINITY, intervalMs: 1000, lingerMs: LINGER_MS, deadlineMs: Number.POSITIVE_INFINITY, bytes: DEFAULT_DATA_BYTES, ttl: undefined, tos: 0, mark: 0, pathMtu: "want", numeric: options.has("n"), quiet: options.has("q"), audible: options.has("a"), timestamps: options.has("D"), outstanding: options.has("O"), verbose: options.has("v"), broadcast: options.has("b"), from: options.value("I") };
  const whole = (key: string, low: number, high: number, most: string): number | Problem | undefined => {
    const value = options.value(key);
    if (value === undefined) return undefined;
    if (!/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(value)) return { problem: `invalid argument: '${value}'`, exit: 1 };
    const n = Number(value);
    return n >= low && n <= high ? n : { problem: `invalid argument: '${value}': out of range: ${low} <= value <= ${most}`, exit: 1 };
  };
  const numbers = [["c", "count", 1, Number.MAX_SAFE_INTEGER, "9223372036854775807"], ["s", "bytes", 0, 2_147_483_647, "2147483647"], ["t", "ttl", 0, 255, "255"], ["Q", "tos", 0, 255, "255"], ["m", "mark", 0, 4_294_967_295, "2147483647"], ["w", "deadlineMs", 0, 2_147_483_647, "2147483647"]] as const;
  for (const [key, field, low, high, most] of numbers) {
    const value = whole(key, low, high, most);
    if (typeof value === "object") return value;
    if (value !== undefined) settings[field] = field === "deadlineMs" ? (value === 0 ? Number.POSITIVE_INFINITY : value * 1000) : value;
  }
  for (const [key, field] of [["i", "intervalMs"], ["W", "lingerMs"]] as const) {
    const value = options.value(key);
    if (value === undefined) continue;
    const seconds = Number(value);
    if (Number.isNaN(seconds)) return { problem: `option argument contains garbage: ${value}`, exit: 1 };
    if (seconds < 0) return { problem: key === "i" ? `bad timing interval: ${value}` : `bad linger time: ${value}`, exit: 2 };
    settings[field] = seconds * 1000;
  }
  const pathMtu = options.value("M");
  if (pathMtu !== undefined) {
    if (pathMtu !== "do" && pathMtu !== "dont" && pathMtu !== "want") return { problem: `invalid -M argument: ${pathMtu}`, exit: 2 };
    settings.pathMtu = pathMtu;
  }
  return settings;
}

class Pinging {
  readonly #statistics = new Statistics();
  readonly #sentMs = new Map<number, number>();
  readonly #answered = new Set<number>();
  readonly #names = new Map<Ip, string>();
  readonly #interrupted = new Signal();
  #stop = false;
  #ident = 0;
  #numeric = false;
  #target: Ip = 0 as Ip;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
  ) {}

  *run(name: string): Task<number> {
    const { proc, settings } = this;
    const number = parseIp(name) ?? (/^\d+$/.test(name) ? (Number(name) as Ip) : undefined);
    this.#numeric = settings.numeric || number !== undefined;
    let shown = name;
    if (number !== undefined) this.#target = number === 0 ? (0x7f00_0001 as Ip) : number;
    else {
      const found = yield* lookup(proc, name, { family: "inet" });
      if ("error" in found || found.addresses.length === 0) {
        yield* proc.err(`ping: ${name}: ${GAI_MESSAGES["error" in found ? found.error : "NODATA"]}\n`);
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
    socket.setOptions({ tos, mark, pathMtu, ...(ttl !== undefined && { ttl }) });
    this.#ident = proc.rng.u32() & 0xffff;
    proc.onSignal("SIGINT", () => {
      this.#stop = true;
      this.#interrupted.notify();
    });
    yield* this.#greet(socket, shown);
    yield* this.#loop(socket);
    yield* proc.out(this.#statistics.print(shown, settings.bytes >= TIMESTAMP_BYTES));
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
      if (path.type === "broadcast" && !broadcast) return "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
      return undefined;
    } catch (error) {
      if (error instanceof SysError) return `connect: ${error.message}`;
      throw error;
    }
  }

  *#greet(socket: IcmpSocket, name: string): Task {
    const { bytes, from, broadcast, verbose } = this.settings;
    const path = socket.pathTo(this.#target);
    if (path.type === "broadcast" && broadcast) yield* this.proc.err("WARNING: pinging broadcast address\n");
    if (verbose) yield* this.proc.out(`ping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: 4 (socktype: SOCK_RAW), hints.ai_family: AF_UNSPEC\n\nai->ai_family: AF_INET, ai->ai_canonname: '${name}'\n`);
    const source = from === undefined ? "" : ` from ${printIp(path.src)} ${parseIp(from) === undefined ? from : ""}:`;
    yield* this.proc.out(`PING ${name} (${printIp(this.#target)})${source} ${bytes}(${bytes + ICMP_HEADER_BYTES + IPV4_HEADER_BYTES}) bytes of data.\n`);
  }

  *#loop(socket: IcmpSocket): Task {
    const { proc, settings } = this;
    const stats = this.#statistics;
    stats.startMs = proc.nowMs;
    const endMs = stats.startMs + settings.deadlineMs;
    let nextMs = proc.nowMs;
    let lingerUntil: number | undefined;
    for (;;) {
      if (this.#stop || stats.received + stats.errors >= settings.count || (settings.deadlineMs < Number.POSITIVE_INFINITY && stats.errors > 0) || proc.nowMs >= endMs) return;
      if (lingerUntil !== undefined && proc.nowMs >= lingerUntil) return;
      if (lingerUntil === undefined && proc.nowMs >= nextMs) {
        yield* this.#send(socket);
        nextMs += settings.intervalMs;
        if (stats.transmitted >= settings.count) lingerUntil = proc.nowMs + this.#lingerMs();
        continue;
      }
      const message = socket.tryRecv();
      if (message) yield* this.#take(message);
      else yield { on: [socket.readable, this.#interrupted], deadlineMs: Math.min(lingerUntil ?? nextMs, endMs) };
    }
  }

  /** Once something has come back, twice the slowest round trip is enough. */
  #lingerMs(): number {
    const { received, slowestUs } = this.#statistics;
    return received > 0 ? Math.max((2 * slowestUs) / 1000, this.settings.intervalMs) : this.settings.lingerMs;
  }

  *#send(socket: IcmpSocket): Task {
    const { proc, settings } = this;
    const stats = this.#statistics;
    const seq = stats.transmitted + 1;
    if (settings.outstanding && seq > 1 && !this.#answered.has(seq - 1)) yield* proc.out(`no answer yet for icmp_seq=${seq - 1}\n`);
    stats.transmitted = seq;
    stats.lastSentMs = proc.nowMs;
    this.#sentMs.set(seq & 0xffff, proc.nowMs);
    if (settings.bytes > MAX_DATA_BYTES) return;
    try {
      socket.sendEcho(this.#target, { id: this.#ident, seq: seq & 0xffff, data: payload(settings.bytes, wallMs(proc.world)) });
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "EMSGSIZE") {
        stats.errors++;
        yield* proc.err(`ping: local error: message too long, mtu=${socket.pathTo(this.#target).mtu}\n`);
      } else yield* proc.err(`ping: sendmsg: ${error.message}\n`);
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
    const ident = this.settings.verbose ? ` ident=${this.#ident}` : "";
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

/** When it was sent, and then each byte its own place. */
function payload(bytes: number, sentMs: number): Uint8Array {
  const data = Uint8Array.from({ length: bytes }, (_, i) => i & 0xff);
  if (bytes < TIMESTAMP_BYTES) return data;
  const view = new DataView(data.buffer);
  view.setBigUint64(0, BigInt(Math.floor(sentMs / 1000)), true);
  view.setBigUint64(8, BigInt(Math.floor((sentMs % 1000) * 1000)), true);
  return data;
}

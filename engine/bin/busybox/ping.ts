/**
 * ping of BusyBox: tells of echo replies and of nothing else; that a host or network cannot be reached shows
 * only in what does not come back. In BusyBox: networking/ping.c.
 */
import { SysError } from "../../core/errno";
import { Signal, type Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { IcmpMessage, IcmpSocket } from "../../net/socket";
import { ICMP, ICMP_HEADER_BYTES } from "../../wire/icmp";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import type { Options } from "../options";
import { addressOf, optionsOf, showUsage, wholeNumber } from "./applet";

const USAGE = `Usage: ping [OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

	-4,-6		Force IP or IPv6 name resolution
	-c CNT		Send only CNT pings
	-s SIZE		Send SIZE data bytes in packets (default 56)
	-i SECS		Interval
	-A		Ping as soon as reply is received
	-t TTL		Set TTL
	-I IFACE/IP	Source interface or IP address
	-W SEC		Seconds to wait for the first response (default 10)
			(after all -c CNT packets are sent)
	-w SEC		Seconds until ping exits (default:infinite)
			(can exit earlier with -c CNT)
	-q		Quiet, only display output at start/finish
	-p HEXBYTE	Payload pattern
`;
const DEFAULT_BYTES = 56;
const DEFAULT_WAIT_S = 10;
/** The time of sending is written into the first four bytes. */
const STAMP_BYTES = 4;
const MOST = 4_294_967_295;

type Settings = { readonly count: number; readonly bytes: number; readonly intervalMs: number; readonly ttl: number | undefined; readonly waitMs: number; readonly deadlineMs: number };

export const ping = defineCommand({
  name: "ping",
  summary: "send ICMP ECHO_REQUEST to a host (BusyBox)",

  *run(proc) {
    const options = yield* optionsOf(proc, "ping", { flags: "46Aqv", values: "csitIWwp" }, USAGE);
    if (options === undefined) return 1;
    const [host, surplus] = options.rest;
    if (host === undefined || surplus !== undefined) return yield* showUsage(proc, USAGE);
    if (options.has("6")) return yield* notModelled(proc, "-6");
    const settings = yield* read(proc, options);
    if (settings === undefined) return 1;
    const ip = yield* addressOf(proc, "ping", host);
    return ip === undefined ? 1 : yield* new Pinging(proc, settings, options, host, ip).run();
  },
});

function* read(proc: Proc, options: Options): Task<Settings | undefined> {
  const number = (key: string, otherwise: number, most = MOST): Task<number | undefined> => wholeNumber(proc, "ping", options.value(key) ?? String(otherwise), 0, most);
  const count = yield* number("c", 0);
  const bytes = count === undefined ? undefined : yield* number("s", DEFAULT_BYTES, 65_535);
  const ttl = bytes === undefined ? undefined : yield* number("t", 0);
  const wait = ttl === undefined ? undefined : yield* number("W", DEFAULT_WAIT_S);
  const deadline = wait === undefined ? undefined : yield* number("w", 0);
  if (count === undefined || bytes === undefined || ttl === undefined || wait === undefined || deadline === undefined) return undefined;
  const interval = options.value("i") ?? "1";
  if (!/^\d+(\.\d*)?$/.test(interval)) {
    yield* proc.err(`ping: invalid number '${interval}'\n`);
    return undefined;
  }
  return { count: count === 0 ? Number.POSITIVE_INFINITY : count, bytes, ttl: ttl === 0 ? undefined : ttl, waitMs: wait * 1000, deadlineMs: deadline === 0 ? Number.POSITIVE_INFINITY : deadline * 1000, intervalMs: Number(interval) * 1000 };
}

class Pinging {
  readonly #interrupted = new Signal();
  readonly #sentMs = new Map<number, number>();
  readonly #answered = new Set<number>();
  readonly #timesUs: number[] = [];
  #stop = false;
  #sent = 0;
  #repeats = 0;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
    private readonly options: Options,
    private readonly host: string,
    private readonly ip: Ip,
  ) {}

  *run(): Task<number> {
    const { proc, settings, options } = this;
    const socket = proc.icmp();
    const from = options.value("I");
    try {
      const source = from === undefined ? undefined : parseIp(from);
      if (source !== undefined) socket.bind(source);
      socket.setOptions({ ...(settings.ttl !== undefined && { ttl: settings.ttl }), ...(from !== undefined && source === undefined && { device: from }) });
      proc.onSignal("SIGINT", () => {
        this.#stop = true;
        this.#interrupted.notify();
      });
      yield* proc.out(`PING ${this.host} (${printIp(this.ip)})${from === undefined || source !== undefined ? "" : ` from ${printIp(socket.pathTo(this.ip).src)}`}: ${settings.bytes} data bytes\n`);
      yield* this.#loop(socket);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`ping: sendto: ${error.message}\n`);
      return 1;
    }
    yield* this.#statistics();
    const received = this.#answered.size;
    return received === 0 || (settings.deadlineMs < Number.POSITIVE_INFINITY && settings.count < Number.POSITIVE_INFINITY && received < settings.count) ? 1 : 0;
  }

  *#loop(socket: IcmpSocket): Task {
    const { proc, settings } = this;
    const endMs = proc.nowMs + settings.deadlineMs;
    const ident = proc.pid & 0xffff;
    let nextMs = proc.nowMs;
    let lastMs = Number.POSITIVE_INFINITY;
    while (!this.#stop && this.#answered.size < settings.count && proc.nowMs < Math.min(lastMs, endMs)) {
      if (this.#sent < settings.count && proc.nowMs >= nextMs) {
        this.#send(socket, ident);
        nextMs = proc.nowMs + settings.intervalMs;
        // Once something has come back, two round trips (a second at least) are enough for the rest.
        if (this.#sent >= settings.count) lastMs = proc.nowMs + (this.#timesUs.length > 0 ? Math.max(1, Math.floor(Math.max(...this.#timesUs) / 524_288)) * 1000 : settings.waitMs);
      }
      const message = socket.tryRecv();
      if (message === undefined) yield { on: [socket.readable, this.#interrupted], deadlineMs: Math.min(this.#sent < settings.count ? nextMs : lastMs, endMs) };
      else if ((yield* this.#take(message, ident)) && this.options.has("A")) nextMs = proc.nowMs;
    }
  }

  #send(socket: IcmpSocket, ident: number): void {
    const { proc, settings } = this;
    const pattern = Number.parseInt(this.options.value("p") ?? "0", 16) & 0xff;
    this.#sentMs.set(this.#sent & 0xffff, proc.nowMs);
    const data = new Uint8Array(settings.bytes).fill(pattern);
    if (data.length >= STAMP_BYTES) new DataView(data.buffer).setUint32(0, Math.round(proc.nowMs * 1000) % (MOST + 1));
    socket.sendEcho(this.ip, { id: ident, seq: this.#sent++ & 0xffff, data });
  }

  /** unpack4(): true for an answer to us. */
  *#take({ packet, from, atMs }: IcmpMessage, ident: number): Task<boolean> {
    const { payload } = packet;
    if (payload.kind !== "icmp" || payload.type !== ICMP.echoReply || payload.id !== ident) return false;
    const us = Math.round((atMs - (this.#sentMs.get(payload.seq) ?? atMs)) * 1000);
    const timed = payload.data.length >= STAMP_BYTES;
    if (timed) this.#timesUs.push(us);
    const repeated = this.#answered.has(payload.seq);
    if (repeated) this.#repeats++;
    this.#answered.add(payload.seq);
    if (!this.options.has("q")) yield* this.proc.out(`${payload.data.length + ICMP_HEADER_BYTES} bytes from ${printIp(from)}: seq=${payload.seq} ttl=${packet.ttl}${timed ? ` time=${milliseconds(us)} ms` : ""}${repeated ? " (DUP!)" : ""}\n`);
    return true;
  }

  *#statistics(): Task {
    const times = this.#timesUs;
    const received = this.#answered.size;
    const loss = this.#sent === 0 ? 0 : Math.floor(((this.#sent - received) * 100) / this.#sent);
    const lines = [
      `\n--- ${this.host} ping statistics ---`,
      `${this.#sent} packets transmitted, ${received} packets received, ${this.#repeats > 0 ? `${this.#repeats} duplicates, ` : ""}${loss}% packet loss`,
      ...(times.length === 0 ? [] : [`round-trip min/avg/max = ${milliseconds(Math.min(...times))}/${milliseconds(Math.floor(times.reduce((sum, us) => sum + us, 0) / times.length))}/${milliseconds(Math.max(...times))} ms`]),
    ];
    yield* this.proc.out(`${lines.join("\n")}\n`);
  }
}

const milliseconds = (us: number): string => `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;

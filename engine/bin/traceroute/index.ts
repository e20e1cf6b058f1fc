/**
 * traceroute (2.1.2): who is on the way, found by datagrams that die one hop further each time.
 * Differs: UDP, ICMP and TCP only; of -T's own options (-O) none.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { GAI_MESSAGES, lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { type Options, parseOptions } from "../options";
import { USAGE } from "./help";
import { icmpMethod, type Method, type Probe, udpMethod } from "./probe";
import { tcpMethod } from "./probe-tcp";

const LONG = { help: "help", version: "V", icmp: "I", tcp: "T", udp: "U", debug: "d", "dont-fragment": "F", "first=": "f", "gateway=": "g", "interface=": "i", "max-hops=": "m", "sim-queries=": "N", "port=": "p", "tos=": "t", "wait=": "w", "queries=": "q", "source=": "s", "sendwait=": "z", extensions: "e", mtu: "mtu", back: "back", "sport=": "sport", "fwmark=": "fwmark" };
const NOT_MODELLED = ["d", "F", "g", "l", "r", "e", "A", "O", "D", "P", "mtu", "back", "sport", "fwmark"];
const HEADER_BYTES = 28;
const MAX_BYTES = 65_000;
/** A SYN with its options. */
const SYN_BYTES = 60;
/** Names take longer than a probe, and are looked up between the lines. */
const GRACE_MS = 0.001;

type Settings = { readonly numeric: boolean; readonly first: number; readonly last: number; readonly perHop: number; readonly together: number; readonly waitMs: number; readonly here: number; readonly near: number; readonly packetBytes: number; readonly sendWaitMs: number };

export const traceroute = defineCommand({
  name: "traceroute",
  summary: "print the route packets trace to network host",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "46dFITnreAUDV", values: "fgimNptlwqszMOP", long: LONG });
    if ("error" in options) {
      const bad = proc.args.find((arg) => arg.startsWith("-")) ?? "";
      yield* proc.err(`Bad option \`${bad}' (argc ${proc.args.indexOf(bad) + 1})\n`);
      return 2;
    }
    if (options.has("help") || proc.args.length === 0) {
      yield* options.has("help") ? proc.out(USAGE) : proc.err(USAGE);
      return 0;
    }
    if (options.has("V")) {
      yield* proc.err("Modern traceroute for Linux, version 2.1.2\nCopyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later\n");
      return 0;
    }
    for (const key of NOT_MODELLED) if (options.has(key)) return yield* notModelled(proc, key.length === 1 ? `-${key}` : `--${key}`);
    const module = options.value("M");
    if (module !== undefined && !["default", "udp", "icmp", "tcp"].includes(module)) {
      if (["raw", "udplite", "dccp", "tcpconn"].includes(module)) return yield* notModelled(proc, `-M ${module}`);
      yield* proc.err(`Unknown traceroute module ${module}\n`);
      return 2;
    }
    const wrong = notNumber(proc.args, options);
    if (wrong !== undefined) {
      yield* proc.err(`${wrong}\n`);
      return 2;
    }
    const settings = read(options);
    if (typeof settings === "string") {
      yield* proc.err(`${settings}\n`);
      return 2;
    }
    const [name, , extra] = options.rest;
    if (name === undefined || extra !== undefined) {
      yield* proc.err(name === undefined ? "Specify \"host\" missing argument.\n" : `Extra arg \`${extra}' (position 3, argc ${proc.args.length})\n`);
      return 2;
    }
    return yield* trace(proc, options, settings, name);
  },
});

/** What should have been a number, in the words of its option parser. */
function notNumber(args: readonly string[], options: Options): string | undefined {
  for (const key of "fmqNptz") {
    const value = options.value(key);
    if (value !== undefined && !/^(0x[0-9a-f]+|\d+(\.\d+)?)$/i.test(value)) return `Cannot handle \`-${key}' option with arg \`${value}' (argc ${args.indexOf(value) + 1})`;
  }
  const length = options.rest[1];
  if (length !== undefined && !/^\d+$/.test(length)) return `Cannot handle "packetlen" cmdline arg \`${length}' on position 2 (argc ${args.indexOf(length) + 1})`;
  return undefined;
}

function read(options: Options): Settings | string {
  const number = (key: string, otherwise: number): number => Number(options.value(key) ?? otherwise);
  const [first, last, perHop, together] = [number("f", 1), number("m", 30), number("q", 3), number("N", 16)];
  if (last > 255) return "max hops cannot be more than 255";
  if (!(first >= 1 && first <= last)) return "first hop out of range";
  if (!(perHop >= 1 && perHop <= 10)) return "no more than 10 probes per hop";
  const waits = (options.value("w") ?? "5").split(",").map(Number);
  if (waits.some((each) => !(each >= 0))) return `bad wait specifications \`${[waits[0] ?? 0, waits[1] ?? 0, waits[2] ?? 0].join(",")}' used`;
  if (Number(options.rest[1] ?? 0) > MAX_BYTES) return `too big packetlen ${options.rest[1]} specified`;
  const [max = "5", here = "3", near = "10"] = (options.value("w") ?? "").split(",").map((part) => part || undefined);
  const wait = number("z", 0);
  const packetBytes = Math.max(Number(options.rest[1] ?? 60), HEADER_BYTES);
  return { numeric: options.has("n"), first, last, perHop, together: Math.max(1, together), waitMs: Number(max) * 1000, here: Number(here), near: Number(near), packetBytes, sendWaitMs: wait > 10 ? wait : wait * 1000 };
}

function* trace(proc: Proc, options: Options, settings: Settings, name: string): Task<number> {
  if (options.has("6")) {
    if (parseIp(name) === undefined) return yield* notModelled(proc, "-6");
    yield* proc.err(`${name}: Address family for hostname not supported\nCannot handle "host" cmdline arg \`${name}' on position 1 (argc ${proc.args.indexOf(name) + 1})\n`);
    return 2;
  }
  const found = yield* lookup(proc, name, { family: "inet" });
  if ("error" in found || found.addresses.length === 0) {
    yield* proc.err(`${name}: ${GAI_MESSAGES["error" in found ? found.error : "NODATA"]}\nCannot handle "host" cmdline arg \`${name}' on position 1 (argc ${proc.args.indexOf(name) + 1})\n`);
    return 2;
  }
  const target = found.addresses[0] as Ip;
  const chosen = options.value("M");
  const kind = options.has("I") ? "icmp" : options.has("T") ? "tcp" : chosen === "icmp" || chosen === "tcp" ? chosen : "udp";
  yield* proc.out(`traceroute to ${name} (${printIp(target)}), ${settings.last} hops max, ${kind === "tcp" ? SYN_BYTES : settings.packetBytes} byte packets`);
  const common = { bytes: settings.packetBytes - HEADER_BYTES, source: parseIp(options.value("s") ?? "") ?? (0 as Ip), device: options.value("i"), tos: Number(options.value("t") ?? 0) };
  try {
    const fixedPort = options.has("U");
    const method = kind === "icmp" ? icmpMethod(proc, target, common) : kind === "tcp" ? tcpMethod(proc, target, { ...common, port: Number(options.value("p") ?? 80) }) : udpMethod(proc, target, { ...common, fixedPort, port: Number(options.value("p") ?? (fixedPort ? 53 : 33_434)) });
    yield* new Walk(proc, settings, method).run();
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const call = error.code === "ENODEV" ? "setsockopt SO_BINDTODEVICE" : error.code === "EADDRNOTAVAIL" ? "bind" : "connect";
    yield* proc.err(`\n${call}: ${error.message}\n`);
    return 1;
  }
}

/** The clock counts whole microseconds: a deadline less than one ahead has come. */
const CLOCK_MS = 0.001;

class Walk {
  readonly #probes: Probe[] = [];
  readonly #names = new Map<Ip, string>();
  #printed = 0;
  #lastFrom: Ip | undefined;
  #end = Number.POSITIVE_INFINITY;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
    private readonly method: Method,
  ) {}

  *run(): Task {
    const { proc, settings } = this;
    const most = (settings.last - settings.first + 1) * settings.perHop;
    let nextSendMs = proc.nowMs;
    while (this.#printed < Math.min(most, this.#end)) {
      this.#collect();
      yield* this.#print();
      if (this.#printed >= Math.min(most, this.#end)) break;
      const waiting = this.#probes.filter(({ outcome }) => outcome === undefined);
      if (this.#probes.length < Math.min(most, this.#end) && waiting.length < settings.together && proc.nowMs >= nextSendMs) {
        // All that may leave does, before anybody looks for answers.
        for (let room = settings.together - waiting.length; room > 0 && this.#probes.length < most && proc.nowMs >= nextSendMs; room--) {
          this.#send(this.#probes.length);
          nextSendMs = proc.nowMs + settings.sendWaitMs;
        }
        continue;
      }
      const expiry = Math.min(...waiting.map((probe) => probe.sentMs + this.#patienceMs(probe)));
      const wakeMs = this.#probes.length < Math.min(most, this.#end) && waiting.length < settings.together ? Math.min(expiry, nextSendMs) : expiry;
      if (waiting.length === 0 && wakeMs <= proc.nowMs) continue;
      yield { on: this.method.signals(), deadlineMs: wakeMs };
    }
    if (this.#printed % settings.perHop !== 0) yield* proc.out("\n");
    for (const probe of this.#probes) probe.finish();
  }

  #send(index: number): void {
    const probe: Probe = { ttl: this.settings.first + Math.floor(index / this.settings.perHop), index, sentMs: this.proc.nowMs, outcome: undefined, finish: () => {} };
    this.#probes.push(probe);
    this.method.send(probe);
  }

  /** Who has been answered, and who has waited long enough. */
  #collect(): void {
    const { perHop } = this.settings;
    for (const probe of this.#probes) {
      if (probe.outcome !== undefined) continue;
      const outcome = this.method.poll(probe);
      if (outcome !== undefined) {
        probe.outcome = outcome;
        // Whoever is the end of the way, the rest of this hop is still printed.
        if (outcome.final) this.#end = Math.min(this.#end, (Math.floor(probe.index / perHop) + 1) * perHop);
      } else if (this.proc.nowMs + CLOCK_MS > probe.sentMs + this.#patienceMs(probe)) probe.outcome = "lost";
      if (probe.outcome !== undefined) probe.finish();
    }
  }

  /** An answer from the same hop, or from one further on, tells how long to wait at most. */
  #patienceMs(probe: Probe): number {
    const { here, near, waitMs, perHop } = this.settings;
    const start = probe.index - (probe.index % perHop);
    for (const other of this.#probes.slice(start, start + perHop)) {
      if (here > 0 && typeof other.outcome === "object") return Math.min((other.outcome.atMs - other.sentMs + GRACE_MS) * here, waitMs);
    }
    for (const other of this.#probes.slice(probe.index + 1)) {
      if (near > 0 && typeof other.outcome === "object") return Math.min((other.outcome.atMs - other.sentMs + GRACE_MS) * near, waitMs);
    }
    return waitMs;
  }

  *#print(): Task {
    const { perHop } = this.settings;
    for (let probe = this.#probes[this.#printed]; probe?.outcome !== undefined; probe = this.#probes[this.#printed]) {
      if (this.#printed >= this.#end) return;
      const column = probe.index % perHop;
      let out = column === 0 ? `${this.#printed === 0 ? "\n" : ""}${String(probe.ttl).padStart(2)} ` : "";
      if (column === 0) this.#lastFrom = undefined;
      if (probe.outcome === "lost") out += " *";
      else {
        const { from, atMs, note } = probe.outcome;
        if (from !== this.#lastFrom) out += ` ${yield* this.#nameOf(from)}`;
        this.#lastFrom = from;
        out += `  ${(atMs - probe.sentMs).toFixed(3)} ms${note === "" ? "" : ` ${note}`}`;
      }
      yield* this.proc.out(column === perHop - 1 ? `${out}\n` : out);
      this.#printed++;
    }
  }

  *#nameOf(ip: Ip): Task<string> {
    if (this.settings.numeric) return printIp(ip);
    let name = this.#names.get(ip);
    if (name === undefined) {
      name = (yield* reverseLookup(this.proc, ip)) ?? printIp(ip);
      this.#names.set(ip, name);
    }
    return `${name} (${printIp(ip)})`;
  }
}

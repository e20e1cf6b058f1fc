/**
 * dig (BIND 9.18): DNS lookups, shown as they travelled. Options not listed here are refused by
 * name; unknown ones are passed over in silence, as the real one does.
 */
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { civil, MONTHS, WEEKDAYS } from "../../core/date";
import type { Proc } from "../../host/proc";
import { CLASSES, type Edns, RECORD_TYPES, type RecordClass, type RecordType, reverseName } from "../../wire/dns";
import { parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { type Answer, askServers, candidates, configuration, DEFAULT_QUERY, notLegal, type Query, type Server, serverNamed, serversOf } from "./dighost";
import { printMessage, printShort, type Shown } from "./print";

const VERSION = "9.18.49-1~deb12u3-Debian";
const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

type Flags = Shown & { short: boolean; search: boolean; showSearch: boolean; tcp: boolean; recurse: boolean; adFlag: boolean; cdFlag: boolean; dnssec: boolean; edns: boolean; cookie: boolean; identify: boolean; ignore: boolean; fail: boolean; timeoutMs: number | undefined; tries: number | undefined; udpSize: number; ndots: number | undefined; domain: string | undefined; qr: boolean };
type Lookup = { name: string | undefined; type: RecordType; class: RecordClass; flags: Flags; server: string | undefined; serverFirst: boolean };

function defaults(): Flags {
  return { cmd: true, comments: true, question: true, answer: true, authority: true, additional: true, stats: true, ttlId: true, classId: true, short: false, search: false, showSearch: false, tcp: false, recurse: true, adFlag: true, cdFlag: false, dnssec: false, edns: true, cookie: true, identify: false, ignore: false, fail: true, timeoutMs: undefined, tries: undefined, udpSize: 1232, ndots: undefined, domain: undefined, qr: false };
}

export const dig = defineCommand({
  name: "dig",
  summary: "DNS lookup utility",

  *run(proc) {
    const plan = parse(proc.args);
    if ("words" in plan) {
      // What is wrong with a number is said on standard output, what follows from it on standard error.
      const [, said = "", words = ""] = /^(invalid .*\n)?([\s\S]*)$/.exec(plan.words) ?? [];
      yield* proc.out(said);
      yield* plan.exit === 0 && !words.startsWith("DiG") ? proc.out(words) : proc.err(words);
      return plan.exit;
    }
    if ("notModelled" in plan) return yield* notModelled(proc, plan.notModelled);
    for (const warning of plan.warnings) yield* proc.err(`;; Warning, ${warning}\n`);
    let cmdShown = false;
    let exit = 0;
    for (const lookup of plan.lookups) {
      const servers = yield* serversFor(proc, lookup.server);
      if (typeof servers === "string") {
        yield* proc.err(`dig: couldn't get address for '${lookup.server}': ${servers}\n`);
        return 1;
      }
      if (plan.onlySix) {
        for (const { ip } of servers) yield* proc.out(`;; Skipping mapped address '::ffff:${printIp(ip)}'\n`);
        yield* proc.out(";; No acceptable nameservers\n");
        continue;
      }
      const banner = lookup.flags.cmd && !lookup.flags.short && !cmdShown ? commandLine(proc, lookup, servers.length) : "";
      cmdShown = true;
      const status = yield* one(proc, lookup, servers, plan.port, banner);
      if (status !== 0) exit = status;
    }
    return exit;
  },
});

/** How many servers were found is said of those named before anything else to ask for. */
function commandLine(proc: Proc, { server, serverFirst }: Lookup, servers: number): string {
  const typed = proc.args.length === 0 ? "" : ` ${proc.args.join(" ")}`;
  return `\n; <<>> DiG ${VERSION} <<>>${typed}\n${server === undefined || !serverFirst ? "" : `; (${servers} server${servers === 1 ? "" : "s"} found)\n`};; global options: +cmd\n`;
}

function* serversFor(proc: Proc, name: string | undefined): Task<readonly Server[] | "not found" | "failure"> {
  return name === undefined ? serversOf(configuration(proc)) : yield* serverNamed(proc, name);
}

function* one(proc: Proc, lookup: Lookup, servers: readonly Server[], port: number, banner: string): Task<number> {
  const { flags } = lookup;
  const conf = configuration(proc);
  const edns: Edns | undefined = flags.edns ? { udpSize: flags.udpSize, dnssecOk: flags.dnssec, options: flags.cookie ? [{ code: 10, data: cookie(proc) }] : [] } : undefined;
  const query: Query = { ...DEFAULT_QUERY, servers, port, type: lookup.type, class: lookup.class, tcp: flags.tcp || lookup.type === "ANY" || lookup.type === "AXFR", edns, recurse: flags.recurse, adFlag: flags.adFlag, cdFlag: flags.cdFlag, timeoutMs: flags.timeoutMs ?? conf.written.timeoutMs ?? 5000, tries: flags.tries ?? conf.written.attempts ?? 3, ignoreTruncation: flags.ignore, servfailStops: flags.fail };
  const search = flags.search ? (flags.domain === undefined ? conf.search : [flags.domain]) : undefined;
  const names = candidates(lookup.name ?? ".", search, flags.ndots ?? conf.ndots);
  for (const [i, name] of names.entries()) {
    const answer = yield* askServers(proc, query, name, (line) => proc.out(`${line}\n`));
    if (typeof answer === "string") {
      yield* proc.out(answer === "told" ? "" : `${banner};; no servers could be reached\n`);
      return 9;
    }
    const last = i === names.length - 1 || answer.message.rcode !== "NXDOMAIN";
    if (!last && !flags.showSearch) continue;
    yield* proc.out(banner + show(proc, lookup, answer));
    if (last) return 0;
  }
  return 0;
}

function cookie(proc: Proc): Uint8Array {
  return Uint8Array.from({ length: 8 }, () => proc.rng.below(256));
}

function show(proc: Proc, { flags }: Lookup, answer: Answer): string {
  if (flags.short) return printShort(answer, flags.identify);
  const { message, server, bytes, tookMs, tcp, atMs } = answer;
  const body = printMessage(message, flags, answer.query);
  if (!flags.stats) return body;
  const d = civil(wallMs(proc.world) - proc.nowMs + atMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  const when = `${WEEKDAYS[d.weekday]} ${MONTHS[d.month - 1]} ${two(d.day)} ${two(d.hour)}:${two(d.minute)}:${two(d.second)} UTC ${d.year}`;
  return `${body};; Query time: ${Math.floor(tookMs)} msec\n;; SERVER: ${printIp(server.ip)}#${DEFAULT_QUERY.port}(${server.name}) (${tcp ? "TCP" : "UDP"})\n;; WHEN: ${when}\n;; MSG SIZE  rcvd: ${bytes}\n\n`;
}

type Plan = { readonly lookups: readonly Lookup[]; readonly port: number; readonly warnings: readonly string[]; readonly onlySix: boolean } | { readonly words: string; readonly exit: number } | { readonly notModelled: string };

/** Words are told apart by their looks: @server, +option, -option, a type, a class, or a name. */
function parse(args: readonly string[]): Plan {
  const global = defaults();
  const lookups: Lookup[] = [];
  let server: string | undefined;
  let port = 53;
  let onlySix = false;
  const warnings: string[] = [];
  let pending: { type?: RecordType; class?: RecordClass } = {};
  const current = (): Lookup | undefined => lookups.at(-1);
  const begin = (name: string): void => void lookups.push({ name, type: pending.type ?? "A", class: pending.class ?? "IN", flags: { ...global }, server, serverFirst: server !== undefined });
  const setType = (type: RecordType): void => {
    const at = current();
    if (at) at.type = type;
    else pending = { ...pending, type };
  };
  const setClass = (kind: RecordClass): void => {
    const at = current();
    if (at) at.class = kind;
    else pending = { ...pending, class: kind };
  };
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word.startsWith("@")) {
      server = word.slice(1);
      const at = current();
      if (at) at.server = server;
    } else if (word.startsWith("+")) {
      const problem = plus(current()?.flags ?? global, word.slice(1));
      if (problem) return problem;
    } else if (word.startsWith("-") && word.length > 1) {
      const letter = word[1] as string;
      if (letter === "h") return { words: USAGE, exit: 0 };
      if (letter === "v") return { words: `DiG ${VERSION}\n`, exit: 0 };
      if (letter === "4" || letter === "r" || letter === "m" || letter === "i") continue;
      if (letter === "6") {
        onlySix = true;
        continue;
      }
      if ("fkybu".includes(letter)) return { notModelled: `-${letter}` };
      if (!"cpqtx".includes(letter)) return { words: `Invalid option: ${word}\n${USAGE}`, exit: 1 };
      const value = word.length > 2 ? word.slice(2) : args[++i];
      if (value === undefined) return { words: `Invalid option: ${word}\n${USAGE}`, exit: 1 };
      if (letter === "p") {
        if (!/^\d+$/.test(value) || Number(value) > 65_535) return { words: `invalid port number '${value}': ${/^\d+$/.test(value) ? "out of range" : "not a valid number"}\ndig: Couldn't parse port number\n`, exit: 1 };
        port = Number(value);
      }
      else if (letter === "q") begin(value);
      else if (letter === "t") {
        const type = typeOf(value);
        if (type) setType(type);
        else warnings.push(`ignoring invalid type ${value}`);
      } else if (letter === "c") {
        if (value.toUpperCase() in CLASSES) setClass(value.toUpperCase() as RecordClass);
        else warnings.push(`ignoring invalid class ${value}`);
      } else {
        const address = parseIp(value);
        begin(address === undefined ? value : reverseName(address));
        setType("PTR");
      }
    } else {
      const type = typeOf(word);
      const kind = word.toUpperCase();
      if (type !== undefined) setType(type);
      else if (kind in CLASSES && kind !== "ANY" && kind !== "NONE") setClass(kind as RecordClass);
      else begin(word);
    }
  }
  if (lookups.length === 0) lookups.push({ name: ".", type: pending.type ?? "NS", class: pending.class ?? "IN", flags: { ...global }, server, serverFirst: server !== undefined });
  const bad = lookups.map(({ name = "." }) => notLegal("dig", name)).find((words) => words !== undefined);
  if (bad !== undefined) return { words: bad, exit: 10 };
  return { lookups, port, warnings, onlySix };
}

function typeOf(word: string): RecordType | undefined {
  const upper = word.toUpperCase();
  return upper in RECORD_TYPES || /^TYPE\d+$/.test(upper) ? (upper as RecordType) : undefined;
}

/** Sets what a +option says. Otherwise why not: nobody knows it, its value is no number, or only the real one has it. */
function plus(flags: Flags, option: string): Exclude<Plan, { readonly lookups: unknown }> | undefined {
  const [name = "", value] = option.split("=", 2);
  const off = name.startsWith("no");
  const key = off ? name.slice(2) : name;
  const invalid = { words: `Invalid option: +${name}\n${USAGE}`, exit: 1 };
  const turn = SWITCHES.find(([full]) => full === key) ?? SWITCHES.find(([full, least]) => full.startsWith(key) && key.length >= least);
  if (!turn) return NOT_MODELLED.some((full) => full === key) ? { notModelled: `+${option}` } : invalid;
  const number = NUMBERS[turn[0]];
  if (number !== undefined) {
    if ((off || !value) && turn[0] !== "bufsize") return invalid;
    if (value && !/^\d+$/.test(value)) return { words: `invalid ${number} '${value}': not a valid number\ndig: Couldn't parse ${number}\n`, exit: 10 };
  }
  turn[2](flags, !off, value);
  return undefined;
}

/** What their values are called when they are no numbers. */
const NUMBERS: Readonly<Record<string, string>> = { bufsize: "buffer size", ndots: "ndots", retry: "retries", time: "timeout", timeout: "timeout", tries: "tries" };

type Switch = readonly [full: string, least: number, apply: (flags: Flags, on: boolean, value: string | undefined) => void];

const all = (flags: Flags, on: boolean): void => void Object.assign(flags, { question: on, answer: on, authority: on, additional: on, comments: on, stats: on, cmd: on });

const SWITCHES: readonly Switch[] = [
  ["all", 2, all],
  ["aaonly", 3, () => {}],
  ["additional", 3, (f, on) => void (f.additional = on)],
  ["adflag", 3, (f, on) => void (f.adFlag = on)],
  ["answer", 2, (f, on) => void (f.answer = on)],
  ["authority", 2, (f, on) => void (f.authority = on)],
  ["bufsize", 3, (f, on, v) => void (f.udpSize = on ? Number(v ?? 1232) : 1232)],
  ["cdflag", 3, (f, on) => void (f.cdFlag = on)],
  ["class", 2, (f, on) => void (f.classId = on)],
  ["cmd", 2, (f, on) => void (f.cmd = on)],
  ["comments", 3, (f, on) => void (f.comments = on)],
  ["cookie", 3, (f, on) => void (f.cookie = on)],
  ["defname", 3, (f, on) => void (f.search = on)],
  ["dnssec", 2, (f, on) => void (f.dnssec = on)],
  ["do", 2, (f, on) => void (f.dnssec = on)],
  ["domain", 3, (f, _, v) => void Object.assign(f, { domain: v, search: true })],
  ["edns", 2, (f, on) => void (f.edns = on)],
  ["fail", 1, (f, on) => void (f.fail = on)],
  ["identify", 3, (f, on) => void (f.identify = on)],
  ["ignore", 2, (f, on) => void (f.ignore = on)],
  ["ndots", 2, (f, _, v) => void (f.ndots = Number(v))],
  ["qr", 2, (f, on) => void (f.qr = on)],
  ["question", 2, (f, on) => void (f.question = on)],
  ["rdflag", 2, (f, on) => void (f.recurse = on)],
  ["recurse", 3, (f, on) => void (f.recurse = on)],
  ["retry", 3, (f, _, v) => void (f.tries = Number(v ?? 2) + 1)],
  ["search", 2, (f, on) => void (f.search = on)],
  ["short", 4, (f, on) => void (f.short = on)],
  ["showsearch", 5, (f, on) => void Object.assign(f, { showSearch: on, search: on })],
  ["stats", 2, (f, on) => void (f.stats = on)],
  ["tcp", 2, (f, on) => void (f.tcp = on)],
  ["time", 3, (f, _, v) => void (f.timeoutMs = Math.max(1, Number(v ?? 5)) * 1000)],
  ["timeout", 4, (f, _, v) => void (f.timeoutMs = Math.max(1, Number(v ?? 5)) * 1000)],
  ["tries", 2, (f, _, v) => void (f.tries = Math.max(1, Number(v ?? 3)))],
  ["ttlid", 4, (f, on) => void (f.ttlId = on)],
  ["vc", 1, (f, on) => void (f.tcp = on)],
];

const NOT_MODELLED = ["badcookie", "besteffort", "crypto", "dns64prefix", "ednsflags", "ednsnegotiation", "ednsopt", "expandaaaa", "expire", "header-only", "https", "https-get", "http-plain", "http-plain-get", "idnin", "idnout", "keepalive", "keepopen", "mapped", "multiline", "nsid", "nssearch", "onesoa", "opcode", "padding", "qid", "raflag", "rrcomments", "split", "subnet", "tls", "tls-ca", "tls-certfile", "tls-hostname", "tls-keyfile", "trace", "ttlunits", "unexpected", "unknownformat", "yaml", "zflag", "aaflag", "tcflag"];

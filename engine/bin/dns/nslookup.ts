/**
 * nslookup (BIND 9.18): asks a name server and prints what it says, A first and then AAAA of the
 * name that worked; its search list is resolv.conf's, and so are its time-out and attempts where `options` name them.
 * Differs: without a name it leaves, where the real one becomes interactive on a terminal.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { type DnsMessage, printIp6, printRdata, RECORD_TYPES, type RecordType, type ResourceRecord, reverseName, withoutDot } from "../../wire/dns";
import { parseIp, printIp } from "../../wire/ip";
import { defineCommand } from "../command";
import { type Answer, askServers, candidates, configuration, DEFAULT_QUERY, notLegal, type Query, type Say, serverNamed, serversOf } from "./dighost";

type Settings = { type: RecordType | undefined; port: number; timeoutMs: number | undefined; tries: number | undefined; search: boolean; debug: boolean; tcp: boolean; recurse: boolean; domain: string | undefined; ndots: number | undefined };

export const nslookup = defineCommand({
  name: "nslookup",
  summary: "query Internet name servers interactively",

  *run(proc) {
    const settings: Settings = { type: undefined, port: 53, timeoutMs: undefined, tries: undefined, search: true, debug: false, tcp: false, recurse: true, domain: undefined, ndots: undefined };
    const names: string[] = [];
    const say: Say = (line) => proc.out(`${line}\n`);
    for (const arg of proc.args) {
      if (arg.startsWith("-") && arg.length > 1) {
        const problem = set(settings, arg.slice(1));
        if (problem === "version") {
          yield* proc.err("nslookup 9.18.49-1~deb12u3-Debian\n");
          return 0;
        }
        if (problem !== undefined) yield* say(problem);
      } else if (arg !== "-") names.push(arg);
    }
    const [name, serverName] = names;
    if (name === undefined) {
      yield* proc.err("nslookup: not modelled: interactive mode\n");
      return 2;
    }
    const conf = configuration(proc);
    let servers = serversOf(conf);
    if (serverName !== undefined) {
      const named = yield* serverNamed(proc, serverName);
      if (typeof named === "string") {
        yield* proc.err(`nslookup: couldn't get address for '${serverName}': ${named}\n`);
        return 1;
      }
      servers = named;
    }
    const illegal = notLegal("nslookup", name);
    if (illegal !== undefined) {
      yield* proc.err(illegal);
      return 10;
    }
    const { port, tcp, recurse } = settings;
    const { timeoutMs = conf.written.timeoutMs ?? 5000, tries = conf.written.attempts ?? 3 } = settings;
    const query: Query = { ...DEFAULT_QUERY, servers, port, timeoutMs, tries, tcp: tcp || settings.type === "ANY", recurse, type: settings.type ?? "A", checkRecursion: serverName === undefined, servfailStops: false };
    const list = settings.search ? (settings.domain === undefined ? conf.search : [settings.domain]) : undefined;
    const failed = yield* new Lookup(proc, settings, query, say).run(name, list, settings.ndots ?? conf.ndots);
    yield* say("");
    return failed ? 1 : 0;
  },
});

const KEYS: readonly (readonly [prefix: string, least: number, apply: (s: Settings, value: string) => string | undefined])[] = [
  ["type=", 5, setType], ["ty=", 3, setType], ["querytype=", 10, setType], ["query=", 6, setType], ["qu=", 3, setType], ["q=", 2, setType],
  ["port=", 5, (s, v) => void (s.port = Number(v))], ["po=", 3, (s, v) => void (s.port = Number(v))],
  ["timeout=", 8, (s, v) => void (s.timeoutMs = Number(v) * 1000)], ["t=", 2, (s, v) => void (s.timeoutMs = Number(v) * 1000)],
  ["retry=", 6, (s, v) => void (s.tries = Number(v))], ["r=", 2, (s, v) => void (s.tries = Number(v))], ["ret=", 4, (s, v) => void (s.tries = Number(v))],
  ["domain=", 7, (s, v) => void (s.domain = v)], ["do=", 3, (s, v) => void (s.domain = v)], ["ndots=", 6, (s, v) => void (s.ndots = Number(v))],
];

const SWITCHES: Readonly<Record<string, (s: Settings) => void>> = {
  search: (s) => void (s.search = true), nosearch: (s) => void (s.search = false), sea: (s) => void (s.search = true), nosea: (s) => void (s.search = false),
  debug: (s) => void (s.debug = true), deb: (s) => void (s.debug = true), nodebug: (s) => void (s.debug = false), nodeb: (s) => void (s.debug = false),
  vc: (s) => void (s.tcp = true), novc: (s) => void (s.tcp = false), recurse: (s) => void (s.recurse = true), norecurse: (s) => void (s.recurse = false),
  fail: () => {}, nofail: () => {}, d2: (s) => void (s.debug = true), nod2: () => {},
};

function setType(settings: Settings, value: string): string | undefined {
  const type = value.toUpperCase();
  if (!(type in RECORD_TYPES) && !/^TYPE\d+$/.test(type)) return `unknown query type: ${value}`;
  settings.type = type as RecordType;
  return undefined;
}

/** What to say about it, if anything. */
function set(settings: Settings, option: string): string | undefined {
  if (option === "version" || option === "V") return "version";
  const lower = option.toLowerCase();
  for (const [prefix, , apply] of KEYS) if (lower.startsWith(prefix)) return apply(settings, option.slice(prefix.length));
  const turn = SWITCHES[lower];
  if (turn === undefined) return `*** Invalid option: ${option}`;
  turn(settings);
  return undefined;
}

class Lookup {
  #headerShown = false;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
    private readonly query: Query,
    private readonly say: Say,
  ) {}

  /** True when something went wrong: exit status 1. */
  *run(name: string, search: readonly string[] | undefined, ndots: number): Task<boolean> {
    const { proc, query, say } = this;
    const address = parseIp(name);
    const reverse = address !== undefined;
    const asked = reverse ? reverseName(address) : name;
    const names = reverse ? [asked] : candidates(asked, search, ndots);
    for (const [i, full] of names.entries()) {
      const answer = yield* askServers(proc, reverse ? { ...query, type: this.settings.type ?? "PTR" } : query, full, say);
      if (typeof answer === "string") {
        if (answer === "untold") yield* say(";; no servers could be reached");
        return true;
      }
      if (answer.message.rcode === "NXDOMAIN" && i < names.length - 1) continue;
      const failed = yield* this.#show(answer, name, full, reverse);
      if (!failed && this.settings.type === undefined && !reverse) yield* this.#alsoIp6(full, answer);
      return failed;
    }
    return true;
  }

  /** The second look, at the name that worked. */
  *#alsoIp6(name: string, first: Answer): Task {
    const alias = first.message.answers.find(({ type }) => type === "CNAME");
    const target = alias?.type === "CNAME" ? lastTarget(first.message.answers, name) : name;
    const answer = yield* askServers(this.proc, { ...this.query, type: "AAAA" }, target, this.say);
    if (typeof answer === "string") {
      if (answer === "untold") yield* this.say(";; no servers could be reached");
      return;
    }
    if (this.settings.debug) yield* this.#debug(answer.message);
    yield* this.#records(answer.message.answers.filter(({ type }) => type === "AAAA"));
  }

  *#show({ message, server }: Answer, typed: string, asked: string, reverse: boolean): Task<boolean> {
    const { say } = this;
    if (!this.#headerShown && !reverse) {
      yield* say(`Server:\t\t${server.name}\nAddress:\t${printIp(server.ip)}#${this.query.port}\n`);
      this.#headerShown = true;
    }
    if (this.settings.debug) yield* this.#debug(message);
    if (message.rcode !== "NOERROR") {
      yield* say(`** server can't find ${withoutDot(asked)}: ${message.rcode}`);
      return true;
    }
    if (message.answers.length === 0) {
      yield* say(`*** Can't find ${typed}: No answer`);
      return false;
    }
    if (!message.authoritative && !reverse) yield* say("Non-authoritative answer:");
    yield* this.#records(message.answers);
    if (!message.authoritative && reverse) yield* say("\nAuthoritative answers can be found from:");
    return false;
  }

  *#records(records: readonly ResourceRecord[]): Task {
    for (const record of records) yield* this.say(printRecord(record));
  }

  *#debug(message: DnsMessage): Task {
    const { say } = this;
    yield* say("------------\n    QUESTIONS:");
    for (const { name, type, class: kind } of message.questions) yield* say(`\t${withoutDot(name)}, type = ${type}, class = ${kind}`);
    for (const [title, records] of [["ANSWERS", message.answers], ["AUTHORITY RECORDS", message.authorities], ["ADDITIONAL RECORDS", message.additionals]] as const) {
      yield* say(`    ${title}:`);
      for (const record of records) yield* say(`    ->  ${withoutDot(record.name)}\n\t${debugData(record)}\n\tttl = ${record.ttl}`);
    }
    yield* say("------------");
  }
}

function lastTarget(records: readonly ResourceRecord[], name: string): string {
  let at = name;
  for (const record of records) if (record.type === "CNAME" && record.name.toLowerCase() === at.toLowerCase()) at = record.target;
  return at;
}

function printRecord(record: ResourceRecord): string {
  const name = withoutDot(record.name);
  switch (record.type) {
    case "A":
      return `Name:\t${name}\nAddress: ${printIp(record.address)}`;
    case "AAAA":
      return `Name:\t${name}\nAddress: ${printIp6(record.address)}`;
    case "SOA":
      return `${name}\n\t${soa(record)}`;
    default:
      return `${name}\t${debugData(record)}`;
  }
}

function debugData(record: ResourceRecord): string {
  switch (record.type) {
    case "A":
      return `internet address = ${printIp(record.address)}`;
    case "AAAA":
      return `has AAAA address ${printIp6(record.address)}`;
    case "CNAME":
      return `canonical name = ${record.target}`;
    case "NS":
      return `nameserver = ${record.target}`;
    case "PTR":
      return `name = ${record.target}`;
    case "MX":
      return `mail exchanger = ${printRdata(record)}`;
    case "TXT":
      return `text = ${printRdata(record)}`;
    case "SRV":
      return `service = ${printRdata(record)}`;
    case "SOA":
      return soa(record);
    default:
      return `rdata_${RECORD_TYPES[record.type as keyof typeof RECORD_TYPES] ?? record.type.slice(4)} = ${printRdata(record)}`;
  }
}

function soa(record: ResourceRecord & { type: "SOA" }): string {
  return [`origin = ${withoutDot(record.mname)}`, `mail addr = ${withoutDot(record.rname)}`, `serial = ${record.serial}`, `refresh = ${record.refresh}`, `retry = ${record.retry}`, `expire = ${record.expire}`, `minimum = ${record.minimum}`].join("\n\t");
}

/**
 * nslookup of BusyBox: all questions at once from one socket, and each answer told as it comes. A name without a
 * dot is asked for in every search domain, found or not, so that "can't find" and status 1 may follow a good
 * answer; a name with a dot is never searched. In BusyBox: networking/nslookup.c.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { readResolvConf } from "../../host/resolv-conf";
import type { UdpSocket } from "../../net/socket";
import { absolute, decodeDns, DNS_PORT, type DnsMessage, dnsQuery, encodeDns, printIp6, type RecordType, type ResourceRecord, reverseName, withoutDot } from "../../wire/dns";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { defineCommand } from "../command";
import { addressOf, showUsage, wholeNumber } from "./applet";

const USAGE = `Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any
`;
const TYPES: readonly RecordType[] = ["SOA", "NS", "A", "AAAA", "CNAME", "MX", "TXT", "PTR", "SRV", "ANY"];
const OPTIONS = ["type", "querytype", "port", "retry", "debug", "t", "timeout"] as const;
const SERVFAIL_RETRIES = 2;
/** What it takes to hand a datagram to the kernel: a refusal of the first may arrive before the second is sent. */
const WRITE_MS = 0.01;

type Settings = { readonly types: RecordType[]; port: number; retry: number; debug: boolean; timeoutMs: number };
type Query = { readonly name: string; readonly message: DnsMessage; answered: boolean };

export const nslookup = defineCommand({
  name: "nslookup",
  summary: "query DNS about a host (BusyBox)",

  *run(proc) {
    const settings: Settings = { types: [], port: DNS_PORT, retry: 2, debug: false, timeoutMs: 5000 };
    let at = 0;
    for (; proc.args[at]?.startsWith("-"); at++) {
      const exit = yield* takeOption(proc, settings, proc.args[at] as string);
      if (exit !== 0) return exit;
    }
    const [host, server, surplus] = proc.args.slice(at);
    if (host === undefined || surplus !== undefined) return yield* showUsage(proc, USAGE);
    const servers = yield* serversOf(proc, server);
    if (servers === undefined) return 1;
    return yield* new Lookup(proc, settings, queriesFor(proc, host, settings.types)).run(servers);
  },
});

function* takeOption(proc: Proc, settings: Settings, written: string): Task<number> {
  const [, name = "", value = ""] = /^-([^=]*)=?(.*)$/s.exec(written) ?? [];
  // index_in_substrings(): the exact name, or the only one that begins so.
  const candidates = OPTIONS.filter((option) => option.startsWith(name));
  const option = OPTIONS.find((exact) => exact === name) ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (option === undefined) return yield* showUsage(proc, USAGE);
  if (option === "debug") {
    settings.debug = true;
    return 0;
  }
  if (option === "type" || option === "querytype") {
    const type = TYPES.find((known) => known === value.toUpperCase());
    if (type !== undefined) settings.types.push(type);
    else yield* proc.err(`nslookup: invalid query type "${value}"\n`);
    return type === undefined ? 1 : 0;
  }
  const number = yield* wholeNumber(proc, "nslookup", value, 1, option === "port" ? 65_535 : option === "retry" ? 2_147_483_647 : 2_147_483);
  if (number === undefined) return 1;
  if (option === "port") settings.port = number;
  else if (option === "retry") settings.retry = number;
  else settings.timeoutMs = number * 1000;
  return 0;
}

type Server = { readonly name: string; readonly ip: Ip };

function* serversOf(proc: Proc, named: string | undefined): Task<readonly Server[] | undefined> {
  if (named === undefined) return readResolvConf(proc.fs).servers.map((ip) => ({ name: printIp(ip), ip }));
  const ip = yield* addressOf(proc, "nslookup", named);
  return ip === undefined ? undefined : [{ name: named, ip }];
}

function queriesFor(proc: Proc, host: string, asked: readonly RecordType[]): Query[] {
  const query = (name: string, type: RecordType): Query => ({ name, message: dnsQuery(proc.rng.u32() & 0xffff, absolute(name), type), answered: false });
  const number = parseIp(host);
  if (asked.length === 0 && number !== undefined) return [query(withoutDot(reverseName(number)), "PTR")];
  const types = asked.length === 0 ? (["A", "AAAA"] as const) : TYPES.filter((type) => asked.includes(type));
  const { search } = readResolvConf(proc.fs);
  return types.flatMap((type) => {
    if (type === "PTR" || search.length === 0 || host.includes(".")) return [query(host, type)];
    return search.map((domain) => query(`${host}.${domain}`, type));
  });
}

class Lookup {
  #exit = 0;

  constructor(
    private readonly proc: Proc,
    private readonly settings: Settings,
    private readonly queries: readonly Query[],
  ) {}

  *run(servers: readonly Server[]): Task<number> {
    const { proc, queries } = this;
    for (const server of servers) {
      if (yield* this.#ask(server)) {
        const silent = queries.filter(({ answered }) => !answered);
        if (silent.length > 0) yield* proc.out(`${silent.map(({ name }) => `*** Can't find ${name}: No answer\n`).join("")}\n`);
        return silent.length > 0 ? 1 : this.#exit;
      }
    }
    yield* proc.out(";; connection timed out; no servers could be reached\n\n");
    return 1;
  }

  /** send_queries(): true when at least one answer came. */
  *#ask(server: Server): Task<boolean> {
    const { proc, settings, queries } = this;
    const socket = proc.udp();
    const startMs = proc.nowMs;
    const intervalMs = Math.floor(settings.timeoutMs / settings.retry);
    let sentMs = Number.NEGATIVE_INFINITY;
    let resends = 0;
    let replies = 0;
    try {
      socket.connect(server.ip, settings.port);
      while (proc.nowMs - startMs < settings.timeoutMs) {
        if (proc.nowMs - sentMs >= intervalMs) {
          sentMs = proc.nowMs;
          yield* this.#sendAll(socket);
          resends = SERVFAIL_RETRIES * queries.length;
        }
        const answer = yield* this.#receive(socket, sentMs + intervalMs);
        if (answer === undefined) continue;
        if (replies++ === 0) yield* proc.out(`Server:\t\t${server.name}\nAddress:\t${printIp(server.ip)}:${settings.port}\n\n`);
        const at = queries.findIndex(({ message }) => message.id === answer.id);
        const query = queries[at];
        if (query === undefined || query.answered) continue;
        if (answer.rcode === "SERVFAIL" && resends-- > 0) {
          socket.send(encodeDns(query.message));
          continue;
        }
        query.answered = true;
        yield* this.#tell(at, query, answer, proc.nowMs - startMs);
        if (queries.every(({ answered }) => answered)) break;
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`nslookup: write to '${server.name}': ${error.message}\n`);
      return false;
    } finally {
      socket.close();
    }
    return queries.some(({ answered }) => answered);
  }

  *#sendAll(socket: UdpSocket): Task {
    for (const { message, answered } of this.queries) {
      if (answered) continue;
      socket.send(encodeDns(message));
      yield* this.proc.sleep(WRITE_MS);
    }
  }

  *#receive(socket: UdpSocket, deadlineMs: number): Task<DnsMessage | undefined> {
    try {
      const datagram = yield* socket.recvFrom(deadlineMs);
      return datagram && decodeDns(datagram.data);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* this.proc.err(`nslookup: read: ${error.message}\n`);
      return undefined;
    }
  }

  *#tell(at: number, { name }: Query, answer: DnsMessage, ms: number): Task {
    const { proc, settings } = this;
    if (settings.debug) yield* proc.out(`Query #${at} completed in ${Math.floor(ms)}ms:\n`);
    if (answer.rcode !== "NOERROR") {
      this.#exit = 1;
      return yield* proc.out(`** server can't find ${name}: ${answer.rcode}\n\n`);
    }
    const heading = !answer.authoritative ? "Non-authoritative answer:\n" : settings.debug ? "authoritative answer:\n" : "";
    yield* proc.out(`${heading}${answer.answers.map(printRecord).join("")}\n`);
  }
}

function printRecord(record: ResourceRecord): string {
  const name = withoutDot(record.name);
  switch (record.type) {
    case "A":
      return `Name:\t${name}\nAddress: ${printIp(record.address)}\n`;
    case "AAAA":
      return `Name:\t${name}\nAddress: ${printIp6(record.address)}\n`;
    case "NS":
      return `${name}\tnameserver = ${withoutDot(record.target)}\n`;
    case "CNAME":
      return `${name}\tcanonical name = ${withoutDot(record.target)}\n`;
    case "PTR":
      return `${name}\tname = ${withoutDot(record.target)}\n`;
    case "SRV":
      return `${name}\tservice = ${record.priority} ${record.weight} ${record.port} ${withoutDot(record.target)}\n`;
    case "MX":
      return `${name}\tmail exchanger = ${record.preference} ${withoutDot(record.target)}\n`;
    case "TXT":
      return `${name}\ttext = "${record.strings[0] ?? ""}"\n`;
    case "SOA":
      return `${name}\n\torigin = ${withoutDot(record.mname)}\n\tmail addr = ${withoutDot(record.rname)}\n\tserial = ${record.serial}\n\trefresh = ${record.refresh}\n\tretry = ${record.retry}\n\texpire = ${record.expire}\n\tminimum = ${record.minimum}\n`;
    default:
      return "";
  }
}

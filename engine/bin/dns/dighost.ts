/**
 * What nslookup, dig and host share (BIND 9.18, bin/dig/dighost.c): the servers of resolv.conf, the
 * search list, one query with its tries, and what is said when nobody answers.
 */
import { type Code, SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { type ResolvConf, readResolvConf } from "../../host/resolv-conf";
import { lookup } from "../../host/resolver";
import { framed, FramedReader } from "../../host/resolver-send";
import { absolute, decodeDns, DNS_PORT, type DnsMessage, dotsIn, type Edns, encodeDns, illegality, labelsOf, type RecordClass, type RecordType, dnsQuery } from "../../wire/dns";
import { type Ip, printIp } from "../../wire/ip";

export type Server = { readonly ip: Ip; readonly name: string };

export type Query = {
  readonly servers: readonly Server[];
  readonly port: number;
  readonly type: RecordType;
  readonly class: RecordClass;
  readonly tcp: boolean;
  readonly edns: Edns | undefined;
  readonly recurse: boolean;
  readonly adFlag: boolean;
  readonly cdFlag: boolean;
  readonly timeoutMs: number;
  readonly tries: number;
  /** Take a truncated answer as it is. */
  readonly ignoreTruncation: boolean;
  /** An answer without RA is no answer while another server can be asked. */
  readonly checkRecursion: boolean;
  /** A SERVFAIL ends it, even if there is another server. */
  readonly servfailStops: boolean;
};

export type Answer = { readonly message: DnsMessage; readonly server: Server; readonly bytes: number; readonly tookMs: number; readonly query: DnsMessage; readonly tcp: boolean; readonly atMs: number; readonly sentBytes: number };

export const DEFAULT_QUERY = { port: DNS_PORT, class: "IN", tcp: false, edns: undefined, recurse: true, adFlag: false, cdFlag: false, timeoutMs: 5000, tries: 3, ignoreTruncation: false, checkRecursion: false, servfailStops: true } as const;

export function serversOf(conf: ResolvConf): readonly Server[] {
  return conf.servers.map((ip) => ({ ip, name: printIp(ip) }));
}

export function configuration(proc: Proc): ResolvConf {
  return readResolvConf(proc.fs, proc.env);
}

/** A server named on the command line; why its name cannot be resolved. */
export function* serverNamed(proc: Proc, name: string): Task<readonly Server[] | "not found" | "failure"> {
  const found = yield* lookup(proc, name, { family: "inet" });
  if ("error" in found) return found.error === "AGAIN" || found.error === "FAIL" ? "failure" : "not found";
  if (found.addresses.length === 0) return "not found";
  return found.addresses.map((ip) => ({ ip, name }));
}

/** What a tool dies of when it is given such a name; undefined for one that can be asked for. */
export function notLegal(tool: string, name: string): string | undefined {
  const why = illegality(absolute(name));
  return why && `${tool}: '${name}' is not a legal name (${why})\n`;
}

/** The names to try, in order: the search list before or after the name itself, as ndots says. */
export function candidates(name: string, search: readonly string[] | undefined, ndots: number): readonly string[] {
  if (name.endsWith(".") || search === undefined || search.length === 0) return [absolute(name)];
  const searched = search.map((domain) => absolute(domain === "" ? name : `${name}.${domain}`)).filter((full) => labelsOf(full) !== undefined);
  return dotsIn(name) >= ndots ? [absolute(name), ...searched] : [...searched, absolute(name)];
}

/** Says a line on standard output; nslookup and dig have nothing on standard error. */
export type Say = (line: string) => Task;

/** "told": it has been said that no servers could be reached; "untold": each failure has, the sum of them has not. */
export type Failed = "told" | "untold";

/** One name: every server, every try. */
export function* askServers(proc: Proc, query: Query, name: string, say: Say): Task<Answer | Failed> {
  const asked = absolute(name);
  const message: DnsMessage = { ...dnsQuery(proc.rng.u32() & 0xffff, asked, query.type, query.edns), recursionDesired: query.recurse, authenticData: query.adFlag, checkingDisabled: query.cdFlag, questions: [{ name: asked, type: query.type, class: query.class }] };
  let last: Answer | Failed = "untold";
  // The tries belong to the lookup, not to each server: the second server gets what is left.
  const tries = { left: query.tries };
  for (let n = 0; n < query.servers.length; n++) {
    const server = query.servers[n] as Server;
    const more = n < query.servers.length - 1;
    const answer = yield* askOne(proc, query, server, message, name, more, tries, say);
    if (typeof answer === "string") {
      last = answer;
      continue;
    }
    last = answer;
    const failed = answer.message.rcode === "SERVFAIL" && !query.servfailStops;
    const noRecursion = query.checkRecursion && query.recurse && !answer.message.recursionAvailable;
    if (!failed && !noRecursion) return answer;
    yield* say(`;; Got ${answer.message.rcode === "SERVFAIL" ? "SERVFAIL reply" : "recursion not available"} from ${printIp(server.ip)}${more ? ", trying next server" : ""}`);
  }
  return last;
}

function* askOne(proc: Proc, query: Query, server: Server, message: DnsMessage, name: string, more: boolean, tries: { left: number }, say: Say): Task<Answer | Failed> {
  const where = `${printIp(server.ip)}#${query.port}`;
  for (;;) {
    const answer = query.tcp ? yield* overTcp(proc, query, server, message) : yield* overUdp(proc, query, server, message);
    if (typeof answer !== "string") {
      if (!answer.message.truncated || query.tcp || query.ignoreTruncation) return answer;
      yield* say(";; Truncated, retrying in TCP mode.");
      return yield* askOne(proc, { ...query, tcp: true }, server, message, name, more, tries, say);
    }
    if (!query.tcp && answer === "ENETUNREACH") {
      yield* say(`;; UDP setup with ${where}(${server.name}) for ${typed(name)} failed: network unreachable.`);
      if (!more) yield* say(";; no servers could be reached");
      return "told";
    }
    if (query.tcp && answer !== "EAGAIN") {
      yield* say(`;; Connection to ${where}(${server.name}) for ${typed(name)} failed: ${WORDS[answer] ?? answer}.`);
      if (!more) yield* say(";; no servers could be reached");
    } else yield* say(`;; communications error to ${where}: ${WORDS[answer] ?? "unexpected error"}`);
    if (tries.left <= 1) return query.tcp ? "told" : "untold";
    tries.left--;
  }
}

/** Names are shown as they were typed, which is without the final dot. */
const typed = (name: string): string => (name.length > 1 ? name.replace(/\.$/, "") : name);

const WORDS: Readonly<Record<string, string>> = { EAGAIN: "timed out", ETIMEDOUT: "timed out", ECONNREFUSED: "connection refused", EHOSTUNREACH: "host unreachable", ENETUNREACH: "network unreachable", ECONNRESET: "connection reset", EPERM: "not permitted", EMSGSIZE: "message too large", EOF: "end of file" };

type Problem = Code | "EOF";

function* overUdp(proc: Proc, query: Query, server: Server, message: DnsMessage): Task<Answer | Problem> {
  const socket = proc.udp();
  const startMs = proc.nowMs;
  try {
    socket.connect(server.ip, query.port);
    const bytes = encodeDns(message);
    socket.send(bytes);
    const until = startMs + query.timeoutMs;
    for (;;) {
      const datagram = yield* socket.recvFrom(until);
      if (datagram === undefined) return "EAGAIN";
      const reply = decodeDns(datagram.data);
      if (!reply?.response || reply.id !== message.id) continue;
      return { message: reply, server, bytes: datagram.data.length, tookMs: proc.nowMs - startMs, query: message, tcp: false, atMs: proc.nowMs, sentBytes: bytes.length };
    }
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  } finally {
    socket.close();
  }
}

function* overTcp(proc: Proc, query: Query, server: Server, message: DnsMessage): Task<Answer | Problem> {
  const socket = proc.tcp();
  const startMs = proc.nowMs;
  const until = startMs + Math.max(query.timeoutMs, 10_000);
  try {
    yield* socket.connect(server.ip, query.port, until);
    const bytes = encodeDns(message);
    yield* socket.send(framed(bytes), until);
    const got = yield* new FramedReader(socket).next(until);
    const reply = got && decodeDns(got);
    if (got === undefined || !reply) return "EOF";
    return { message: reply, server, bytes: got.length, tookMs: proc.nowMs - startMs, query: message, tcp: true, atMs: proc.nowMs, sentBytes: bytes.length };
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  } finally {
    socket.close();
  }
}

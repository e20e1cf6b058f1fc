/** host (BIND 9.18): names to addresses and back, in sentences. A, AAAA and MX unless a type is given. */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { CLASSES, printIp6, printRdata, RECORD_TYPES, type RecordClass, type RecordType, type ResourceRecord, reverseName, withoutDot } from "../../wire/dns";
import { parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { parseOptions } from "../options";
import { type Answer, askServers, candidates, configuration, DEFAULT_QUERY, notLegal, type Query, serverNamed, serversOf } from "./dighost";
import { printPlain } from "./print";

const USAGE = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
       -a is equivalent to -v -t ANY
       -A is like -a but omits RRSIG, NSEC, NSEC3
       -c specifies query class for non-IN data
       -C compares SOA records on authoritative nameservers
       -d is equivalent to -v
       -l lists all hosts in a domain, using AXFR
       -m set memory debugging flag (trace|record|usage)
       -N changes the number of dots allowed before root lookup is done
       -p specifies the port on the server to query
       -r disables recursive processing
       -R specifies number of retries for UDP packets
       -s a SERVFAIL response should stop query
       -t specifies the query type
       -T enables TCP/IP mode
       -U enables UDP mode
       -v enables verbose output
       -V print version number and exit
       -w specifies to wait forever for a reply
       -W specifies how long to wait for a reply
       -4 use IPv4 query transport only
       -6 use IPv6 query transport only
`;
const RCODE_NUMBERS: Readonly<Record<string, number>> = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

export const host = defineCommand({
  name: "host",
  summary: "DNS lookup utility",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "aACdilrsTUvVw46", values: "cNmpRtW" });
    if ("error" in options) {
      yield* proc.err(`host: ${options.error.replace(/^invalid option -- '(.)'$/, "illegal option -- $1")}\n${USAGE}`);
      return 1;
    }
    for (const letter of "ACilwm6") if (options.has(letter)) return yield* notModelled(proc, `-${letter}`);
    if (options.has("V")) {
      yield* proc.err("host 9.18.49-1~deb12u3-Debian\n");
      return 0;
    }
    const [name, serverName] = options.rest;
    if (name === undefined) {
      yield* proc.err(USAGE);
      return 1;
    }
    const conf = configuration(proc);
    const servers = serverName === undefined ? serversOf(conf) : yield* serverNamed(proc, serverName);
    if (typeof servers === "string") {
      yield* proc.err(`host: couldn't get address for '${serverName}': ${servers}\n`);
      return 1;
    }
    const illegal = notLegal("host", name);
    if (illegal !== undefined) {
      yield* proc.err(illegal);
      return 1;
    }
    const typed = options.has("a") ? "ANY" : options.value("t")?.toUpperCase();
    if (typed !== undefined && !(typed in RECORD_TYPES) && !/^TYPE\d+$/.test(typed)) {
      yield* proc.err(`host: invalid type: ${options.value("t")}\n`);
      return 2;
    }
    const kind = (options.value("c") ?? "IN").toUpperCase();
    if (!(kind in CLASSES)) {
      yield* proc.err(`host: invalid class: ${options.value("c")}\n`);
      return 2;
    }
    const address = parseIp(name);
    const verbose = options.has("v") || options.has("a") || options.has("d");
    const query: Query = { ...DEFAULT_QUERY, servers, type: "A", port: Number(options.value("p") ?? 53), tcp: options.has("T"), recurse: !options.has("r"), class: kind as RecordClass, timeoutMs: options.has("W") ? Math.max(1, atoi(options.value("W"))) * 1000 : (conf.written.timeoutMs ?? 5000), tries: options.has("R") ? Math.max(1, atoi(options.value("R"))) + 1 : (conf.written.attempts ?? 2), servfailStops: options.has("s") };
    const [server] = servers;
    // Said with the first answer.
    const introduction = serverName !== undefined && server ? `Using domain server:\nName: ${server.name}\nAddress: ${printIp(server.ip)}#${query.port}\nAliases: \n\n` : "";
    const names = address === undefined ? candidates(name, conf.search, options.has("N") ? atoi(options.value("N")) : conf.ndots) : [reverseName(address)];
    const types = typed !== undefined ? [typed as RecordType] : address !== undefined ? (["PTR"] as const) : (["A", "AAAA", "MX"] as const);
    return yield* look(proc, query, name, names, types, { verbose, explicit: typed !== undefined, introduction });
  },
});

/** atoi(3): what is no number is 0. */
const atoi = (written: string | undefined): number => Number(/^\s*[+-]?\d+/.exec(written ?? "")?.[0] ?? 0);

type Manner = { readonly verbose: boolean; readonly explicit: boolean; readonly introduction: string };

function* look(proc: Proc, query: Query, typedName: string, names: readonly string[], types: readonly RecordType[], { verbose, explicit, introduction }: Manner): Task<number> {
  let name = names[0] as string;
  let found: Answer | undefined;
  const [first = "A", ...others] = types;
  for (const [i, candidate] of names.entries()) {
    name = candidate;
    if (verbose) yield* proc.out(`Trying "${withoutDot(candidate)}"\n`);
    const answer = yield* askServers(proc, { ...query, type: first }, candidate, (line) => proc.out(`${line}\n`));
    if (typeof answer === "string") {
      if (answer === "untold") yield* proc.out(";; no servers could be reached\n");
      return 1;
    }
    if (found === undefined) yield* proc.out(introduction);
    found = answer;
    if (found.message.rcode !== "NXDOMAIN" || i === names.length - 1) break;
  }
  if (found === undefined) return 1;
  if (found.message.rcode !== "NOERROR") {
    const shown = first === "PTR" ? name : found.message.rcode === "NXDOMAIN" ? typedName.replace(/\.$/, "") : withoutDot(name);
    yield* proc.out(`${verbose ? received(found) : ""}Host ${shown} not found: ${RCODE_NUMBERS[found.message.rcode] ?? 0}(${found.message.rcode})\n`);
    return 1;
  }
  yield* show(proc, found, name, first, verbose, explicit);
  const target = endOf(found.message.answers, name);
  for (const type of others) {
    if (verbose) yield* proc.out(`Trying "${withoutDot(target)}"\n`);
    const more = yield* askServers(proc, { ...query, type }, target, (line) => proc.out(`${line}\n`));
    if (typeof more !== "string") yield* show(proc, more, target, type, verbose, false);
  }
  return 0;
}

function received({ message, bytes, server, tookMs }: Answer): string {
  return `${printPlain(message)}Received ${bytes} bytes from ${printIp(server.ip)}#53 in ${Math.floor(tookMs)} ms\n`;
}

function* show(proc: Proc, answer: Answer, name: string, type: RecordType, verbose: boolean, explicit: boolean): Task {
  if (verbose) {
    yield* proc.out(received(answer));
    return;
  }
  const { answers } = answer.message;
  for (const record of answers) yield* proc.out(`${sentence(record)}\n`);
  if (answers.length === 0 && explicit) yield* proc.out(`${withoutDot(name)} has no ${type} record\n`);
}

function endOf(records: readonly ResourceRecord[], name: string): string {
  let at = name;
  for (const record of records) if (record.type === "CNAME" && record.name.toLowerCase() === at.toLowerCase()) at = record.target;
  return at;
}

function sentence(record: ResourceRecord): string {
  const name = withoutDot(record.name);
  switch (record.type) {
    case "A":
      return `${name} has address ${printIp(record.address)}`;
    case "AAAA":
      return `${name} has IPv6 address ${printIp6(record.address)}`;
    case "CNAME":
      return `${name} is an alias for ${record.target}`;
    case "MX":
      return `${name} mail is handled by ${printRdata(record)}`;
    case "NS":
      return `${name} name server ${record.target}`;
    case "PTR":
      return `${name} domain name pointer ${record.target}`;
    case "TXT":
      return `${name} descriptive text ${printRdata(record)}`;
    default:
      return `${name} has ${record.type} record ${printRdata(record)}`;
  }
}

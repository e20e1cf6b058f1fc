/**
 * Names to addresses the way glibc's getaddrinfo(3) does it: /etc/hosts first, then DNS with the
 * search list, A and AAAA at once. In glibc: nss_files, nss_dns, res_query.c, res_send.c.
 *
 *   const found = yield* lookup(proc, "payments");
 *   if ("error" in found) yield* proc.err(`${GAI_MESSAGES[found.error]}\n`);
 */
import type { Task } from "../core/task";
import { absolute, dotsIn, labelsOf, type Rcode, type RecordType, type ResourceRecord, withoutDot } from "../wire/dns";
import { inetAton, type Ip } from "../wire/ip";
import type { Proc } from "./proc";
import { readHosts, readHostSources, readResolvConf, type ResolvConf } from "./resolv-conf";
import { ask, type Reply } from "./resolver-send";
import { bySourceAddress } from "./resolver-sort";

/** EAI_*: as gai_strerror(3) names them. "TIMEOUT" is ours: the caller's deadline has passed. */
export const GAI_MESSAGES = {
  NONAME: "Name or service not known",
  NODATA: "No address associated with hostname",
  AGAIN: "Temporary failure in name resolution",
  FAIL: "Non-recoverable failure in name resolution",
  TIMEOUT: "Temporary failure in name resolution",
} as const;

export type LookupError = keyof typeof GAI_MESSAGES;
export type Found = {
  /** In the order to try them. */
  readonly addresses: readonly Ip[];
  readonly addresses6: readonly Uint8Array[];
  /** The name at the end of the CNAMEs. */
  readonly canonical: string;
  readonly from: "number" | "files" | "dns";
  /** Other names of a hosts line. */
  readonly aliases: readonly string[];
  /** The name DNS knew, search domain and all. */
  readonly asked?: string;
};
export type Lookup = Found | { readonly error: LookupError };

export type LookupOptions = { readonly family?: "any" | "inet" | "inet6"; readonly deadlineMs?: number };

const DNSMASQ_LOCAL = /(^|\.)localhost\.?$/;

export function* lookup(proc: Proc, name: string, options: LookupOptions = {}): Task<Lookup> {
  const { family = "any" } = options;
  const number = inetAton(name);
  if (number !== undefined) return { addresses: [number], addresses6: [], canonical: name, from: "number", aliases: [] };
  if (labelsOf(absolute(name)) === undefined || name === "" || /[\s/@:]/.test(name)) return { error: "NONAME" };
  let problem: LookupError = "NONAME";
  for (const source of readHostSources(proc.fs)) {
    if (source === "files") {
      const found = inHosts(proc, name, family);
      if (found) return found;
    } else if (source === "dns") {
      const found = yield* inDns(proc, name, options);
      if (!("error" in found)) return found;
      problem = found.error;
    } else if (source === "myhostname" && DNSMASQ_LOCAL.test(name)) return { addresses: [0x7f00_0001 as Ip], addresses6: [], canonical: name, from: "files", aliases: [] };
  }
  return { error: problem };
}

/** All lines that have the name count (nss_files, multi on). */
function inHosts(proc: Proc, name: string, family: string): Found | undefined {
  const wanted = withoutDot(name).toLowerCase();
  const lines = readHosts(proc.fs).filter(({ names }) => names.some((other) => other.toLowerCase() === wanted));
  const addresses = family === "inet6" ? [] : lines.flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  const addresses6 = family === "inet" ? [] : lines.flatMap(({ ip6 }) => (ip6 === undefined ? [] : [ip6]));
  if (addresses.length === 0 && addresses6.length === 0) return undefined;
  const [canonical = name, ...aliases] = lines[0]?.names ?? [];
  return { addresses: addresses.length === 0 && wanted === "localhost" ? [0x7f00_0001 as Ip] : addresses, addresses6, canonical, from: "files", aliases };
}

function* inDns(proc: Proc, name: string, { family = "any", deadlineMs = Number.POSITIVE_INFINITY }: LookupOptions): Task<Lookup> {
  const types: readonly RecordType[] = family === "inet" ? ["A"] : family === "inet6" ? ["AAAA"] : ["A", "AAAA"];
  const conf = readResolvConf(proc.fs, proc.env);
  const walk = yield* searchNames(proc, conf, name, types, deadlineMs);
  if ("error" in walk) return walk;
  const records = walk.replies.flatMap((reply) => reply.message?.answers ?? []);
  const canonical = endOfChain(walk.name, records);
  const addresses = records.flatMap((record) => (record.type === "A" ? [record.address] : []));
  const addresses6 = records.flatMap((record) => (record.type === "AAAA" ? [record.address] : []));
  return { addresses: bySourceAddress(proc, addresses), addresses6, canonical: withoutDot(canonical), from: "dns", aliases: [], asked: walk.name };
}

export function endOfChain(name: string, records: readonly ResourceRecord[]): string {
  let at = name.toLowerCase();
  for (let i = 0; i < records.length; i++) {
    const alias = records.find((record) => record.type === "CNAME" && record.name.toLowerCase() === at);
    if (alias?.type !== "CNAME") return i === 0 ? name : at;
    at = alias.target.toLowerCase();
  }
  return at;
}

export type Walk = { readonly name: string; readonly replies: readonly Reply[] } | { readonly error: LookupError };

/** __res_context_search(): which names are asked, in which order, and when to stop. */
export function* searchNames(proc: Proc, conf: ResolvConf, name: string, types: readonly RecordType[], deadlineMs: number): Task<Walk> {
  const dots = dotsIn(name);
  const complete = name.endsWith(".");
  const asIs = absolute(name);
  let problem: LookupError | undefined;
  let noData = false;
  let serverFailed = false;
  let triedAsIs = false;
  if (dots >= conf.ndots || complete) {
    const outcome = yield* query(proc, conf, asIs, types, deadlineMs);
    if (outcome.kind === "found") return { name: asIs, replies: outcome.replies };
    triedAsIs = true;
    problem = errorOf(outcome);
    if (complete || outcome.kind === "timeout") return { error: problem };
    if (outcome.kind === "no data") noData = true;
  }
  if (!complete && (dots > 0 || !triedAsIs || conf.search.length > 0)) {
    for (const domain of conf.search) {
      const full = absolute(domain === "" || domain === "." ? name : `${name}.${domain}`);
      if (labelsOf(full) === undefined) continue;
      const outcome = yield* query(proc, conf, full, types, deadlineMs);
      if (outcome.kind === "found") return { name: full, replies: outcome.replies };
      if (outcome.kind === "refused" || outcome.kind === "timeout") return { error: errorOf(outcome) };
      if (outcome.kind === "no data") noData = true;
      else if (outcome.kind === "server failed") serverFailed = true;
      else if (outcome.kind !== "no such name") break;
    }
  }
  if (!triedAsIs) {
    const outcome = yield* query(proc, conf, asIs, types, deadlineMs);
    if (outcome.kind === "found") return { name: asIs, replies: outcome.replies };
    problem ??= errorOf(outcome);
    if (outcome.kind === "timeout" || outcome.kind === "refused") return { error: problem };
    if (outcome.kind !== "no such name") return { error: problem };
  } else if (problem !== undefined) return { error: problem };
  if (noData) return { error: "NODATA" };
  return { error: serverFailed ? "AGAIN" : (problem ?? "NONAME") };
}

type Outcome = { readonly kind: "found"; readonly replies: readonly Reply[] } | { readonly kind: "no such name" | "no data" | "server failed" | "failed" | "silence" | "refused" | "timeout" };

function errorOf({ kind }: Outcome): LookupError {
  switch (kind) {
    case "no such name":
      return "NONAME";
    case "no data":
      return "NODATA";
    case "failed":
      return "FAIL";
    case "timeout":
      return "TIMEOUT";
    default:
      return "AGAIN";
  }
}

/** One name, its A and AAAA (__res_context_query). */
function* query(proc: Proc, conf: ResolvConf, name: string, types: readonly RecordType[], deadlineMs: number): Task<Outcome> {
  const replies = yield* ask(proc, conf, name, types, deadlineMs);
  if (typeof replies === "string") return { kind: replies };
  if (replies.some(({ message }) => message.rcode === "NOERROR" && message.answers.some(({ type }) => types.includes(type)))) return { kind: "found", replies };
  const rcodes: readonly Rcode[] = replies.map(({ message }) => message.rcode);
  if (rcodes.includes("NXDOMAIN")) return { kind: "no such name" };
  if (rcodes.includes("NOERROR")) return { kind: "no data" };
  return { kind: rcodes.includes("SERVFAIL") ? "server failed" : "failed" };
}

/**
 * `cache`: keeps answers for as long as their TTL says, at most as long as it is told, and gives
 * them out with the time they have left. `disable success|denial ZONES` as kubeadm's Corefile has.
 */
import type { Task } from "../../../core/task";
import type { DnsMessage, ResourceRecord } from "../../../wire/dns";
import { CorefileProblem } from "../corefile";
import { fqdn, isInZone, type Outcome, type Plugin, type Query } from "../plugin";

type Entry = { readonly answer: DnsMessage; readonly storedMs: number; readonly ttl: number };
type Limits = { readonly success: number; readonly denial: number };

const CAPACITY = 9984;
const MIN_TTL = 5;

export const cache: Plugin = {
  name: "cache",
  setUp({ directive, proc, server }) {
    const { args, block } = directive;
    const hasTtl = /^\d+$/.test(args[0] ?? "");
    const zones = (args.slice(hasTtl ? 1 : 0).length > 0 ? args.slice(hasTtl ? 1 : 0) : server.zones).map(fqdn);
    const limits: Limits = hasTtl ? { success: Number(args[0]), denial: Number(args[0]) } : { success: 3600, denial: 1800 };
    const disabled = { success: [] as string[], denial: [] as string[] };
    let max = limits;
    for (const [property = "", first = "", ...rest] of block) {
      if (property === "disable" && (first === "success" || first === "denial")) disabled[first].push(...(rest.length > 0 ? rest : ["."]).map(fqdn));
      else if (property === "success" || property === "denial") max = { ...max, [property]: rest[0] === undefined ? max[property] : Number(rest[0]) };
      else if (property !== "servfail") throw new CorefileProblem(`plugin/cache: not modelled: ${property}`);
    }
    const store = new Map<string, Entry>();
    const nowMs = () => proc.nowMs;
    return {
      *handle(query, next): Task<Outcome> {
        if (!zones.some((zone) => isInZone(query.name, zone))) return yield* next(query);
        const key = `${query.name} ${query.type} ${query.message.edns?.dnssecOk ?? false}`;
        const known = store.get(key);
        if (known !== undefined && known.storedMs + known.ttl * 1000 > nowMs()) return { answer: aged(known, query, nowMs()) };
        const outcome = yield* next(query);
        if (!("answer" in outcome)) return outcome;
        const kind = outcome.answer.rcode === "NXDOMAIN" || outcome.answer.answers.length === 0 ? "denial" : "success";
        const ttl = Math.min(Math.max(lowestTtl(outcome.answer), MIN_TTL), max[kind]);
        if (isCacheable(outcome.answer) && !disabled[kind].some((zone) => isInZone(query.name, zone))) keep(store, key, { answer: outcome.answer, storedMs: nowMs(), ttl });
        // Cached or not, the first answer already shows the time a later one would start from.
        return { answer: withTtl(outcome.answer, ttl) };
      },
    };
  },
};

function isCacheable({ truncated, rcode, answers, authorities }: DnsMessage): boolean {
  return !truncated && (rcode === "NOERROR" || rcode === "NXDOMAIN") && answers.length + authorities.length > 0;
}

/** dnsutil.MinimalTTL: a negative answer lives as long as its SOA says. */
function lowestTtl({ answers, authorities, additionals }: DnsMessage): number {
  const all = [...answers, ...authorities, ...additionals].map((record) => (record.type === "SOA" && answers.length === 0 ? Math.min(record.ttl, record.minimum) : record.ttl));
  return all.length === 0 ? MIN_TTL : Math.min(...all);
}

function keep(store: Map<string, Entry>, key: string, entry: Entry): void {
  store.delete(key);
  store.set(key, entry);
  if (store.size > CAPACITY) store.delete(store.keys().next().value as string);
}

function withTtl(answer: DnsMessage, ttl: number): DnsMessage {
  const aged = (records: readonly ResourceRecord[]) => records.map((record) => ({ ...record, ttl }));
  return { ...answer, answers: aged(answer.answers), authorities: aged(answer.authorities), additionals: aged(answer.additionals) };
}

/** The records' TTL is what is left of the entry's. */
function aged({ answer, storedMs, ttl }: Entry, { message }: Query, nowMs: number): DnsMessage {
  return { ...withTtl(answer, Math.floor(ttl - (nowMs - storedMs) / 1000)), id: message.id, recursionDesired: message.recursionDesired, questions: message.questions };
}

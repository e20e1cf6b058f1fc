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
        if ("answer" in outcome) keep(store, key, query, outcome.answer, max, disabled, nowMs());
        return outcome;
      },
    };
  },
};

function keep(store: Map<string, Entry>, key: string, query: Query, answer: DnsMessage, max: Limits, disabled: { readonly success: readonly string[]; readonly denial: readonly string[] }, nowMs: number): void {
  if (answer.truncated || (answer.rcode !== "NOERROR" && answer.rcode !== "NXDOMAIN")) return;
  const kind = answer.rcode === "NXDOMAIN" || answer.answers.length === 0 ? "denial" : "success";
  if (disabled[kind].some((zone) => isInZone(query.name, zone))) return;
  const records = [...answer.answers, ...answer.authorities];
  if (records.length === 0) return;
  const lowest = Math.min(...records.map((record) => (record.type === "SOA" ? Math.min(record.ttl, record.minimum) : record.ttl)));
  const ttl = Math.min(Math.max(lowest, 5), max[kind]);
  store.delete(key);
  store.set(key, { answer, storedMs: nowMs, ttl });
  if (store.size > CAPACITY) store.delete(store.keys().next().value as string);
}

/** The records' TTL is what is left of the entry's; answers from the cache are not authoritative. */
function aged({ answer, storedMs, ttl }: Entry, { message }: Query, nowMs: number): DnsMessage {
  const left = Math.floor(ttl - (nowMs - storedMs) / 1000);
  const older = (records: readonly ResourceRecord[]) => records.map((record) => ({ ...record, ttl: left }));
  return { ...answer, id: message.id, recursionDesired: message.recursionDesired, questions: message.questions, authoritative: answer.authoritative, answers: older(answer.answers), authorities: older(answer.authorities), additionals: older(answer.additionals) };
}

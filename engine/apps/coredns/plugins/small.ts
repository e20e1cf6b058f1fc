/** The plugins that are a few lines each: errors, log, loadbalance, loop, reload, hosts, rewrite. */
import { goDuration } from "../../go-duration";
import { sha512 } from "../../../core/sha512";
import { SysError } from "../../../core/errno";
import { hex } from "../../../core/sha256";
import { sleepUntil } from "../../../core/task";
import { dnsAnswer, dnsQuery, encodeDns, type ResourceRecord } from "../../../wire/dns";
import { type Ip, parseIp } from "../../../wire/ip";
import { CorefileProblem } from "../corefile";
import { fqdn, type Plugin } from "../plugin";

const HINFO = "TYPE13";

export const errors: Plugin = {
  name: "errors",
  setUp: ({ say }) => ({
    *handle(query, next) {
      const outcome = yield* next(query);
      if ("rcode" in outcome && outcome.error !== undefined) say(`[ERROR] plugin/errors: 2 ${query.name} ${query.type}: ${outcome.error}`);
      return outcome;
    },
  }),
};

export const log: Plugin = {
  name: "log",
  setUp: ({ say, proc }) => ({
    *handle(query, next) {
      const startMs = proc.nowMs;
      const outcome = yield* next(query);
      const { message } = query;
      const rcode = "answer" in outcome ? outcome.answer.rcode : outcome.rcode;
      const flags = "answer" in outcome ? ["qr", ...(outcome.answer.authoritative ? ["aa"] : []), ...(message.recursionDesired ? ["rd"] : []), ...(outcome.answer.recursionAvailable ? ["ra"] : [])].join(",") : "-";
      const size = "answer" in outcome ? encodeDns(outcome.answer).length : 0;
      say(`[INFO] ${query.client}:${query.clientPort} - ${message.id} "${query.type} IN ${query.name} ${query.protocol} ${query.bytes} ${message.edns?.dnssecOk ?? false} ${message.edns?.udpSize ?? 512}" ${rcode} ${flags} ${size} ${goDuration(proc.nowMs - startMs)}`);
      return outcome;
    },
  }),
};

/** Shuffles the addresses of an answer, behind the aliases that lead to them. */
export const loadbalance: Plugin = {
  name: "loadbalance",
  setUp({ directive, proc }) {
    if ((directive.args[0] ?? "round_robin") !== "round_robin") throw new CorefileProblem(`plugin/loadbalance: unknown policy: ${directive.args[0]}`);
    const rng = proc.rng.fork("loadbalance");
    return {
      *handle(query, next) {
        const outcome = yield* next(query);
        if (!("answer" in outcome) || outcome.answer.answers.length < 2) return outcome;
        const isAddress = ({ type }: ResourceRecord) => type === "A" || type === "AAAA";
        const { answers } = outcome.answer;
        return { answer: { ...outcome.answer, answers: [...answers.filter((record) => !isAddress(record)), ...rng.shuffle(answers.filter(isAddress))] } };
      },
    };
  },
};

/** Asks itself for a name nobody else knows: if the question comes back more than twice, forwarding goes round in circles. */
export const loop: Plugin = {
  name: "loop",
  setUp({ proc, fatal, server }) {
    const rng = proc.rng.fork("loop");
    const name = `${rng.u32()}${rng.u32()}.${rng.u32()}${rng.u32()}.${server.zones[0] === "." ? "" : server.zones[0]}`;
    let seen = 0;
    return {
      *handle(query, next) {
        if (query.name !== name || query.type !== HINFO) return yield* next(query);
        if (++seen > 2) fatal(`plugin/loop: Loop (${query.client}:${query.clientPort} -> :${server.port}) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name}"`);
        return yield* next(query);
      },
      *start() {
        const socket = proc.udp();
        try {
          socket.connect(parseIp("127.0.0.1") as Ip, server.port);
          socket.send(encodeDns(dnsQuery(rng.below(65_536), name, HINFO)));
          yield* socket.recvFrom(proc.nowMs + 5000);
        } catch (error) {
          if (!(error instanceof SysError)) throw error; // Nobody answers: then nothing goes round either.
        } finally {
          socket.close();
        }
      },
    };
  },
};

/** Looks at the Corefile every half a minute (with jitter) and starts anew when it has changed. */
export function reloadPlugin(path: string, changed: () => void): Plugin {
  return {
    name: "reload",
    setUp: ({ proc, say }) => ({
      *start() {
        const read = () => proc.fs.readText(path);
        let known = read();
        const jitterMs = proc.rng.fork("reload").below(15_000);
        say(`[INFO] plugin/reload: Running configuration SHA512 = ${hex(sha512(known))}`);
        for (;;) {
          yield* sleepUntil(proc.nowMs + 30_000 + jitterMs);
          if (!proc.fs.exists(path) || read() === known) continue;
          known = read();
          changed();
        }
      },
    }),
  };
}

export const hosts: Plugin = {
  name: "hosts",
  setUp({ directive, server }) {
    const zones = directive.args.filter((arg) => !arg.startsWith("/")).map(fqdn);
    const names = new Map<string, Ip[]>();
    let fallthrough = false;
    let ttl = 3600;
    for (const [first = "", ...rest] of directive.block) {
      const address = parseIp(first);
      if (first === "fallthrough") fallthrough = true;
      else if (first === "ttl") ttl = Number(rest[0]);
      else if (address !== undefined) for (const name of rest) names.set(fqdn(name), [...(names.get(fqdn(name)) ?? []), address]);
      else throw new CorefileProblem(`plugin/hosts: not modelled: ${first}`);
    }
    const own = zones.length > 0 ? zones : server.zones;
    return {
      *handle(query, next) {
        const found = names.get(query.name);
        const isOurs = own.some((zone) => query.name.endsWith(zone === "." ? "" : zone));
        if (!isOurs || (found === undefined && fallthrough)) return yield* next(query);
        if (found === undefined) return { answer: dnsAnswer(query.message, { authoritative: true, rcode: "NXDOMAIN" }) };
        return { answer: dnsAnswer(query.message, { authoritative: true, answers: query.type === "A" ? found.map((address): ResourceRecord => ({ name: query.name, ttl, type: "A", address })) : [] }) };
      },
    };
  },
};

/** `rewrite [stop] name [exact|suffix] FROM TO`: asks for another name, and answers under the first. */
export const rewrite: Plugin = {
  name: "rewrite",
  setUp({ directive }) {
    const args = directive.args.filter((arg) => arg !== "stop" && arg !== "continue");
    const [field, kind] = args;
    const rest = kind === "exact" || kind === "suffix" ? args.slice(2) : args.slice(1);
    const [from, to] = rest.map((name) => (name.endsWith(".") || kind === "suffix" ? name : fqdn(name)));
    if (field !== "name" || from === undefined || to === undefined || kind === "regex" || kind === "prefix" || kind === "substring") throw new CorefileProblem(`plugin/rewrite: not modelled: ${directive.args.join(" ")}`);
    return {
      *handle(query, next) {
        const name = kind === "suffix" ? (query.name.endsWith(fqdn(from)) ? `${query.name.slice(0, -fqdn(from).length)}${fqdn(to)}` : undefined) : query.name === from ? to : undefined;
        if (name === undefined) return yield* next(query);
        const [question] = query.message.questions;
        const outcome = yield* next({ ...query, name, message: { ...query.message, questions: question ? [{ ...question, name }] : [] } });
        if (!("answer" in outcome)) return outcome;
        const back = (record: ResourceRecord) => (record.name === name ? { ...record, name: query.name } : record);
        return { answer: { ...outcome.answer, questions: query.message.questions, answers: outcome.answer.answers.map(back) } };
      },
    };
  },
};


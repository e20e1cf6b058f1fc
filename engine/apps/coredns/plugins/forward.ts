/**
 * `forward`: hands what is not ours to other servers over UDP, two seconds a try, five in all,
 * and gives their answer on as it is. Servers that stay silent are asked `. NS` every half second
 * and left out after two failures (plugin/forward, plugin/pkg/proxy).
 *
 * Differs: UDP only; the policy is always `random` unless `sequential` or `round_robin` is said.
 */
import { SysError } from "../../../core/errno";
import { sleepUntil, type Task } from "../../../core/task";
import type { Proc } from "../../../host/proc";
import { decodeDns, DNS_PORT, type DnsMessage, dnsQuery, encodeDns } from "../../../wire/dns";
import { type Ip, parseIp, printIp } from "../../../wire/ip";
import { CorefileProblem } from "../corefile";
import { fqdn, isInZone, type Outcome, type Plugin, type Query } from "../plugin";

const READ_TIMEOUT_MS = 2000;
const DEADLINE_MS = 5000;
const HEALTH_INTERVAL_MS = 500;
const KNOWN = ["max_concurrent", "except", "policy", "max_fails", "health_check", "expire", "prefer_udp", "force_tcp"];

type Upstream = { readonly ip: Ip; readonly port: number; fails: number; checking: boolean };
type Policy = "random" | "round_robin" | "sequential";

export const forward: Plugin = {
  name: "forward",
  setUp({ directive, proc }) {
    const [from = ".", ...to] = directive.args;
    const properties = new Map(directive.block.map(([name = "", ...values]) => [name, values]));
    for (const name of properties.keys()) {
      if (!KNOWN.includes(name)) throw new CorefileProblem(`plugin/forward: unknown property '${name}'`);
      if (name === "force_tcp") throw new CorefileProblem("plugin/forward: not modelled: force_tcp");
    }
    const upstreams = to.flatMap((written) => upstreamsOf(proc, written));
    if (upstreams.length === 0) throw new CorefileProblem(`plugin/forward: no valid upstream addresses found`);
    const except = (properties.get("except") ?? []).map(fqdn);
    const policy = (properties.get("policy")?.[0] ?? "random") as Policy;
    const maxFails = Number(properties.get("max_fails")?.[0] ?? 2);
    const forwarder = new Forwarder(proc, upstreams, policy, maxFails);
    return {
      *handle(query, next) {
        if (!isInZone(query.name, fqdn(from)) || except.some((zone) => isInZone(query.name, zone))) return yield* next(query);
        return yield* forwarder.ask(query);
      },
    };
  },
};

/** An address with or without port, or a file like /etc/resolv.conf whose name servers are meant. */
function upstreamsOf(proc: Proc, written: string): Upstream[] {
  if (written.startsWith("/")) {
    if (!proc.fs.exists(written)) throw new CorefileProblem(`plugin/forward: open ${written}: no such file or directory`);
    return [...proc.fs.readText(written).matchAll(/^nameserver\s+(\S+)/gm)].flatMap(([, server = ""]) => upstreamsOf(proc, server));
  }
  const m = /^(?:dns:\/\/)?([\d.]+)(?::(\d+))?$/.exec(written);
  const ip = m ? parseIp(m[1] ?? "") : undefined;
  if (ip === undefined) throw new CorefileProblem(`plugin/forward: not an IP address or file: "${written}"`);
  return [{ ip, port: Number(m?.[2] ?? DNS_PORT), fails: 0, checking: false }];
}

class Forwarder {
  #next = 0;
  readonly #rng;

  constructor(
    private readonly proc: Proc,
    private readonly upstreams: readonly Upstream[],
    private readonly policy: Policy,
    private readonly maxFails: number,
  ) {
    this.#rng = proc.rng.fork("forward");
  }

  *ask(query: Query): Task<Outcome> {
    const deadlineMs = this.proc.nowMs + DEADLINE_MS;
    let problem = "no healthy proxies";
    const order = this.#order();
    for (let i = 0; this.proc.nowMs < deadlineMs; i++) {
      const allDown = order.every((upstream) => this.#isDown(upstream));
      const upstream = order[i % order.length] as Upstream;
      if (this.#isDown(upstream) && !allDown) continue;
      const got = yield* this.#exchange(upstream, query.message);
      if (typeof got !== "string") return { answer: { ...got, id: query.message.id } };
      problem = got;
      this.#check(upstream);
      if (allDown) break;
      if (!got.endsWith("i/o timeout")) yield* sleepUntil(this.proc.nowMs + HEALTH_INTERVAL_MS);
    }
    return { rcode: "SERVFAIL", error: problem };
  }

  #order(): readonly Upstream[] {
    if (this.policy === "sequential") return this.upstreams;
    if (this.policy === "random") return this.upstreams.length === 1 ? this.upstreams : this.#rng.shuffle(this.upstreams);
    const at = this.#next++ % this.upstreams.length;
    return [...this.upstreams.slice(at), ...this.upstreams.slice(0, at)];
  }

  #isDown({ fails }: Upstream): boolean {
    return this.maxFails > 0 && fails > this.maxFails;
  }

  /** The answer, or what Go's net package would have said. */
  *#exchange({ ip, port }: Upstream, message: DnsMessage): Task<DnsMessage | string> {
    const socket = this.proc.udp();
    const id = this.#rng.below(65_536);
    try {
      socket.connect(ip, port);
      const where = `udp ${printIp(socket.local?.ip ?? ip)}:${socket.local?.port ?? 0}->${printIp(ip)}:${port}`;
      try {
        socket.send(encodeDns({ ...message, id }));
        const untilMs = this.proc.nowMs + READ_TIMEOUT_MS;
        for (;;) {
          const datagram = yield* socket.recvFrom(untilMs);
          if (datagram === undefined) return `read ${where}: i/o timeout`;
          const answer = decodeDns(datagram.data);
          if (answer?.response && answer.id === id) return answer;
        }
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        return `read ${where}: read: ${error.message.toLowerCase()}`;
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return `dial udp ${printIp(ip)}:${port}: connect: ${error.message.toLowerCase()}`;
    } finally {
      socket.close();
    }
  }

  /** Until it answers again. */
  #check(upstream: Upstream): void {
    if (upstream.checking || this.maxFails === 0) return;
    upstream.checking = true;
    const handle = this.proc.world.scheduler.spawn(this.#checking(upstream));
    this.proc.onExit(() => handle.kill());
  }

  *#checking(upstream: Upstream): Task {
    for (;;) {
      const got = yield* this.#exchange(upstream, { ...dnsQuery(0, ".", "NS"), recursionDesired: true });
      if (typeof got !== "string") break;
      upstream.fails++;
      yield* sleepUntil(this.proc.nowMs + HEALTH_INTERVAL_MS);
    }
    upstream.fails = 0;
    upstream.checking = false;
  }
}

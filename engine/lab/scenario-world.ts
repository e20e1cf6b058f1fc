/**
 * The world of one scenario: its namespaces, and time that runs only while somebody waits for
 * something.
 */
import { Rng } from "../core/rng";
import { Scheduler } from "../core/scheduler";
import { Trace } from "../core/trace";
import type { World } from "../core/world";
import { attachIpvs } from "../ipvs/attach";
import { attachNetfilter, type Netfilter } from "../netfilter/attach";
import type { ConntrackLimits } from "../netfilter/conntrack-timeouts";
import { Netns } from "../net/netns";
import type { Skb } from "../net/skb";
import type { Ip } from "../wire/ip";
import type { Packet, Tcp } from "../wire/packet";
import { PROTO } from "../wire/packet";
import { hasIpvs, type Pace, paceOf } from "./scenario-pace";
import type { HostSpec, Scenario } from "./scenario-spec";

/** An ICMP error as a socket with IP_RECVERR finds it in its error queue. */
export type HeardIcmp = { readonly icmp: string; readonly from: Ip; readonly quoted: Packet };

export type Host = {
  readonly name: string;
  readonly spec: HostSpec;
  readonly ns: Netns;
  readonly netfilter: Netfilter;
  readonly heard: HeardIcmp[];
  /** Raw TCP sockets: each is shown every segment that reaches this host. */
  readonly rawTcp: Set<(packet: Packet & { payload: Tcp }) => void>;
};

export class ScenarioWorld {
  readonly world: World;
  readonly hosts = new Map<string, Host>();
  readonly limits: ConntrackLimits = { max: 262_144, buckets: 262_144 };
  readonly pace: Pace;
  readonly root: Netns;
  readonly logLines: string[] = [];
  /** The kernel's log, once somebody keeps one. */
  onLog: (line: string) => void = () => {};
  readonly timeoutMs: number;
  readonly knownPorts: Set<number>;
  nextSport: number;
  nextIcmpId = 4660;

  constructor(
    readonly scenario: Scenario,
    seed: number,
  ) {
    this.world = { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: 1_795_176_000_000 };
    this.pace = paceOf(scenario);
    this.root = new Netns(this.world, "root", { initial: true });
    attachNetfilter(this.root, this.limits);
    this.timeoutMs = scenario.timeout_ms ?? 80;
    this.nextSport = scenario.first_sport ?? 40001;
    this.knownPorts = new Set([...(scenario.known_ports ?? []), 8472]);
    for (const [name, spec] of Object.entries(scenario.hosts)) this.hosts.set(name, this.#makeHost(name, spec));
  }

  #makeHost(name: string, spec: HostSpec): Host {
    const ns = new Netns(this.world, name);
    // A kernel that has the module gives every namespace its sysctls; the one IPVS is recorded on is 6.1.
    if (hasIpvs(this.scenario)) {
      attachIpvs(ns);
      ns.icmpLimits.beforeOnceAJiffy = true;
    }
    ns.log = (line) => {
      this.logLines.push(line);
      this.onLog(line);
    };
    const host: Host = { name, spec, ns, netfilter: attachNetfilter(ns, this.limits), heard: [], rawTcp: new Set() };
    const toSockets = ns.onIcmpError;
    ns.onIcmpError = (skb, quoted) => {
      const { payload, src } = skb.packet;
      if (payload.kind === "icmp") host.heard.push({ icmp: `${payload.type}/${payload.code}`, from: src, quoted });
      toSockets?.(skb, quoted);
    };
    const toTcp = ns.protocols.get(PROTO.tcp);
    ns.protocols.set(PROTO.tcp, (skb: Skb) => {
      for (const see of host.rawTcp) if (skb.packet.payload.kind === "tcp") see(skb.packet as Packet & { payload: Tcp });
      return toTcp?.(skb) ?? false;
    });
    return host;
  }

  host(name: string | undefined): Host {
    const host = this.hosts.get(name ?? "");
    if (host === undefined) throw new Error(`no such host: ${name}`);
    return host;
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs;
  }

  sleep(ms: number): void {
    this.world.scheduler.run(ms);
  }

  /** Lets the world run until something is found, or the time is up. */
  until<T>(timeoutMs: number, look: () => T | undefined): T | undefined {
    const { scheduler } = this.world;
    const endMs = Math.round((scheduler.nowMs + timeoutMs) * 1000) / 1000;
    for (;;) {
      scheduler.runUntil(scheduler.nowMs);
      const found = look();
      if (found !== undefined) return found;
      if (scheduler.nowMs >= endMs) return undefined;
      scheduler.runUntil(Math.min(scheduler.nextMs ?? endMs, endMs));
    }
  }
}

/**
 * kube-proxy's ipvs proxier: brings IPVS, kube-ipvs0, the ipsets and a few iptables rules to what
 * the plan says. Answers to syncProxyRules() of pkg/proxy/ipvs/proxier.go around the plan, which
 * ipvs-plan.ts makes.
 *
 * There are no partial syncs: every change of any Service, and half a minute without one, puts
 * everything right that somebody else has changed.
 */
import { SysError } from "../../core/errno";
import { compare } from "../../core/order";
import type { Service } from "../../ipvs/service";
import { inCidr, parseCidr } from "../../wire/ip";
import type { IptablesRunner } from "../iptables-runner";
import { type Backend, type BackendInit, Freshness } from "./backend";
import type { IpvsConfig } from "./config";
import type { ProxyOptions } from "./iptables";
import { endpointOf, GracefulTermination, printService } from "./ipvs-graceful";
import { DUMMY, type IpvsKernel } from "./ipvs-kernel";
import { ipvsPlan, type IpvsPlan, type VirtualServer } from "./ipvs-plan";
import { ensureIpvsJumps, ipvsRulesText } from "./ipvs-rules";
import { SET_NAMES } from "./ipvs-sets";

export type IpvsInit = BackendInit & { readonly kernel: IpvsKernel; readonly iptables: IptablesRunner; readonly options: ProxyOptions; readonly config: IpvsConfig; readonly scheduler: string };

export class IpvsProxier implements Backend {
  readonly freshness: Freshness;
  readonly graceful: GracefulTermination;
  #first = true;

  constructor(private readonly init: IpvsInit) {
    this.freshness = new Freshness(init.world, init.syncPeriodMs);
    this.graceful = new GracefulTermination(init.world, init.kernel, init.log);
  }

  sync(): boolean {
    const { watched, kernel, iptables, options, log } = this.init;
    watched.take();
    watched.takeChanges();
    log("I", 3, "proxier.go:804", `"Syncing ipvs proxier rules" ipFamily="IPv4"`);
    ensureIpvsJumps(iptables);
    kernel.ensureDummy();
    kernel.ensureSets();
    const { bound, node } = kernel.addresses();
    const plan = ipvsPlan(watched.state(options), node);
    const active = this.#syncServers(plan, new Set(bound));
    this.#syncSets(plan);
    const problem = iptables.restoreAll(ipvsRulesText(plan, options));
    this.#first = false;
    if (problem !== undefined) return this.#failed(problem);
    this.#unbind(bound.filter((address) => !plan.sets.get("KUBE-IPVS-IPS")?.has(address)));
    this.#deleteOthers(active);
    this.freshness.done();
    this.init.synced(watched);
    return true;
  }

  /** Returns those that are in use now. */
  #syncServers({ servers }: IpvsPlan, bound: Set<string>): Set<Service> {
    const { kernel } = this.init;
    const active = new Set<Service>();
    for (const server of servers) {
      if (!this.#attempt(server, "Failed to sync service", () => this.#syncService(server, bound))) continue;
      const service = kernel.find(server);
      if (service === undefined) continue;
      active.add(service);
      this.#attempt(server, "Failed to sync endpoint for service", () => this.#syncEndpoints(service, server.endpoints));
    }
    return active;
  }

  /** What the kernel refuses is logged, and the rest goes on. */
  #attempt(server: VirtualServer, failed: string, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.init.log("E", 0, "proxier.go:1026", `"${failed}" err="${error.message.toLowerCase()}" ipFamily="IPv4" servicePortName="${server.name}" virtualServer="${server.address}:${server.port}/${server.protocol.toUpperCase()}"`);
      return false;
    }
  }

  #syncService(server: VirtualServer, bound: Set<string>): void {
    const { kernel, scheduler, log } = this.init;
    const did = kernel.ensureService(server, scheduler);
    if (did === "added") log("I", 3, "proxier.go:1534", `"Adding new service" ipFamily="IPv4" serviceName="${server.name}" virtualServer="${server.address}:${server.port}/${server.protocol.toUpperCase()}"`);
    if (did === "changed") log("I", 3, "proxier.go:1542", `"IPVS service was changed" ipFamily="IPv4" serviceName="${server.name}"`);
    if (!server.bound || bound.has(server.address)) return;
    kernel.bind(server.address);
    bound.add(server.address);
  }

  #syncEndpoints(service: Service, endpoints: readonly string[]): void {
    const { kernel } = this.init;
    const current = new Map(service.servers.map((server) => [endpointOf(server), server]));
    for (const endpoint of endpoints) {
      const server = current.get(endpoint);
      if (server !== undefined) {
        if (this.#first && server.weight !== 1) kernel.setWeight(service, endpoint, 1);
        if (!this.graceful.has(service, endpoint)) continue;
        this.graceful.recall(service, endpoint);
      }
      kernel.addServer(service, endpoint);
    }
    const wanted = new Set(endpoints);
    for (const endpoint of [...current.keys()].sort(compare)) if (!wanted.has(endpoint) && !this.graceful.has(service, endpoint)) this.graceful.retire(service, endpoint);
  }

  #syncSets({ sets }: IpvsPlan): void {
    const { kernel, log } = this.init;
    for (const name of SET_NAMES) {
      const wanted = sets.get(name) ?? new Set<string>();
      const current = kernel.members(name);
      const problem = kernel.changeMembers(name, [...current].filter((entry) => !wanted.has(entry)).sort(compare), [...wanted].filter((entry) => !current.has(entry)).sort(compare));
      if (problem !== undefined) log("E", 0, "ipset.go:159", `"Failed to add entry to ip set" err="${problem}" ipSet="${name}"`);
    }
  }

  #unbind(addresses: readonly string[]): void {
    const { kernel, log } = this.init;
    if (addresses.length === 0) return;
    log("I", 2, "proxier.go:1214", `"Removing addresses" ipFamily="IPv4" interface="${DUMMY}" addresses=${JSON.stringify(Object.fromEntries(addresses.map((address) => [address, {}])))}`);
    for (const address of addresses) kernel.unbind(address);
  }

  #deleteOthers(active: ReadonlySet<Service>): void {
    const { kernel, config, log } = this.init;
    const excluded = config.excludeCIDRs.flatMap((range) => parseCidr(range) ?? []);
    for (const service of kernel.ipvs.services()) {
      if (service.fwmark !== 0 || service.address6 !== undefined || active.has(service) || excluded.some((cidr) => inCidr(service.address, cidr))) continue;
      log("I", 4, "proxier.go:1670", `"Delete service" ipFamily="IPv4" virtualServer="${printService(service)}"`);
      kernel.deleteService(service);
    }
  }

  #failed({ message, exit }: { readonly message: string; readonly exit: number }): false {
    this.freshness.pending();
    this.init.log("E", 0, "proxier.go:1189", `"Failed to execute iptables-restore" err=<\n\texit status ${exit}: ${message.trimEnd().replaceAll("\n", "\n\t")}\n > ipFamily="IPv4"`);
    return false;
  }
}

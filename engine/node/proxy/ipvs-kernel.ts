/**
 * How kube-proxy's ipvs mode speaks to the kernel: netlink for kube-ipvs0 and the virtual servers,
 * ipset(8) for the sets. Holds no state of its own. (pkg/proxy/ipvs/netlink_linux.go, util/ipvs, ipset)
 */
import { SysError } from "../../core/errno";
import type { Machine } from "../../host/machine";
import { attachIpvs } from "../../ipvs/attach";
import { addServer, addService, deleteServer, deleteService, editServer, editService, flush, setTimeouts } from "../../ipvs/control";
import type { Ipvs } from "../../ipvs/ipvs";
import { SCHED_FLAG, type ServerSpec, type Service, type ServiceKey, type ServiceSpec } from "../../ipvs/service";
import { addrAdd, addrDelete, linkAdd, linkDelete } from "../../net/netlink";
import type { Netns } from "../../net/netns";
import type { Netfilter } from "../../netfilter/attach";
import { NO_FILES, runIpset } from "../../netfilter/ipset/command";
import { ip, type Ip, parseIp, printIp } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import { creation, SET_NAMES, type SetName } from "./ipvs-sets";
import type { VirtualServer } from "./ipvs-plan";

export const DUMMY = "kube-ipvs0";
const MODULE = "ip_vs";
const MODULE_BYTES = 196_608;
const PROTOCOLS = { tcp: PROTO.tcp, udp: PROTO.udp, sctp: 132 } as const;
const HOST_MASK = 0xffff_ffff;
/** 127.0.0.0/8. */
const LO_NET = 127;

export class IpvsKernel {
  readonly ipvs: Ipvs;

  /** As modprobe would. */
  constructor(
    private readonly ns: Netns,
    private readonly netfilter: Netfilter,
    machine: Machine,
  ) {
    machine.kernel.loadModule(MODULE, MODULE_BYTES, ["nf_conntrack"]);
    this.ipvs = attachIpvs(ns);
  }

  // kube-ipvs0

  ensureDummy(): void {
    if (this.ns.devices.byName(DUMMY) === undefined) linkAdd(this.ns, { name: DUMMY, kind: "dummy" });
  }

  /** Addresses on kube-ipvs0, and those on all other devices but the loopback ones. */
  addresses(): { readonly bound: readonly string[]; readonly node: readonly string[] } {
    const bound: string[] = [];
    const node = new Set<string>();
    for (const { dev, local } of this.ns.addresses.all()) {
      if (dev.name === DUMMY) bound.push(printIp(local));
      else if (local >>> 24 !== LO_NET) node.add(printIp(local));
    }
    return { bound, node: [...node] };
  }

  bind(address: string): void {
    addrAdd(this.ns, DUMMY, { address: ip(address), bits: 32 });
  }

  unbind(address: string): void {
    addrDelete(this.ns, DUMMY, { address: ip(address), bits: 32 });
  }

  // Virtual servers

  find(server: VirtualServer): Service | undefined {
    return this.ipvs.find(keyOf(server));
  }

  /** "added", "changed" or undefined: it was as it should be. */
  ensureService(server: VirtualServer, scheduler: string): "added" | "changed" | undefined {
    const wanted = specOf(server, scheduler);
    const service = this.find(server);
    if (service === undefined) {
      addService(this.ipvs, wanted);
      return "added";
    }
    const { persistentSeconds, flags } = service;
    if (service.scheduler?.name === scheduler && persistentSeconds === wanted.persistentSeconds && flags === wanted.flags) return undefined;
    editService(this.ipvs, wanted);
    return "changed";
  }

  deleteService(service: Service): void {
    deleteService(this.ipvs, service);
  }

  addServer(service: ServiceKey, endpoint: string): void {
    addServer(this.ipvs, service, realServer(endpoint, 1));
  }

  setWeight(service: ServiceKey, endpoint: string, weight: number): void {
    editServer(this.ipvs, service, realServer(endpoint, weight));
  }

  deleteServer(service: ServiceKey, endpoint: string): void {
    const { address, port } = realServer(endpoint, 0);
    deleteServer(this.ipvs, service, address, port);
  }

  setTimeouts(seconds: { readonly tcp: number; readonly tcpFin: number; readonly udp: number }): void {
    if (seconds.tcp + seconds.tcpFin + seconds.udp > 0) setTimeouts(this.ipvs, seconds);
  }

  /** CanUseIPVSProxier(): can a virtual server be made with this scheduler? Undefined, or what the kernel says. */
  problemWith(scheduler: string): string | undefined {
    if (this.ipvs.services().some((service) => service.scheduler?.name === scheduler)) return undefined;
    const probe = specOf({ name: "", protocol: "tcp", address: "198.51.100.0", port: 20_000, persistentSeconds: undefined, bound: false, endpoints: [] }, scheduler);
    try {
      addService(this.ipvs, probe);
      deleteService(this.ipvs, probe);
      return undefined;
    } catch (error) {
      if (error instanceof SysError) return error.message.toLowerCase();
      throw error;
    }
  }

  // Sets

  ensureSets(): void {
    for (const name of SET_NAMES) if (!this.netfilter.sets?.exists(name)) this.#ipset(["create", ...creation(name)]);
  }

  members(name: SetName): Set<string> {
    const { stdout } = runIpset(this.netfilter, ["save", name], () => "", NO_FILES);
    return new Set(stdout.split("\n").flatMap((line) => (line.startsWith("add ") ? [line.slice(name.length + 5)] : [])));
  }

  /** Undefined when it went well. */
  changeMembers(name: SetName, deleted: readonly string[], added: readonly string[]): string | undefined {
    if (deleted.length + added.length === 0) return undefined;
    const lines = [...deleted.map((entry) => `del ${name} ${entry}`), ...added.map((entry) => `add ${name} ${entry}`), ""];
    return this.#ipset(["restore", "-exist"], lines.join("\n"));
  }

  #ipset(words: readonly string[], input = ""): string | undefined {
    const { exit, stderr } = runIpset(this.netfilter, words, () => input, NO_FILES);
    return exit === 0 ? undefined : stderr.trimEnd();
  }

  /** CleanupLeftovers(), but for the iptables chains, which must go before the sets. */
  cleanUp(): void {
    flush(this.ipvs);
    if (this.ns.devices.byName(DUMMY) !== undefined) linkDelete(this.ns, DUMMY);
  }

  destroySets(): void {
    for (const name of SET_NAMES) if (this.netfilter.sets?.exists(name)) this.#ipset(["destroy", name]);
  }
}

export function keyOf({ protocol, address, port }: VirtualServer): ServiceKey {
  return { protocol: PROTOCOLS[protocol], address: ip(address), port, fwmark: 0 };
}

/** Maglev hashes the source port as well. */
function specOf(server: VirtualServer, scheduler: string): ServiceSpec {
  return { ...keyOf(server), scheduler, persistentSeconds: server.persistentSeconds, netmask: HOST_MASK, onePacket: false, flags: scheduler === "mh" ? SCHED_FLAG.port : 0 };
}

function realServer(endpoint: string, weight: number): ServerSpec {
  const colon = endpoint.lastIndexOf(":");
  const address = parseIp(endpoint.slice(0, colon)) as Ip;
  return { address, port: Number(endpoint.slice(colon + 1)), weight, forwarding: "masq", upper: 0, lower: 0, tunnel: { type: "ipip", port: 0, flags: "nocsum" } };
}

/**
 * Changing the services, as ipvsadm and kube-proxy ask over netlink (ip_vs_ctl.c). Throws SysError
 * with the kernel's errno.
 */
import { SysError } from "../core/errno";
import type { Ip } from "../wire/ip";
import type { Ipvs } from "./ipvs";
import { schedulerFor } from "./schedulers/index";
import { Server, type ServerSpec, Service, type ServiceKey, type ServiceSpec } from "./service";

function serviceOf(ipvs: Ipvs, key: ServiceKey): Service {
  const service = ipvs.find(key);
  if (service === undefined) throw new SysError("ESRCH");
  return service;
}

/** IPVS_CMD_NEW_SERVICE. */
export function addService(ipvs: Ipvs, spec: ServiceSpec): void {
  if (ipvs.find(spec) !== undefined) throw new SysError("EEXIST");
  const service = new Service(spec);
  service.scheduler = schedulerFor(spec.scheduler, service, ipvs.clock);
  if (service.scheduler === undefined) throw new SysError("ENOENT");
  ipvs.insert(service);
}

/** IPVS_CMD_SET_SERVICE: another scheduler begins afresh; connections stay as they are. */
export function editService(ipvs: Ipvs, spec: ServiceSpec): void {
  const service = serviceOf(ipvs, spec);
  const scheduler = spec.scheduler === service.scheduler?.name ? service.scheduler : schedulerFor(spec.scheduler, service, ipvs.clock);
  if (scheduler === undefined) throw new SysError("ENOENT");
  service.flags = spec.flags;
  service.onePacket = spec.onePacket;
  service.persistentSeconds = spec.persistentSeconds;
  service.netmask = spec.netmask;
  service.scheduler = scheduler;
}

/** IPVS_CMD_DEL_SERVICE. */
export function deleteService(ipvs: Ipvs, key: ServiceKey): void {
  removeService(ipvs, serviceOf(ipvs, key));
}

function removeService(ipvs: Ipvs, service: Service): void {
  ipvs.remove(service);
  service.stats.stopped = true;
  service.scheduler = undefined;
  const { servers } = service;
  service.servers = [];
  for (const server of servers) retire(ipvs, server);
}

/** IPVS_CMD_FLUSH: all services. The connection table stays, for whom expire_nodest_conn does not clear it. */
export function flush(ipvs: Ipvs): void {
  for (const service of ipvs.services()) removeService(ipvs, service);
}

/** IPVS_CMD_ZERO, for one service or for all. */
export function zero(ipvs: Ipvs, key?: ServiceKey): void {
  const services = key === undefined ? ipvs.services() : [serviceOf(ipvs, key)];
  for (const service of services) {
    for (const server of service.servers) server.stats.zero();
    service.stats.zero();
  }
  if (key === undefined) ipvs.total.zero();
}

function serverOf(service: Service, address: Ip, port: number): Server {
  const server = service.servers.find((each) => each.address === address && each.port === port);
  if (server === undefined) throw new SysError("ENOENT");
  return server;
}

function check({ weight, upper, lower }: ServerSpec): void {
  if (weight < 0 || lower > upper) throw new SysError("ERANGE");
}

/** IPVS_CMD_NEW_DEST: one that is still remembered comes back as it was. */
export function addServer(ipvs: Ipvs, key: ServiceKey, spec: ServerSpec): void {
  const service = serviceOf(ipvs, key);
  check(spec);
  if (service.servers.some(({ address, port }) => address === spec.address && port === spec.port)) throw new SysError("EEXIST");
  const server = fromTrash(ipvs, service, spec) ?? newServer(ipvs, service, spec);
  server.stats.stopped = false;
  if (!server.stats.settled) ipvs.estimator.watch(server.stats);
  update(server, spec, true);
  service.servers = [server, ...service.servers];
  service.scheduler?.added?.();
}

/** ip_vs_new_dest(): of a machine's own addresses, or of some other machine. */
function newServer({ ns }: Ipvs, service: Service, { address, port }: ServerSpec): Server {
  const type = ns.addressType(address);
  if (type !== "local" && type !== "unicast") throw new SysError("EINVAL");
  return new Server(service, address, port);
}

/** One of another service that stands in the same place counts afresh. */
function fromTrash(ipvs: Ipvs, service: Service, spec: ServerSpec): Server | undefined {
  const server = ipvs.trash.take(service, spec);
  if (server !== undefined && server.service !== service) {
    server.service = service;
    server.stats.zero();
  }
  return server;
}

/** __ip_vs_update_dest(). */
function update(server: Server, { weight, forwarding, tunnel, upper, lower }: ServerSpec, added: boolean): void {
  if (added || weight !== 0) server.lastWeight = weight;
  server.weight = weight;
  server.forwarding = forwarding;
  server.tunnel = tunnel;
  server.available = true;
  if (upper === 0 || upper > server.upper) server.overloaded = false;
  server.upper = upper;
  server.lower = lower;
}

/** IPVS_CMD_SET_DEST. */
export function editServer(ipvs: Ipvs, key: ServiceKey, spec: ServerSpec): void {
  const service = serviceOf(ipvs, key);
  check(spec);
  update(serverOf(service, spec.address, spec.port), spec, false);
  service.scheduler?.updated?.();
}

/** IPVS_CMD_DEL_DEST. */
export function deleteServer(ipvs: Ipvs, key: ServiceKey, address: Ip, port: number): void {
  const service = serviceOf(ipvs, key);
  const server = serverOf(service, address, port);
  const at = service.servers.indexOf(server);
  const before = service.servers[at - 1];
  service.servers = service.servers.filter((other) => other !== server);
  retire(ipvs, server, () => service.scheduler?.removed?.(server, before));
}

/** __ip_vs_unlink_dest() and __ip_vs_del_dest(): to the trash, and perhaps its connections with it. */
function retire(ipvs: Ipvs, server: Server, unlink: () => void = () => {}): void {
  server.available = false;
  unlink();
  server.stats.stopped = true;
  ipvs.trash.put(server);
  if (ipvs.settings.expire_nodest_conn !== 0) ipvs.ns.world.scheduler.soon(() => ipvs.lifetimes.flushWithoutServer());
}

/** IPVS_CMD_SET_CONFIG: 0 leaves a time-out as it is. */
export function setTimeouts(ipvs: Ipvs, { tcp, tcpFin, udp }: { readonly tcp: number; readonly tcpFin: number; readonly udp: number }): void {
  if (tcp !== 0) ipvs.timeouts.tcp.ESTABLISHED = tcp;
  if (tcpFin !== 0) ipvs.timeouts.tcp.FIN_WAIT = tcpFin;
  if (udp !== 0) ipvs.timeouts.udp = udp;
}

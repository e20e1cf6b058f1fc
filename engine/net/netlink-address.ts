/** What `ip addr` asks of the kernel (inet_rtm_newaddr, inet_rtm_deladdr of net/ipv4/devinet.c). */
import { type Cidr, type Ip, maskOf } from "../wire/ip";
import type { Address } from "./addresses";
import { SCOPE } from "./fib-table";
import { deviceNamed } from "./netlink-link";
import { NetlinkError } from "./netlink-error";
import type { Netns } from "./netns";

export type AddressOptions = {
  readonly peer?: Ip;
  readonly broadcast?: Ip;
  readonly label?: string;
  readonly scope?: number;
  readonly metric?: number;
  readonly noPrefixRoute?: boolean;
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
};

export function addrAdd(ns: Netns, dev: string, { address, bits }: Cidr, options: AddressOptions = {}, replace = false): void {
  const device = deviceNamed(ns, dev);
  const peer = options.peer ?? address;
  // 127.0.0.0/8 reaches no further than this machine, unless somebody says otherwise.
  const scope = options.scope ?? (address >>> 24 === 127 ? SCOPE.host : SCOPE.universe);
  const same = ns.addresses.of(device).find((other) => other.local === address && other.bits === bits && ((other.peer ^ peer) & maskOf(bits)) === 0);
  if (same !== undefined) {
    if (!replace) throw new NetlinkError("EEXIST", "ipv4: Address already assigned");
    ns.addresses.remove(same);
  }
  const network = ns.addresses.of(device).find((other) => other.bits === bits && ((other.peer ^ peer) & maskOf(bits)) === 0);
  if (network !== undefined && network.scope !== scope) throw new NetlinkError("EINVAL", "ipv4: Invalid scope value");
  const entry: Address = {
    dev: device, local: address, peer, bits, broadcast: options.broadcast, label: options.label ?? dev, scope,
    metric: options.metric ?? 0, noPrefixRoute: options.noPrefixRoute ?? false, secondary: false,
    validSeconds: options.validSeconds, preferredSeconds: options.preferredSeconds, addedMs: ns.world.scheduler.nowMs, protocol: 0,
  };
  ns.addresses.add(entry);
}

/** Without a length, any address that begins with these numbers will do. */
export function addrDelete(ns: Netns, dev: string, { address, bits }: Cidr, options: { readonly anyLength?: boolean } = {}): void {
  const device = deviceNamed(ns, dev);
  const entry = ns.addresses.of(device).find((other) => other.local === address && (options.anyLength === true || other.bits === bits));
  if (entry === undefined) throw new NetlinkError("EADDRNOTAVAIL", "ipv4: Address not found");
  ns.addresses.remove(entry);
}

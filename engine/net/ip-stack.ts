/**
 * What a namespace has of IPv4: devices, addresses, routes, rules, neighbours (struct netns_ipv4 and
 * the namespace's list of devices). Made when somebody first looks: a cluster has thousands of Pods
 * to which no packet ever comes.
 */
import type { Tap } from "../link/device";
import { LoopbackDevice } from "../link/loopback";
import { Addresses } from "./addresses";
import { Devices } from "./devices";
import { Fib } from "./fib";
import { Fragments } from "./fragment";
import { IcmpLimits } from "./icmp-limit";
import { Neighbours } from "./neighbour";
import type { Netns, ProtocolHandler } from "./netns";
import { PathMtus } from "./path-mtu";
import { Rules } from "./rule";
import { newSnmp } from "./snmp";

export class IpStack {
  readonly devices: Devices;
  readonly addresses: Addresses;
  readonly fib: Fib;
  readonly rules: Rules;
  readonly neighbours: Neighbours;
  readonly fragments: Fragments;
  readonly pathMtus: PathMtus;
  readonly icmpLimits: IcmpLimits;
  readonly lo: LoopbackDevice;
  readonly snmp = newSnmp();
  readonly encapsulation = new Map<number, ProtocolHandler>();
  readonly taps = new Set<Tap>();

  constructor(ns: Netns) {
    this.devices = new Devices(ns);
    this.fib = new Fib(ns);
    this.rules = new Rules(ns);
    this.addresses = new Addresses(ns);
    this.neighbours = new Neighbours(ns);
    this.fragments = new Fragments(ns);
    this.pathMtus = new PathMtus(ns);
    this.icmpLimits = new IcmpLimits(ns);
    this.lo = new LoopbackDevice(ns.world, "lo");
  }
}

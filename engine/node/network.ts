/**
 * The wires of the lab: a switch that the nodes and the control plane are plugged into, a router,
 * and behind it the outside. Each machine here is one Netns; who runs on it is others' business.
 *
 *   node-1 .11 ┐                                   ┌ client   203.0.113.9
 *   node-2 .12 ├── lan 192.168.50.0/24 ── router ──┤ resolver 203.0.113.53
 *   node-3 .13 ┤       (a switch)       .1    .1   └ internet 198.51.100.10
 *   control .10┘
 */
import { ReadLines } from "../netfilter/iptables/read-lines";
import { Netns } from "../net/netns";
import { addrAdd, joinCable, linkAdd, linkSet, routeAdd } from "../net/netlink";
import type { World } from "../core/world";
import { ANY, type Ip, ip, parseCidr, type Cidr } from "../wire/ip";
import { type Mac, randomMac } from "../wire/mac";

export const NODE_NETWORK = "192.168.50";
/** One way, between a machine and its switch: a data centre's. */
const LAN_LATENCY_MS = 0.05;
/** To the outside: what makes a ping to the Internet take a few milliseconds. */
const WAN_LATENCY_MS = 2;

export class Network {
  readonly router: Netns;
  /** All nodes are written the same rules: what one has read, the others need not read. */
  readonly ruleLines = new ReadLines();
  readonly #lan: Netns;
  readonly #wan: Netns;
  #ports = 0;

  constructor(private readonly world: World) {
    this.#lan = this.#switch("lan");
    this.#wan = this.#switch("wan");
    this.router = new Netns(world, "router");
    linkSet(this.router, "lo", { up: true });
    this.#plug(this.router, "eth0", this.#lan, cidr(`${NODE_NETWORK}.1/24`), LAN_LATENCY_MS);
    this.#plug(this.router, "eth1", this.#wan, cidr("203.0.113.1/24"), WAN_LATENCY_MS);
    addrAdd(this.router, "eth1", cidr("198.51.100.1/24"));
    this.router.sysctl.set("net.ipv4.ip_forward", "1");
    // It knows no other network, and says nothing about those it does not know.
    routeAdd(this.router, { dst: ANY, bits: 0, type: "blackhole" });
  }

  #switch(name: string): Netns {
    const ns = new Netns(this.world, name);
    linkAdd(ns, { name: "br0", kind: "bridge", up: true });
    return ns;
  }

  /** A machine on the nodes' network. */
  join(ns: Netns, address: string): void {
    linkSet(ns, "lo", { up: true });
    this.#plug(ns, "eth0", this.#lan, cidr(`${address}/24`), LAN_LATENCY_MS);
    routeAdd(ns, { dst: ANY, bits: 0, gateway: ip(`${NODE_NETWORK}.1`), dev: "eth0" });
  }

  /** A machine outside, on 203.0.113.0/24 or 198.51.100.0/24. */
  joinOutside(ns: Netns, address: string): void {
    linkSet(ns, "lo", { up: true });
    this.#plug(ns, "eth0", this.#wan, cidr(`${address}/24`), WAN_LATENCY_MS);
    routeAdd(ns, { dst: ANY, bits: 0, gateway: ip(address.replace(/\d+$/, "1")), dev: "eth0" });
  }

  #plug(ns: Netns, device: string, at: Netns, address: Cidr, latencyMs: number): void {
    const port = `port${++this.#ports}`;
    joinCable(this.world, ns, device, at, port, { latencyMs, macA: macOf(address.address), macB: randomMac(this.world.rng.fork(`${at.name} ${port}`)) });
    linkSet(ns, device, { up: true });
    linkSet(at, port, { master: "br0", up: true });
    addrAdd(ns, device, address);
  }
}

/** Locally administered, with the address in it: easy to recognise in a capture. */
function macOf(address: Ip): Mac {
  return (0x0200_0000_0000 + address) as Mac;
}

function cidr(written: string): Cidr {
  const parsed = parseCidr(written);
  if (parsed === undefined) throw new Error(`not an address: ${written}`);
  return parsed;
}

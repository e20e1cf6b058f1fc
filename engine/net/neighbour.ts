/**
 * Neighbours: which Ethernet address has an IPv4 address on this link? Asks by ARP, remembers,
 * doubts after a while, gives up after three questions (net/core/neighbour.c, net/ipv4/arp.c).
 *
 * A packet for a neighbour that does not answer waits about three seconds and then comes back
 * as "no route to host".
 */
import type { Rng } from "../core/rng";
import type { Timer } from "../core/scheduler";
import type { Device } from "../link/device";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import type { Ip } from "../wire/ip";
import { BROADCAST_MAC, type Mac, ZERO_MAC } from "../wire/mac";
import type { Arp, Frame } from "../wire/packet";
import { answerArp, answerFor, sendArp, solicitSource } from "./arp";
import { icmpError } from "./icmp";
import type { SendError } from "./ip";
import { timerDueUs } from "./jiffies";
import type { Netns } from "./netns";
import type { Route } from "./route";
import type { Skb } from "./skb";

export type NeighbourState = "INCOMPLETE" | "REACHABLE" | "STALE" | "DELAY" | "PROBE" | "FAILED" | "NOARP" | "PERMANENT";

export type Neighbour = {
  readonly ip: Ip;
  readonly dev: Device;
  mac: Mac;
  state: NeighbourState;
  /** When it last proved to be there, was last used, and last changed. */
  confirmedMs: number;
  usedMs: number;
  updatedMs: number;
  probes: number;
  /** Drawn anew now and then: half to one and a half of base_reachable_time. */
  reachableMs: number;
  timer: Timer | undefined;
  queue: Waiting[];
  proxy: boolean;
  protocol: number;
  /** A packet has been sent there: the frame's header is ready for the next (hh_cache). */
  headerReady: boolean;
};

/** A packet that waits for the answer, and what is done with it then: sent, unless somebody else (a bridge) wants to know. */
export type Waiting = { readonly skb: Skb; readonly sinceMs: number; readonly then: ((mac: Mac) => void) | undefined };

/** Packets that may wait for one answer: unres_qlen. */
const QUEUE_LENGTH = 101;

export class Neighbours {
  readonly #byDevice = new Map<Device, Map<Ip, Neighbour>>();
  #count = 0;
  #proxyRng: Rng | undefined;

  constructor(private readonly ns: Netns) {}

  get #nowMs(): number {
    return this.ns.world.scheduler.nowMs;
  }

  get(dev: Device, ip: Ip): Neighbour | undefined {
    return this.#byDevice.get(dev)?.get(ip);
  }

  /** Its state now; undefined when nobody has asked for it. */
  stateOf(dev: Device, ip: Ip): NeighbourState | undefined {
    const entry = this.get(dev, ip);
    if (entry !== undefined) this.#age(entry);
    return entry?.state;
  }

  list(): Neighbour[] {
    const all = [...this.#byDevice.values()].flatMap((entries) => [...entries.values()]);
    for (const entry of all) this.#age(entry);
    return all;
  }

  /** ip_finish_output2(): to the next hop, whose Ethernet address may have to be asked for first. */
  output(skb: Skb, route: Route): SendError {
    const { dev } = route;
    this.ns.snmp.ip.OutTransmits++;
    if (!dev.up) {
      this.ns.drop(skb, `${dev.name} is down`);
      return "ENETDOWN";
    }
    const { dst } = skb.packet;
    const { scheduler } = this.ns.world;
    scheduler.bhDisable();
    dev.refused = false;
    if (dev.noarp || dev.kind === "loopback") this.#emit(skb, dev, dev.mac);
    else if (route.type === "broadcast" || dst === 0xffff_ffff) this.#emit(skb, dev, BROADCAST_MAC);
    else if (dst >>> 28 === 14) this.#emit(skb, dev, (0x0100_5e00_0000 + (dst & 0x7f_ffff)) as Mac);
    else this.#resolve(skb, dev, route.gateway !== 0 ? route.gateway : dst);
    const { refused } = dev;
    scheduler.bhEnable();
    return refused ? "ENOBUFS" : undefined;
  }

  #emit(skb: Skb, dev: Device, dst: Mac): void {
    dev.transmit({ dst, src: dev.mac, payload: skb.packet }, skb);
  }

  #resolve(skb: Skb, dev: Device, ip: Ip): void {
    const entry = this.get(dev, ip) ?? this.#create(dev, ip);
    if (entry === undefined) return this.ns.drop(skb, "neighbour table overflow");
    const now = this.#nowMs;
    entry.usedMs = now;
    if (entry.state !== "FAILED" && entry.state !== "INCOMPLETE") entry.headerReady = true;
    switch (entry.state) {
      case "PERMANENT":
      case "NOARP":
        return this.#emit(skb, dev, entry.mac);
      case "REACHABLE":
        if (now - entry.confirmedMs < entry.reachableMs) return this.#emit(skb, dev, entry.mac);
        this.#delay(entry);
        return this.#emit(skb, dev, entry.mac);
      case "STALE":
        this.#delay(entry);
        return this.#emit(skb, dev, entry.mac);
      case "DELAY":
      case "PROBE":
        return this.#emit(skb, dev, entry.mac);
      case "FAILED":
      case "INCOMPLETE":
        return this.#wait(entry, skb, undefined);
    }
  }

  #wait(entry: Neighbour, skb: Skb, then: Waiting["then"]): void {
    if (entry.queue.length >= QUEUE_LENGTH) this.ns.drop((entry.queue.shift() as Waiting).skb, "too many packets wait for one neighbour");
    entry.queue.push({ skb, sinceMs: this.#nowMs, then });
    if (entry.state === "INCOMPLETE") return;
    entry.state = "INCOMPLETE";
    entry.probes = 0;
    entry.updatedMs = this.#nowMs;
    this.#probe(entry, skb);
  }

  /** For a bridge that must know where a DNAT leads: tells it the address, now or later, or never. */
  ask(dev: Device, ip: Ip, skb: Skb, then: (mac: Mac) => void): void {
    const entry = this.get(dev, ip) ?? this.#create(dev, ip);
    if (entry === undefined) return;
    if (entry.state === "INCOMPLETE" || entry.state === "FAILED") return this.#wait(entry, skb, then);
    then(entry.mac);
  }

  #create(dev: Device, ip: Ip): Neighbour | undefined {
    const { gc_thresh3 } = this.ns.sysctl.neighTable;
    if (this.#count >= gc_thresh3 && !this.#collectGarbage()) {
      this.ns.log("neighbour: arp_cache: neighbor table overflow!");
      return undefined;
    }
    const now = this.#nowMs;
    const entry: Neighbour = { ip, dev, mac: ZERO_MAC, state: "FAILED", confirmedMs: now, usedMs: now, updatedMs: now, probes: 0, reachableMs: this.#reachableMs(dev), timer: undefined, queue: [], proxy: false, protocol: 0, headerReady: false };
    this.#put(entry);
    if (this.ns.fib.addressType(ip, dev) === "broadcast") Object.assign(entry, { mac: BROADCAST_MAC, state: "NOARP" }); // arp_constructor()
    return entry;
  }

  #put(entry: Neighbour): void {
    let entries = this.#byDevice.get(entry.dev);
    if (entries === undefined) {
      entries = new Map();
      this.#byDevice.set(entry.dev, entries);
    }
    if (!entries.has(entry.ip)) this.#count++;
    entries.set(entry.ip, entry);
  }

  /** neigh_forced_gc(): what is neither permanent nor in use goes. */
  #collectGarbage(): boolean {
    const before = this.#count;
    for (const entry of this.list()) if (entry.state === "STALE" || entry.state === "FAILED") this.remove(entry);
    return this.#count < before;
  }

  #reachableMs(dev: Device): number {
    const base = this.ns.sysctl.neighOf(dev).base_reachable_time_ms;
    return base / 2 + this.ns.world.rng.fork(`neighbour ${this.ns.name} ${dev.name} ${this.#count}`).below(Math.max(1, base));
  }

  #delay(entry: Neighbour): void {
    entry.state = "DELAY";
    entry.updatedMs = this.#nowMs;
    this.#arm(entry, this.ns.sysctl.neighOf(entry.dev).delay_first_probe_time * 1000);
  }

  #arm(entry: Neighbour, delayMs: number): void {
    entry.timer?.cancel();
    const { scheduler } = this.ns.world;
    entry.timer = scheduler.at(timerDueUs(scheduler.nowUs, delayMs) / 1000, () => this.#timeout(entry));
  }

  /** neigh_timer_handler(). */
  #timeout(entry: Neighbour): void {
    entry.timer = undefined;
    const { ucast_solicit, mcast_solicit, delay_first_probe_time } = this.ns.sysctl.neighOf(entry.dev);
    if (entry.state === "DELAY") {
      // Somebody above (TCP) has confirmed it meanwhile: no need to ask.
      if (this.#nowMs - entry.confirmedMs < delay_first_probe_time * 1000) return void this.#settle(entry, "REACHABLE");
      entry.state = "PROBE";
      entry.probes = 0;
      entry.updatedMs = this.#nowMs;
      return this.#probe(entry, undefined);
    }
    if (entry.state !== "INCOMPLETE" && entry.state !== "PROBE") return;
    if (entry.probes >= (entry.state === "PROBE" ? ucast_solicit : mcast_solicit)) return this.#fail(entry);
    this.#probe(entry, entry.queue.at(-1)?.skb); // skb_peek_tail()
  }

  #probe(entry: Neighbour, skb: Skb | undefined): void {
    const { ns } = this;
    entry.probes++;
    this.#arm(entry, ns.sysctl.neighOf(entry.dev).retrans_time_ms);
    if (ns.world.trace.active && skb !== undefined) ns.trace(skb, "neighbour", `ask on ${entry.dev.name} (${entry.probes})`);
    const source = solicitSource(ns, entry.dev, entry.ip, skb);
    sendArp(entry.dev, 1, entry.dev.mac, source, ZERO_MAC, entry.ip, entry.state === "PROBE" ? entry.mac : BROADCAST_MAC);
  }

  /** neigh_invalidate() and arp_error_report(): those who waited are told. */
  #fail(entry: Neighbour): void {
    entry.state = "FAILED";
    entry.updatedMs = this.#nowMs;
    const waiting = entry.queue;
    entry.queue = [];
    // What comes in the very moment of giving up comes too late for this answer: it asks anew.
    const late = waiting.filter(({ sinceMs }) => sinceMs === this.#nowMs);
    const early = waiting.slice(0, waiting.length - late.length);
    for (const { skb } of early) {
      this.ns.drop(skb, "neighbour does not answer");
      // An error that has to go by this very neighbour asks for it anew; then the rest is forgotten, and the error with it.
      if (!this.#asks(entry)) icmpError(skb, ICMP.unreachable, UNREACHABLE.host);
    }
    if (this.#asks(entry)) entry.queue = [];
    for (const { skb, then } of late) this.#wait(entry, skb, then);
  }

  #asks({ state }: Neighbour): boolean {
    return state === "INCOMPLETE";
  }

  #settle(entry: Neighbour, state: NeighbourState): void {
    entry.state = state;
    entry.updatedMs = this.#nowMs;
    entry.timer?.cancel();
    entry.timer = undefined;
  }

  /** The neighbour is known: whoever waited may go. */
  #learn(entry: Neighbour, mac: Mac, state: "REACHABLE" | "STALE" | "PERMANENT" | "NOARP"): void {
    entry.mac = mac;
    if (state === "REACHABLE") {
      entry.confirmedMs = this.#nowMs;
      entry.reachableMs = this.#reachableMs(entry.dev);
    }
    this.#settle(entry, state);
    const waiting = entry.queue;
    entry.queue = [];
    if (waiting.length > 0) entry.headerReady = true;
    for (const { skb, then } of waiting) {
      if (then === undefined) this.#emit(skb, entry.dev, mac);
      else then(mac);
    }
  }

  /** A sign of life from above: TCP has had an answer by this route (dst_confirm). */
  confirm(route: Route, dst: Ip): void {
    const entry = this.get(route.dev, route.gateway !== 0 ? route.gateway : dst);
    if (entry === undefined) return;
    entry.confirmedMs = this.#nowMs;
    if (entry.state === "STALE") return;
    if (entry.state === "DELAY" || entry.state === "PROBE") this.#settle(entry, "REACHABLE");
  }

  /** arp_process(). */
  receiveArp(arp: Arp, frame: Frame, dev: Device): void {
    const { ns } = this;
    if (dev.noarp || frame.dst !== dev.mac && frame.dst !== BROADCAST_MAC) return;
    const { senderIp, senderMac, targetIp, op } = arp;
    if (targetIp >>> 28 === 14 || targetIp >>> 24 === 127 && !ns.sysctl.or("route_localnet", dev)) return;
    if (senderIp === targetIp && ns.sysctl.or("drop_gratuitous_arp", dev)) return;
    if (senderIp === 0) {
      // Somebody asks whether the address is taken (RFC 5227).
      if (op === 1 && ns.isLocal(targetIp) && answerFor(ns, dev, arp) !== "none") answerArp(dev, arp);
      return;
    }
    const answer = op === 1 ? answerFor(ns, dev, arp) : "none";
    if (answer !== "none") {
      this.#heard(dev, senderIp, senderMac, "STALE", true, true);
      return answer === "own" || frame.dst === dev.mac ? answerArp(dev, arp) : this.#answerLater(dev, arp);
    }
    const known = this.get(dev, senderIp);
    if (known === undefined && ns.sysctl.max("arp_accept", dev) === 0) return;
    const isGratuitous = senderIp === targetIp && (op === 1 || arp.targetMac === senderMac);
    const reply = op === 2 && frame.dst === dev.mac;
    if (known === undefined && !isGratuitous && op !== 2) return;
    this.#heard(dev, senderIp, senderMac, reply ? "REACHABLE" : "STALE", known === undefined, isGratuitous);
  }

  /** pneigh_enqueue(): whose address it is may answer first, so others wait a while, each as long as chance will have it. */
  #answerLater(dev: Device, arp: Arp): void {
    const { proxy_delay } = this.ns.sysctl.neighOf(dev);
    if (proxy_delay === 0) return answerArp(dev, arp);
    this.#proxyRng ??= this.ns.world.rng.fork(`proxy arp ${this.ns.name}`);
    this.ns.world.scheduler.after(this.#proxyRng.below(proxy_delay) * 10, () => answerArp(dev, arp));
  }

  /** neigh_update(), of an address that others say they have. `anyway`: even if somebody else has just said so. */
  #heard(dev: Device, ip: Ip, mac: Mac, state: "REACHABLE" | "STALE", create: boolean, anyway: boolean): void {
    const entry = this.get(dev, ip) ?? (create ? this.#create(dev, ip) : undefined);
    if (entry === undefined || entry.state === "PERMANENT" || entry.state === "NOARP") return;
    this.#age(entry);
    if (entry.state !== "INCOMPLETE" && entry.state !== "FAILED") {
      // A question from somebody already known to be there proves nothing new.
      if (state === "STALE" && entry.mac === mac) return;
      // locktime: the first of several answers counts.
      if (entry.mac !== mac && !anyway && this.#nowMs - entry.updatedMs < this.ns.sysctl.neighOf(dev).locktime * 10) return;
      if (state === entry.state && entry.mac === mac) return void (entry.confirmedMs = this.#nowMs);
    }
    this.#learn(entry, mac, state);
  }

  /** REACHABLE fades to STALE once its time is over; seen only by whoever looks. */
  #age(entry: Neighbour): void {
    if (entry.state !== "REACHABLE" || this.#nowMs - entry.confirmedMs < entry.reachableMs) return;
    entry.state = "STALE";
    entry.updatedMs = entry.confirmedMs + entry.reachableMs;
  }

  /** `ip neigh replace`. */
  set(dev: Device, ip: Ip, mac: Mac, state: "REACHABLE" | "STALE" | "PERMANENT" | "NOARP"): void {
    const entry = this.get(dev, ip) ?? this.#create(dev, ip);
    if (entry !== undefined) this.#learn(entry, mac, state);
  }

  /**
   * Its Ethernet address, if it is known now, for what a bridge only passes on; and whether the header was ready. If not, or if
   * the neighbour is in doubt, the packet goes through the bridge's own output, and is seen there (neigh_resolve_output).
   */
  macOf(dev: Device, ip: Ip): { readonly mac: Mac; readonly ready: boolean } | undefined {
    const entry = this.get(dev, ip);
    if (entry === undefined || entry.state === "INCOMPLETE" || entry.state === "FAILED") return undefined;
    entry.usedMs = this.#nowMs;
    this.#age(entry);
    const sure = entry.state === "PERMANENT" || entry.state === "NOARP" || entry.state === "REACHABLE";
    const ready = sure && entry.headerReady;
    if (entry.state === "STALE") this.#delay(entry);
    entry.headerReady = true;
    return { mac: entry.mac, ready };
  }

  /** Does this socket's segment still wait for an answer to ARP? */
  holds(socket: unknown, seq: number): boolean {
    for (const entries of this.#byDevice.values()) {
      for (const { queue } of entries.values()) {
        if (queue.some(({ skb: { socket: sender, packet } }) => sender === socket && packet.payload.kind === "tcp" && packet.payload.seq === seq)) return true;
      }
    }
    return false;
  }

  /** neigh_delete(): whoever still waits for it is told, as if it had not answered. */
  giveUp(entry: Neighbour): void {
    const { queue } = entry;
    this.remove(entry);
    for (const { skb } of queue) {
      this.ns.drop(skb, "neighbour was deleted");
      icmpError(skb, ICMP.unreachable, UNREACHABLE.host);
    }
  }

  remove(entry: Neighbour): void {
    entry.timer?.cancel();
    entry.queue = [];
    if (this.#byDevice.get(entry.dev)?.delete(entry.ip)) this.#count--;
  }

  /** neigh_ifdown(). */
  deviceGone(dev: Device): void {
    for (const entry of [...(this.#byDevice.get(dev)?.values() ?? [])]) this.remove(entry);
    this.#byDevice.delete(dev);
  }

  /** neigh_carrier_down(), unless arp_evict_nocarrier is off: what was learned is forgotten. */
  carrierLost(dev: Device): void {
    if (this.ns.sysctl.confOf(dev).arp_evict_nocarrier === 0) return;
    for (const entry of [...(this.#byDevice.get(dev)?.values() ?? [])]) if (entry.state !== "PERMANENT") this.remove(entry);
  }
}

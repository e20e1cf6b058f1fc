/**
 * A network namespace: devices, addresses, routes, neighbours, hooks, sysctls and counters of
 * one machine or one Pod. In Linux: struct net.
 *
 * It is the same object for both: a node's is the initial one of its kernel, a Pod's is made
 * by the kubelet. Layers above fill the slots below (`netfilter`, `log`).
 */
import type { TraceEvent } from "../core/trace";
import type { World } from "../core/world";
import type { Device, Tap } from "../link/device";
import type { LoopbackDevice } from "../link/loopback";
import type { Ip } from "../wire/ip";
import type { Packet } from "../wire/packet";
import { printPacketBrief } from "../wire/print";
import type { Addresses } from "./addresses";
import type { Devices } from "./devices";
import type { Fib } from "./fib";
import type { Fragments } from "./fragment";
import { Hooks } from "./hook";
import type { IcmpLimits } from "./icmp-limit";
import { receiveFrame } from "./input";
import { IpStack } from "./ip-stack";
import type { Neighbours } from "./neighbour";
import type { PathMtus } from "./path-mtu";
import type { RouteType } from "./route";
import type { Rules } from "./rule";
import { Skb } from "./skb";
import type { Snmp } from "./snmp";
import { Sockets } from "./sockets";
import { parseSysctlNumber, Sysctls } from "./sysctl";

/** A protocol's receiver. False: nobody is there, and the kernel answers port or protocol unreachable. */
export type ProtocolHandler = (skb: Skb) => boolean;

/** So much may wait for somebody to look. */
const MOST_PUT_OFF = 512;

export class Netns {
  readonly hooks = new Hooks();
  readonly sysctl: Sysctls;
  #stack: IpStack | undefined;
  /** The same as long as nothing is left undone. */
  #ready: IpStack | undefined;
  /** What has been put off, and when it would have been done. */
  #putOff: { readonly us: number; readonly work: () => void }[] = [];
  /** By protocol number. 6 and 17 receive; 1 is shown every ICMP message (raw sockets), and icmp.ts acts on it all the same. */
  readonly protocols = new Map<number, ProtocolHandler>();
  /** An ICMP error has come in about `quoted`, which this namespace once sent. */
  onIcmpError: ((skb: Skb, quoted: Packet) => void) | undefined;
  /** nf_ct_attach(): an ICMP error belongs to the connection of the packet it is about. Filled by conntrack. */
  attachConnection: ((to: Skb, from: Skb) => void) | undefined;
  /** A device has gone down or away, or has lost one address: what hides behind its address is dead (masquerading). */
  onDeviceDown: ((index: number, address?: Ip) => void) | undefined;
  /** A slot whose content net/ never looks at. */
  netfilter: unknown;
  /** IP Virtual Server of this namespace, once its module is loaded; filled by ipvs/. */
  ipvs: unknown;
  /** Files below /proc/net that a module has brought (ip_vs), by their names. */
  procFiles: ReadonlyMap<string, () => string> | undefined;
  /** The kernel's log (dmesg): filled by the host. */
  log: (line: string) => void = () => {};
  readonly sockets: Sockets;
  /** True for a node's own namespace, where a few sysctls exist or can be written that cannot elsewhere. */
  readonly initial: boolean;
  /** Namespaces that have a name here: /run/netns, what `ip netns` lists. A node's container runtime names its Pods'. */
  names = new Map<string, Netns>();
  /** Processes live in it: losing its name does not end it. */
  held = false;
  /** Numbers by which this one refers to others: `link-netnsid`. */
  readonly #nsids = new Map<Netns, number>();
  readonly #idBase: number;
  #ids = 0;
  #idents: number;

  constructor(
    readonly world: World,
    readonly name: string,
    init: { readonly initial?: boolean } = {},
  ) {
    this.initial = init.initial ?? false;
    const rng = world.rng.fork(`netns ${name}`);
    this.#idBase = (rng.u32() >>> 12) * 0x1_0000_0000;
    this.#idents = rng.u32() & 0xffff;
    this.sysctl = new Sysctls(this.initial, () => this.catchUp());
    this.sysctl.register("net/ipv4/route/flush", {
      write: (text) => {
        parseSysctlNumber(text);
        this.pathMtus.flush();
      },
    });
    this.sockets = new Sockets(this);
  }

  get devices(): Devices {
    return this.#ip.devices;
  }

  get addresses(): Addresses {
    return this.#ip.addresses;
  }

  get fib(): Fib {
    return this.#ip.fib;
  }

  get rules(): Rules {
    return this.#ip.rules;
  }

  get neighbours(): Neighbours {
    return this.#ip.neighbours;
  }

  get fragments(): Fragments {
    return this.#ip.fragments;
  }

  get pathMtus(): PathMtus {
    return this.#ip.pathMtus;
  }

  get icmpLimits(): IcmpLimits {
    return this.#ip.icmpLimits;
  }

  get lo(): LoopbackDevice {
    return this.#ip.lo;
  }

  get snmp(): Snmp {
    return this.#ip.snmp;
  }

  /** UDP ports that belong to the kernel itself (VXLAN), before any socket is asked. */
  get encapsulation(): Map<number, ProtocolHandler> {
    return this.#ip.encapsulation;
  }

  /** Sees every frame of every device, those to come included: tcpdump -i any. */
  get taps(): Set<Tap> {
    return this.#ip.taps;
  }

  get #ip(): IpStack {
    return this.#ready ?? this.catchUp();
  }

  /**
   * Puts off what changes devices, addresses, routes or neighbours until somebody looks at any of them, and does it
   * then with the clock of now: nobody can tell. It must neither fail nor wait, nor set a timer.
   */
  putOff(work: () => void): void {
    this.#putOff.push({ us: this.world.scheduler.nowUs, work });
    this.#ready = undefined;
    if (this.#putOff.length > MOST_PUT_OFF) this.catchUp();
  }

  /** Does all that has been put off. Reentrant: what looks on the way sees what has been done so far. */
  catchUp(): IpStack {
    const isNew = this.#stack === undefined;
    this.#ready = this.#stack ??= new IpStack(this);
    if (isNew) this.devices.add(this.lo);
    const { scheduler } = this.world;
    for (const { us, work } of this.#putOff.splice(0)) scheduler.asOf(us, work);
    return this.#stack;
  }

  /** What a frame from one of this namespace's devices calls. */
  readonly receiveFrame: Device["onReceive"] = (frame, device, cargo) => receiveFrame(this, frame, device, cargo);

  /** A packet that begins its life here. */
  newSkb(packet: Packet): Skb {
    return new Skb(packet, this, this.#idBase + ++this.#ids);
  }

  /** The identification field of a packet that may be cut into fragments. */
  nextIdent(): number {
    this.#idents = (this.#idents + 1) & 0xffff;
    return this.#idents;
  }

  /** peernet2id_alloc(): the number of another namespace, given when it is first needed. */
  nsidOf(other: Netns): number {
    const known = this.#nsids.get(other);
    if (known !== undefined) return known;
    const taken = new Set(this.#nsids.values());
    let next = 0;
    while (taken.has(next)) next++;
    this.#nsids.set(other, next);
    return next;
  }

  /** `ip netns set`: false when another has that number. */
  giveNsid(other: Netns, id: number): boolean {
    if ([...this.#nsids.values()].includes(id)) return false;
    this.#nsids.set(other, id);
    return true;
  }

  /** By number. */
  get nsids(): readonly (readonly [Netns, number])[] {
    return [...this.#nsids].sort(([, a], [, b]) => a - b);
  }

  /** Undefined: nobody has needed one yet. */
  knownNsid(other: Netns): number | undefined {
    return this.#nsids.get(other);
  }

  isLocal(address: Ip): boolean {
    return this.addressType(address) === "local";
  }

  /** What this address is to this namespace: inet_addr_type(), by the local table, else unicast. */
  addressType(address: Ip): RouteType {
    return this.fib.addressType(address);
  }

  /** One line of the packet's journey. Ask `world.trace.active` first where it matters. */
  trace(skb: Skb, kind: TraceEvent["kind"], what: string): void {
    const { trace, scheduler } = this.world;
    if (!trace.active) return;
    trace.emit({ atMs: scheduler.nowMs, where: this.name, kind, packet: skb.id, what, summary: printPacketBrief(skb.packet) });
  }

  /** A packet ends here, and why. */
  drop(skb: Skb, why: string): void {
    if (this.world.trace.active) this.trace(skb, "drop", why);
  }
}

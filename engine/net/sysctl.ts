/**
 * The knobs under /proc/sys/net of one namespace: `sysctl net.ipv4.ip_forward`, as text for
 * whoever types it and as numbers for the stack.
 *
 * Keys are paths ("net/ipv4/conf/eth0/rp_filter"); the dotted spelling is the tool's, and in it
 * a device's own dots are written as slashes: see `pathOf`. Hot paths read the plain objects
 * `ipv4`, `bridge` and `confOf(device)`. In Linux: sysctl_net_ipv4.c, devinet.c, neighbour.c.
 * Differs: a knob nobody in the emulation acts on can be read and set like any other.
 */
import { compare } from "../core/order";
import { SysError } from "../core/errno";
import type { Device } from "../link/device";
import { SYSCTL_LIMITS } from "./sysctl-limits";
import * as defaults from "./sysctl-defaults";

export type DeviceConf = typeof defaults.DEVICE_CONF;
export type NeighConf = typeof defaults.NEIGH;
type Conf = keyof DeviceConf;

const ALL: DeviceConf = { ...defaults.DEVICE_CONF, accept_source_route: 0 };
const VECTORS: ReadonlyMap<string, readonly number[]> = new Map(Object.entries(defaults.VECTORS));
const WORDS: ReadonlyMap<string, string> = new Map(Object.entries(defaults.WORDS).map(([key, value]) => [pathOf(key), value]));
const PORT_RANGE = "net/ipv4/ip_local_port_range";

type Numbers = Record<string, number>;
/** Knobs that are one number each, by what their paths begin with. */
type Table = { readonly prefix: string; readonly values: Numbers; readonly min?: number | undefined };

/** One file under /proc/sys. `write` throws SysError: EINVAL for what it cannot read, EACCES where nobody may. Without `read` it is only written. */
export type Knob = { readonly read?: () => string; readonly write?: (value: string) => void };

/** A copy that takes no room until something in it is set: every Pod has a thousand of these numbers, and few are ever turned. */
function over<T extends Numbers>(defaults: T): T {
  return Object.create(defaults) as T;
}

/** The same with what is set in another copy. */
function like<T extends Numbers>(other: T): T {
  return Object.assign(Object.create(Object.getPrototypeOf(other) as T), other) as T;
}

export class Sysctls {
  readonly ipv4 = over(defaults.IPV4);
  readonly bridge = over(defaults.BRIDGE);
  readonly core = over(defaults.CORE);
  readonly route = over(defaults.ROUTE);
  readonly all: DeviceConf = over(ALL);
  readonly default: DeviceConf = over(defaults.DEVICE_CONF);
  readonly neighDefault: NeighConf = over(defaults.NEIGH);
  readonly neighTable = over(defaults.NEIGH_TABLE);
  readonly #coreInitial = over(defaults.CORE_INITIAL);
  readonly #devices = new Map<Device, { readonly conf: DeviceConf; readonly neigh: NeighConf }>();
  /** Those that other parts have registered. */
  readonly #knobs = new Map<string, Knob>();
  #tables: readonly Table[] = [];
  /** What has been written, of the knobs that hold several numbers or a word. */
  #vectors: ReadonlyMap<string, readonly number[]> | undefined;
  #words: ReadonlyMap<string, string> | undefined;

  /** Somebody has written ignore_routes_with_linkdown; filled by the routing tables. */
  onIgnoreLinkdown: () => void = () => {};

  constructor(
    private readonly initial: boolean,
    /** Called before the devices' own are looked at: some devices may still have to be made. */
    private readonly catchUp: () => void = () => {},
  ) {}

  /** What the file says, without the newline; undefined when there is no such key, or nobody may read it. */
  get(key: string): string | undefined {
    return this.#knob(key)?.read?.();
  }

  exists(key: string): boolean {
    return this.#knob(key) !== undefined;
  }

  /** Throws ENOENT, EACCES (read-only) or EINVAL. */
  set(key: string, value: string): void {
    const knob = this.#knob(key);
    if (knob === undefined) throw new SysError("ENOENT");
    if (knob.write === undefined) throw new SysError("EACCES");
    knob.write(value);
  }

  number(key: string): number {
    return Number(this.get(key) ?? 0);
  }

  /** The numbers of a knob that holds several: ip_local_port_range, tcp_rmem. By its path: it is asked for every connection. */
  numbers(path: string): readonly number[] {
    return this.#vectors?.get(path) ?? VECTORS.get(path) ?? [];
  }

  /** What a knob that holds a word says, by its path. */
  word(path: string): string {
    return this.#words?.get(path) ?? WORDS.get(path) ?? "";
  }

  writable(key: string): boolean {
    return this.#knob(key)?.write !== undefined;
  }

  /** All paths, in the order `sysctl -a` walks them. */
  paths(): string[] {
    const numbers = this.#allTables().flatMap(({ prefix, values }) => namesOf(values).map((name) => prefix + name));
    return [...new Set([...this.#knobs.keys(), ...VECTORS.keys(), ...WORDS.keys(), ...numbers])].sort(compare);
  }

  #knob(key: string): Knob | undefined {
    const path = pathOf(key);
    return this.#knobs.get(path) ?? this.#particular(path) ?? this.#numberKnob(path);
  }

  /** Those that are more than a number which anybody may set. */
  #particular(path: string): Knob | undefined {
    if (path === "net/ipv4/ip_forward") return numberKnob(this.ipv4, "ip_forward", () => this.#forwardingSet(this.ipv4.ip_forward));
    if (path === "net/ipv4/conf/all/forwarding") return numberKnob(this.all, "forwarding", () => this.#forwardingSet(this.all.forwarding));
    // ipv4_privileged_ports(): no port that is given away by itself may become root's.
    if (path === "net/ipv4/ip_unprivileged_port_start") return numberKnob(this.ipv4, "ip_unprivileged_port_start", undefined, 0, this.numbers(PORT_RANGE)[0]);
    if (VECTORS.has(path)) return this.#vectorKnob(path);
    if (path.endsWith("/ignore_routes_with_linkdown")) return this.#numberKnob(path, () => this.onIgnoreLinkdown());
    return WORDS.has(path) ? this.#wordKnob(path) : undefined;
  }

  #numberKnob(path: string, onChange?: () => void): Knob | undefined {
    for (const { prefix, values, min } of this.#allTables()) {
      if (!path.startsWith(prefix)) continue;
      const name = path.slice(prefix.length);
      const [least, most] = SYSCTL_LIMITS.get(path) ?? [min];
      if (typeof values[name] === "number") return numberKnob(values, name, onChange, least, most);
    }
    return undefined;
  }

  #allTables(): readonly Table[] {
    this.catchUp();
    const tables: Table[] = [
      { prefix: "net/ipv4/", values: this.ipv4, min: 0 },
      { prefix: "net/bridge/", values: this.bridge },
      { prefix: "net/core/", values: this.core },
      { prefix: "net/ipv4/route/", values: this.route },
      { prefix: "net/ipv4/conf/all/", values: this.all },
      { prefix: "net/ipv4/conf/default/", values: this.default },
    ];
    if (this.initial) {
      tables.push({ prefix: "net/core/", values: this.#coreInitial }, { prefix: "net/ipv4/neigh/default/", values: this.neighDefault }, { prefix: "net/ipv4/neigh/default/", values: this.neighTable });
    }
    for (const [{ name }, { conf, neigh }] of this.#devices) tables.push({ prefix: `net/ipv4/conf/${name}/`, values: conf }, { prefix: `net/ipv4/neigh/${name}/`, values: neigh });
    return [...tables, ...this.#tables];
  }

  /** Those that are not given stay, those too many are not looked at; nothing is set unless all of them will do. */
  #vectorKnob(path: string): Knob {
    return {
      read: () => this.numbers(path).join("\t"),
      write: (text) => {
        const values = this.numbers(path);
        const given = text.trim().split(/\s+/).slice(0, values.length).map(parseSysctlNumber);
        const all = values.map((value, i) => given[i] ?? value);
        if (path === PORT_RANGE && !this.#isPortRange(all)) throw new SysError("EINVAL");
        this.#vectors = new Map(this.#vectors).set(path, all);
      },
    };
  }

  #wordKnob(path: string): Knob {
    const read = (): string => this.word(path);
    if (path.includes("available")) return { read };
    const write = (text: string): void => {
      const word = text.trim();
      // A kernel would look for the module tcp_WORD.
      if (path.endsWith("/tcp_congestion_control") && !this.word("net/ipv4/tcp_available_congestion_control").split(" ").includes(word)) throw new SysError("ENOENT");
      this.#words = new Map(this.#words).set(path, word);
    };
    return { read, write };
  }

  /** Numbers that are read and set under `prefix` and their names; a knob registered for one of these paths comes first. */
  registerNumbers(prefix: string, values: Numbers, min?: number): void {
    this.#tables = [...this.#tables, { prefix, values, min }];
  }

  /** A layer above adds its own: conntrack's net.netfilter.*. Returns how to take it away. */
  register(key: string, knob: Knob): () => void {
    const path = pathOf(key);
    this.#knobs.set(path, knob);
    return () => this.#knobs.delete(path);
  }

  confOf(device: Device): DeviceConf {
    return this.#devices.get(device)?.conf ?? this.default;
  }

  neighOf(device: Device): NeighConf {
    return this.#devices.get(device)?.neigh ?? this.neighDefault;
  }

  /** A new device starts with what `default` says now. */
  addDevice(device: Device): void {
    const conf = like(this.default);
    if (device.kind === "loopback") Object.assign(conf, { disable_policy: 1, disable_xfrm: 1 });
    this.#devices.set(device, { conf, neigh: like(this.neighDefault) });
  }

  removeDevice(device: Device): void {
    this.#devices.delete(device);
  }

  /** ipv4_local_port_range(): in order, and none of the ports that are root's. */
  #isPortRange([low = 0, high = 0]: readonly number[]): boolean {
    return low >= Math.max(this.ipv4.ip_unprivileged_port_start, 1) && high >= low && high <= 65_535;
  }

  /** IN_DEV_MAXCONF: rp_filter, arp_announce, arp_ignore, arp_notify. */
  max(conf: Conf, device: Device): number {
    return Math.max(this.all[conf], this.confOf(device)[conf]);
  }

  /** IN_DEV_ORCONF: accept_local, route_localnet, proxy_arp, send_redirects, log_martians, shared_media. */
  or(conf: Conf, device: Device): boolean {
    return this.all[conf] !== 0 || this.confOf(device)[conf] !== 0;
  }

  /** IN_DEV_ANDCONF: bc_forwarding. */
  and(conf: Conf, device: Device): boolean {
    return this.all[conf] !== 0 && this.confOf(device)[conf] !== 0;
  }

  /** IN_DEV_FORWARD: each device for itself; writing `all` or ip_forward has set them all. */
  forwards(device: Device): boolean {
    return this.confOf(device).forwarding !== 0;
  }

  /** A router trusts a redirect only when `all` and the device agree; a host when either does. */
  acceptsRedirects(device: Device): boolean {
    const own = this.confOf(device);
    if (own.forwarding !== 0) return this.all.accept_redirects !== 0 && own.accept_redirects !== 0;
    return this.all.accept_redirects !== 0 || own.accept_redirects !== 0;
  }

  /** Only a change goes through to the devices: the two always say the same, but for the one just written. */
  #forwardingSet(on: number): void {
    if (this.ipv4.ip_forward !== this.all.forwarding) this.#setForwarding(on);
  }

  /** inet_forward_change(): ip_forward, all and default are one switch for every device. */
  #setForwarding(on: number): void {
    this.catchUp();
    this.ipv4.ip_forward = this.all.forwarding = this.default.forwarding = on;
    // A router decides for itself: with forwarding on, it no longer listens to redirects.
    this.all.accept_redirects = on === 0 ? 1 : 0;
    for (const { conf } of this.#devices.values()) conf.forwarding = on;
  }
}

/** procps' rule: whichever of "." and "/" comes first separates, and the other is part of a name. */
export function pathOf(key: string): string {
  const first = /[./]/.exec(key)?.[0];
  if (first !== ".") return key;
  return key.replace(/[./]/g, (c) => (c === "." ? "/" : "."));
}

export function dottedOf(path: string): string {
  return path.replace(/[./]/g, (c) => (c === "/" ? "." : "/"));
}

/** proc_dointvec: the first decimal, hexadecimal or octal number, and white space around it. */
export function parseSysctlNumber(text: string): number {
  const m = /^\s*(-?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)(?=\s|$)/i.exec(text);
  if (m === null) throw new SysError("EINVAL");
  const digits = m[2] as string;
  const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return m[1] === "-" ? -value : value;
}

/** A knob that shows and sets one number of an object. */
export function numberKnob<T extends Record<string, number>>(values: T, name: keyof T & string, onChange?: () => void, min = -2147483648, max = 4294967295): Knob {
  return {
    read: () => String(values[name]),
    write: (text) => {
      const value = parseSysctlNumber(text);
      if (value < min || value > max) throw new SysError("EINVAL");
      (values as Record<string, number>)[name] = value;
      onChange?.();
    },
  };
}

function namesOf(values: Numbers): string[] {
  const names: string[] = [];
  for (const name in values) names.push(name);
  return names;
}

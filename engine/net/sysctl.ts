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
import * as defaults from "./sysctl-defaults";

export type DeviceConf = typeof defaults.DEVICE_CONF;
export type NeighConf = typeof defaults.NEIGH;
type Conf = keyof DeviceConf;

const PORT_RANGE = "net/ipv4/ip_local_port_range";

type Table = { readonly prefix: string; readonly values: Record<string, number>; readonly min: number | undefined };

/** One file under /proc/sys. `write` throws SysError: EINVAL for what it cannot read, EACCES where nobody may. Without `read` it is only written. */
export type Knob = { readonly read?: () => string; readonly write?: (value: string) => void };

export class Sysctls {
  readonly ipv4 = { ...defaults.IPV4 };
  readonly bridge = { ...defaults.BRIDGE };
  readonly core = { ...defaults.CORE };
  readonly route = { ...defaults.ROUTE };
  readonly all: DeviceConf = { ...defaults.DEVICE_CONF, accept_source_route: 0 };
  readonly default: DeviceConf = { ...defaults.DEVICE_CONF };
  readonly neighDefault: NeighConf = { ...defaults.NEIGH };
  readonly neighTable = { ...defaults.NEIGH_TABLE };
  readonly #knobs = new Map<string, Knob>();
  /** Knobs that are one number each, by what their paths begin with: made when somebody turns one, for every Pod has hundreds. */
  #tables: readonly Table[] = [];
  readonly #vectors = new Map<string, number[]>();
  readonly #confs = new Map<Device, DeviceConf>();
  readonly #neighs = new Map<Device, NeighConf>();

  constructor(initial: boolean) {
    this.registerNumbers("net/ipv4/", this.ipv4, 0);
    this.registerNumbers("net/bridge/", this.bridge);
    this.registerNumbers("net/core/", this.core);
    this.registerNumbers("net/ipv4/route/", this.route);
    this.#confDirectory("all", this.all);
    this.#confDirectory("default", this.default);
    for (const [path, value] of Object.entries(defaults.VECTORS)) this.#vectors.set(path, [...value]);
    for (const [path, values] of this.#vectors) this.register(path, vectorKnob(values, path === PORT_RANGE ? (given) => this.#isPortRange(given) : () => true));
    for (const [key, value] of Object.entries(defaults.WORDS)) this.register(key, wordKnob(value, key.includes("available")));
    this.register("net/ipv4/ip_forward", numberKnob(this.ipv4, "ip_forward", () => this.#setForwarding(this.ipv4.ip_forward)));
    this.register("net/ipv4/ip_default_ttl", numberKnob(this.ipv4, "ip_default_ttl", undefined, 1, 255));
    if (!initial) return;
    this.registerNumbers("net/core/", { ...defaults.CORE_INITIAL });
    this.registerNumbers("net/ipv4/neigh/default/", this.neighDefault);
    this.registerNumbers("net/ipv4/neigh/default/", this.neighTable);
  }

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
    return this.#vectors.get(path) ?? [];
  }

  writable(key: string): boolean {
    return this.#knob(key)?.write !== undefined;
  }

  /** All paths, in the order `sysctl -a` walks them. */
  paths(): string[] {
    const numbers = this.#tables.flatMap(({ prefix, values }) => Object.keys(values).map((name) => prefix + name));
    return [...new Set([...this.#knobs.keys(), ...numbers])].sort(compare);
  }

  #knob(key: string): Knob | undefined {
    const path = pathOf(key);
    const known = this.#knobs.get(path);
    if (known !== undefined) return known;
    for (const { prefix, values, min } of this.#tables) {
      if (!path.startsWith(prefix)) continue;
      const name = path.slice(prefix.length);
      if (Object.hasOwn(values, name)) return numberKnob(values, name, undefined, min);
    }
    return undefined;
  }

  /** Numbers that are read and set under `prefix` and their names; a knob registered for one of these paths comes first. */
  registerNumbers(prefix: string, values: Record<string, number>, min?: number): void {
    this.#tables = [...this.#tables, { prefix, values, min }];
  }

  /** A layer above adds its own: conntrack's net.netfilter.*. Returns how to take it away. */
  register(key: string, knob: Knob): () => void {
    const path = pathOf(key);
    this.#knobs.set(path, knob);
    return () => this.#knobs.delete(path);
  }

  confOf(device: Device): DeviceConf {
    return this.#confs.get(device) ?? this.default;
  }

  neighOf(device: Device): NeighConf {
    return this.#neighs.get(device) ?? this.neighDefault;
  }

  /** A new device starts with what `default` says now. */
  addDevice(device: Device): void {
    const conf = { ...this.default };
    if (device.kind === "loopback") Object.assign(conf, { disable_policy: 1, disable_xfrm: 1 });
    this.#confs.set(device, conf);
    this.#confDirectory(device.name, conf);
    const neigh = { ...this.neighDefault };
    this.#neighs.set(device, neigh);
    this.registerNumbers(`net/ipv4/neigh/${device.name}/`, neigh);
  }

  removeDevice(device: Device, name = device.name): void {
    this.#confs.delete(device);
    this.#neighs.delete(device);
    this.#tables = this.#tables.filter(({ prefix }) => prefix !== `net/ipv4/conf/${name}/` && prefix !== `net/ipv4/neigh/${name}/`);
  }

  renameDevice(device: Device, oldName: string): void {
    const [conf, neigh] = [this.confOf(device), this.neighOf(device)];
    this.removeDevice(device, oldName);
    this.#confs.set(device, conf);
    this.#neighs.set(device, neigh);
    this.#confDirectory(device.name, conf);
    this.registerNumbers(`net/ipv4/neigh/${device.name}/`, neigh);
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

  /** inet_forward_change(): ip_forward, all and default are one switch for every device. */
  #setForwarding(on: number): void {
    this.ipv4.ip_forward = this.all.forwarding = this.default.forwarding = on;
    // A router decides for itself: with forwarding on, it no longer listens to redirects.
    this.all.accept_redirects = on === 0 ? 1 : 0;
    for (const conf of this.#confs.values()) conf.forwarding = on;
  }

  #confDirectory(name: string, conf: DeviceConf): void {
    this.registerNumbers(`net/ipv4/conf/${name}/`, conf);
    if (name === "all") this.register("net/ipv4/conf/all/forwarding", numberKnob(conf, "forwarding", () => this.#setForwarding(conf.forwarding)));
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

/** Those that are not given stay, those too many are not looked at; nothing is set unless `valid`. */
function vectorKnob(values: number[], valid: (all: readonly number[]) => boolean): Knob {
  return {
    read: () => values.join("\t"),
    write: (text) => {
      const given = text.trim().split(/\s+/).slice(0, values.length).map(parseSysctlNumber);
      const all = values.map((value, i) => given[i] ?? value);
      if (!valid(all)) throw new SysError("EINVAL");
      values.splice(0, values.length, ...all);
    },
  };
}

function wordKnob(value: string, readOnly: boolean): Knob {
  let held = value;
  const read = (): string => held;
  if (readOnly) return { read };
  return {
    read,
    write: (text) => {
      held = text.trim();
    },
  };
}

/** What every `ip` command works on: the namespace, the options before the object, and what it prints. */
import type { BaseDevice } from "../../link/base";
import type { Device } from "../../link/device";
import type { Netns } from "../../net/netns";
import type { NetlinkError } from "../../net/netlink";
import { IpFailure } from "./words";

export type IpOptions = {
  details: boolean;
  statistics: number;
  json: boolean;
  pretty: boolean;
  brief: boolean;
  oneline: boolean;
  numeric: boolean;
  all: boolean;
  family: "any" | "inet" | "inet6" | "link" | "bridge";
  force: boolean;
};

export type IpContext = {
  readonly ns: Netns;
  /** /run/netns: names that more than one namespace may share. */
  readonly names: Map<string, Netns>;
  /** /proc: in which namespace each process is, by number. */
  readonly processes: () => ReadonlyMap<number, Netns>;
  readonly options: IpOptions;
  readonly out: string[];
  /** Warnings that do not end the command. */
  readonly err: string[];
};

/** What a kernel's refusal looks like: its explanation, or only the errno. */
export function kernelSays(error: NetlinkError, exit = 2): IpFailure {
  const text = error.extack === undefined ? `RTNETLINK answers: ${error.message}\n` : `Error: ${error.extack}.\n`;
  return new IpFailure(text, exit);
}

/** A device that a command acts on. */
export function deviceOr(ns: Netns, name: string, message = `Cannot find device "${name}"\n`): BaseDevice {
  const device = ns.devices.byName(name);
  if (device === undefined) throw new IpFailure(message, 1);
  return device;
}

/** IFF_*, as `ip` and `bridge` list them between angle brackets; `<` and `>` not included. */
export function flagsOf(device: Device, ns: Netns): string[] {
  const flags: string[] = [];
  if (device.up && !device.carrier) flags.push("NO-CARRIER");
  if (device.kind === "loopback") flags.push("LOOPBACK");
  else flags.push("BROADCAST");
  if (device.noarp && device.kind !== "loopback") flags.push("NOARP");
  const { multicast, allMulticast } = device as Partial<BaseDevice>;
  if (device.kind !== "loopback" && device.kind !== "dummy" && multicast !== false) flags.push("MULTICAST");
  if (allMulticast) flags.push("ALLMULTI");
  if ((device as Partial<BaseDevice>).promiscFlag) flags.push("PROMISC");
  if (device.up) flags.push("UP");
  if (device.up && device.carrier) flags.push("LOWER_UP");
  if (peerIsDown(device, ns)) flags.push("M-DOWN");
  return flags;
}

/** The other end of a veth, in the same namespace, is down. */
function peerIsDown(device: Device, ns: Netns): boolean {
  const { peer } = device as { readonly peer?: BaseDevice };
  return peer !== undefined && peer.home === ns && !peer.up;
}

/** IF_OPER_*: RFC 2863's operational state. */
export function stateOf(device: Device): string {
  if (!device.up) return "DOWN";
  if (device.kind === "loopback" || device.kind === "vxlan" || device.kind === "dummy") return "UNKNOWN";
  if (device.carrier) return "UP";
  return lowerIsDown(device) ? "LOWERLAYERDOWN" : "DOWN";
}

/**
 * default_operstate(): a veth without carrier looks for the number of its other end among the devices of its
 * *own* namespace, whoever has that number there.
 */
function lowerIsDown(device: Device): boolean {
  const { peer, home } = device as { readonly peer?: BaseDevice; readonly home?: object };
  if (device.kind !== "veth" || peer === undefined || peer.index === device.index) return false;
  const lower = (home as Netns).devices.all().find(({ index }) => index === peer.index);
  return lower !== undefined && !lower.carrier;
}

/** A number that is written with two decimals: print_float(). */
export function hundredths(value: number): string {
  return `\u0000${(Math.round(value * 100) / 100).toFixed(2)}`;
}

/** print_json: iproute2's own spacing with -p. */
export function printJson(value: unknown, pretty: boolean): string {
  const written = pretty ? prettyValue(value, 0) : JSON.stringify(value);
  return `${written.replaceAll(/"\\u0000([\d.]+)"/g, "$1")}\n`;
}

/** A list and an object take a step each. */
function prettyValue(value: unknown, depth: number): string {
  if (Array.isArray(value)) return value.length === 0 ? "[ ]" : `[ ${value.map((item) => prettyValue(item, depth + 1)).join(",")} ]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = "    ".repeat(depth + 1);
  const fields = Object.entries(value).map(([key, field]) => `${inner}${JSON.stringify(key)}: ${prettyValue(field, depth + 1)}`);
  return fields.length === 0 ? "{}" : `{\n${fields.join(",\n")}\n${inner.slice(4)}}`;
}

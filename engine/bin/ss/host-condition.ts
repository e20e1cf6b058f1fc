/** An address, a port or both in ss's filter: `10.1.1.2`, `10.1/16:80`, `:http`, `*:53`, `server` (parse_hostcond, get_prefix). */
import { ANY, type Cidr, type Ip, parseIp } from "../../wire/ip";

/** What the filter has to look up. */
export type Known = {
  /** Undefined: no such service; "ambiguous": TCP's is another than UDP's. */
  readonly portOf: (name: string) => number | "ambiguous" | undefined;
  readonly addressesOf: (name: string) => readonly Ip[] | undefined;
  readonly isDevice: (name: string) => boolean;
};

/** `port` -1 and `nets` undefined: any. `six`: an address of IPv6, which only sockets of both families have. */
export type HostCondition = { readonly nets: readonly Cidr[] | undefined; readonly six: boolean; readonly port: number };

/** Or the complaint. */
export function hostCondition(written: string, isPort: boolean, known: Known): HostCondition | string {
  const { address, port } = split(written.replace(/^inet6?:/, ""), isPort);
  let number = -1;
  if (port !== "" && port !== "*") {
    const read = integer(port) ?? known.portOf(port);
    if (read === "ambiguous") return `Error: ambiguous port "${port}".`;
    if (read === undefined) return `Error: "${port}" does not look like a port.`;
    number = read;
  }
  if (isPort || address === "" || address.startsWith("*")) return { nets: undefined, six: false, port: number };
  if (/^[0-9a-f]*:[0-9a-f:.]*$/i.test(address)) return { nets: undefined, six: true, port: number };
  const net = prefix(address);
  if (net !== undefined) return { nets: net.bits === 0 ? undefined : [net], six: false, port: number };
  const found = known.addressesOf(address);
  if (found === undefined) return `Error: an inet prefix is expected rather than "${address}".`;
  return { nets: found.map((ip) => ({ address: ip, bits: 32 })), six: false, port: number };
}

/** The names a filter mentions that could be those of hosts. */
export function possibleHost(word: string): string | undefined {
  const { address } = split(word, false);
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(address) && prefix(address) === undefined ? address : undefined;
}

function split(written: string, isPort: boolean): { readonly address: string; readonly port: string } {
  if (isPort) return { address: "", port: written.replace(/^:/, "") };
  if (written.startsWith("[")) {
    const end = written.indexOf("]");
    return { address: written.slice(1, end < 0 ? undefined : end), port: end < 0 ? "" : written.slice(end + 1).replace(/^:/, "") };
  }
  if (written.startsWith("*")) return { address: "*", port: written.slice(1).replace(/^:/, "") };
  const slash = written.indexOf("/");
  const colon = written.lastIndexOf(":");
  if (colon < 0 || colon < slash) return { address: written, port: "" };
  return { address: written.slice(0, colon), port: written.slice(colon + 1) };
}

/** strtol(3) with base 0. */
function integer(written: string): number | undefined {
  const m = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(written);
  if (m === null) return undefined;
  const digits = m[2] ?? "";
  if (/^0\d/.test(digits) && !/^0[0-7]+$/.test(digits)) return undefined;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return m[1] === "-" ? -value : value;
}

/** "10.1/16": what is missing of an address is zero. */
function prefix(written: string): Cidr | undefined {
  if (written === "default" || written === "any" || written === "all") return { address: ANY, bits: 0 };
  const [address = "", bits, more] = written.split("/");
  if (more !== undefined || !/^\d+(\.\d+){0,3}$/.test(address)) return undefined;
  const parts = address.split(".");
  const ip = parseIp([...parts, "0", "0", "0"].slice(0, 4).join("."));
  const length = bits === undefined ? 32 : /^\d+$/.test(bits) ? Number(bits) : maskBits(bits);
  return ip === undefined || length === undefined || length > 32 ? undefined : { address: ip, bits: length };
}

function maskBits(written: string): number | undefined {
  const mask = parseIp(written);
  if (mask === undefined) return undefined;
  const bits = Math.clz32(~mask >>> 0);
  return mask === (bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0) ? bits : undefined;
}

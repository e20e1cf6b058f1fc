/**
 * The fields a filter looks at. Those of the headers in use are read from the frame itself, all else from
 * its bytes: an offset behind the link header, or behind the IP header whose length is in its first byte.
 */
import { isGroup } from "../../wire/mac";
import { type Node, OUTSIDE, type Probe, type Reader } from "./filter-node";

export type Link = {
  /** A capture on all devices: Linux's cooked header in the place of Ethernet's. */
  readonly cooked: boolean;
  /** How far "vlan" has moved what follows. */
  readonly shift: number;
};

const headerOf = ({ cooked }: Link): number => (cooked ? 20 : 14);

function unsigned(probe: Probe, at: number, size: number): number {
  const bytes = probe.about.bytes();
  if (at < 0 || at + size > bytes.length) return OUTSIDE;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}

export const linkBytes = (size: number, at: (probe: Probe) => number): Reader => (probe) => unsigned(probe, at(probe), size);

/** Behind the link header. */
export function networkBytes(link: Link, size: number, at: (probe: Probe) => number): Reader {
  const start = headerOf(link) + link.shift;
  return (probe) => unsigned(probe, start + at(probe), size);
}

/** Behind the IP header. */
export function transportBytes(link: Link, size: number, at: (probe: Probe) => number): Reader {
  const start = headerOf(link) + link.shift;
  return (probe) => {
    const first = unsigned(probe, start, 1);
    return first === OUTSIDE ? OUTSIDE : unsigned(probe, start + (first & 15) * 4 + at(probe), size);
  };
}

const fixed = (at: number) => () => at;

function is(key: string, link: Link, value: number, read: Reader): Node {
  return { kind: "is", key: `${key} ${link.shift}`, value, read };
}

export function etherType(link: Link, type: number): Node {
  const read: Reader = link.shift > 0 ? linkBytes(2, fixed(12 + link.shift)) : ({ frame }) => (frame.payload.kind === "arp" ? 0x0806 : 0x0800);
  return is("ethertype", link, type, read);
}

export function ipProtocol(link: Link, proto: number): Node {
  const read: Reader = link.shift > 0 ? networkBytes(link, 1, fixed(9)) : ({ frame: { payload } }) => (payload.kind === "ipv4" ? payload.proto : OUTSIDE);
  return is("ip proto", link, proto, read);
}

/** No IPv6 header is ever there: its fields are only asked for behind its type. */
export function ip6Next(link: Link, proto: number): Node {
  return is("ip6 next", link, proto, networkBytes(link, 1, fixed(6)));
}

export function ip6Opaque(key: string, link: Link, value: number): Node {
  return is(`ip6 ${key}`, link, value, networkBytes(link, 1, fixed(0)));
}

export type Side = "src" | "dst";

export function ipAddress(link: Link, side: Side, address: number, mask: number): Node {
  const whole: Reader = link.shift > 0 ? networkBytes(link, 4, fixed(side === "src" ? 12 : 16)) : ({ frame: { payload } }) => (payload.kind === "ipv4" ? payload[side] : OUTSIDE);
  if (mask === 0) return { kind: "const", value: address === 0 };
  return is(`ip ${side} ${mask}`, link, address, masked(whole, mask));
}

export function arpAddress(link: Link, side: Side, address: number, mask: number): Node {
  if (mask === 0) return { kind: "const", value: address === 0 };
  return is(`arp ${side} ${mask}`, link, address, masked(networkBytes(link, 4, fixed(side === "src" ? 14 : 24)), mask));
}

function masked(read: Reader, mask: number): Reader {
  if (mask === 0xffff_ffff) return read;
  return (probe) => {
    const value = read(probe);
    return value === OUTSIDE ? OUTSIDE : (value & mask) >>> 0;
  };
}

/** Not a later fragment: only there are ports. */
export function firstFragment(link: Link): Node {
  const read = networkBytes(link, 2, fixed(6));
  return {
    kind: "test",
    test: (probe) => {
      const { payload } = probe.frame;
      if (link.shift === 0 && payload.kind === "ipv4") return payload.offset === 0;
      const flags = read(probe);
      if (flags === OUTSIDE) probe.outside = true;
      return (flags & 0x1fff) === 0;
    },
  };
}

export function portOf(link: Link, side: Side): Reader {
  const bytes = transportBytes(link, 2, fixed(side === "src" ? 0 : 2));
  return (probe) => {
    const { payload } = probe.frame;
    const segment = payload.kind === "ipv4" ? payload.payload : undefined;
    if (link.shift === 0 && (segment?.kind === "tcp" || segment?.kind === "udp")) return side === "src" ? segment.sport : segment.dport;
    return bytes(probe);
  };
}

export function port(link: Link, side: Side, low: number, high: number): Node {
  const read = portOf(link, side);
  if (low === high) return is(`port ${side}`, link, low, read);
  return {
    kind: "test",
    test: (probe) => {
      const value = read(probe);
      if (value === OUTSIDE) probe.outside = true;
      return value >= low && value <= high;
    },
  };
}

export function etherAddress(side: Side, mac: number): Node {
  return { kind: "is", key: `ether ${side}`, value: mac, read: ({ frame }) => frame[side] };
}

export function etherGroup(): Node {
  return { kind: "test", test: ({ frame }) => isGroup(frame.dst) };
}

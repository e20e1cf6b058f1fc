/**
 * A port (or ICMP identifier) that makes the tuple unique: nf_nat_l4proto_unique_tuple() of
 * nf_nat_core.c. Starts at a random place and looks at up to 128 from there, then at 64 from
 * another, and so on; in need it takes the port of a connection that is closing.
 */
import { PROTO } from "../wire/packet";
import type { Connection } from "./connection";
import { S } from "./conntrack-tcp-states";
import { FLAG } from "./conntrack-tcp-window";
import type { Manip, Nat, NatRange } from "./nat";
import type { Tuple } from "./tuple";

const MAX_ATTEMPTS = 128;
/** NF_NAT_HARDER_THRESH: so near the end of the attempts, a closing connection may be evicted. */
const HARDER = MAX_ATTEMPTS / 4;

export function uniquePort(nat: Nat, tuple: Tuple, range: NatRange, manip: Manip, conn: Connection): Tuple {
  const field = tuple.proto === PROTO.icmp || manip === "src" ? "sport" : "dport";
  const space = portSpace(tuple, range, manip, field);
  if (!space) return tuple;
  const { min, size } = space;
  const draw = (): number => nat.rng.below(65_536);
  let offset = 0;
  if (range.ports?.base !== undefined) offset = (tuple[field] - range.ports.base) & 0xffff;
  else if (range.random || range.randomFully || manip !== "dst") offset = draw();

  let candidate = tuple;
  for (let attempts = Math.min(size, MAX_ATTEMPTS); ; attempts = Math.floor(attempts / 2), offset = draw()) {
    for (let i = 0; i < attempts; i++, offset = (offset + 1) & 0xffff) {
      candidate = { ...tuple, [field]: min + (offset % size) };
      if (!usedHarder(nat, candidate, conn, attempts - i)) return candidate;
    }
    if (attempts >= size || attempts < 16) return candidate;
  }
}

function portSpace(tuple: Tuple, { ports }: NatRange, manip: Manip, field: "sport" | "dport"): { readonly min: number; readonly size: number } | undefined {
  const { proto } = tuple;
  if (proto !== PROTO.icmp && proto !== PROTO.tcp && proto !== PROTO.udp) return undefined;
  if (ports) return { min: Math.min(ports.min, ports.max), size: Math.abs(ports.max - ports.min) + 1 };
  if (proto === PROTO.icmp) return { min: 0, size: 65_536 };
  if (manip === "dst") return undefined; // A port cannot be changed that the other side must know.
  const port = tuple[field];
  if (port < 512) return { min: 1, size: 511 };
  return port < 1024 ? { min: 600, size: 424 } : { min: 1024, size: 64_512 };
}

function usedHarder(nat: Nat, tuple: Tuple, conn: Connection, left: number): boolean {
  const other = nat.used(tuple, conn);
  if (!other) return false;
  const { tcp } = other;
  if (left > HARDER || tuple.proto !== PROTO.tcp || !tcp) return true;
  const closing = tcp.state === S.timeWait || tcp.state === S.close;
  if (!closing || !((tcp.seen[0].flags | tcp.seen[1].flags) & FLAG.closeInit || tcp.state === S.close)) return true;
  nat.conntrack.forget(other);
  return false;
}

/**
 * Network address translation: decided once per connection, on its first packet, and kept in
 * the connection's reply tuple. nf_nat_setup_info() and its helpers of nf_nat_core.c.
 *
 * DNAT may be decided at PREROUTING and OUTPUT, SNAT at POSTROUTING and INPUT. What no rule
 * decides gets a *null binding*: also a decision, and as final.
 */
import type { HookName } from "../net/hook";
import type { Ip } from "../wire/ip";
import { type Connection, STATUS } from "./connection";
import type { Conntrack } from "./conntrack";
import { jhash2 } from "./jhash";
import { uniquePort } from "./nat-port";
import { invert, sameTuple, type Tuple } from "./tuple";
import type { Rng } from "../core/rng";

export type Manip = "src" | "dst";

/** struct nf_nat_range2. No addresses: keep the address; no ports: any that is free. */
export type NatRange = {
  readonly addresses?: { readonly min: Ip; readonly max: Ip };
  readonly ports?: { readonly min: number; readonly max: number; readonly base?: number };
  /** --random and --random-fully: do not even try to keep the port. */
  readonly random?: boolean;
  readonly randomFully?: boolean;
  /** The same client gets the same address whatever it talks to. */
  readonly persistent?: boolean;
};

export const manipOf = (at: HookName): Manip => (at === "POSTROUTING" || at === "INPUT" ? "src" : "dst");

export class Nat {
  readonly rng: Rng;
  /** nf_nat_bysource: who already has a source mapping, by his source. */
  readonly #bySource = new Map<number, Set<Connection>>();

  constructor(readonly conntrack: Conntrack) {
    this.rng = conntrack.ns.world.rng.fork(`nat ${conntrack.ns.name}`);
    conntrack.onForget = (conn) => this.#release(conn);
  }

  decided(conn: Connection, manip: Manip): boolean {
    return conn.has(manip === "src" ? STATUS.srcNatDone : STATUS.dstNatDone);
  }

  /** nf_nat_setup_info. False when the packet must be dropped. */
  setup(conn: Connection, range: NatRange, manip: Manip): boolean {
    if (conn.confirmed) return true;
    const now = invert(conn.reply.tuple);
    if (!now) return true;
    const wanted = this.#uniqueTuple(now, range, conn, manip);
    if (!sameTuple(wanted, now)) {
      const reply = invert(wanted);
      if (reply) conn.reply.tuple = reply;
      conn.status |= manip === "src" ? STATUS.srcNat : STATUS.dstNat;
      if (manip === "src") this.#hold(conn);
    }
    conn.status |= manip === "src" ? STATUS.srcNatDone : STATUS.dstNatDone;
    return true;
  }

  /** No rule has spoken: keep everything as it is, except a port that somebody else already uses. */
  nullBinding(conn: Connection, manip: Manip): boolean {
    const now = manip === "src" ? conn.reply.tuple.dst : conn.reply.tuple.src;
    return this.setup(conn, { addresses: { min: now, max: now } }, manip);
  }

  /** Would connections with this tuple be mistaken for another's? */
  used(tuple: Tuple, by: Connection): Connection | undefined {
    const reply = invert(tuple);
    return reply && this.conntrack.taken(reply, by);
  }

  #uniqueTuple(original: Tuple, range: NatRange, conn: Connection, manip: Manip): Tuple {
    const random = range.random || range.randomFully;
    if (manip === "src" && !random) {
      if (inRange(original, range)) {
        if (!this.used(original, conn)) return original;
      } else {
        const known = this.#knownSource(original, range, conn.original.tuple.zone);
        if (known && !this.used(known, conn)) return known;
      }
    }
    const tuple = withAddress(original, range, manip, conn.zone);
    if (!random) {
      const { ports } = range;
      if (ports) {
        const fits = ports.base === undefined && portInRange(tuple, ports, manip);
        if (fits && (ports.min === ports.max || !this.used(tuple, conn))) return tuple;
      } else if (!this.used(tuple, conn)) return tuple;
    }
    return uniquePort(this, tuple, range, manip, conn);
  }

  /** find_appropriate_src: a socket that talks to two places keeps one outside port. */
  #knownSource(original: Tuple, range: NatRange, zone: number): Tuple | undefined {
    for (const conn of this.#bySource.get(sourceKey(original)) ?? []) {
      const own = conn.original.tuple;
      if (own.proto !== original.proto || own.zone !== zone) continue;
      const mapped = invert(conn.reply.tuple);
      if (!mapped) continue;
      const candidate = { ...original, src: mapped.src, sport: mapped.sport };
      if (inRange(candidate, range)) return candidate;
    }
    return undefined;
  }

  #hold(conn: Connection): void {
    const key = sourceKey(conn.original.tuple);
    const held = this.#bySource.get(key);
    if (held) held.add(conn);
    else this.#bySource.set(key, new Set([conn]));
  }

  #release(conn: Connection): void {
    if (!conn.has(STATUS.srcNat)) return;
    const key = sourceKey(conn.original.tuple);
    const held = this.#bySource.get(key);
    if (held?.delete(conn) && held.size === 0) this.#bySource.delete(key);
  }
}

const sourceKey = ({ src, sport }: Tuple): number => src * 0x1_0000 + sport;

function inRange(tuple: Tuple, { addresses, ports }: NatRange): boolean {
  if (addresses && (tuple.src < addresses.min || tuple.src > addresses.max)) return false;
  return !ports || portInRange(tuple, ports, "src");
}

function portInRange(tuple: Tuple, { min, max }: { readonly min: number; readonly max: number }, manip: Manip): boolean {
  // An ICMP identifier is a source's; the kernel looks at it whichever side is bent.
  const port = manip === "src" || tuple.proto === 1 ? tuple.sport : tuple.dport;
  return port >= min && port <= max;
}

/** find_best_ips_proto: one of the addresses, always the same for the same client and server. */
function withAddress(tuple: Tuple, { addresses, persistent }: NatRange, manip: Manip, zone: number): Tuple {
  if (!addresses) return tuple;
  const { min, max } = addresses;
  let chosen: number = min;
  if (min !== max) {
    const hash = jhash2([swap(tuple.src), 0, 0, 0], persistent ? 0 : (swap(tuple.dst) ^ zone) >>> 0);
    chosen = min + Math.floor((hash * (max - min + 1)) / 0x1_0000_0000);
  }
  if (chosen === (manip === "src" ? tuple.src : tuple.dst)) return tuple;
  return manip === "src" ? { ...tuple, src: chosen as Ip } : { ...tuple, dst: chosen as Ip };
}

/** The kernel hashes addresses as they lie in memory: network order, read by a little-endian CPU. */
function swap(n: number): number {
  return (((n & 0xff) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;
}

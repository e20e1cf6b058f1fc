/**
 * Connection tracking: which packets belong together, and how NAT has bent them.
 *
 * A connection is two tuples. `original` is the first packet as it arrived; `reply` is what an
 * answer must look like. NAT changes only `reply`, so a packet going one way leaves looking
 * like the mirror image of the other way's tuple. A first packet only *proposes* its
 * connection: it is entered into the table when the packet leaves (confirm), so that a packet
 * a rule drops leaves nothing behind. In Linux: net/netfilter/nf_conntrack_core.c.
 *
 * Differs: no expectations and helpers (ftp, sip); entries of a clash (two packets of one flow
 * at the same time on two CPUs) cannot arise but from copies of one packet.
 */
import { ipv4Length } from "../wire/ipv4";
import type { Netns } from "../net/netns";
import type { Skb } from "../net/skb";
import type { Verdict } from "../net/hook";
import { PROTO } from "../wire/packet";
import { Connection, type ConnRef, NO_ZONE, STATUS, type Template, UNTRACKED, type Zone } from "./connection";
import { type ConntrackEvent, ConntrackEvents } from "./conntrack-events";
import { collectGarbage } from "./conntrack-gc";
import { relatedTo, startsIcmp } from "./conntrack-icmp";
import { type ConntrackStat, newStat } from "./conntrack-stats";
import { ConntrackTable } from "./conntrack-table";
import { TCP_STATES } from "./conntrack-tcp-states";
import { pickedUp, tcpPacket } from "./conntrack-tcp";
import { type ConntrackLimits, type ConntrackSettings, defaultSettings } from "./conntrack-timeouts";
import { RateLimit } from "./rate-limit";
import { invert, sameTuple, type Tuple, tupleOf } from "./tuple";

/** NF_CT_EVICTION_RANGE. */
const EVICTION_BUCKETS = 8;
const CPUS = 2;

export class Conntrack {
  readonly table: ConntrackTable;
  readonly settings: ConntrackSettings;
  readonly events = new ConntrackEvents();
  readonly stats: readonly ConntrackStat[] = Array.from({ length: CPUS }, newStat);
  /** NAT's: told when a connection leaves (nf_nat_cleanup_conntrack). */
  onForget: (conn: Connection) => void = () => {};
  #gcDueMs: number | undefined;
  #earlyDropWanted = false;
  #ids = 0;
  readonly #idSeed: number;
  /** The number of the namespace's file, by which the kernel's log names it. */
  readonly #inode: number;
  readonly #warnings: RateLimit;

  constructor(
    readonly ns: Netns,
    readonly limits: ConntrackLimits,
  ) {
    const rng = ns.world.rng.fork(`conntrack ${ns.name}`);
    this.table = new ConntrackTable(rng.u32());
    this.#idSeed = rng.u32();
    this.#inode = 4_026_532_000 + rng.below(8000);
    this.settings = defaultSettings(limits);
    this.#warnings = new RateLimit(ns.world, 5000, 10);
  }

  get nowMs(): number {
    return this.ns.world.scheduler.nowMs;
  }

  /** net.netfilter.nf_conntrack_count: what is in the table, expired or not. */
  get count(): number {
    return this.table.size;
  }

  /** nf_conntrack_in: at PREROUTING and OUTPUT, before any NAT. */
  track(skb: Skb): Verdict {
    const held = skb.conn as ConnRef | Template | undefined;
    const template = held?.template === true ? held : undefined;
    if (held !== undefined && !template) return "ACCEPT"; // Seen before (it came over lo), or untracked.
    skb.conn = undefined;
    const zone = template?.zone ?? NO_ZONE;
    const { packet } = skb;

    if (packet.proto === PROTO.icmp && packet.payload.kind === "icmp") {
      const error = relatedTo(this, packet, zone);
      if (error === "none") {
        this.stat(skb).error++;
        return "ACCEPT"; // An error about nothing we know is INVALID.
      }
      if (error) {
        skb.conn = error;
        return "ACCEPT";
      }
    }
    return this.#resolve(skb, zone);
  }

  #resolve(skb: Skb, zone: Zone): Verdict {
    const tuple = tupleOf(skb.packet, zone.original);
    for (let round = 0; tuple && round < 2; round++) {
      const ref = this.#refOf(tuple, zone, skb);
      if (ref === "full") {
        this.stat(skb).drop++;
        return "DROP";
      }
      if (!ref) break;
      const verdict = this.#update(ref, skb);
      if (verdict === "repeat") continue;
      if (verdict === "invalid") break;
      if (verdict === "drop") {
        this.stat(skb).invalid++;
        this.stat(skb).drop++;
        return "DROP";
      }
      skb.conn = ref;
      if (ref.info === "ESTABLISHED_REPLY" && ref.conn && !ref.conn.has(STATUS.seenReply)) {
        ref.conn.status |= STATUS.seenReply;
        this.events.note(ref.conn);
      }
      return "ACCEPT";
    }
    this.stat(skb).invalid++;
    return "ACCEPT";
  }

  #refOf(tuple: Tuple, zone: Zone, skb: Skb): (ConnRef & { readonly conn: Connection }) | "full" | undefined {
    const node = this.findIn(zone, tuple);
    if (node) {
      const { conn } = node;
      if (node.direction === "reply") return conn.ref("ESTABLISHED_REPLY") as ConnRef & { conn: Connection };
      return conn.ref(conn.has(STATUS.seenReply) ? "ESTABLISHED" : conn.has(STATUS.expected) ? "RELATED" : "NEW") as ConnRef & { conn: Connection };
    }
    const proposed = this.#propose(tuple, zone, skb);
    return proposed instanceof Connection ? (proposed.ref("NEW") as ConnRef & { conn: Connection }) : proposed;
  }

  /** init_conntrack: unconfirmed, in no table. */
  #propose(tuple: Tuple, zone: Zone, skb: Skb): Connection | "full" | undefined {
    const mirror = invert(tuple);
    if (!mirror) return undefined;
    const reply = zone.reply === mirror.zone ? mirror : { ...mirror, zone: zone.reply };
    const { max } = this.limits;
    if (max !== 0 && this.table.size >= max && !this.#dropEarly(tuple, skb)) {
      this.#earlyDropWanted = true;
      const where = this.ns.initial ? "" : ` in netns ${this.#inode}`;
      this.#warnings.log(this.ns.log, `nf_conntrack: nf_conntrack: table full${where}, dropping packet`);
      return "full";
    }
    const conn = new Connection(tuple, reply, this.#nextId());
    conn.originalFreeAt = this.table.insertions;
    if (this.settings.acct) conn.accounting = { original: { packets: 0, bytes: 0 }, reply: { packets: 0, bytes: 0 } };
    this.events.watch(conn, this.settings.events);
    return conn;
  }

  /** early_drop: room is made in the eight buckets beside it, or nowhere. */
  #dropEarly(tuple: Tuple, skb: Skb): boolean {
    let dropped = 0;
    for (const { conn } of this.table.beside(tuple, this.limits.buckets, EVICTION_BUCKETS)) {
      if (!conn.confirmed || conn.has(STATUS.dying)) continue;
      if (conn.expiresMs > this.nowMs && conn.has(STATUS.assured)) continue;
      this.forget(conn);
      dropped++;
    }
    this.stat(skb).earlyDrop += dropped;
    return dropped > 0;
  }

  #update(ref: ConnRef & { readonly conn: Connection }, skb: Skb): "accept" | "invalid" | "drop" | "repeat" {
    const { conn } = ref;
    const { packet } = skb;
    const direction = ref.direction === "original" ? 0 : 1;
    if (packet.proto === PROTO.tcp && packet.payload.kind === "tcp") {
      const verdict = tcpPacket(conn, packet, direction, this.settings, conn.expiresMs - this.nowMs);
      if (verdict.kind === "repeat" || verdict.kind === "kill") this.forget(conn);
      if (verdict.kind === "repeat" || verdict.kind === "invalid" || verdict.kind === "drop") return verdict.kind;
      if (verdict.kind === "refresh") {
        if (verdict.assured) conn.status |= STATUS.assured;
        if (verdict.assured || verdict.changed) this.events.note(conn);
        this.#refresh(ref, skb, verdict.timeout);
      }
      return "accept";
    }
    if (packet.proto === PROTO.udp && packet.payload.kind === "udp") this.#udp(ref, skb);
    else if (packet.proto === PROTO.icmp) {
      if (!startsIcmp(conn.original.tuple)) return "invalid";
      this.#refresh(ref, skb, this.settings.icmp_timeout);
    } else this.#refresh(ref, skb, this.settings.generic_timeout);
    return "accept";
  }

  /** nf_conntrack_udp_packet: a stream is what has answered and is still going on after two seconds. */
  #udp(ref: ConnRef & { readonly conn: Connection }, skb: Skb): void {
    const { conn } = ref;
    if (!conn.confirmed) conn.streamAtMs = this.nowMs + 2000;
    if (!conn.has(STATUS.seenReply)) return this.#refresh(ref, skb, this.settings.udp_timeout);
    const stream = this.nowMs > conn.streamAtMs;
    this.#refresh(ref, skb, stream ? this.settings.udp_timeout_stream : this.settings.udp_timeout);
    if (!stream || conn.has(STATUS.assured) || conn.has(STATUS.natClash)) return;
    conn.status |= STATUS.assured;
    this.events.note(conn);
  }

  /** nf_conntrack_tcp_set_closing(): a REJECT has reset the connection behind tracking's back. */
  setClosing(conn: Connection): void {
    const { tcp } = conn;
    if (!conn.confirmed || tcp === undefined) return;
    const before = tcp.state;
    tcp.state = TCP_STATES.indexOf("CLOSE");
    if (before === tcp.state || conn.has(STATUS.fixedTimeout)) return;
    conn.timeoutMs = this.settings.tcp_timeout_close * 1000;
    conn.expiresMs = this.nowMs + conn.timeoutMs;
    this.events.note(conn);
    this.events.deliver(conn, this.nowMs);
  }

  #refresh({ conn, direction }: ConnRef & { readonly conn: Connection }, skb: Skb, seconds: number): void {
    if (!conn.has(STATUS.fixedTimeout)) {
      conn.timeoutMs = seconds * 1000;
      if (conn.confirmed) conn.expiresMs = this.nowMs + conn.timeoutMs;
    }
    if (!conn.accounting) return;
    conn.accounting[direction].packets++;
    conn.accounting[direction].bytes += ipv4Length(skb.packet);
  }

  /** nf_conntrack_confirm: last of all, at POSTROUTING and INPUT. The packet got through, so its connection is real. */
  confirm(skb: Skb): Verdict {
    const ref = skb.conn as ConnRef | undefined;
    const conn = ref?.conn;
    if (!conn) return "ACCEPT";
    if (conn.confirmed) {
      this.events.deliver(conn, this.nowMs);
      return "ACCEPT";
    }
    // A REJECT's answer is attached to the packet it refuses; it confirms nothing.
    if (ref.direction !== "original") return "ACCEPT";
    if (conn.has(STATUS.dying)) {
      this.stat(skb).insertFailed++;
      return "DROP";
    }
    const clash = this.#clashOf(conn);
    if (clash) return this.#resolveClash(skb, conn, clash.conn);
    this.insert(conn);
    this.events.born(conn, this.nowMs);
    return "ACCEPT";
  }

  #clashOf(conn: Connection): ReturnType<ConntrackTable["find"]> {
    const { insertions } = this.table;
    const { original, reply } = conn;
    const first = conn.originalFreeAt === insertions ? undefined : this.find(original.tuple);
    return first ?? (this.#isFree(reply.tuple, conn) ? undefined : this.find(reply.tuple));
  }

  /** NAT has looked for this shape already, and nobody has been entered since. */
  #isFree(reply: Tuple, { replyFreeAt, freeReply }: Connection): boolean {
    return freeReply !== undefined && replyFreeAt === this.table.insertions && sameTuple(freeReply, reply);
  }

  /** ctnetlink_create_conntrack: by hand, with everything as told. TCP from here on is judged liberally. */
  create(original: Tuple, reply: Tuple, given: { readonly timeoutMs: number; readonly status: number; readonly mark: number; readonly tcpState?: number }): Connection {
    const conn = new Connection(original, reply, this.#nextId());
    conn.status = given.status | STATUS.srcNatDone | STATUS.dstNatDone;
    conn.mark = given.mark;
    conn.timeoutMs = given.timeoutMs;
    if (given.tcpState !== undefined) conn.tcp = pickedUp(given.tcpState);
    this.events.watch(conn, this.settings.events);
    this.insert(conn);
    this.stats[0] && this.stats[0].insert++;
    this.events.born(conn, this.nowMs);
    return conn;
  }

  #nextId(): number {
    return (Math.imul(++this.#ids, 0x9e3779b1) ^ this.#idSeed) >>> 0;
  }

  insert(conn: Connection): void {
    conn.status |= STATUS.confirmed;
    conn.freeReply = undefined;
    conn.expiresMs = this.nowMs + conn.timeoutMs;
    if (this.settings.timestamp) conn.startMs = this.nowMs;
    this.table.insert(conn);
    this.#startGc();
  }

  /** nf_ct_resolve_clash: another packet of the same flow was quicker. */
  #resolveClash(skb: Skb, loser: Connection, winner: Connection): Verdict {
    this.stat(skb).insertFailed++;
    const same = sameTuple(loser.original.tuple, winner.original.tuple) && sameTuple(loser.reply.tuple, winner.reply.tuple);
    const clashable = loser.original.tuple.proto === PROTO.udp || loser.original.tuple.proto === PROTO.icmp;
    const unbent = (winner.status & (STATUS.srcNatDone | STATUS.dstNatDone)) === 0;
    if (!clashable || !(same || unbent)) {
      this.stat(skb).drop++;
      return "DROP";
    }
    this.stat(skb).clashResolve++;
    skb.conn = winner.ref("NEW");
    return "ACCEPT";
  }

  /** The entry this tuple belongs to; an expired one is removed on the way. */
  find(tuple: Tuple): ReturnType<ConntrackTable["find"]> {
    const node = this.table.find(tuple);
    if (!node || node.conn.expiresMs > this.nowMs) return node;
    this.forget(node.conn);
    return this.table.find(tuple);
  }

  /** nf_conntrack_find_get: what a packet met with this zone belongs to. Where only one direction has a zone, each is looked for by its own. */
  findIn(zone: Zone, tuple: Tuple): ReturnType<ConntrackTable["find"]> {
    if (zone.original === zone.reply) return this.find(tuple.zone === zone.original ? tuple : { ...tuple, zone: zone.original });
    for (const direction of ["original", "reply"] as const) {
      const node = this.find({ ...tuple, zone: zone[direction] });
      if (node?.direction === direction) return node;
    }
    return undefined;
  }

  /** nf_conntrack_tuple_taken: would an answer of this shape be somebody else's? */
  taken(reply: Tuple, by: Connection): Connection | undefined {
    if (this.#isFree(reply, by)) return undefined;
    const node = this.find(reply);
    if (node === undefined) {
      by.freeReply = reply;
      by.replyFreeAt = this.table.insertions;
    }
    if (!node || node.conn === by) return undefined;
    this.stats[0] && this.stats[0].found++;
    return sameTuple(node.conn.original.tuple, by.original.tuple) ? undefined : node.conn;
  }

  /** nf_ct_delete: out of the table, and the listeners hear of it. */
  forget(conn: Connection, by?: ConntrackEvent["by"]): void {
    if (conn.has(STATUS.dying)) return;
    conn.status |= STATUS.dying;
    this.onForget(conn);
    if (!conn.confirmed) return;
    this.table.delete(conn);
    this.events.died(conn, this.nowMs, by);
  }

  /** All that are alive, as ctnetlink dumps them: the dead it meets are buried. */
  list(): Connection[] {
    const alive: Connection[] = [];
    for (const conn of this.table.connections()) {
      if (conn.expiresMs > this.nowMs) alive.push(conn);
      else this.forget(conn);
    }
    return alive;
  }

  /** conntrack -F, and whoever must clean up: returns how many went. */
  flush(which: (conn: Connection) => boolean = () => true, by?: ConntrackEvent["by"]): number {
    const doomed = [...this.table.connections()].filter(which);
    for (const conn of doomed) this.forget(conn, by);
    return doomed.length;
  }

  /** -j CT --notrack. */
  untrack(skb: Skb): void {
    skb.conn ??= UNTRACKED;
  }

  /** Which CPU's counters: as receive-side scaling would spread the flows. */
  stat({ packet }: Skb): ConntrackStat {
    const cpu = (packet.src ^ packet.dst ^ (packet.payload.kind === "tcp" || packet.payload.kind === "udp" ? packet.payload.sport ^ packet.payload.dport : 0)) & 1;
    return (this.stats[cpu] ?? this.stats[0]) as ConntrackStat;
  }

  #startGc(): void {
    if (this.#gcDueMs !== undefined) return;
    this.#gcDueMs = this.nowMs + 60_000;
    this.ns.world.scheduler.at(this.#gcDueMs, () => this.#gc());
  }

  #gc(): void {
    this.#gcDueMs = undefined;
    const nextMs = collectGarbage(this, this.#earlyDropWanted);
    this.#earlyDropWanted = false;
    if (this.table.size === 0) return;
    this.#gcDueMs = this.nowMs + nextMs;
    this.ns.world.scheduler.at(this.#gcDueMs, () => this.#gc());
  }
}

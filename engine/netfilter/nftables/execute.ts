/** What the statements of a rule do: nft_do_chain() of nf_tables_core.c runs them one after another. */
import { equals, find, read, type RunContext } from "./read";
import { connectionOf, UNTRACKED } from "../connection";
import { LOG_FLAG, logLine } from "../iptables/log-line";
import type { RuleContext } from "../iptables/extension";
import { sendReset, sendUnreachable } from "../iptables/reset";
import { masquerade } from "../nat-masquerade";
import type { NatRange } from "../nat";
import type { Ip } from "../../wire/ip";
import type { Value } from "./datatypes";
import { type Expr, type Statement, typesOf, type Verdict } from "./model";
import { Element, pack } from "./nft-set";
import { allPass, bornOf, passes } from "./stateful";
import { writeMaxseg } from "./tcp-option";

export type Final = "ACCEPT" | "DROP";
/** undefined: on to the next statement. "break": the rule does not match. */
export type Outcome = undefined | "break" | Verdict | Final;

export function execute(statement: Statement, c: RunContext): Outcome {
  switch (statement.kind) {
    case "match":
      return matches(statement, c) ? undefined : "break";
    case "flags": {
      const now = read(statement.left, c);
      return now === undefined || ((Number(now) & statement.value) !== 0) !== statement.any ? "break" : undefined;
    }
    case "masked": {
      const now = read(statement.left, c);
      return now === undefined || ((Number(now) & statement.mask) >>> 0 === statement.value) === statement.not ? "break" : undefined;
    }
    case "lookup": {
      const found = find(statement.left, statement.set, c);
      return found === undefined || (found === null) !== statement.not ? "break" : undefined;
    }
    case "verdict":
      return statement.verdict;
    case "vmap":
      return find(statement.key, statement.set, c)?.verdict ?? "break";
    case "counter":
      statement.state.packets++;
      statement.state.bytes += c.bytes;
      return undefined;
    case "limit":
    case "quota":
    case "ct count":
      return passes(statement, c) ? undefined : "break";
    case "object":
      return passes(statement.object.stateful, c) ? undefined : "break";
    case "object map": {
      const found = find(statement.key, statement.set, c)?.object;
      return found !== undefined && passes(found.stateful, c) ? undefined : "break";
    }
    case "log":
      return log(statement, c);
    case "reject":
      return reject(statement, c);
    case "nat":
      return translate(statement, c);
    case "set":
      return assign(statement, c);
    case "notrack":
      c.skb.conn ??= UNTRACKED;
      return undefined;
    case "dynset":
      return updateSet(statement, c);
  }
}

function matches({ left, op, right }: Statement & { readonly kind: "match" }, c: RunContext): boolean {
  if (left.kind === "concat" && right.kind === "concat") return concatMatches(left.parts, op === "!=", right.parts, c);
  const value = read(left, c);
  if (value === undefined) return false;
  if (op === "==") return equals(right, value);
  if (op === "!=") return !equals(right, value);
  if (right.kind !== "value") return equals(right, value);
  const bound = right.value;
  switch (op) {
    case "<":
      return value < bound;
    case ">":
      return value > bound;
    case "<=":
      return value <= bound;
    case ">=":
      return value >= bound;
  }
}

function concatMatches(left: readonly Expr[], not: boolean, right: readonly Expr[], c: RunContext): boolean {
  let same = true;
  for (let i = 0; i < left.length; i++) {
    const value = read(left[i] as Expr, c);
    if (value === undefined) return false;
    same &&= equals(right[i] as Expr, value);
  }
  return same !== not;
}

const logContext = (c: RunContext): RuleContext => ({ ...c, rng: c.netfilter.rng, table: "filter", hotdrop: false });

function log({ prefix, flags, group }: Statement & { readonly kind: "log" }, c: RunContext): undefined {
  if (group === undefined) c.skb.ns.log(logLine(logContext(c), prefix ?? "", flags & ~LOG_FLAG.macDecode));
  else c.netfilter.onNflog?.(group, prefix ?? "", c.skb);
  return undefined;
}

/** nft_reject_icmp_code. */
const ICMPX_TO_ICMP: readonly number[] = [0, 3, 1, 13];

function reject({ family, code }: Statement & { readonly kind: "reject" }, c: RunContext): Final {
  if (family === "tcp") sendReset(logContext(c));
  else sendUnreachable(c.skb, family === "icmpx" ? (ICMPX_TO_ICMP[code] ?? 3) : code);
  return "DROP";
}

function translate({ type, address, port, flags, netmap }: Statement & { readonly kind: "nat" }, c: RunContext): Outcome {
  const conn = connectionOf(c.skb)?.conn;
  if (!conn) return "break";
  const { nat } = c.netfilter;
  const asked = rangeOf(address, port, c);
  if (asked === undefined) return "break";
  const range = netmap ? netmapped(asked, type === "snat" ? c.packet.src : c.packet.dst) : asked;
  const whole = flags.length === 0 ? range : { ...range, ...(flags.includes("random") && { random: true }), ...(flags.includes("fully-random") && { randomFully: true }), ...(flags.includes("persistent") && { persistent: true }) };
  if (type === "masquerade") return masquerade(nat, c.skb, whole) ? "ACCEPT" : "DROP";
  if (type === "redirect") return redirect(c, whole);
  return nat.setup(conn, whole, type === "snat" ? "src" : "dst") ? "ACCEPT" : "DROP";
}

type Bounds = { readonly min: number; readonly max: number };

/** Undefined: a map has nothing for this packet. */
function rangeOf(address: Expr | undefined, port: Expr | undefined, c: RunContext): NatRange | undefined {
  if (address?.kind === "map" && typesOf(address).length === 2) {
    const [to, at] = find(address.key, address.set, c)?.data ?? [];
    if (!to || !at) return undefined;
    return { addresses: { min: to.from as Ip, max: to.to as Ip }, ports: { min: Number(at.from), max: Number(at.to) } };
  }
  const addresses = address && (bounds(address, c) as { readonly min: Ip; readonly max: Ip } | undefined);
  const ports = port && bounds(port, c);
  if ((address && !addresses) || (port && !ports)) return undefined;
  if (addresses) return ports ? { addresses, ports } : { addresses };
  return ports ? { ports } : {};
}

/** nft_nat_setup_netmap: the network of the range, and the host as it was. */
function netmapped(range: NatRange, old: Ip): NatRange {
  const { min, max } = range.addresses ?? { min: old, max: old };
  const host = (min ^ max) >>> 0;
  const mapped = (((old & host) | (min & ~host)) >>> 0) as Ip;
  return { ...range, addresses: { min: mapped, max: mapped } };
}

function bounds(expr: Expr, c: RunContext): Bounds | undefined {
  if (expr.kind === "range") return { min: expr.from, max: expr.to };
  if (expr.kind === "prefix") return { min: expr.value, max: (expr.value | (0xffff_ffff >>> expr.bits)) >>> 0 };
  if (expr.kind === "map") {
    const part = find(expr.key, expr.set, c)?.data?.[0];
    return part && { min: Number(part.from), max: Number(part.to) };
  }
  const value = read(expr, c);
  return value === undefined ? undefined : { min: Number(value), max: Number(value) };
}

const LOCALHOST = 0x7f00_0001 as Ip;

/** nf_nat_redirect: to this machine itself. */
function redirect({ skb, at, inDev, netfilter }: RunContext, range: NatRange): Final {
  const conn = connectionOf(skb)?.conn;
  if (!conn) return "ACCEPT";
  const own = at === "OUTPUT" ? LOCALHOST : inDev && skb.ns.addresses.of(inDev)[0]?.local;
  if (own === undefined) return "DROP";
  return netfilter.nat.setup(conn, { ...range, addresses: { min: own, max: own } }, "dst") ? "ACCEPT" : "DROP";
}

function assign({ target, value }: Statement & { readonly kind: "set" }, c: RunContext): Outcome {
  const now = read(value, c);
  if (now === undefined) return "break";
  const number = Number(now);
  if (target.kind === "meta") {
    if (target.key === "mark") c.skb.mark = number >>> 0;
    else if (target.key === "nftrace") c.skb.traced = number !== 0;
    else c.skb.pktType = (["host", "broadcast", "multicast", "otherhost"] as const)[number] ?? "host";
  } else if (target.kind === "ct") {
    const conn = connectionOf(c.skb)?.conn;
    if (!conn) return "break";
    if (conn.mark !== number) {
      conn.mark = number;
      c.netfilter.conntrack.events.note(conn);
    }
  } else if (target.kind === "payload") target.def.set?.(c.packet, number);
  else if (target.kind === "tcp option") writeMaxseg(c.packet, number);
  return undefined;
}

/** nft_dynset_eval. */
function updateSet({ op, set, key, timeoutMs, stateful, data }: Statement & { readonly kind: "dynset" }, c: RunContext): Outcome {
  const values: Value[] = [];
  for (const part of key.kind === "concat" ? key.parts : [key]) {
    const now = read(part, c);
    if (now === undefined) return "break";
    values.push(now);
  }
  const found = set.elements.get(pack(set.types, values));
  let element = found?.dead(c.nowMs) ? undefined : found;
  const life = timeoutMs ?? set.options.timeoutMs;
  if (op === "delete") {
    if (element) set.remove(element);
    return undefined;
  }
  if (!element) {
    // Full: the rule ends here (set->ops->new returns nothing).
    if (set.size !== undefined && set.alive(c.nowMs).length >= set.size) return "break";
    const mapped = data && read(data, c);
    element = new Element(values.map((v) => ({ from: v, to: v })), false, undefined, mapped === undefined ? undefined : [{ from: mapped, to: mapped }]);
    if (life !== undefined) element.timeoutMs = life;
    if (life !== undefined) element.expiresMs = c.nowMs + life;
    const asked = stateful.length > 0 ? stateful : set.options.stateful;
    if (asked.length > 0) element.stateful = asked.map(bornOf);
    set.put(element);
  } else if (op === "update" && life !== undefined) element.expiresMs = c.nowMs + life;
  return element.stateful === undefined || allPass(element.stateful, c) ? undefined : "break";
}

/** Statements made into steps: what nft_do_chain() of nf_tables_core.c runs one after another. */
import type { LimitSpec } from "./ast";
import { getter, packed, type RunContext, search, tester } from "./compile";
import { connectionOf, UNTRACKED } from "../connection";
import { LOG_FLAG, logLine } from "../iptables/log-line";
import type { RuleContext } from "../iptables/extension";
import { sendReset } from "../iptables/reset";
import { masquerade } from "../nat-masquerade";
import type { NatRange } from "../nat";
import { icmpError } from "../../net/icmp";
import type { Ip } from "../../wire/ip";
import type { Value } from "./datatypes";
import { type Expr, type LimitState, type Statement, typesOf, type Verdict } from "./model";
import { Element, pack } from "./nft-set";

export type Final = "ACCEPT" | "DROP";
/** undefined: on to the next statement. "break": the rule does not match. */
export type Outcome = undefined | "break" | Verdict | Final;
export type Step = (c: RunContext) => Outcome;

export function stepOf(statement: Statement): Step {
  switch (statement.kind) {
    case "match":
      return matchStep(statement);
    case "flags": {
      const get = getter(statement.left);
      const { any, value } = statement;
      return (c) => {
        const now = get(c);
        return now === undefined || ((Number(now) & value) !== 0) !== any ? "break" : undefined;
      };
    }
    case "masked": {
      const get = getter(statement.left);
      const { not, value, mask } = statement;
      return (c) => {
        const now = get(c);
        return now === undefined || (((Number(now) & mask) >>> 0 === value) === not) ? "break" : undefined;
      };
    }
    case "lookup": {
      const find = search(statement.left, statement.set);
      const { not } = statement;
      return (c) => {
        const found = find(c);
        return found === undefined || (found === null) !== not ? "break" : undefined;
      };
    }
    case "verdict": {
      const { verdict } = statement;
      return () => verdict;
    }
    case "vmap": {
      const find = search(statement.key, statement.set);
      return (c) => find(c)?.verdict ?? "break";
    }
    case "counter":
      return counterStep(statement.state);
    case "counter name":
      return counterStep(statement.counter);
    case "limit":
      return (c) => (limitExceeded(statement.limit, statement.state, c) ? "break" : undefined);
    case "limit name":
      return (c) => (limitExceeded(statement.limit.limit, statement.limit.state, c) ? "break" : undefined);
    case "log":
      return logStep(statement);
    case "reject":
      return rejectStep(statement);
    case "nat":
      return natStep(statement);
    case "set":
      return setStep(statement);
    case "notrack":
      return ({ skb }) => {
        skb.conn ??= UNTRACKED;
        return undefined;
      };
    case "dynset":
      return dynsetStep(statement);
  }
}

function counterStep(state: { packets: number; bytes: number }): Step {
  return ({ bytes }) => {
    state.packets++;
    state.bytes += bytes;
    return undefined;
  };
}

function matchStep({ left, op, right }: Statement & { readonly kind: "match" }): Step {
  const get = left.kind === "concat" ? (packed(left) as (c: RunContext) => Value | undefined) : getter(left);
  const ordered = orderedTest(op, right);
  if (ordered) return (c) => breakUnless(get(c), ordered);
  const test = right.kind === "concat" ? equals(pack(typesOf(left), right.parts.map((part) => (part.kind === "value" ? part.value : 0)))) : tester(right);
  const not = op === "!=";
  return (c) => {
    const value = get(c);
    return value === undefined || test(value) === not ? "break" : undefined;
  };
}

const equals = (wanted: Value) => (value: Value): boolean => value === wanted;

function breakUnless(value: Value | undefined, test: (value: Value) => boolean): Outcome {
  return value !== undefined && test(value) ? undefined : "break";
}

function orderedTest(op: string, right: Expr): ((value: Value) => boolean) | undefined {
  if (right.kind !== "value") return undefined;
  const bound = right.value;
  switch (op) {
    case "<":
      return (value) => value < bound;
    case ">":
      return (value) => value > bound;
    case "<=":
      return (value) => value <= bound;
    case ">=":
      return (value) => value >= bound;
    default:
      return undefined;
  }
}

const UNIT_SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;
const NS = 1e9;

/** nft_limit_eval: nanoseconds are the tokens. */
export function limitExceeded({ rate, unit, over, burst, bytes }: LimitSpec, state: LimitState, c: RunContext): boolean {
  const period = UNIT_SECONDS[unit] * NS;
  const most = bytes ? Math.floor((period * (rate + burst)) / rate) : Math.floor(period / rate) * (burst === 0 ? 5 : burst);
  const cost = bytes ? Math.floor((period * c.bytes) / rate) : Math.floor(period / rate);
  const nowNs = c.nowMs * 1e6;
  const tokens = state.tokens === undefined ? most : Math.min(most, state.tokens + nowNs - state.lastNs);
  state.lastNs = nowNs;
  const within = tokens >= cost;
  state.tokens = within ? tokens - cost : tokens;
  return within === over;
}

const logContext = (c: RunContext): RuleContext => ({ ...c, rng: c.netfilter.rng, table: "filter", hotdrop: false });

function logStep({ prefix, flags, group }: Statement & { readonly kind: "log" }): Step {
  if (group !== undefined) {
    return ({ netfilter, skb }) => {
      netfilter.onNflog?.(group, prefix ?? "", skb);
      return undefined;
    };
  }
  return (c) => {
    c.skb.ns.log(logLine(logContext(c), prefix ?? "", flags & ~LOG_FLAG.macDecode));
    return undefined;
  };
}

const UNREACHABLE = 3;
/** nft_reject_icmp_code. */
const ICMPX_TO_ICMP: readonly number[] = [0, 3, 1, 13];

function rejectStep({ family, code }: Statement & { readonly kind: "reject" }): Step {
  return (c) => {
    if (family === "tcp") sendReset(logContext(c));
    else icmpError(c.skb, UNREACHABLE, family === "icmpx" ? (ICMPX_TO_ICMP[code] ?? 3) : code);
    return "DROP";
  };
}

function natStep({ type, address, port, flags }: Statement & { readonly kind: "nat" }): Step {
  const range = natRange(type, address, port);
  const base: NatRange = { ...(flags.includes("random") && { random: true }), ...(flags.includes("fully-random") && { randomFully: true }), ...(flags.includes("persistent") && { persistent: true }) };
  return (c) => {
    const conn = connectionOf(c.skb)?.conn;
    if (!conn) return "break";
    const { nat } = c.netfilter;
    const to = range(c);
    if (to === undefined) return "break";
    const whole = { ...base, ...to };
    if (type === "masquerade") return masquerade(nat, c.skb, whole) ? "ACCEPT" : "DROP";
    if (type === "redirect") return redirect(c, whole);
    return nat.setup(conn, whole, type === "snat" ? "src" : "dst") ? "ACCEPT" : "DROP";
  };
}

function natRange(type: string, address: Expr | undefined, port: Expr | undefined): (c: RunContext) => NatRange | undefined {
  const ports = port && bounds(port);
  if (address?.kind === "map" && typesOf(address).length === 2) {
    const find = search(address.key, address.set);
    return (c) => {
      const data = find(c)?.data;
      const [to, at] = data ?? [];
      if (!to || !at) return undefined;
      return { addresses: { min: to.from as Ip, max: to.to as Ip }, ports: { min: Number(at.from), max: Number(at.to) } };
    };
  }
  const addresses = address && bounds(address);
  void type;
  return (c) => {
    const a = addresses?.(c);
    const p = ports?.(c);
    if ((addresses && !a) || (ports && !p)) return undefined;
    return { ...(a && { addresses: { min: a.min as Ip, max: a.max as Ip } }), ...(p && { ports: p }) };
  };
}

function bounds(expr: Expr): (c: RunContext) => { readonly min: number; readonly max: number } | undefined {
  if (expr.kind === "range") return () => ({ min: expr.from, max: expr.to });
  if (expr.kind === "prefix") return () => ({ min: expr.value, max: (expr.value | (0xffff_ffff >>> expr.bits)) >>> 0 });
  if (expr.kind === "map") {
    const find = search(expr.key, expr.set);
    return (c) => {
      const part = find(c)?.data?.[0];
      return part && { min: Number(part.from), max: Number(part.to) };
    };
  }
  const get = getter(expr);
  return (c) => {
    const value = get(c);
    return value === undefined ? undefined : { min: Number(value), max: Number(value) };
  };
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

function setStep({ target, value }: Statement & { readonly kind: "set" }): Step {
  const get = getter(value);
  return (c) => {
    const now = get(c);
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
    return undefined;
  };
}

/** nft_dynset_eval. */
function dynsetStep({ op, set, key, timeoutMs, counter, limit, data }: Statement & { readonly kind: "dynset" }): Step {
  const gets = (key.kind === "concat" ? key.parts : [key]).map(getter);
  const value = data && getter(data);
  return (c) => {
    const values: Value[] = [];
    for (const get of gets) {
      const now = get(c);
      if (now === undefined) return "break";
      values.push(now);
    }
    const found = set.elements.get(pack(set.types, values));
    let element = found?.dead(c.nowMs) ? undefined : found;
    const life = timeoutMs ?? set.options.timeoutMs;
    if (op === "delete") {
      if (element) set.remove(element);
      return element ? undefined : "break";
    }
    if (!element) {
      // Full: the rule ends here (set->ops->new returns nothing).
      if (set.size !== undefined && set.alive(c.nowMs).length >= set.size) return "break";
      const mapped = value?.(c);
      element = new Element(values.map((v) => ({ from: v, to: v })), false, undefined, mapped === undefined ? undefined : [{ from: mapped, to: mapped }]);
      if (life !== undefined) element.timeoutMs = life;
      if (life !== undefined) element.expiresMs = c.nowMs + life;
      if (counter || set.options.counter) element.counter = { packets: 0, bytes: 0 };
      const spec = limit ?? set.options.limit;
      if (spec) element.limit = { spec, state: { tokens: undefined, lastNs: 0 } };
      set.put(element);
    } else if (op === "update" && life !== undefined) element.expiresMs = c.nowMs + life;
    if (element.counter) {
      element.counter.packets++;
      element.counter.bytes += c.bytes;
    }
    return element.limit && limitExceeded(element.limit.spec, element.limit.state, c) ? "break" : undefined;
  };
}

/**
 * A packet walks a table: ipt_do_table() of net/ipv4/netfilter/ip_tables.c. Jumps push, RETURN
 * and the end of a user's chain pop, goto does not push; what falls off a built-in chain meets
 * its policy. Both back ends walk alike.
 */
import type { HookName, Verdict } from "../../net/hook";
import type { Skb } from "../../net/skb";
import type { Packet } from "../../wire/packet";
import { ipv4Length } from "../../wire/ipv4";
import type { Netfilter } from "../attach";
import { candidates } from "./classifier";
import type { RuleContext } from "./extension";
import type { Chain, Header, Rule, Table } from "./ruleset";
import { traceRule } from "./trace";

type Frame = { readonly chain: Chain; readonly order: readonly number[] | undefined; at: number };

/** With `-`, nothing is looked at but what an empty chain needs: its policy. */
export function runTable(netfilter: Netfilter, table: Table, at: HookName, skb: Skb): Verdict {
  const base = table.chains.get(at);
  if (!base) return "ACCEPT";
  if (base.rules.length === 0 && !skb.traced) return base.counting ? applyPolicy(base, ipv4Length(skb.packet)) : (base.policy ?? "ACCEPT");
  const bytes = ipv4Length(skb.packet);
  const context: RuleContext = { skb, packet: skb.packet, at, inDev: at === "OUTPUT" ? undefined : skb.inDev, outDev: at === "PREROUTING" || at === "INPUT" ? undefined : skb.outDev, netfilter, rng: netfilter.rng, bytes, table: table.name, hotdrop: false };
  return walk(table, base, context);
}

function walk(table: Table, base: Chain, context: RuleContext): Verdict {
  const { skb } = context;
  const { trace } = skb.ns.world;
  // Most chains are never left by a jump.
  let stack: Frame[] | undefined;
  let frame = enter(base, context.packet);
  for (;;) {
    const rule = nextMatch(frame, context);
    if (context.hotdrop) return "DROP";
    if (!rule) {
      const above = stack?.pop();
      if (!above) {
        if (skb.traced || trace.active) traceRule(context, table, base, undefined, base.policy ?? "ACCEPT");
        return applyPolicy(base, context.bytes);
      }
      frame = above;
      continue;
    }
    rule.packets++;
    rule.bytes += context.bytes;
    if (skb.traced || trace.active) traceRule(context, table, frame.chain, rule);
    const { action } = rule;
    switch (action.kind) {
      case "none":
        continue;
      case "chain": {
        const next = table.chains.get(action.chain);
        if (!next) continue;
        if (!action.goto) {
          stack ??= [];
          if (stack.length > table.chains.size) return "DROP"; // Cannot be: a loop is refused when it is made.
          stack.push(frame);
        }
        frame = enter(next, context.packet);
        continue;
      }
      case "verdict":
        // Nobody listens in user space, so what is queued is dropped.
        if (action.verdict !== "RETURN") return action.verdict === "QUEUE" ? "DROP" : action.verdict;
        break;
      case "target": {
        const verdict = action.target.apply(action.options, context);
        if (verdict === "CONTINUE") continue;
        if (verdict !== "RETURN") return verdict;
      }
    }
    // RETURN: to where the chain was called from; in a built-in chain, to its policy.
    const above = stack?.pop();
    if (!above) return applyPolicy(base, context.bytes);
    frame = above;
  }
}

function enter(chain: Chain, packet: Packet): Frame {
  const index = packet.offset === 0 ? chain.index : undefined;
  return { chain, order: index && candidates(index, packet), at: 0 };
}

function applyPolicy(chain: Chain, bytes: number): Verdict {
  if (chain.counting) {
    chain.packets++;
    chain.bytes += bytes;
  }
  return chain.policy ?? "ACCEPT";
}

function nextMatch(frame: Frame, context: RuleContext): Rule | undefined {
  const { order } = frame;
  const { rules } = frame.chain;
  const end = order ? order.length : rules.length;
  while (frame.at < end) {
    const position = order ? (order[frame.at] as number) : frame.at;
    frame.at++;
    const rule = rules[position] as Rule;
    if (headerMatches(rule.header, context) && matchesAll(rule, context)) return rule;
    if (context.hotdrop) return undefined;
  }
  return undefined;
}

function matchesAll(rule: Rule, context: RuleContext): boolean {
  for (const { match, options } of rule.matches) if (!match.test(options, context)) return false;
  return true;
}

/** ip_packet_match. */
function headerMatches(h: Header, { packet, inDev, outDev }: RuleContext): boolean {
  if (((packet.src & h.srcMask) !== h.src) !== h.notSrc) return false;
  if (((packet.dst & h.dstMask) !== h.dst) !== h.notDst) return false;
  if (h.proto !== 0 && (packet.proto !== h.proto) !== h.notProto) return false;
  if (h.inDev !== "" && deviceMatches(h.inDev, inDev?.name ?? "") === h.notIn) return false;
  if (h.outDev !== "" && deviceMatches(h.outDev, outDev?.name ?? "") === h.notOut) return false;
  return h.fragment === 0 || (packet.offset !== 0) === (h.fragment === 1);
}

/** "veth+" is every name that begins so. */
export function deviceMatches(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith("+") && name.startsWith(pattern.slice(0, -1)));
}

/**
 * A packet walks a base chain: nft_do_chain() of net/netfilter/nf_tables_core.c. Each rule is a
 * row of steps; one that does not match ends the rule; jumps push, goto does not.
 */
import type { Verdict as HookVerdict } from "../../net/hook";
import type { Skb } from "../../net/skb";
import { ipv4Length } from "../../wire/ipv4";
import type { RunContext } from "./read";
import type { Chain, Rule } from "./model";
import type { Ruleset } from "./ruleset";
import { execute, type Outcome } from "./execute";
import { traceEnd, traceRule } from "./trace";

/** NFT_JUMP_STACK_SIZE. Deeper rulesets are refused when they are made. */
export const MOST_JUMPS = 16;

type Frame = { readonly chain: Chain; readonly rules: readonly Rule[]; at: number };

export function runBase(ruleset: Ruleset, chain: Chain): (skb: Skb) => HookVerdict {
  const { netfilter } = ruleset;
  return (skb) => {
    const base = chain.base;
    if (!base) return "ACCEPT";
    const { at } = base;
    const context: RunContext = {
      skb,
      packet: skb.packet,
      at,
      inDev: at === "OUTPUT" ? undefined : skb.inDev,
      outDev: at === "PREROUTING" || at === "INPUT" ? undefined : skb.outDev,
      netfilter,
      bytes: ipv4Length(skb.packet),
      nowMs: skb.ns.world.scheduler.nowMs,
    };
    return walk(ruleset, chain, context);
  };
}

function walk(ruleset: Ruleset, base: Chain, context: RunContext): HookVerdict {
  const policy = base.base?.policy === "drop" ? "DROP" : "ACCEPT";
  const { skb } = context;
  const stack: Frame[] = [];
  let frame: Frame = { chain: base, rules: base.rules, at: 0 };
  for (;;) {
    const rule = frame.rules[frame.at++];
    if (!rule) {
      const above = stack.pop();
      if (!above) {
        if (skb.traced || skb.ns.world.trace.active) traceEnd(ruleset, base, context, policy);
        return policy;
      }
      frame = above;
      continue;
    }
    const outcome = runRule(rule, context);
    if (outcome === "break") continue;
    if (skb.traced || skb.ns.world.trace.active) traceRule(ruleset, base, rule, outcome, context);
    if (outcome === undefined) continue;
    if (outcome === "ACCEPT" || outcome === "DROP") return outcome;
    switch (outcome.verdict) {
      case "accept":
        return "ACCEPT";
      case "drop":
        return "DROP";
      case "continue":
        continue;
      case "jump":
        stack.push(frame);
        frame = { chain: outcome.chain, rules: outcome.chain.rules, at: 0 };
        continue;
      case "goto":
        frame = { chain: outcome.chain, rules: outcome.chain.rules, at: 0 };
        continue;
      case "return": {
        const above = stack.pop();
        if (!above) {
          if (skb.traced || skb.ns.world.trace.active) traceEnd(ruleset, base, context, policy);
          return policy;
        }
        frame = above;
      }
    }
  }
}

const isContinue = (outcome: Outcome): boolean => typeof outcome === "object" && outcome.verdict === "continue";

function runRule({ statements }: Rule, context: RunContext): Outcome {
  for (const statement of statements) {
    const outcome = execute(statement, context);
    // `continue` in a verdict map: on with the next statement (NFT_CONTINUE).
    if (outcome !== undefined && !isContinue(outcome)) return outcome;
  }
  return undefined;
}

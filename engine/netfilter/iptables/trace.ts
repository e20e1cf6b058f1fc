/**
 * A rule has matched: one line for the packet's journey, and for a packet that -j TRACE has
 * marked the kernel's own line (xt TRACE, nf_log_trace) in its log.
 */
import { logLine } from "./log-line";
import type { RuleContext } from "./extension";
import type { Chain, Rule, Table } from "./ruleset";
import { ruleText } from "./save";

export function traceRule(context: RuleContext, table: Table, chain: Chain, rule: Rule | undefined, policy?: string): void {
  const { skb } = context;
  const watched = skb.ns.world.trace.active;
  if (!watched && !skb.traced) return;
  const number = rule ? chain.rules.indexOf(rule) + 1 : chain.rules.length + 1;
  if (watched) skb.ns.trace(skb, "rule", rule ? `${table.name} ${chain.name} ${number}: ${ruleText(chain.name, rule)}` : `${table.name} ${chain.name} policy ${policy}`);
  if (!skb.traced) return;
  const comment = !rule ? "policy" : rule.action.kind === "verdict" && rule.action.verdict === "RETURN" ? "return" : "rule";
  skb.ns.log(logLine(context, `TRACE: ${table.name}:${chain.name}:${comment}:${number} `, 4 | 8));
}

/**
 * What a rule did with a packet: one line for the packet's journey, and for one that `meta nftrace
 * set 1` has marked the lines of `nft monitor trace` (nf_tables_trace.c, src/netlink.c).
 */
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { ipv4Length, segmentLength } from "../../wire/ipv4";
import type { RunContext } from "./read";
import * as types from "./datatypes";
import type { Chain, Rule } from "./model";
import { ruleText, verdictText } from "./print";
import type { Ruleset } from "./ruleset";
import type { Outcome } from "./execute";

export function traceRule(ruleset: Ruleset, rule: Rule, outcome: Outcome, context: RunContext): void {
  const { skb, nowMs } = context;
  const { table, name } = rule.chain;
  if (skb.ns.world.trace.active) skb.ns.trace(skb, "rule", `nft ${table.family} ${table.name} ${name}: ${ruleText(rule.statements, rule.comment, { nowMs })}`);
  if (!skb.traced || ruleset.tracers.size === 0) return;
  const verdict = outcome === undefined || outcome === "break" ? "continue" : typeof outcome === "string" ? outcome.toLowerCase() : verdictText(outcome);
  tell(ruleset, context, rule.chain, `rule ${ruleText(rule.statements, rule.comment, { nowMs })} (verdict ${verdict})`);
}

export function traceEnd(ruleset: Ruleset, base: Chain, context: RunContext, policy: "ACCEPT" | "DROP"): void {
  const { skb } = context;
  const { table, name } = base;
  if (skb.ns.world.trace.active && base.rules.length > 0) skb.ns.trace(skb, "rule", `nft ${table.family} ${table.name} ${name} policy ${policy}`);
  if (!skb.traced || ruleset.tracers.size === 0) return;
  tell(ruleset, context, base, "verdict continue");
  tell(ruleset, context, base, `policy ${policy.toLowerCase()}`);
}

function tell(ruleset: Ruleset, context: RunContext, chain: Chain, what: string): void {
  const { table, name } = chain;
  const id = (Math.imul(context.skb.id, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
  const head = `trace id ${id} ${table.family} ${table.name} ${name}`;
  for (const tracer of ruleset.tracers) {
    tracer(`${head} packet: ${packetText(context)}\n`);
    tracer(`${head} ${what}\n`);
  }
}

function packetText({ packet, skb, inDev, outDev }: RunContext): string {
  const parts: string[] = [];
  if (inDev) parts.push(`iif "${inDev.name}"`);
  if (outDev) parts.push(`oif "${outDev.name}"`);
  if (inDev && skb.srcMac !== undefined && skb.dstMac !== undefined) parts.push(`ether saddr ${printMac(skb.srcMac)} ether daddr ${printMac(skb.dstMac)}`);
  parts.push(`ip saddr ${printIp(packet.src)} ip daddr ${printIp(packet.dst)} ip dscp ${types.dscp.print(packet.tos >>> 2)} ip ecn not-ect ip ttl ${packet.ttl} ip id ${packet.id} ip protocol ${types.inetProto.print(packet.proto)} ip length ${ipv4Length(packet)}`);
  const { payload } = packet;
  if (payload.kind === "tcp") parts.push(`tcp sport ${payload.sport} tcp dport ${payload.dport} tcp flags == ${types.tcpFlag.print(payload.flags)} tcp window ${payload.window}`);
  else if (payload.kind === "udp") parts.push(`udp sport ${payload.sport} udp dport ${payload.dport} udp length ${segmentLength(payload)}`);
  else if (payload.kind === "icmp") parts.push(`icmp type ${types.icmpType.print(payload.type)} icmp code ${types.icmpCode.print(payload.code)} icmp id ${payload.id} icmp sequence ${payload.seq}`);
  return parts.join(" ");
}

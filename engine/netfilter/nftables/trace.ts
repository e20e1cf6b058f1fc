/**
 * What a rule did with a packet: one line for the packet's journey, and for one that `meta nftrace
 * set 1` has marked the events of `nft monitor trace` (nf_tables_trace.c, and trace_print() of
 * src/netlink.c, which shows the first twenty bytes of the transport header).
 */
import { ByteWriter } from "../../core/bytes";
import { encodeSegment, ipv4Length, segmentLength } from "../../wire/ipv4";
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { jhash2 } from "../jhash";
import type { RunContext } from "./read";
import * as types from "./datatypes";
import type { Outcome } from "./execute";
import type { Chain, Rule } from "./model";
import { ruleText, verdictText } from "./print";
import type { Ruleset } from "./ruleset";

/** `rule` is put into words by whoever listens: the real one knows counters as they were when it began. */
export type TraceStep = { readonly head: string } & ({ readonly text: string } | { readonly rule: Rule; readonly verdict: string });

export function traceRule(ruleset: Ruleset, base: Chain, rule: Rule, outcome: Outcome, context: RunContext): void {
  const { skb, nowMs } = context;
  const { table, name } = rule.chain;
  if (skb.ns.world.trace.active) skb.ns.trace(skb, "rule", `nft ${table.family} ${table.name} ${name}: ${ruleText(rule.statements, rule.comment, { nowMs })}`);
  if (!skb.traced || ruleset.tracers.size === 0) return;
  const verdict = outcome === undefined ? "continue" : typeof outcome === "string" ? outcome.toLowerCase() : verdictText(outcome);
  introduce(ruleset, base, context);
  const head = headOf(ruleset, rule.chain, context);
  for (const tracer of ruleset.tracers) tracer({ head, rule, verdict });
}

export function traceEnd(ruleset: Ruleset, base: Chain, context: RunContext, policy: "ACCEPT" | "DROP"): void {
  const { skb } = context;
  const { table, name } = base;
  if (skb.ns.world.trace.active && base.rules.length > 0) skb.ns.trace(skb, "rule", `nft ${table.family} ${table.name} ${name} policy ${policy}`);
  if (!skb.traced || ruleset.tracers.size === 0) return;
  introduce(ruleset, base, context);
  tell(ruleset, base, context, `policy ${policy.toLowerCase()} `);
}

/** The packet itself, once for each base chain. */
function introduce(ruleset: Ruleset, base: Chain, context: RunContext): void {
  if (context.introduced) return;
  context.introduced = true;
  tell(ruleset, base, context, `packet: ${packetText(base, context)} `);
}

function tell(ruleset: Ruleset, chain: Chain, context: RunContext, text: string): void {
  const head = headOf(ruleset, chain, context);
  for (const tracer of ruleset.tracers) tracer({ head, text });
}

/** The id is made of the packet and where it came in (__nft_trace_skbid). */
function headOf(ruleset: Ruleset, { table, name }: Chain, { skb, inDev, netfilter }: RunContext): string {
  ruleset.traceSeed ??= netfilter.ns.world.rng.fork("nft-trace").u32();
  const id = jhash2([skb.id, inDev?.index ?? 0], ruleset.traceSeed).toString(16).padStart(8, "0");
  return `trace id ${id} ${table.family} ${table.name} ${name}`;
}

const ECN = ["not-ect", "ect1", "ect0", "ce"];

function packetText({ table }: Chain, { packet, skb, inDev, outDev }: RunContext): string {
  const parts: string[] = [];
  if (inDev) parts.push(`iif "${inDev.name}"`);
  if (outDev) parts.push(`oif "${outDev.name}"`);
  if (inDev?.kind === "loopback") parts.push("@ll,0,112 0x800");
  else if (inDev && skb.srcMac !== undefined && skb.dstMac !== undefined) parts.push(`ether saddr ${printMac(skb.srcMac)} ether daddr ${printMac(skb.dstMac)}`);
  parts.push(`ip saddr ${printIp(packet.src)} ip daddr ${printIp(packet.dst)} ip dscp ${types.dscp.print(packet.tos >>> 2)} ip ecn ${ECN[packet.tos & 3]} ip ttl ${packet.ttl} ip id ${packet.id}`);
  const { payload } = packet;
  // In a table of IPv4 alone a transport header says which protocol it is.
  if (table.family !== "ip" || payload.kind === "raw") parts.push(`ip protocol ${types.inetProto.print(packet.proto)}`);
  parts.push(`ip length ${ipv4Length(packet)}`);
  if (payload.kind === "tcp") parts.push(`tcp sport ${payload.sport} tcp dport ${payload.dport} tcp flags == ${flags(payload.flags)} tcp window ${payload.window}`);
  else if (payload.kind === "udp") parts.push(`udp sport ${payload.sport} udp dport ${payload.dport} udp length ${segmentLength(payload)}${rest(packet)}`);
  else if (payload.kind === "icmp") parts.push(`icmp type ${types.icmpType.print(payload.type)} icmp code ${types.icmpCode.print(payload.code)} icmp id ${payload.id} icmp sequence ${payload.kind === "icmp" && payload.mtu !== 0 ? payload.mtu : payload.seq}${rest(packet)}`);
  return parts.join(" ");
}

function flags(bits: number): string {
  const text = types.tcpFlag.print(bits & 0xff);
  return text.includes(",") ? `0x${(bits & 0xff).toString(16)}` : text;
}

const TRANSPORT_BYTES = 20;
const HEADER_BYTES = 8;

/** What follows a header of eight bytes, as one number. */
function rest(packet: RunContext["packet"]): string {
  const writer = new ByteWriter();
  encodeSegment(packet, writer);
  const bytes = writer.view().subarray(HEADER_BYTES, TRANSPORT_BYTES);
  if (bytes.length === 0) return "";
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^0+(?=.)/, "");
  return ` @th,64,${bytes.length * 8} 0x${digits}`;
}

/**
 * What iptables-nft has written, as nft 1.0.6 shows it: what iptables-nft stores as expressions
 * of nftables' own, and xt matches and targets in the words of xt-words.ts (stmt_evaluate_xt).
 */
import { printIp, type Ip } from "../../wire/ip";
import { prefixLength } from "../iptables/address";
import { protocolName } from "../iptables/names";
import type { Chain, Header, MatchUse, Rule, Table } from "../iptables/ruleset";
import { TABLE_PRIORITY } from "../iptables/ruleset";
import { PRIORITY } from "../../net/hook";
import { baseText } from "./list";
import type { PrintOptions } from "./print";
import type { Ruleset } from "./ruleset";
import { addressText, MATCHES, TARGETS, type Words } from "./xt-words";

/** Only when nft meets an xt match or target: what iptables-nft says in nftables' own expressions does not give it away. */
export function managedWarning(table: Table, only?: string): string {
  const telling = [...table.chains.values()].some(({ name, rules }) => (only === undefined || only === name) && rules.some(hasXt));
  return telling ? `# Warning: table ip ${table.name} is managed by iptables-nft, do not touch!\n` : "";
}

/** What add_match() and add_target() of iptables 1.8.9 make expressions of. */
const NATIVE: ReadonlySet<string> = new Set(["tcp", "udp", "mark", "limit", "NFLOG", "TRACE"]);

const isNative = ({ match, options }: MatchUse): boolean => NATIVE.has(match.name) && (match.name !== "tcp" || (options as { readonly option?: number }).option === 0);

function hasXt({ matches, action }: Rule): boolean {
  return !matches.every(isNative) || (action.kind === "target" && !NATIVE.has(action.target.name));
}

export function managedText(_ruleset: Ruleset, table: Table, options: PrintOptions, only?: string): string {
  const chains = managedChains(table).filter((chain) => only === undefined || chain.name === only);
  return `table ip ${table.name} {\n${chains.map((chain) => chainText(table, chain, options)).join("\n")}}\n`;
}

export const managedChains = (table: Table): Chain[] => [...table.chains.values()].filter((chain) => !chain.absent);

/** list chains: each with what it hooks into, and without its rules. */
export function managedHeads(table: Table): string {
  return `table ip ${table.name} {\n${managedChains(table).map((chain) => `\tchain ${chain.name} {\n${baseLine(table, chain)}\t}\n`).join("")}}\n`;
}

function chainText(table: Table, chain: Chain, options: PrintOptions): string {
  return `\tchain ${chain.name} {\n${baseLine(table, chain, options)}${chain.rules.map((rule) => `\t\t${xtRuleText(rule, options)}\n`).join("")}\t}\n`;
}

function baseLine(table: Table, { hook, policy }: Chain, options: Partial<PrintOptions> = {}): string {
  if (!hook) return "";
  const priority = table.name === "nat" ? (hook === "PREROUTING" || hook === "OUTPUT" ? PRIORITY.dstnat : PRIORITY.srcnat) : TABLE_PRIORITY[table.name];
  const type = table.name === "nat" ? "nat" : table.name === "mangle" && hook === "OUTPUT" ? "route" : "filter";
  return `\t\t${baseText({ type, at: hook, priority, policy: policy === "DROP" ? "drop" : "accept" }, options)}\n`;
}

/** As the translator leaves it: a match without words still takes its blank. */
export function xtRuleText(rule: Rule, options: PrintOptions): string {
  const matches = rule.matches.map(({ match, options: own }) => MATCHES[match.name]?.(own as Words, rule.header, options) ?? `xt match ${match.name}`);
  // The protocol is told by what asks for its ports, if that comes right after it.
  const first = rule.matches[0];
  const swallowed = first !== undefined && isNative(first) && /^(tcp|udp) /.test(matches[0] ?? "");
  const words = [...headerWords(rule.header, swallowed, options), ...matches, options.stateless ? "counter" : `counter packets ${rule.packets} bytes ${rule.bytes}`];
  const action = actionText(rule);
  return [...words, ...(action === "" ? [] : [action])].join(" ");
}

function headerWords(h: Header, swallowed: boolean, { numeric }: PrintOptions): string[] {
  const words: string[] = [];
  const not = (inverted: boolean): string => (inverted ? "!= " : "");
  // A mask with holes is arithmetic.
  const address = (name: string, inverted: boolean, value: number, mask: number): string =>
    prefixLength(mask) === undefined ? `ip ${name} & ${printIp((mask >>> 0) as Ip)} ${inverted ? "!=" : "=="} ${printIp((value >>> 0) as Ip)}` : `ip ${name} ${not(inverted)}${addressText({ address: value, mask })}`;
  if (h.inDev !== "") words.push(`iifname ${not(h.notIn)}"${h.inDev.replace(/\+$/, "*")}"`);
  if (h.outDev !== "") words.push(`oifname ${not(h.notOut)}"${h.outDev.replace(/\+$/, "*")}"`);
  if (h.proto !== 0 && !swallowed) words.push(`meta l4proto ${not(h.notProto)}${numeric ? h.proto : (protocolName(h.proto) ?? h.proto)}`);
  if (h.srcMask !== 0 || h.notSrc) words.push(address("saddr", h.notSrc, h.src, h.srcMask));
  if (h.dstMask !== 0 || h.notDst) words.push(address("daddr", h.notDst, h.dst, h.dstMask));
  if (h.fragment !== 0) words.push(`ip frag-off & 8191 ${h.fragment === 1 ? "!=" : "=="} 0`);
  return words;
}

function actionText({ action }: Rule): string {
  switch (action.kind) {
    case "none":
      return "";
    case "verdict":
      return action.verdict.toLowerCase();
    case "chain":
      return `${action.goto ? "goto" : "jump"} ${action.chain}`;
    case "target":
      return TARGETS[action.target.name]?.(action.options as Words) ?? `xt target ${action.target.name}`;
  }
}

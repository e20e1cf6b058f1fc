/** `ip rule`: the order in which tables are asked (iprule.c). */
import { TABLE } from "../../net/fib";
import { type RuleSpec, ruleAdd, ruleDelete } from "../../net/netlink";
import type { Rule } from "../../net/rule";
import { printCidr, printIp } from "../../wire/ip";
import { type IpContext, printJson } from "./context";
import { protocolName, tableName, tableOf } from "./names";
import { IpFailure, type Words, invalidArgument, matches, notModelled, numberOf, prefixOf } from "./words";

type Given = { -readonly [K in keyof Rule]?: Rule[K] };

export function rules(words: Words, context: IpContext): void {
  const word = words.take();
  if (word === undefined || matches(word, "list") || matches(word, "lst") || matches(word, "show")) return show(words, context);
  if ((matches(word, "add") || matches(word, "delete")) && !words.more) throw new IpFailure(`"ip rule ${matches(word, "add") ? "add" : "del"}" requires arguments.\n`, 1);
  if (matches(word, "add")) return ruleAdd(context.ns, read(words) as RuleSpec);
  if (matches(word, "delete")) return ruleDelete(context.ns, read(words) as RuleSpec);
  if (matches(word, "flush")) return flush(context);
  if (matches(word, "save") || matches(word, "restore")) throw notModelled(word);
  throw new IpFailure(`Command "${word}" is unknown, try "ip rule help".\n`, 255);
}

function show(words: Words, { ns, options, out }: IpContext): void {
  const wanted: Given = {};
  while (words.more) {
    const word = words.need();
    if (word === "table" || word === "lookup") wanted.table = tableOf(words.need(), "table id value is invalid");
    else if (["preference", "pref", "order", "priority"].includes(word)) wanted.priority = numberOf(words.need(), "preference value is invalid");
    else if (word === "fwmark") readMark(words.need(), wanted);
    else if (word === "from" || word === "to") assignPrefix(wanted, word, words.need());
    else if (word === "iif" || word === "oif") wanted[word] = words.need();
    else throw notModelled(word);
  }
  const listed = options.family === "inet6" ? [] : ns.rules.list().filter((rule) => fits(rule, wanted));
  if (options.json) return void out.push(printJson(listed.map(ruleJson), options.pretty));
  for (const rule of listed) out.push(ruleText(rule, options.details));
}

function fits(rule: Rule, { table, priority, fwmark, iif, oif, from, to }: Given): boolean {
  if (table !== undefined && rule.table !== table) return false;
  if (priority !== undefined && rule.priority !== priority) return false;
  if (fwmark !== undefined && rule.fwmark !== fwmark) return false;
  if ((iif !== undefined && rule.iif !== iif) || (oif !== undefined && rule.oif !== oif)) return false;
  const same = (a: Rule["from"], b: Rule["from"]): boolean => a?.address === b?.address && a?.bits === b?.bits;
  return (from === undefined || same(rule.from, from)) && (to === undefined || same(rule.to, to));
}

function markText({ fwmark, fwmask = 0xffff_ffff }: Rule): string | undefined {
  if (fwmark === undefined) return undefined;
  return fwmask === 0xffff_ffff ? `0x${fwmark.toString(16)}` : `0x${fwmark.toString(16)}/0x${fwmask.toString(16)}`;
}

function prefixText(prefix: Rule["from"]): string {
  if (prefix === undefined) return "all";
  return prefix.bits === 32 ? printIp(prefix.address) : printCidr(prefix);
}

export function ruleText(rule: Rule, details: boolean): string {
  const words: string[] = [];
  if (rule.not) words.push("not");
  words.push(`from ${prefixText(rule.from)}`);
  if (rule.to !== undefined) words.push(`to ${prefixText(rule.to)}`);
  if (rule.tos) words.push(`tos 0x${rule.tos.toString(16)}`);
  const mark = markText(rule);
  if (mark !== undefined) words.push(`fwmark ${mark}`);
  if (rule.iif !== undefined) words.push(`iif ${rule.iif}`);
  if (rule.oif !== undefined) words.push(`oif ${rule.oif}`);
  if (rule.action === "lookup") words.push(`lookup ${tableName(rule.table)}`);
  if (rule.suppressPrefixLength !== undefined) words.push(`suppress_prefixlength ${rule.suppressPrefixLength}`);
  if (rule.action === "goto") words.push(`goto ${rule.target ?? 0}`);
  else if (rule.action !== "lookup") words.push(rule.action);
  if (details || (rule.protocol !== 2 && rule.protocol !== 3)) words.push(`proto ${protocolName(rule.protocol)}`);
  return `${rule.priority}:\t${words.join(" ")}\n`;
}

function ruleJson(rule: Rule): Record<string, unknown> {
  const json: Record<string, unknown> = { priority: rule.priority };
  if (rule.not) json.not = null;
  json.src = rule.from === undefined ? "all" : printIp(rule.from.address);
  if (rule.from !== undefined && rule.from.bits !== 32) json.srclen = rule.from.bits;
  if (rule.to !== undefined) json.dst = printIp(rule.to.address);
  if (rule.to !== undefined && rule.to.bits !== 32) json.dstlen = rule.to.bits;
  if (rule.tos) json.tos = `0x${rule.tos.toString(16)}`;
  if (rule.fwmark !== undefined) json.fwmark = `0x${rule.fwmark.toString(16)}`;
  if (rule.fwmark !== undefined && rule.fwmask !== undefined && rule.fwmask !== 0xffff_ffff) json.fwmask = `0x${rule.fwmask.toString(16)}`;
  if (rule.iif !== undefined) json.iif = rule.iif;
  if (rule.oif !== undefined) json.oif = rule.oif;
  if (rule.action === "lookup") json.table = tableName(rule.table);
  else if (rule.action === "goto") json.goto = rule.target;
  else json.action = rule.action;
  if (rule.suppressPrefixLength !== undefined) json.suppress_prefixlen = rule.suppressPrefixLength;
  return json;
}

function read(words: Words): Given {
  const given: Given = {};
  while (words.more) {
    const word = words.need();
    if (word === "not") given.not = true;
    else if (word === "from") assignPrefix(given, "from", words.need());
    else if (word === "to") assignPrefix(given, "to", words.need());
    else if (word === "preference" || word === "pref" || word === "order" || word === "priority") given.priority = numberOf(words.need(), "preference value is invalid");
    else if (word === "tos" || word === "dsfield") given.tos = numberOf(words.need(), "TOS value is invalid", 255);
    else if (word === "fwmark") readMark(words.need(), given);
    else if (word === "table" || word === "lookup") given.table = tableOf(words.need(), "invalid table ID");
    else if (word === "iif" || word === "dev") given.iif = words.need();
    else if (word === "oif") given.oif = words.need();
    else if (word === "goto") Object.assign(given, { action: "goto", target: numberOf(words.need(), "invalid target") });
    else if (word === "suppress_prefixlength" || word === "sup_pl") given.suppressPrefixLength = numberOf(words.need(), "suppress_prefixlength value is invalid", 32);
    else if (word === "blackhole" || word === "unreachable" || word === "prohibit" || word === "nop") Object.assign(given, { action: word, table: TABLE.unspec });
    else if (["realms", "nat", "map-to", "uidrange", "ipproto", "sport", "dport", "l3mdev", "tun_id", "suppress_ifgroup", "protocol", "type"].includes(word)) throw notModelled(word);
    else throw invalidArgument("Failed to parse rule type", word);
  }
  if (given.action === "goto") given.table = TABLE.unspec;
  return given;
}

/** "all" is no condition at all. */
function assignPrefix(given: Given, key: "from" | "to", word: string): void {
  const prefix = prefixOf(word);
  if (prefix.bits > 0) given[key] = prefix;
}

function readMark(word: string, given: Given): void {
  const [mark = "", mask] = word.split("/");
  given.fwmark = numberOf(mark, "fwmark value is invalid");
  given.fwmask = mask === undefined ? 0xffff_ffff : numberOf(mask, "fwmask value is invalid");
}

/** All but rule 0. */
function flush({ ns }: IpContext): void {
  for (const rule of ns.rules.list()) if (rule.priority !== 0) ns.rules.remove(rule);
}

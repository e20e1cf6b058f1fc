/** `ip rule`: the order in which tables are asked (iprule.c). */
import { TABLE } from "../../net/fib";
import { type RuleSpec, ruleAdd, ruleDelete } from "../../net/netlink";
import type { Netns } from "../../net/netns";
import type { Rule } from "../../net/rule";
import { inCidr, printCidr, printIp } from "../../wire/ip";
import { type IpContext, printJson } from "./context";
import { protocolName, protocolOf, tableName, tableOf, tosText } from "./names";
import { IpFailure, type Words, invalidArgument, matches, notModelled, numberOf, prefixOf } from "./words";

type Given = { -readonly [K in keyof Rule]?: Rule[K] };

export function rules(words: Words, context: IpContext): void {
  const word = words.take();
  if (word === undefined || matches(word, "list") || matches(word, "lst") || matches(word, "show")) return show(words, context);
  if ((matches(word, "add") || matches(word, "delete")) && !words.more) throw new IpFailure(`"ip rule ${matches(word, "add") ? "add" : "del"}" requires arguments.\n`, 1);
  if (matches(word, "add")) return ruleAdd(context.ns, read(words) as RuleSpec);
  if (matches(word, "delete")) return ruleDelete(context.ns, read(words) as RuleSpec);
  if (matches(word, "flush")) return flush(words, context);
  if (matches(word, "save") || matches(word, "restore")) throw notModelled(word);
  throw new IpFailure(`Command "${word}" is unknown, try "ip rule help".\n`, 255);
}

type Filter = Given & { realm?: number };

function show(words: Words, { ns, options, out }: IpContext): void {
  const wanted = readFilter(words);
  const listed = options.family === "inet6" ? [] : ns.rules.list().filter((rule) => fits(rule, wanted));
  if (options.json) return void out.push(printJson(listed.map((rule) => ruleJson(rule, ns, options)), options.pretty));
  for (const rule of listed) out.push(ruleText(rule, ns, options.details, options.numeric));
}

/** iprule_list_flush_or_save(): what is no keyword is taken for the prefix of "from". */
function readFilter(words: Words): Filter {
  const wanted: Filter = {};
  while (words.more) {
    const word = words.need();
    if (matches(word, "table") || word === "lookup") wanted.table = shownTable(words.need());
    else if (isPreference(word)) wanted.priority = numberOf(words.need(), "preference value is invalid");
    else if (word === "fwmark") readMark(words.need(), wanted);
    else if (matches(word, "tos") || matches(word, "dsfield")) wanted.tos = numberOf(words.need(), "TOS value is invalid", 255);
    else if (word === "to") assignPrefix(wanted, word, words.need());
    else if (word === "iif" || word === "oif" || word === "dev") wanted[word === "oif" ? "oif" : "iif"] = words.need();
    else if (word === "not") wanted.not = true;
    else if (word === "uidrange") Object.assign(wanted, uidRange(words.need()));
    else if (matches(word, "protocol")) wanted.protocol = protocolOf(words.need(), 'invalid "protocol"');
    else if (["l3mdev", "ipproto", "sport", "dport", "tun_id", "realms"].includes(word)) throw notModelled(word);
    else wanted.from = strictPrefix(word === "from" ? words.need() : word);
  }
  return wanted;
}

function shownTable(word: string): number {
  if (word === "all") throw invalidArgument("table id value is invalid", word);
  return tableOf(word, "table id value is invalid");
}

function strictPrefix(word: string): NonNullable<Rule["from"]> {
  try {
    return prefixOf(word);
  } catch {
    throw new IpFailure(`Error: inet prefix is expected rather than "${word}".\n`, 1);
  }
}

function isPreference(word: string): boolean {
  return ["preference", "order", "priority"].some((name) => matches(word, name));
}

function uidRange(word: string): { uidFrom: number; uidTo: number } {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(word) ?? [];
  if (from === undefined || to === undefined) throw invalidArgument("invalid UID range", word);
  return { uidFrom: Number(from), uidTo: Number(to) };
}

function fits(rule: Rule, { table, priority, fwmark, fwmask, iif, oif, from, to, tos, not, uidFrom, uidTo }: Filter): boolean {
  if (table !== undefined && rule.table !== table) return false;
  if (priority !== undefined && rule.priority !== priority) return false;
  if (fwmark !== undefined && (rule.fwmark !== fwmark || (fwmask !== 0xffff_ffff && rule.fwmask !== fwmask))) return false;
  if ((iif !== undefined && rule.iif !== iif) || (oif !== undefined && rule.oif !== oif)) return false;
  if ((tos !== undefined && rule.tos !== tos) || (not === true && rule.not !== true)) return false;
  if (uidFrom !== undefined && (rule.uidFrom !== uidFrom || rule.uidTo !== uidTo)) return false;
  const within = (a: Rule["from"], b: Rule["from"]): boolean => b === undefined || b.bits === 0 || (a !== undefined && a.bits >= b.bits && inCidr(a.address, b));
  return within(rule.from, from) && within(rule.to, to);
}

function markText({ fwmark, fwmask = 0xffff_ffff }: Rule): string | undefined {
  if (fwmark === undefined) return undefined;
  return fwmask === 0xffff_ffff ? `0x${fwmark.toString(16)}` : `0x${fwmark.toString(16)}/0x${fwmask.toString(16)}`;
}

function prefixText(prefix: Rule["from"]): string {
  if (prefix === undefined) return "all";
  return prefix.bits === 32 ? printIp(prefix.address) : printCidr(prefix);
}

const TYPES = ["", "", "", "", "", "", "blackhole", "unreachable", "prohibit"];

export function ruleText(rule: Rule, ns: Netns, details: boolean, numeric = false): string {
  const words: string[] = [];
  if (rule.not) words.push("not");
  words.push(`from ${prefixText(rule.from)}`);
  if (rule.to !== undefined) words.push(`to ${prefixText(rule.to)}`);
  if (rule.tos) words.push(`tos ${tosText(rule.tos)}`);
  const mark = markText(rule);
  if (mark !== undefined) words.push(`fwmark ${mark}`);
  if (rule.iif !== undefined) words.push(`iif ${rule.iif}${ns.devices.byName(rule.iif) ? "" : " [detached]"}`);
  if (rule.oif !== undefined) words.push(`oif ${rule.oif}${ns.devices.byName(rule.oif) ? "" : " [detached]"}`);
  if (rule.uidFrom !== undefined) words.push(`uidrange ${rule.uidFrom}-${rule.uidTo ?? 0}`);
  if (rule.action === "lookup") words.push(`lookup ${tableName(rule.table, numeric)}`);
  if (rule.suppressPrefixLength !== undefined) words.push(`suppress_prefixlength ${rule.suppressPrefixLength}`);
  if (rule.action === "goto") words.push(`goto ${rule.target ?? 0}${ns.rules.list().some(({ priority }) => priority === rule.target) ? "" : " [unresolved]"}`);
  else if (rule.action !== "lookup") words.push(numeric && TYPES.includes(rule.action) ? String(TYPES.indexOf(rule.action)) : rule.action);
  if (details || (rule.protocol !== 2 && rule.protocol !== 0)) words.push(`proto ${protocolName(rule.protocol, numeric)}`);
  return `${rule.priority}:\t${words.join(" ")}\n`;
}

function ruleJson(rule: Rule, ns: Netns, { details, numeric }: IpContext["options"]): Record<string, unknown> {
  const json: Record<string, unknown> = { priority: rule.priority };
  if (rule.not) json.not = null;
  json.src = rule.from === undefined ? "all" : printIp(rule.from.address);
  if (rule.from !== undefined && rule.from.bits !== 32) json.srclen = rule.from.bits;
  if (rule.to !== undefined) json.dst = printIp(rule.to.address);
  if (rule.to !== undefined && rule.to.bits !== 32) json.dstlen = rule.to.bits;
  if (rule.tos) json.tos = tosText(rule.tos);
  if (rule.fwmark !== undefined) json.fwmark = `0x${rule.fwmark.toString(16)}`;
  if (rule.fwmark !== undefined && rule.fwmask !== undefined && rule.fwmask !== 0xffff_ffff) json.fwmask = `0x${rule.fwmask.toString(16)}`;
  if (rule.iif !== undefined) Object.assign(json, { iif: rule.iif, ...(ns.devices.byName(rule.iif) ? {} : { iif_detached: null }) });
  if (rule.oif !== undefined) Object.assign(json, { oif: rule.oif, ...(ns.devices.byName(rule.oif) ? {} : { oif_detached: null }) });
  if (rule.uidFrom !== undefined) Object.assign(json, { uid_start: rule.uidFrom, uid_end: rule.uidTo });
  if (rule.action === "lookup") json.table = tableName(rule.table, numeric);
  else if (rule.action === "goto") json.goto = rule.target;
  else json.action = rule.action;
  if (rule.suppressPrefixLength !== undefined) json.suppress_prefixlen = rule.suppressPrefixLength;
  if (details || (rule.protocol !== 2 && rule.protocol !== 0)) json.protocol = protocolName(rule.protocol, numeric);
  return json;
}

function read(words: Words): Given {
  const given: Given = {};
  while (words.more) {
    const word = words.need();
    if (word === "not") given.not = true;
    else if (word === "from") assignPrefix(given, "from", words.need());
    else if (word === "to") assignPrefix(given, "to", words.need());
    else if (isPreference(word)) given.priority = numberOf(words.need(), "preference value is invalid");
    else if (matches(word, "tos") || matches(word, "dsfield")) given.tos = dscpOf(words.need());
    else if (word === "fwmark") readMark(words.need(), given);
    else if (matches(word, "table") || word === "lookup") given.table = tableOf(words.need(), "invalid table ID");
    else if (word === "iif" || word === "dev") given.iif = words.need();
    else if (word === "oif") given.oif = words.need();
    else if (word === "goto") Object.assign(given, { action: "goto", target: numberOf(words.need(), "invalid target") });
    else if (word === "suppress_prefixlength" || word === "sup_pl") given.suppressPrefixLength = numberOf(words.need(), "suppress_prefixlength value is invalid", 32);
    else if (word === "uidrange") Object.assign(given, uidRange(words.need()));
    else if (matches(word, "protocol")) given.protocol = protocolOf(words.need());
    else if (ACTIONS.includes(word) || word === "type") assignType(given, word === "type" ? words.need() : word);
    else if (["realms", "nat", "map-to", "ipproto", "sport", "dport", "l3mdev", "tun_id", "suppress_ifgroup", "sup_group"].includes(word)) throw notModelled(word);
    else throw invalidArgument("Failed to parse rule type", word, "");
  }
  if (given.action === "goto") given.table = TABLE.unspec;
  return given;
}

const ACTIONS = ["blackhole", "unreachable", "prohibit", "nop"];

function assignType(given: Given, word: string): void {
  if (!ACTIONS.includes(word)) throw invalidArgument("Failed to parse rule type", word, "");
  Object.assign(given, { action: word, table: TABLE.unspec });
}

function dscpOf(word: string): number {
  const tos = numberOf(word, "TOS value is invalid", 255);
  if ((tos & 3) !== 0) throw new IpFailure("Error: Invalid dsfield (tos): ECN bits must be 0.\n", 2);
  return tos;
}

/** "all" is no condition at all. */
function assignPrefix(given: Given, key: "from" | "to", word: string): void {
  const prefix = prefixOf(word);
  if (prefix.bits > 0) given[key] = prefix;
  else delete given[key];
}

function readMark(word: string, given: Given): void {
  const [mark = "", mask] = word.split("/");
  given.fwmark = numberOf(mark, "fwmark value is invalid");
  given.fwmask = mask === undefined ? 0xffff_ffff : numberOf(mask, "fwmask value is invalid");
}

/** All but rule 0. */
function flush(words: Words, { ns }: IpContext): void {
  const wanted = readFilter(words);
  for (const rule of ns.rules.list()) if (rule.priority !== 0 && fits(rule, wanted) && (wanted.protocol === undefined || rule.protocol === wanted.protocol)) ns.rules.remove(rule);
}

/**
 * What iptables-nft has written, as nft 1.0.6 shows it: what iptables-nft stores as expressions
 * of nftables' own, and xt matches and targets in the words their libxt_*.so translate them to
 * (stmt_evaluate_xt; `xt match NAME` where there is no translation).
 */
import { printIp, type Ip } from "../../wire/ip";
import { prefixLength } from "../iptables/address";
import { protocolName } from "../iptables/names";
import type { Chain, Header, MatchUse, Rule, Table } from "../iptables/ruleset";
import { STATE } from "../iptables/matches/conntrack-state";
import { TABLE_PRIORITY } from "../iptables/ruleset";
import { PRIORITY } from "../../net/hook";
import { baseText } from "./list";
import * as types from "./datatypes";
import type { PrintOptions } from "./print";
import type { Ruleset } from "./ruleset";

/** Only when nft meets an xt match or target: what iptables-nft says in nftables' own expressions does not give it away. */
export function managedWarning(table: Table, only?: string): string {
  const telling = [...table.chains.values()].some(({ name, rules }) => (only === undefined || only === name) && rules.some(hasXt));
  return telling ? `# Warning: table ip ${table.name} is managed by iptables-nft, do not touch!\n` : "";
}

/** What add_match() and add_target() of iptables 1.8.9 make expressions of. */
const NATIVE: ReadonlySet<string> = new Set(["tcp", "udp", "mark", "limit", "NFLOG", "TRACE"]);

function hasXt({ matches, action }: Rule): boolean {
  const options = (use: MatchUse): { readonly option?: number } => use.options as { readonly option?: number };
  return matches.some((use) => !NATIVE.has(use.match.name) || (use.match.name === "tcp" && options(use).option !== 0)) || (action.kind === "target" && !NATIVE.has(action.target.name));
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
  return `\tchain ${chain.name} {\n${baseLine(table, chain)}${chain.rules.map((rule) => `\t\t${xtRuleText(rule, options)}\n`).join("")}\t}\n`;
}

function baseLine(table: Table, { hook, policy }: Chain): string {
  if (!hook) return "";
  const priority = table.name === "nat" ? (hook === "PREROUTING" || hook === "OUTPUT" ? PRIORITY.dstnat : PRIORITY.srcnat) : TABLE_PRIORITY[table.name];
  const type = table.name === "nat" ? "nat" : table.name === "mangle" && hook === "OUTPUT" ? "route" : "filter";
  return `\t\t${baseText({ type, at: hook, priority, policy: policy === "DROP" ? "drop" : "accept" })}\n`;
}

/** As the translator leaves it: a match without words still takes its blank. */
export function xtRuleText(rule: Rule, { stateless }: PrintOptions): string {
  const matches = rule.matches.map((use) => matchText(use, rule.header));
  const swallowed = rule.matches.some(({ match }) => match.name === "tcp" || match.name === "udp") && matches.some((text) => /^(tcp|udp) /.test(text));
  const words = [...headerWords(rule.header, swallowed), ...matches, stateless ? "counter" : `counter packets ${rule.packets} bytes ${rule.bytes}`];
  const action = actionText(rule);
  return [...words, ...(action === "" ? [] : [action])].join(" ");
}

function headerWords(h: Header, swallowed: boolean): string[] {
  const words: string[] = [];
  const not = (inverted: boolean): string => (inverted ? "!= " : "");
  const address = (value: number, mask: number): string => {
    const bits = prefixLength(mask);
    return `${printIp((value >>> 0) as Ip)}${bits === 32 ? "" : `/${bits ?? printIp((mask >>> 0) as Ip)}`}`;
  };
  if (h.inDev !== "") words.push(`iifname ${not(h.notIn)}"${h.inDev.replace(/\+$/, "*")}"`);
  if (h.outDev !== "") words.push(`oifname ${not(h.notOut)}"${h.outDev.replace(/\+$/, "*")}"`);
  if (h.proto !== 0 && !swallowed) words.push(`meta l4proto ${not(h.notProto)}${protocolName(h.proto) ?? h.proto}`);
  if (h.srcMask !== 0 || h.notSrc) words.push(`ip saddr ${not(h.notSrc)}${address(h.src, h.srcMask)}`);
  if (h.dstMask !== 0 || h.notDst) words.push(`ip daddr ${not(h.notDst)}${address(h.dst, h.dstMask)}`);
  if (h.fragment !== 0) words.push(`ip frag-off & 8191 ${h.fragment === 1 ? "!=" : "=="} 0`);
  return words;
}

type Words = Record<string, never> & Record<string, unknown>;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const hex8 = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
type Range = { readonly min: number; readonly max: number };
const range = ({ min, max }: Range): string => (min === max ? String(min) : `${min}-${max}`);
const full = ({ min, max }: Range): boolean => min === 0 && max === 65_535;

function matchText({ match, options }: MatchUse, header: Header): string {
  const made = MATCHES[match.name]?.(options as Words, header);
  return made ?? `xt match ${match.name}`;
}

function ports(protocol: "tcp" | "udp", o: Words): string[] {
  const { sport, notSport, dport, notDport } = o as unknown as { sport: Range; notSport: boolean; dport: Range; notDport: boolean };
  return [full(sport) && !notSport ? "" : `${protocol} sport ${notSport ? "!= " : ""}${range(sport)}`, full(dport) && !notDport ? "" : `${protocol} dport ${notDport ? "!= " : ""}${range(dport)}`].filter((word) => word !== "");
}

/** Bits of -m conntrack against ct state's. */
const CT = [
  [1, "invalid"],
  [2, "new"],
  [4, "related"],
  [8, "established"],
  [16, "untracked"],
] as const;

const MATCHES: Readonly<Record<string, (o: Words, header: Header) => string | undefined>> = {
  comment: () => "",
  tcp: (o) => {
    const { flags, notFlags, option } = o as unknown as { flags: { mask: number; set: number }; notFlags: boolean; option: number };
    if (option !== 0) return undefined;
    const words = ports("tcp", o);
    if (flags.mask !== 0) words.push(`tcp flags ${notFlags ? "!= " : ""}${types.tcpFlag.print(flags.set)} / ${types.tcpFlag.print(flags.mask)}`);
    return words.join(" ");
  },
  udp: (o) => ports("udp", o).join(" "),
  icmp: (o) => {
    const { type, code, min, max } = o as unknown as { type?: number; code?: unknown; min?: number; max?: number };
    const whole = code === undefined || (min === 0 && max === 255);
    const name = types.ICMP_TYPES.find(([, value]) => value === type)?.[0];
    return whole && name !== undefined ? `icmp type ${name}` : undefined;
  },
  mark: (o) => {
    const { mark, mask, not } = o as unknown as { mark: number; mask: number; not: boolean };
    return mask === 0xffff_ffff ? `meta mark ${not ? "!= " : ""}${hex8(mark)}` : `meta mark & ${hex8(mask)} ${not ? "!=" : "=="} ${hex8(mark)}`;
  },
  limit: (o) => {
    const { average, burst } = o as unknown as { average: number; burst: number };
    const [name, seconds] = ([["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const).filter(([, s]) => average * 1 <= s * 10_000).at(-1) ?? ["second", 1]; // prettier-ignore
    return `limit rate ${Math.floor((10_000 * seconds) / average)}/${name}${burst === 5 ? "" : ` burst ${burst} packets`}`;
  },
  statistic: (o) => {
    const { mode, threshold, every, packet, not } = o as unknown as { mode: string; threshold: number; every: number; packet: number; not: boolean };
    if (mode === "random") return `meta random & 2147483647 ${not ? "!=" : "<"} ${threshold}`;
    return `numgen inc mod ${every + 1} ${not ? "!= " : ""}${packet}`;
  },
  conntrack: (o) => conntrackText(o),
  state: (o) => {
    const { states, not } = o as unknown as { states: number; not: boolean };
    return stateText(states, not);
  },
  connmark: (o) => {
    const { mark, mask, not } = o as unknown as { mark: number; mask: number; not: boolean };
    return mask === 0xffff_ffff ? `ct mark ${not ? "!= " : ""}${hex(mark)}` : `ct mark and ${hex(mask)} ${not ? "!=" : "=="} ${hex(mark)}`;
  },
  length: (o) => {
    const { range: lengths, not } = o as unknown as { range: Range; not: boolean };
    return `meta length ${not ? "!= " : ""}${range(lengths)}`;
  },
  addrtype: (o) => {
    const { source, notSource, dest, notDest, limitIn, limitOut } = o as unknown as { source: number; notSource: boolean; dest: number; notDest: boolean; limitIn: boolean; limitOut: boolean };
    const oif = limitOut ? " . oif" : limitIn ? " . iif" : "";
    const one = (side: string, mask: number, not: boolean): string => {
      const names = types.ADDRTYPES.filter((_, at) => mask & (1 << at));
      return `fib ${side}${oif} type ${not ? "!= " : ""}${names.length > 1 ? `{ ${names.join(", ")} }` : names.join("")}`;
    };
    return [source !== 0 ? one("saddr", source, notSource) : "", dest !== 0 ? one("daddr", dest, notDest) : ""].filter((word) => word !== "").join(" ");
  },
  multiport: (o, header) => {
    const { kind, ranges, not } = o as unknown as { kind: string; ranges: Range[]; not: boolean };
    if (kind === "ports") return undefined;
    const protocol = protocolName(header.proto) ?? "";
    const list = ranges.map(range);
    return `${protocol} ${kind === "sports" ? "sport" : "dport"} ${not ? "!= " : ""}${list.length > 1 || not ? `{ ${list.join(", ")} }` : list.join("")}`;
  },
};

type Not<T> = { readonly not: boolean; readonly value: T };
type CtOptions = { readonly state?: Not<number>; readonly proto?: Not<number>; readonly direction?: Not<string>; readonly expire?: Not<Range>; readonly status?: unknown; readonly addresses?: object; readonly ports?: object };

/** conntrack's fields in the order libxt_conntrack.c translates them; of those left out here there are no words. */
function conntrackText({ state, proto, direction, expire, status, addresses, ports: portsAsked }: CtOptions): string | undefined {
  if (status !== undefined || addresses !== undefined || portsAsked !== undefined) return undefined;
  const not = (field: Not<unknown>): string => (field.not ? "!= " : "");
  const words = [direction && `ct direction ${not(direction)}${direction.value}`, proto && `ct original protocol ${not(proto)}${proto.value}`, state && stateText(state.value, state.not), expire && `ct expiration ${not(expire)}${range(expire.value)}`];
  return words.filter((word) => word !== undefined).join(" ");
}

/** What NAT did is told instead of the state, and its "!" forgotten. */
function stateText(mask: number, not: boolean): string {
  const status = [mask & STATE.SNAT ? "snat" : "", mask & STATE.DNAT ? "dnat" : ""].filter((word) => word !== "");
  if (status.length > 0) return `ct status ${status.join(",")}`;
  return `ct state ${not ? "! " : ""}${CT.filter(([bit]) => mask & bit).map(([, name]) => name).join(",")}`;
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

type NatRange = { readonly addresses?: { readonly min: Ip; readonly max: Ip }; readonly ports?: Range; readonly random?: boolean; readonly randomFully?: boolean; readonly persistent?: boolean };

function nat(word: string, o: Words): string {
  const { range: to } = o as unknown as { range: NatRange };
  const { addresses, ports: portRange } = to;
  const address = addresses ? `${printIp(addresses.min)}${addresses.max === addresses.min ? "" : `-${printIp(addresses.max)}`}` : "";
  const target = address !== "" || portRange ? ` to ${address}${portRange ? `:${range(portRange)}` : ""}` : "";
  const flags = [to.random ? "random" : "", to.randomFully ? "fully-random" : "", to.persistent ? "persistent" : ""].filter((flag) => flag !== "");
  return `${word}${target}${flags.length > 0 ? ` ${flags.join(",")}` : ""}`;
}

const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

const TARGETS: Readonly<Record<string, (o: Words) => string | undefined>> = {
  DNAT: (o) => nat("dnat", o),
  SNAT: (o) => nat("snat", o),
  MASQUERADE: (o) => nat("masquerade", o),
  REDIRECT: (o) => nat("redirect", o),
  MARK: (o) => {
    const { mark, mask } = o as unknown as { mark: number; mask: number };
    if (mask === 0xffff_ffff) return `meta mark set ${hex(mark)}`;
    if (mark === 0) return `meta mark set mark and ${hex(~mask)}`;
    if (mark === mask) return `meta mark set mark or ${hex(mark)}`;
    if (mask === 0) return `meta mark set mark xor ${hex(mark)}`;
    return `meta mark set mark and ${hex(~mask)} xor ${hex(mark)}`;
  },
  CONNMARK: (o) => {
    const { mode } = o as unknown as { mode: string };
    return mode === "save" ? "ct mark set mark" : mode === "restore" ? "meta mark set ct mark" : undefined;
  },
  REJECT: (o) => {
    const { name } = o as unknown as { name: string };
    if (name === "icmp-port-unreachable") return "reject";
    if (name === "tcp-reset") return "reject with tcp reset";
    return `reject with icmp type ${name.replace(/^icmp-/, "").replace("proto-", "prot-")}`;
  },
  LOG: (o) => {
    const { level, prefix, flags } = o as unknown as { level: number; prefix: string; flags: number };
    if (flags !== 0) return undefined;
    return `log${prefix !== "" ? ` prefix "${prefix}"` : ""}${level !== 4 ? ` level ${LEVELS[level]}` : ""}`;
  },
};

/** iptables -L and -S, as iptables 1.8.9 prints them (print_header, print_rule_details of xshared.c). */
import type { Netfilter } from "../attach";
import { cidrText } from "./address";
import { protocolName } from "./names";
import type { Chain, Rule, Table } from "./ruleset";
import { ruleText } from "./save";

export type ListOptions = {
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  readonly verbose: boolean;
  /** How many refer to a chain, where that is not to be counted here; fewer than none is an error. */
  readonly references?: (chain: Chain) => number;
};

/** 1000 as it is, then 12K, 345M, …: five digits wide (xtables_print_num), or eight with -x. */
function count(n: number, exact: boolean): string {
  if (exact) return `${String(n).padStart(8)} `;
  if (n <= 99_999) return `${String(n).padStart(5)} `;
  let value = Math.floor((n + 500) / 1000);
  for (const unit of ["K", "M", "G"]) {
    if (value <= 9999 || unit === "G") {
      if (unit !== "G" || value <= 9999) return `${String(value).padStart(4)}${unit} `;
    }
    value = Math.floor((value + 500) / 1000);
  }
  return `${String(value).padStart(4)}T `;
}

function head(chain: Chain, references: number, options: ListOptions): string {
  const { verbose, exact, lineNumbers } = options;
  const bare = (n: number): string => count(n, exact).trim();
  const state = chain.policy
    ? `(policy ${chain.policy}${verbose ? ` ${bare(chain.packets)} packets, ${bare(chain.bytes)} bytes` : ""})`
    : references < 0 ? "(ERROR obtaining refs)" : `(${references} references)`;
  const counters = verbose ? (exact ? "    pkts      bytes " : " pkts bytes ") : "";
  const devices = verbose ? "in     out     " : "";
  return `Chain ${chain.name} ${state}\n${lineNumbers ? "num  " : ""}${counters}target     prot opt ${devices}source               destination         \n`;
}

function targetName({ action }: Rule): string {
  switch (action.kind) {
    case "none":
      return "";
    case "verdict":
      return action.verdict;
    case "chain":
      return action.chain;
    case "target":
      return action.target.listAs ?? action.target.name;
  }
}

function device(name: string, not: boolean, numeric: boolean): string {
  const text = `${not ? "!" : ""}${name !== "" ? name : numeric ? "*" : "any"}`;
  return text.padEnd(6);
}

function ruleLine(rule: Rule, number: number, options: ListOptions): string {
  const { numeric, exact, verbose, lineNumbers } = options;
  const { header } = rule;
  const name = targetName(rule);
  const proto = header.proto === 0 && !numeric ? "all" : numeric ? String(header.proto) : (protocolName(header.proto) ?? String(header.proto));
  let line = lineNumbers ? `${String(number).padEnd(4)} ` : "";
  if (verbose) line += count(rule.packets, exact) + count(rule.bytes, exact);
  line += `${name.padEnd(9)} ${header.notProto ? "!" : " "}${proto.padEnd(4)} ${header.fragment === 2 ? "!f" : header.fragment === 1 ? "-f" : "--"} `;
  if (verbose) line += ` ${device(header.anyIn ?? header.inDev, header.notIn, numeric)} ${device(header.anyOut ?? header.outDev, header.notOut, numeric)} `;
  return line + addresses(rule, numeric) + details(rule, numeric);
}

function addresses({ header: h }: Rule, numeric: boolean): string {
  const text = (address: number, mask: number): string => (mask === 0 ? (numeric ? "0.0.0.0/0" : "anywhere") : numeric || mask !== -1 ? cidrText(address, mask) : address === 0x7f00_0001 ? "localhost" : cidrText(address, mask));
  return `${h.notSrc ? "!" : " "}${text(h.src, h.srcMask).padEnd(19)} ${h.notDst ? "!" : " "}${text(h.dst, h.dstMask).padEnd(19)} `;
}

function details(rule: Rule, numeric: boolean): string {
  const { action, header } = rule;
  let text = action.kind === "chain" && action.goto ? "[goto] " : "";
  for (const { match, options } of rule.matches) {
    const words = match.list(options, { numeric, header });
    if (words !== "") text += ` ${words}`;
  }
  if (action.kind === "target") {
    const words = action.target.list(action.options, { numeric, header });
    if (words !== "") text += ` ${words}`;
  }
  return text;
}

/** What -v prints of a rule that is added, deleted or looked for. */
export function verboseLine(rule: Rule): string {
  const { header: h } = rule;
  const proto = h.proto === 0 ? "all" : (protocolName(h.proto) ?? String(h.proto));
  const address = (value: number, mask: number): string => (mask === 0 ? "0.0.0.0/0" : cidrText(value, mask));
  const dev = (name: string, not: boolean): string => `${not ? "!" : ""}${name === "" ? "*" : name}`;
  const options = h.fragment === 2 ? "!f" : h.fragment === 1 ? "-f" : "--";
  const devices = `in ${dev(h.inDev, h.notIn)} out ${dev(h.outDev, h.notOut)}`;
  return `${targetName(rule)} ${h.notProto ? "!" : " "}${proto} opt ${options} ${devices} ${h.notSrc ? "!" : " "}${address(h.src, h.srcMask)} ${h.notDst ? "!" : " "}-> ${address(h.dst, h.dstMask)}  ${details(rule, true)}\n`;
}

/** Without a chain: all of them, a blank line between two. */
export function list(_netfilter: Netfilter, table: Table, chainName: string | undefined, ruleNumber: number, options: ListOptions): string | undefined {
  const counted = options.references ? undefined : table.references();
  const referencesOf = (chain: Chain): number => options.references?.(chain) ?? counted?.get(chain.name) ?? 0;
  const one = chainName === undefined ? undefined : table.chains.get(chainName);
  if (chainName !== undefined && !one) return undefined;
  const chains = one ? [one] : table.ordered();
  return chains
    .map((chain) => {
      const lines = chain.rules.map((rule, at) => `${ruleLine(rule, at + 1, options)}\n`).filter((_, at) => ruleNumber === 0 || at === ruleNumber - 1);
      return (ruleNumber === 0 ? head(chain, referencesOf(chain), options) : "") + lines.join("");
    })
    .join("\n");
}

/** -S: as they would be typed. */
export function listRules(table: Table, chainName: string | undefined, ruleNumber: number, verbose: boolean): string | undefined {
  const one = chainName === undefined ? undefined : table.chains.get(chainName);
  if (chainName !== undefined && !one) return undefined;
  const chains = one ? [one] : table.ordered();
  let text = "";
  if (ruleNumber === 0) {
    for (const { name, policy, packets, bytes } of chains) text += policy ? `-P ${name} ${policy}${verbose ? ` -c ${packets} ${bytes}` : ""}\n` : `-N ${name}\n`;
  }
  for (const chain of chains) {
    for (const [at, rule] of chain.rules.entries()) {
      if (ruleNumber !== 0 && at !== ruleNumber - 1) continue;
      text += `${verbose ? verboseText(chain.name, rule) : ruleText(chain.name, rule)}\n`;
    }
  }
  return text;
}

/** -S -v: the counters stand between the matches and the target. */
function verboseText(chain: string, rule: Rule): string {
  const whole = ruleText(chain, rule);
  const counters = ` -c ${rule.packets} ${rule.bytes}`;
  const at = rule.action.kind === "none" ? -1 : whole.lastIndexOf(rule.action.kind === "chain" && rule.action.goto ? " -g " : ` -j ${rule.action.kind === "target" ? rule.action.target.name : targetName(rule)}`);
  return at < 0 ? whole + counters : whole.slice(0, at) + counters + whole.slice(at);
}

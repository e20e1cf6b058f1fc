/**
 * What the kernel checks when a table is put in place: no loop that a hook reaches, and every
 * match and target only where it may stand (mark_source_chains and xt_check_* of ip_tables.c;
 * nft_chain_validate and nft_compat.c).
 */
import type { Code } from "../../core/errno";
import { LIMITS } from "../../core/limits";
import type { HookName } from "../../net/hook";
import type { Netfilter } from "../attach";
import type { AnyMatch, AnyTarget } from "./extension";
import { hooksOf, JumpGraph } from "./jump-graph";
import { type Backend, BUILTIN, type Chain, type Rule, type TableName } from "./ruleset";
import type { Origins } from "./origins";

export type Fault = { readonly rule: Rule | undefined; readonly code: Code | "EMLINK" | "EOPNOTSUPP" };

type Checked = {
  readonly netfilter: Netfilter;
  readonly backend: Backend;
  readonly table: TableName;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly fresh: Origins;
  readonly graph: JumpGraph;
};

/** `fresh` are the rules that came with this commit, in order: what stood there before has been checked. */
export function validate(netfilter: Netfilter, backend: Backend, table: TableName, chains: ReadonlyMap<string, Chain>, fresh: Origins): readonly Fault[] {
  const refused = refusedAtOnce(backend, table, chains, fresh);
  if (refused.length > 0) return refused;
  // nft makes a rule's expressions before it looks where the rule leads.
  const [first, second] = backend === "nft" ? [checkRules, checkPaths] : [checkPaths, checkRules];
  const checked: Checked = { netfilter, backend, table, chains, fresh, graph: new JumpGraph(backend, chains) };
  const faults = first(checked);
  return faults.length > 0 ? faults : second(checked);
}

/** Jumps into a hook's own chain; and QUEUE, which this kernel's nft does not have. */
function refusedAtOnce(backend: Backend, table: TableName, chains: ReadonlyMap<string, Chain>, fresh: Origins): readonly Fault[] {
  const forbidden: Fault[] = [];
  const queued: Fault[] = [];
  const hooks: readonly string[] = BUILTIN[table];
  for (const rule of fresh.rules) {
    const { action } = rule;
    if (action.kind === "verdict" && action.verdict === "QUEUE") queued.push({ rule, code: "ENOENT" });
    if (action.kind !== "chain" || !hooks.includes(action.chain)) continue;
    forbidden.push({ rule, code: backend === "legacy" ? "EINVAL" : chains.get(action.chain)?.absent ? "ENOENT" : "EOPNOTSUPP" });
  }
  return forbidden.length > 0 || backend === "legacy" ? forbidden : queued;
}

function checkRules(checked: Checked): readonly Fault[] {
  const { backend, chains, fresh, graph } = checked;
  const { rules } = fresh;
  const checkable = rules.filter(needsCheck);
  if (checkable.length === 0 && !rules.some(({ action }) => action.kind === "chain")) return [];
  const { masks, reached } = graph.reach();
  const faults: Fault[] = [];
  let chain: Chain | undefined;
  for (const rule of checkable) {
    const name = fresh.chainOf(rule) ?? "";
    if (chain?.name !== name) chain = chains.get(name);
    const behind = backend === "legacy" && chain !== undefined && chain.facts.reachable < chain.rules.length && chain.rules.indexOf(rule) >= chain.facts.reachable;
    const code = checkRule(checked, rule, hooksOf(behind || !chain ? 0 : (masks[chain.place] ?? 0)));
    if (code !== undefined) faults.push({ rule, code });
  }
  if (faults.length > 0) return faults;
  const code = checkReached(checked, reached, masks);
  if (code !== undefined) return [{ rule: rules.find(({ action }) => action.kind === "chain"), code }];
  for (const chain of reached) chain.reached = masks[chain.place] ?? 0;
  return [];
}

/** What stood there before may not like where it is reached from now. */
function checkReached(checked: Checked, reached: readonly Chain[], masks: Uint8Array): Code | undefined {
  const { backend, fresh } = checked;
  for (const chain of reached) {
    const mask = masks[chain.place] ?? 0;
    if ((mask & ~chain.reached) === 0) continue;
    const hooks = hooksOf(mask);
    for (const [at, rule] of chain.rules.entries()) {
      if (fresh.has(rule) || (backend === "legacy" && at >= chain.facts.reachable) || !needsCheck(rule)) continue;
      const code = checkRule(checked, rule, hooks);
      if (code !== undefined) return code;
    }
  }
  return undefined;
}

const hasConditions = (e: AnyMatch | AnyTarget): boolean => e.tables !== undefined || e.hooks !== undefined || e.protocols !== undefined || e.checkEntry !== undefined || e.requires !== undefined || e.needsSyn === true;

function needsCheck({ matches, action, header }: Rule): boolean {
  if (action.kind === "target" && hasConditions(action.target)) return true;
  if (header.notSrc || header.notDst) return true;
  return matches.some(({ match }) => hasConditions(match));
}

/**
 * No loop that a hook reaches; and for nft no path of sixteen jumps either (NFT_JUMP_STACK_SIZE),
 * while legacy makes its stack as deep as there are chains.
 */
function checkPaths({ backend, chains, fresh, graph }: Checked): readonly Fault[] {
  const deepest = backend === "nft" ? LIMITS.iptablesJumpDepth : Number.POSITIVE_INFINITY;
  if (graph.depth() < deepest) return [];
  if (backend === "legacy") return [{ rule: undefined, code: "ELOOP" }];
  // nft looks at the whole table after each message, and blames that one and all behind it.
  const targetsOf = ({ action }: Rule): Chain[] => (action.kind === "chain" ? [chains.get(action.chain) ?? []].flat() : []);
  const growing = new Map([...chains].map(([name, { rules }]) => [name, rules.flatMap((rule) => (fresh.has(rule) ? [] : targetsOf(rule)))]));
  const { rules } = fresh;
  const first = rules.findIndex((rule) => {
    if (rule.action.kind !== "chain") return false;
    growing.get(fresh.chainOf(rule) ?? "")?.push(...targetsOf(rule));
    return graph.depth(({ name }) => growing.get(name) ?? []) >= deepest;
  });
  return rules.slice(Math.max(first, 0)).map((rule) => ({ rule, code: "EMLINK" }));
}

function checkRule({ netfilter, backend, table }: Checked, { header, matches, action }: Rule, hooks: ReadonlySet<HookName>): Code | undefined {
  if (backend === "nft" && ((header.notSrc && header.srcMask === 0) || (header.notDst && header.dstMask === 0))) return "EINVAL";
  const check = (extension: AnyMatch | AnyTarget, options: unknown): Code | undefined => {
    if (extension.nativeInNft && backend === "nft") return undefined;
    if (extension.tables && !extension.tables.includes(table)) return "EINVAL";
    if (extension.hooks && [...hooks].some((hook) => !extension.hooks?.includes(hook))) return "EINVAL";
    if (extension.protocols && (!extension.protocols.includes(header.proto) || header.notProto)) return "EINVAL";
    if (extension.needsSyn && backend === "legacy" && !matches.some(({ match, options: o }) => match.name === "tcp" && asksForSyn(o))) return "EINVAL";
    const required = extension.requires?.(options, netfilter);
    if (required !== undefined && required !== true) return required;
    const allowed = extension.checkEntry?.(options, header, table, hooks) ?? true;
    return allowed === true ? undefined : allowed === false ? "EINVAL" : allowed;
  };
  for (const { match, options } of matches) {
    const code = check(match, options);
    if (code !== undefined) return code;
  }
  return action.kind === "target" ? check(action.target, action.options) : undefined;
}

/** find_syn_match of xt_TCPMSS.c. */
function asksForSyn(options: unknown): boolean {
  const { flags, notFlags } = options as { readonly flags: { readonly set: number; readonly mask: number }; readonly notFlags: boolean };
  return (flags.set & 2) !== 0 && !notFlags;
}

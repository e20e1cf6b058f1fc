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
import type { Backend, Chain, Rule, TableName } from "./ruleset";
import type { Origins } from "./transaction";

export type Fault = { readonly rule: Rule | undefined; readonly code: Code | "EMLINK" | "EOPNOTSUPP" };

/** Which hooks reach each chain: a bit for each. */
type Reach = ReadonlyMap<string, number>;

/** `fresh` are the rules that came with this commit, in order: what stood there before has been checked. */
export function validate(netfilter: Netfilter, backend: Backend, table: TableName, chains: ReadonlyMap<string, Chain>, fresh: Origins): readonly Fault[] {
  const refused = refusedAtOnce(backend, chains, fresh);
  if (refused.length > 0) return refused;
  // nft makes a rule's expressions before it looks where the rule leads.
  const [first, second] = backend === "nft" ? [checkRules, checkPaths] : [checkPaths, checkRules];
  const faults = first(backend, chains, fresh, netfilter, table);
  return faults.length > 0 ? faults : second(backend, chains, fresh, netfilter, table);
}

/** Jumps into a hook's own chain; and QUEUE, which this kernel's nft does not have. */
function refusedAtOnce(backend: Backend, chains: ReadonlyMap<string, Chain>, fresh: Origins): readonly Fault[] {
  const forbidden: Fault[] = [];
  const queued: Fault[] = [];
  for (const rule of fresh.rules) {
    const { action } = rule;
    if (action.kind === "verdict" && action.verdict === "QUEUE") queued.push({ rule, code: "ENOENT" });
    const target = action.kind === "chain" ? chains.get(action.chain) : undefined;
    if (target?.hook) forbidden.push({ rule, code: backend === "legacy" ? "EINVAL" : target.absent ? "ENOENT" : "EOPNOTSUPP" });
  }
  return forbidden.length > 0 || backend === "legacy" ? forbidden : queued;
}

function checkRules(backend: Backend, chains: ReadonlyMap<string, Chain>, fresh: Origins, netfilter: Netfilter, table: TableName): readonly Fault[] {
  const { rules } = fresh;
  const checkable = rules.filter(needsCheck);
  if (checkable.length === 0 && !rules.some(({ action }) => action.kind === "chain")) return [];
  const reach = reachOf(backend, chains);
  const faults: Fault[] = [];
  for (const rule of checkable) {
    const chain = chains.get(fresh.get(rule)?.chain ?? "");
    const behind = backend === "legacy" && chain !== undefined && chain.reachable < chain.rules.length && chain.rules.indexOf(rule) >= chain.reachable;
    const code = checkRule(netfilter, backend, rule, table, hooksOf(behind ? 0 : (reach.get(chain?.name ?? "") ?? 0)));
    if (code !== undefined) faults.push({ rule, code });
  }
  if (faults.length > 0) return faults;
  const code = checkReached(netfilter, backend, table, chains, fresh, reach);
  if (code !== undefined) return [{ rule: rules.find(({ action }) => action.kind === "chain"), code }];
  for (const [name, mask] of reach) (chains.get(name) as Chain).reached = mask;
  return [];
}

/** What stood there before may not like where it is reached from now. */
function checkReached(netfilter: Netfilter, backend: Backend, table: TableName, chains: ReadonlyMap<string, Chain>, fresh: Origins, reach: Reach): Code | undefined {
  for (const [name, mask] of reach) {
    const chain = chains.get(name);
    if (!chain || (mask & ~chain.reached) === 0) continue;
    const hooks = hooksOf(mask);
    for (const [at, rule] of chain.rules.entries()) {
      if (fresh.has(rule) || (backend === "legacy" && at >= chain.reachable) || !needsCheck(rule)) continue;
      const code = checkRule(netfilter, backend, rule, table, hooks);
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

type Jumps = ReadonlyMap<string, readonly string[]>;

/**
 * No loop that a hook reaches; and for nft no path of sixteen jumps either (NFT_JUMP_STACK_SIZE),
 * while legacy makes its stack as deep as there are chains.
 */
function checkPaths(backend: Backend, chains: ReadonlyMap<string, Chain>, fresh: Origins): readonly Fault[] {
  const hooks = [...chains.values()].filter(({ hook }) => hook).map(({ name }) => name);
  const deepest = backend === "nft" ? LIMITS.iptablesJumpDepth : Number.POSITIVE_INFINITY;
  const final: Jumps = new Map([...chains.values()].map((chain) => [chain.name, jumpsOf(chain, backend)]));
  if (depthFrom(hooks, final) < deepest) return [];
  if (backend === "legacy") return [{ rule: undefined, code: "ELOOP" }];
  // nft looks at the whole table after each message, and blames that one and all behind it.
  const growing = new Map<string, string[]>();
  for (const { name, rules } of chains.values()) growing.set(name, rules.flatMap((rule) => (rule.action.kind === "chain" && !fresh.has(rule) ? [rule.action.chain] : [])));
  const { rules } = fresh;
  const first = rules.findIndex((rule) => {
    if (rule.action.kind !== "chain") return false;
    growing.get(fresh.get(rule)?.chain ?? "")?.push(rule.action.chain);
    return depthFrom(hooks, growing) >= deepest;
  });
  return rules.slice(Math.max(first, 0)).map((rule) => ({ rule, code: "EMLINK" }));
}

/** The longest way down from a hook; infinite where it comes back to itself. */
function depthFrom(hooks: readonly string[], jumps: Jumps): number {
  const known = new Map<string, number>();
  const path = new Set<string>();
  const depth = (name: string): number => {
    const done = known.get(name);
    if (done !== undefined) return done;
    if (path.has(name)) return Number.POSITIVE_INFINITY;
    path.add(name);
    let deepest = 0;
    for (const next of jumps.get(name) ?? []) deepest = Math.max(deepest, depth(next) + 1);
    path.delete(name);
    known.set(name, deepest);
    return deepest;
  };
  return Math.max(0, ...hooks.map(depth));
}

/** The chains it may lead to: legacy looks no further than a rule that decides about everything. */
function jumpsOf(chain: Chain, backend: Backend): readonly string[] {
  if (backend === "nft" || chain.reachable === chain.rules.length) return chain.jumps;
  return chain.rules.slice(0, chain.reachable).flatMap(({ action }) => (action.kind === "chain" ? [action.chain] : []));
}

const HOOKS: readonly HookName[] = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
const SETS: readonly ReadonlySet<HookName>[] = Array.from({ length: 1 << HOOKS.length }, (_, mask) => new Set(HOOKS.filter((_hook, bit) => mask & (1 << bit))));
const hooksOf = (mask: number): ReadonlySet<HookName> => SETS[mask] as ReadonlySet<HookName>;

function reachOf(backend: Backend, chains: ReadonlyMap<string, Chain>): Reach {
  const reach = new Map<string, number>();
  const visit = (chain: Chain, hooks: number): void => {
    const known = reach.get(chain.name) ?? 0;
    if ((hooks & ~known) === 0) return;
    reach.set(chain.name, known | hooks);
    for (const name of jumpsOf(chain, backend)) {
      const next = chains.get(name);
      if (next) visit(next, known | hooks);
    }
  };
  for (const chain of chains.values()) if (chain.hook) visit(chain, 1 << HOOKS.indexOf(chain.hook));
  return reach;
}

function checkRule(netfilter: Netfilter, backend: Backend, { header, matches, action }: Rule, table: TableName, hooks: ReadonlySet<HookName>): Code | undefined {
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

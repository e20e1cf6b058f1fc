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

export type Fault = { readonly rule: Rule | undefined; readonly code: Code | "EMLINK" | "EOPNOTSUPP" };

/** Which hooks reach each chain; or the fault met on the way. */
type Reach = ReadonlyMap<string, ReadonlySet<HookName>>;

/** `fresh` are the rules that came with this commit: what stood there before has been checked. */
export function validate(netfilter: Netfilter, backend: Backend, table: TableName, chains: ReadonlyMap<string, Chain>, fresh: ReadonlyMap<Rule, unknown>): Fault | undefined {
  for (const rule of fresh.keys()) {
    const { action } = rule;
    if (action.kind === "chain" && chains.get(action.chain)?.hook) return { rule, code: backend === "nft" ? "EOPNOTSUPP" : "EINVAL" };
  }
  const loop = findLoop(chains, backend, fresh);
  if (loop) return loop;
  const reach = reachOf(chains);
  const checkable = [...fresh.keys()].some(needsCheck);
  if (!checkable) return undefined;
  for (const chain of chains.values()) {
    for (const rule of chain.rules) {
      if (!fresh.has(rule) || !needsCheck(rule)) continue;
      const code = checkRule(netfilter, backend, rule, table, reach.get(chain.name) ?? new Set());
      if (code !== undefined) return { rule, code };
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

/** A depth-first walk from the hooks: coming back to a chain one is in is a loop. */
function findLoop(chains: ReadonlyMap<string, Chain>, backend: Backend, fresh: ReadonlyMap<Rule, unknown>): Fault | undefined {
  const done = new Set<string>();
  const path = new Set<string>();
  const visit = (chain: Chain): boolean => {
    if (path.has(chain.name)) return true;
    if (done.has(chain.name)) return false;
    path.add(chain.name);
    for (const name of chain.jumps) {
      const next = chains.get(name);
      if (next && visit(next)) return true;
    }
    path.delete(chain.name);
    done.add(chain.name);
    return false;
  };
  for (const chain of chains.values()) {
    if (!chain.hook || !visit(chain)) continue;
    // nft blames the message that closed the loop: the last jump of this batch.
    const last = [...fresh.keys()].filter(({ action }) => action.kind === "chain").at(-1);
    return { rule: last, code: backend === "nft" ? "EMLINK" : "ELOOP" };
  }
  if (backend === "nft" && tooDeep(chains)) return { rule: [...fresh.keys()].filter(({ action }) => action.kind === "chain").at(-1), code: "EMLINK" };
  return undefined;
}

/** NFT_JUMP_STACK_SIZE: nft refuses at once what legacy finds out while a packet walks. */
function tooDeep(chains: ReadonlyMap<string, Chain>): boolean {
  const depths = new Map<string, number>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const below = (chains.get(name)?.jumps ?? []).map(depth);
    const own = below.length === 0 ? 0 : Math.max(...below) + 1;
    depths.set(name, own);
    return own;
  };
  return [...chains.values()].some((chain) => chain.hook !== undefined && depth(chain.name) >= LIMITS.iptablesJumpDepth);
}

function reachOf(chains: ReadonlyMap<string, Chain>): Reach {
  const reach = new Map<string, Set<HookName>>();
  const visit = (chain: Chain, hook: HookName): void => {
    let hooks = reach.get(chain.name);
    if (!hooks) reach.set(chain.name, (hooks = new Set()));
    if (hooks.has(hook)) return;
    hooks.add(hook);
    for (const name of chain.jumps) {
      const next = chains.get(name);
      if (next) visit(next, hook);
    }
  };
  for (const chain of chains.values()) if (chain.hook) visit(chain, chain.hook);
  return reach;
}

function checkRule(netfilter: Netfilter, backend: Backend, { header, matches, action }: Rule, table: TableName, hooks: ReadonlySet<HookName>): Code | undefined {
  if (backend === "nft" && ((header.notSrc && header.srcMask === 0) || (header.notDst && header.dstMask === 0))) return "EINVAL";
  const check = (extension: AnyMatch | AnyTarget, options: unknown): Code | undefined => {
    if (extension.tables && !extension.tables.includes(table)) return "EINVAL";
    if (extension.hooks && [...hooks].some((hook) => !extension.hooks?.includes(hook))) return "EINVAL";
    if (extension.protocols && (!extension.protocols.includes(header.proto) || header.notProto)) return "EINVAL";
    if (extension.needsSyn && !matches.some(({ match, options: o }) => match.name === "tcp" && asksForSyn(o))) return "EINVAL";
    const required = extension.requires?.(options, netfilter);
    if (required !== undefined && required !== true) return required;
    if (extension.nativeInNft && backend === "nft") return undefined;
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

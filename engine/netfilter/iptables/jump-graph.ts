/**
 * Who jumps to whom in a table: how deep that goes, and which hooks reach which chain, as
 * mark_source_chains (ip_tables.c) and nft_chain_validate find out when a table is put in place.
 * Chains have numbers here, so that what is found of ten thousands of them is kept in plain arrays.
 */
import type { HookName } from "../../net/hook";
import type { Backend, Chain } from "./ruleset";

const HOOKS: readonly HookName[] = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
const SETS: readonly ReadonlySet<HookName>[] = Array.from({ length: 1 << HOOKS.length }, (_, mask) => new Set(HOOKS.filter((_hook, bit) => mask & (1 << bit))));
/** The hooks of a mask: a bit for each. */
export const hooksOf = (mask: number): ReadonlySet<HookName> => SETS[mask] as ReadonlySet<HookName>;

const ON_PATH = -1;

export class JumpGraph {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #hooks: readonly Chain[];
  readonly #targets: (readonly Chain[] | undefined)[];

  constructor(
    private readonly backend: Backend,
    chains: ReadonlyMap<string, Chain>,
  ) {
    this.#chains = chains;
    const hooks: Chain[] = [];
    let place = 0;
    for (const chain of chains.values()) {
      chain.place = place++;
      if (chain.hook) hooks.push(chain);
    }
    this.#hooks = hooks;
    this.#targets = new Array<undefined>(place).fill(undefined);
  }

  /** The chains it may lead to: legacy looks no further than a rule that decides about everything. */
  #targetsOf = (chain: Chain): readonly Chain[] => {
    const known = this.#targets[chain.place];
    if (known) return known;
    const targets: Chain[] = [];
    for (const name of jumpsOf(chain, this.backend)) {
      const target = this.#chains.get(name);
      if (target) targets.push(target);
    }
    this.#targets[chain.place] = targets;
    return targets;
  };

  /** The longest way down from a hook; infinite where it comes back to itself. */
  depth(targetsOf: (chain: Chain) => readonly Chain[] = this.#targetsOf): number {
    const known = new Float64Array(this.#chains.size);
    const depth = (chain: Chain): number => {
      const done = known[chain.place] ?? 0;
      if (done === ON_PATH) return Number.POSITIVE_INFINITY;
      if (done > 0) return done - 1;
      known[chain.place] = ON_PATH;
      let deepest = 0;
      for (const next of targetsOf(chain)) deepest = Math.max(deepest, depth(next) + 1);
      known[chain.place] = deepest + 1;
      return deepest;
    };
    return this.#hooks.reduce((deepest, hook) => Math.max(deepest, depth(hook)), 0);
  }

  /** A mask of hooks for each chain, by its place; and those that any hook reaches, in the order they are come to. */
  reach(): { readonly masks: Uint8Array; readonly reached: readonly Chain[] } {
    const masks = new Uint8Array(this.#chains.size);
    const reached: Chain[] = [];
    const visit = (chain: Chain, hooks: number): void => {
      const known = masks[chain.place] ?? 0;
      if ((hooks & ~known) === 0) return;
      if (known === 0) reached.push(chain);
      masks[chain.place] = known | hooks;
      for (const next of this.#targetsOf(chain)) visit(next, known | hooks);
    };
    for (const chain of this.#hooks) visit(chain, 1 << HOOKS.indexOf(chain.hook as HookName));
    return { masks, reached };
  }
}

function jumpsOf({ rules, facts }: Chain, backend: Backend): readonly string[] {
  if (backend === "nft" || facts.reachable === rules.length) return facts.jumps;
  return rules.slice(0, facts.reachable).flatMap(({ action }) => (action.kind === "chain" ? [action.chain] : []));
}

/**
 * What the kernel looks at before a batch counts (nft_table_validate): no loops, no jumps deeper
 * than sixteen, and no statement where its kind of base chain cannot run it.
 */
import { allowedIn } from "./needs";
import type { Base, Chain, Rule, Table, Verdict } from "./model";
import { MOST_JUMPS } from "./run";

export type Invalid = "Too many links" | "Operation not supported";

/** What is wrong with a table, as seen from its base chains: what nobody reaches may be anything. */
export function invalid(table: Table): Invalid | undefined {
  for (const chain of table.chains.values()) {
    const found = chain.base && visit(chain, chain.base, 1, new Set(), new Map());
    if (found) return found;
  }
  return undefined;
}

/** `done`: how deep a chain was already entered. */
function visit(chain: Chain, base: Base, depth: number, path: Set<Chain>, done: Map<Chain, number>): Invalid | undefined {
  if (path.has(chain) || depth > MOST_JUMPS) return "Too many links";
  if ((done.get(chain) ?? 0) >= depth) return undefined;
  done.set(chain, depth);
  path.add(chain);
  for (const rule of chain.rules) {
    if (!rule.statements.every((statement) => allowedIn(statement, base))) return "Operation not supported";
    for (const { chain: next } of jumpsOf(rule)) {
      const found = visit(next, base, depth + 1, path, done);
      if (found) return found;
    }
  }
  path.delete(chain);
  return undefined;
}

type Jump = Verdict & { readonly chain: Chain };
const NONE: readonly Jump[] = [];

function jumpsOf(rule: Rule): readonly Jump[] {
  let jumps = NONE;
  for (const statement of rule.statements) {
    if (statement.kind === "verdict" && "chain" in statement.verdict) jumps = [...jumps, statement.verdict];
    else if (statement.kind === "vmap") jumps = [...jumps, ...[...statement.set.elements.values()].flatMap(({ verdict }) => (verdict && "chain" in verdict ? [verdict] : []))];
  }
  return jumps;
}

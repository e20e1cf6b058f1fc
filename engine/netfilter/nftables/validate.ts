/**
 * What the kernel looks at before a batch counts (nft_table_validate): no loops, no jumps deeper
 * than sixteen, and no statement where its kind of base chain cannot run it.
 */
import { allowedIn } from "./needs";
import type { Base, Chain, Rule, Table, Verdict } from "./model";
import { MOST_JUMPS } from "./run";
import { setsOf } from "./needs";

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
    for (const next of jumpsOf(rule)) {
      const found = visit(next, base, depth + 1, path, done);
      if (found) return found;
    }
  }
  path.delete(chain);
  return undefined;
}

function jumpsOf(rule: Rule): Chain[] {
  const chains: Chain[] = [];
  const note = (verdict: Verdict | undefined): void => {
    if (verdict && "chain" in verdict) chains.push(verdict.chain);
  };
  for (const statement of rule.statements) {
    if (statement.kind === "verdict") note(statement.verdict);
    for (const set of setsOf(statement)) if (set.data && "verdict" in set.data) for (const { verdict } of set.elements.values()) note(verdict);
  }
  return chains;
}

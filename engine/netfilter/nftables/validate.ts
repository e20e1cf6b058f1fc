/**
 * What the kernel looks at before a batch counts (nft_table_validate): no loops, no jumps deeper
 * than sixteen, and no statement where its kind of base chain cannot run it.
 */
import { allowedIn } from "./needs";
import type { Base, Chain, Rule, Table, Verdict } from "./model";
import { MOST_JUMPS } from "./run";
import { NftError } from "./source";
import { setsOf } from "./transaction";

export function validateTables(tables: Iterable<Table>): void {
  for (const table of tables) {
    for (const chain of table.chains.values()) if (chain.base) visit(chain, chain.base, 1, new Set(), new Map());
    for (const chain of table.chains.values()) if (!chain.base) visit(chain, undefined, 1, new Set(), new Map());
  }
}

/** `done`: how deep a chain was already entered. */
function visit(chain: Chain, base: Base | undefined, depth: number, path: Set<Chain>, done: Map<Chain, number>): void {
  if (path.has(chain)) throw new NftError("Could not process rule: Too many links", undefined);
  if (depth > MOST_JUMPS) throw new NftError("Could not process rule: Too many links", undefined);
  if ((done.get(chain) ?? 0) >= depth) return;
  done.set(chain, depth);
  path.add(chain);
  for (const rule of chain.rules) {
    if (base && !rule.statements.every((statement) => allowedIn(statement, base))) throw new NftError("Could not process rule: Operation not supported", undefined);
    for (const next of jumpsOf(rule)) visit(next, base, depth + 1, path, done);
  }
  path.delete(chain);
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

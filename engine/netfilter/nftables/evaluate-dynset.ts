/** Sets that rules fill: `add @set { ip saddr }`, and meters (stmt_evaluate_set() of src/evaluate.c, nft_dynset_init() of nft_dynset.c). */
import type { StatementNode } from "./ast";
import { type Context, evaluateLeft, evaluateValue, namedSet } from "./evaluate";
import { type Expr, type Statement, typesOf } from "./model";
import { NftSet } from "./nft-set";
import { NftError } from "./source";

export function evaluateDynset(node: StatementNode & { readonly kind: "dynset" }, context: Context): Statement {
  const key = evaluateLeft(node.key, context);
  const set = node.meter ? meterSet(node, key, context) : namedSet(node.set, node.setLoc, context);
  const [have, want] = [typesOf(key), set.types];
  if (have.length !== want.length || have.some((type, i) => type.name !== want[i]?.name)) {
    throw new NftError(`datatype mismatch: expected ${want.map((t) => t.description).join(" . ")}, expression has type ${have.map((t) => t.description).join(" . ")}`, node.key.loc, node.loc);
  }
  const { options } = set;
  const timed = options.flags.includes("timeout") || options.timeoutMs !== undefined;
  if (!set.settled) set.dynamic = true;
  // A set of a given size that nobody was to fill is kept in another way (nft_set_hash_fast).
  if (!set.dynamic && options.size !== undefined) throw new NftError("Could not process rule: Operation not supported", node.loc);
  if (node.stateful.length > 0 && !set.dynamic) throw new NftError("Could not process rule: Invalid argument", node.loc);
  // What is to be swept now and then cannot run out as well (NFT_EXPR_GC).
  if (timed && node.stateful.some(({ kind }) => kind === "ct count")) throw new NftError("Could not process rule: Operation not supported", node.loc);
  if (node.timeoutMs !== undefined && !timed) throw new NftError("Could not process rule: Operation not supported", node.loc);
  if (set.data && !node.data) throw new NftError("Could not process rule: Invalid argument", node.loc);
  const data = node.data && set.data && "types" in set.data ? evaluateValue(node.data, set.data.types, context) : undefined;
  return { kind: "dynset", op: node.op, set, key, ...(node.timeoutMs !== undefined && { timeoutMs: node.timeoutMs }), stateful: node.stateful, ...(data && { data }) };
}

/** The set that `meter NAME` makes for itself: its rule's, and gone with it. */
function meterSet({ set: name, timeoutMs, meter, elementLoc }: StatementNode & { readonly kind: "dynset" }, key: Expr, { table }: Context): NftSet {
  if (table.sets.has(name)) throw new NftError("Could not process rule: File exists", elementLoc);
  const flags = timeoutMs === undefined ? ["dynamic"] : ["dynamic", "timeout"];
  return new NftSet(table, name, table.nextHandle(), { types: typesOf(key), anonymous: false, interval: false, flags, autoMerge: false, stateful: [], meter: true, ...(meter && { size: meter.size }) });
}

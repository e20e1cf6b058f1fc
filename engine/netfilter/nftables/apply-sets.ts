/** Sets and their elements, as `add`, `create` and `delete` change them (nft_set_pipapo and rbtree refuse what overlaps). */
import type { Handle, SetNode } from "./ast";
import { makeContext } from "./evaluate-rule";
import { evaluateElement, isMap, mergeIntervals, overlap, placeOf as elementLoc, setOptions } from "./evaluate-set";
import { EXISTS, GONE, setOf, tableOf } from "./find";
import { type Element, NftSet } from "./nft-set";
import { NftError } from "./source";
import type { Transaction } from "./transaction";

export function addSet(handle: Handle, node: SetNode, exclusive: boolean, tx: Transaction): void {
  declareSet(handle, node, exclusive, tx);
  if (node.elements) addElements(handle, node.elements, false, tx);
}

export function declareSet(handle: Handle, node: SetNode, exclusive: boolean, tx: Transaction): void {
  const table = tableOf(handle, tx, "plain");
  const context = makeContext(tx.ruleset, table, [], () => {});
  const options = setOptions(node, context, handle.blockLoc ?? handle.nameLoc ?? { start: 0, end: 1 });
  const existing = table.sets.get(handle.name ?? "");
  if (existing) {
    const same = existing.types.length === options.types.length && existing.types.every((type, i) => type.name === options.types[i]?.name) && (existing.data === undefined) === (options.data === undefined) && existing.options.interval === options.interval;
    if (exclusive || !same) throw new NftError(EXISTS, handle.nameLoc);
    return;
  }
  if (options.gcIntervalMs !== undefined && options.timeoutMs === undefined && !options.flags.includes("timeout")) throw new NftError("Could not process rule: Invalid argument", undefined);
  // Neither kind of set that holds intervals can be filled by rules, and what is constant does not run out (nf_tables_newset, nft_select_set_ops).
  const flags = (...wanted: readonly string[]): boolean => wanted.every((flag) => options.flags.includes(flag));
  if (flags("interval", "dynamic") || (flags("constant") && (flags("timeout") || options.timeoutMs !== undefined))) {
    tx.attempt(() => fail("Could not process rule: Operation not supported", handle));
    if (node.elements) tx.attempt(() => fail(GONE, handle));
  }
  tx.addSet(new NftSet(table, handle.name ?? "", table.nextHandle(), options));
}

function fail(message: string, { nameLoc }: Handle): never {
  throw new NftError(message, nameLoc);
}

export function addElements(handle: Handle, elements: Extract<SetNode["elements"], object>, exclusive: boolean, tx: Transaction): void {
  const table = tableOf(handle, tx, "plain");
  const set = setOf(table, handle, "guess", tx);
  const context = makeContext(tx.ruleset, table, [], () => {});
  const { nowMs } = tx.ruleset.netfilter.ns.world.scheduler;
  const made: Element[] = [];
  for (const node of elements.elements) {
    const element = evaluateElement(node, set, context);
    if (set.data && !element.verdict && !element.data && !element.object) throw new NftError("Could not process rule: Invalid argument", node.key.loc);
    if (set.options.interval && !element.any) {
      made.push(element);
      continue;
    }
    const existing = set.elements.get(set.keyOf(element));
    if (existing && !existing.dead(nowMs)) {
      if (exclusive || !sameData(existing, element)) throw new NftError(EXISTS, elementLoc(node));
      if (node.timeoutMs !== undefined) tx.renewElement(existing, element);
      continue;
    }
    if (set.size !== undefined && set.elements.size >= set.size) throw new NftError("Could not process rule: Too many open files in system", elementLoc(node));
    tx.putElement(set, element);
  }
  if (made.length > 0) addIntervals(set, made, elements, exclusive, tx);
  tx.check(table, undefined);
}

function addIntervals(set: NftSet, made: readonly Element[], node: Extract<SetNode["elements"], object>, exclusive: boolean, tx: Transaction): void {
  const single = set.types.length === 1;
  if (set.options.autoMerge && single) {
    const old = [...set.elements.values()].filter(({ any }) => !any);
    for (const element of old) tx.removeElement(set, element);
    for (const element of mergeIntervals([...old, ...made], true)) tx.putElement(set, element);
    return;
  }
  const inOrder = [...set.sorted()];
  made.forEach((element, i) => {
    const loc = node.elements[i]?.key.loc;
    const place = single ? placeOf(element, inOrder) : 0;
    for (const other of single ? inOrder.slice(Math.max(0, place - 1), place + 1) : set.sorted()) {
      if (!overlap(element, other)) continue;
      if (set.keyOf(other) === set.keyOf(element) && !exclusive && sameData(other, element)) return;
      const inBatch = made.indexOf(other);
      if (inBatch >= 0 && set.keyOf(other) !== set.keyOf(element)) throw new NftError("conflicting intervals specified", loc, node.elements[inBatch]?.key.loc);
      throw new NftError(set.keyOf(other) === set.keyOf(element) ? EXISTS : "interval overlaps with an existing one", loc);
    }
    tx.putElement(set, element);
    inOrder.splice(place, 0, element);
  });
}

/** Before which of the intervals, none of which overlap, it would stand: it can run into that and the one before. */
function placeOf({ key: [part] }: Element, inOrder: readonly Element[]): number {
  let [low, high] = [0, inOrder.length];
  while (part && low < high) {
    const middle = (low + high) >>> 1;
    const from = inOrder[middle]?.key[0]?.from;
    if (from !== undefined && from <= part.from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameData(a: Element, b: Element): boolean {
  if (a.verdict && b.verdict) return a.verdict.verdict === b.verdict.verdict && ("chain" in a.verdict ? a.verdict.chain : undefined) === ("chain" in b.verdict ? b.verdict.chain : undefined);
  if (a.object ?? b.object) return a.object === b.object;
  if (a.data && b.data) return a.data.every(({ from, to }, i) => from === b.data?.[i]?.from && to === b.data?.[i]?.to);
  return !a.verdict && !b.verdict && !a.data && !b.data;
}

export function deleteElements(set: NftSet, elements: Extract<SetNode["elements"], object>, tx: Transaction): void {
  const context = makeContext(tx.ruleset, set.table, [], () => {});
  for (const node of elements.elements) {
    const wanted = evaluateElement({ key: node.key, loc: node.loc }, isMap(set, node), context);
    const found = set.elements.get(set.keyOf(wanted));
    if (!found || found.dead(tx.ruleset.netfilter.ns.world.scheduler.nowMs)) throw new NftError(set.options.interval && set.types.length === 1 ? "element does not exist" : GONE, node.key.loc);
    tx.removeElement(set, found);
  }
}

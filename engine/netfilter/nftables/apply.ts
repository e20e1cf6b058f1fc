/** One command's changes, made within a transaction: what nf_tables_newtable() and its kin do. */
import type { BlockItem, ChainNode, CommandNode, Handle, HookNode, ObjectKind, ObjectNode, RuleNode, SetNode } from "./ast";
import { makeContext, evaluateRule } from "./evaluate-rule";
import { likeSet } from "./evaluate";
import { evaluateElement, mergeIntervals, NoSuchChain, overlap, setOptions } from "./evaluate-set";
import { standardPriority } from "./list";
import { nearest } from "./misspell";
import { type Base, Chain, HOOKS, NamedObject, Rule, Table } from "./model";
import { type Element, NftSet } from "./nft-set";
import { type Loc, NftError } from "./source";
import type { Ruleset } from "./ruleset";
import { natPriorityIsTooEarly, type Transaction } from "./transaction";
import { refuseManaged } from "./managed";
import { bornOf } from "./stateful";

const GONE = "Could not process rule: No such file or directory";
const EXISTS = "Could not process rule: File exists";
const BUSY = "Could not process rule: Device or resource busy";
const UNSUPPORTED = "Could not process rule: Operation not supported";

export function apply(command: CommandNode, tx: Transaction): void {
  switch (command.op) {
    case "add":
    case "create":
      return applyAdd(command, tx);
    case "insert":
    case "replace":
      return applyRule(command, tx);
    case "delete":
      return applyDelete(command, tx);
    case "flush":
      return applyFlush(command, tx);
    case "rename": {
      const chain = chainOf(tableOf(command.handle, tx, "plain"), command.handle, "likely");
      if (chain.table.chains.has(command.to)) throw new NftError(EXISTS, undefined);
      return tx.renameChain(chain, command.to);
    }
    default:
  }
}

type Adding = Extract<CommandNode, { readonly op: "add" } | { readonly op: "create" } | { readonly op: "add" | "create" }>;

function applyAdd(command: Adding, tx: Transaction): void {
  const { handle } = command;
  const exclusive = command.op === "create";
  switch (command.object) {
    case "table": {
      const table = addTable(handle, exclusive, tx);
      if (command.table.comment !== undefined && table.comment === undefined) tx.setTableComment(table, command.table.comment);
      return addItems(command.table.items, tx);
    }
    case "chain": {
      const chain = addChain(handle, command.chain, exclusive, command.loc, tx);
      return addRules(chain, command.chain.rules, tx);
    }
    case "set":
      return addSet(handle, command.set, exclusive, tx);
    case "counter":
    case "limit":
    case "quota":
      return addObject(command.object, handle, command.node, exclusive, tx);
    case "element":
      return addElements(handle, command.elements, exclusive, tx);
    case "rule":
      return applyRule(command, tx);
  }
}

/** A table's block goes to the kernel in this order: chains, objects, sets, rules (nft_cmd_expand). */
function addItems(items: readonly BlockItem[], tx: Transaction): void {
  const chains: { readonly chain: Chain; readonly rules: readonly RuleNode[] }[] = [];
  for (const item of items) if (item.kind === "chain") tx.attempt(() => chains.push({ chain: addChain(item.handle, item.chain, false, item.loc, tx), rules: item.chain.rules }));
  for (const item of items) {
    if (item.kind === "chain" || item.kind === "set") continue;
    const { kind, handle, node, loc } = item;
    tx.attempt(() => addObject(kind, handle, node, false, tx, loc));
  }
  const sets = items.filter((item) => item.kind === "set");
  const declared = new Set<SetNode>();
  for (const { handle, set } of sets) {
    tx.attempt(() => {
      declareSet(handle, set, false, tx);
      declared.add(set);
    });
  }
  for (const { handle, set } of sets) {
    const { elements } = set;
    if (elements && declared.has(set)) tx.attempt(() => addElements(handle, elements, false, tx));
  }
  for (const { chain, rules } of chains) addRules(chain, rules, tx);
}

function addRules(chain: Chain, rules: readonly RuleNode[], tx: Transaction): void {
  for (const rule of rules) tx.attempt(() => addRule(chain, rule, tx));
}

/** How a missing name is reported: by nft itself, or after the kernel has refused; and then perhaps with a name that is like it. */
type Voice = "plain" | "kernel" | "guess" | "likely";

export function tableOf(handle: Handle, tx: Pick<Transaction, "ruleset">, voice: Voice): Table {
  const { ruleset } = tx;
  const found = handle.id !== undefined && handle.table === undefined ? ruleset.listed(handle.family).find((table) => table.handle === handle.id) : ruleset.table(handle.family, handle.table ?? "");
  if (found) return found;
  refuseManaged(ruleset, handle);
  const loc = handle.tableLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const guess = nearest(handle.table ?? "", ruleset.listed().map(({ name }) => name));
  const near = ruleset.listed().find(({ name }) => name === handle.table) ?? ruleset.listed().find(({ name }) => name === guess);
  // Of a table itself the family is not told.
  if (voice === "guess" && near && (near.name !== handle.table || handle.name !== undefined)) throw new NftError(`No such file or directory; did you mean table ‘${near.name}’ in family ${near.family}?`, loc);
  throw new NftError(GONE, loc);
}

export function chainOf(table: Table, handle: Handle, voice: Voice): Chain {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.chains.values()].find((chain) => chain.handle === handle.id) : table.chains.get(handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const guess = nearest(handle.name ?? "", table.chains.keys());
  if (guess !== undefined && guess !== handle.name && voice !== "kernel") throw new NftError(`No such file or directory; did you mean chain ‘${guess}’ in table ${table.family} ‘${table.name}’?`, loc);
  throw new NftError(voice === "likely" ? "No such file or directory" : GONE, loc);
}

export function setOf(table: Table, handle: Handle, voice: Voice, tx: Pick<Transaction, "ruleset">): NftSet {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.sets.values()].find((set) => set.handle === handle.id) : table.sets.get(handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  if (voice === "plain") throw new NftError("No such file or directory", loc);
  const like = likeSet(tx.ruleset, handle.name ?? "");
  const missing = new NftError(like === "" && voice === "kernel" ? GONE : `No such file or directory${like}`, loc);
  if (voice === "kernel") missing.ofKernel = true;
  throw missing;
}

function addTable(handle: Handle, exclusive: boolean, tx: Transaction): Table {
  const { ruleset } = tx;
  const existing = ruleset.table(handle.family, handle.table ?? "");
  if (existing) {
    if (exclusive) throw new NftError(EXISTS, handle.tableLoc);
    return existing;
  }
  refuseManaged(ruleset, handle);
  const table = ruleset.make(handle.family, handle.table ?? "");
  tx.addTable(table);
  return table;
}

function baseOf(node: HookNode, policy: "accept" | "drop" | undefined, loc: Loc): Base {
  const { type, hook, priority } = node;
  let number = priority.offset;
  if (priority.name !== undefined) {
    const standard = standardPriority(priority.name, hook);
    if (standard === undefined) throw new NftError("invalid priority expression value in this context.", priority.loc);
    number += standard;
  }
  const at = HOOKS[hook];
  if (!at) throw new NftError("unknown chain hook", node.hookLoc);
  if (type === "nat" && (at === "FORWARD" || natPriorityIsTooEarly(number))) throw new NftError(UNSUPPORTED, undefined);
  if (type === "route" && at !== "OUTPUT") throw new NftError(UNSUPPORTED, undefined);
  return { type: type as Base["type"], at, priority: number | 0, policy: policy ?? "accept" };
}

function addChain(handle: Handle, node: ChainNode, exclusive: boolean, loc: Loc, tx: Transaction): Chain {
  const table = tableOf(handle, tx, "plain");
  const existing = table.chains.get(handle.name ?? "");
  const base = node.base && baseOf(node.base, node.policy, loc);
  if (node.policy && !base && !existing?.base) throw new NftError(UNSUPPORTED, node.policyLoc);
  if (!existing) return tx.newChain(table, handle.name ?? "", base, node.comment);
  if (exclusive) throw new NftError(EXISTS, handle.nameLoc);
  if (base && existing.base?.type !== base.type) throw new NftError(EXISTS, handle.nameLoc);
  if (base && (existing.base?.priority !== base.priority || existing.base.at !== base.at)) throw new NftError(UNSUPPORTED, undefined);
  if (node.policy && existing.base) tx.setPolicy(existing, existing.base, node.policy);
  return existing;
}

function applyRule(command: Extract<CommandNode, { readonly rule: RuleNode }>, tx: Transaction): void {
  const { handle, rule, op } = command;
  const table = evaluatedIn(new Table(handle.family, handle.table ?? "", 0), rule, tx, () => placeOfRule(handle, tx, () => tableOf(handle, tx, "kernel")));
  const chain = evaluatedIn(table, rule, tx, () => placeOfRule(handle, tx, () => chainOf(table, handle, handle.index !== undefined ? "plain" : "kernel")));
  if (op === "replace") {
    const old = chain.rules.findIndex((other) => other.handle === handle.id);
    if (old < 0) throw new NftError(GONE, handle.idLoc);
    const made = makeRule(chain, rule, tx);
    tx.deleteRule(chain.rules[old] as Rule, true);
    tx.addRule(new Rule(chain, made.statements, made.comment, handle.id ?? made.handle), old);
  } else {
    const at = positionOf(chain, handle, op);
    tx.addRule(makeRule(chain, rule, tx), at, op);
  }
  tx.check(table, undefined);
}

/** Its table, or its chain; or what nft makes of the kernel's missing it. */
function placeOfRule<T>(handle: Handle, { ruleset }: Transaction, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof NftError && error.ofKernel) throw likeRule(ruleset, handle, error.loc) ?? error;
    throw error;
  }
}

/** A rule is understood before the kernel finds that it has no table or no chain to go to. */
function evaluatedIn<T>(table: Table, rule: RuleNode, tx: Transaction, place: () => T): T {
  try {
    return place();
  } catch (error) {
    if (error instanceof NftError && error.ofKernel) evaluateRule(rule, new Chain(table, "", 0), tx.ruleset, () => {});
    throw error;
  }
}

/** `handle`, `position` and `index`: after it for add, before it for insert. */
function positionOf(chain: Chain, { id, idLoc, position, positionLoc, index }: Handle, op: "add" | "insert"): number {
  const wanted = id ?? position;
  let at: number;
  if (wanted !== undefined) {
    at = chain.rules.findIndex((rule) => rule.handle === wanted);
    if (at < 0) throw new NftError(GONE, positionLoc ?? idLoc);
  } else if (index !== undefined) {
    if (index >= chain.rules.length) throw new NftError("Could not process rule: No such file or directory", idLoc);
    at = index;
  } else return op === "add" ? chain.rules.length : 0;
  return op === "add" ? at + 1 : at;
}

function makeRule(chain: Chain, node: RuleNode, tx: Transaction): Rule {
  try {
    const statements = evaluateRule(node, chain, tx.ruleset, (_, loc) => tx.check(chain.table, loc));
    return new Rule(chain, statements, node.comment, chain.table.nextHandle());
  } catch (error) {
    if (!(error instanceof NoSuchChain)) throw error;
    throw likeRule(tx.ruleset, { family: chain.table.family, table: chain.table.name, name: chain.name }, error.loc) ?? error;
  }
}

/**
 * The kernel only says ENOENT; nft then looks for a chain, in whatever table, whose name is like
 * that of the rule's own chain (nft_cmd_enoent_rule).
 */
function likeRule(ruleset: Ruleset, { family, table, name = "" }: Pick<Handle, "family" | "table" | "name">, loc: Loc | undefined): NftError | undefined {
  const chains = ruleset.listed().flatMap((other) => [...other.chains.values()]);
  const guess = nearest(name, chains.map((chain) => chain.name));
  const near = chains.find((chain) => chain.name === guess);
  if (!near) return undefined;
  if (near.table.name !== table || near.table.family !== family) return new NftError(`No such file or directory; did you mean table ‘${near.table.name}’ in family ${near.table.family}?`, loc);
  return guess === name ? undefined : new NftError(`No such file or directory; did you mean chain ‘${near.name}’ in table ${family} ‘${near.table.name}’?`, loc);
}

function addRule(chain: Chain, node: RuleNode, tx: Transaction): void {
  tx.addRule(makeRule(chain, node, tx));
  tx.check(chain.table, node.loc);
}

function addSet(handle: Handle, node: SetNode, exclusive: boolean, tx: Transaction): void {
  declareSet(handle, node, exclusive, tx);
  if (node.elements) addElements(handle, node.elements, false, tx);
}

function declareSet(handle: Handle, node: SetNode, exclusive: boolean, tx: Transaction): void {
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
  tx.addSet(new NftSet(table, handle.name ?? "", table.nextHandle(), options));
}

function addElements(handle: Handle, elements: Extract<SetNode["elements"], object>, exclusive: boolean, tx: Transaction): void {
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
      if (exclusive || !sameData(existing, element)) throw new NftError(EXISTS, node.key.loc);
      if (node.timeoutMs !== undefined) tx.renewElement(existing, element);
      continue;
    }
    if (set.size !== undefined && set.elements.size >= set.size) throw new NftError("Could not process rule: Too many open files in system", node.key.loc);
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

function addObject(kind: ObjectKind, handle: Handle, { state, comment }: ObjectNode, exclusive: boolean, tx: Transaction, loc?: Loc): void {
  const table = tableOf(handle, tx, "plain");
  const existing = table.object(kind, handle.name ?? "");
  if (existing) {
    if (exclusive) throw new NftError(EXISTS, handle.nameLoc);
    return;
  }
  if (state.kind === "limit" && state.limit.rate === 0) throw new NftError("Could not process rule: Invalid argument", loc);
  tx.addObject(table, new NamedObject(kind, handle.name ?? "", table.nextHandle(), comment, bornOf(state)));
}

export function objectOf(table: Table, kind: ObjectKind, handle: Handle, voice: Voice): NamedObject {
  const found = handle.id !== undefined && handle.name === undefined ? [...table.objects.values()].find((object) => object.kind === kind && object.handle === handle.id) : table.object(kind, handle.name ?? "");
  if (found) return found;
  const loc = handle.nameLoc ?? handle.idLoc;
  const guess = nearest(handle.name ?? "", [...table.objects.values()].map(({ name }) => name));
  if (guess !== undefined) throw new NftError(`No such file or directory; did you mean obj ‘${guess}’ in table ${table.family} ‘${table.name}’?`, loc);
  throw new NftError(voice === "plain" ? "No such file or directory" : GONE, loc);
}

function applyDelete(command: Extract<CommandNode, { readonly op: "delete" }>, tx: Transaction): void {
  const { handle } = command;
  const table = tableOf(handle, tx, "guess");
  switch (command.object) {
    case "table":
      return tx.deleteTable(table);
    case "chain": {
      const chain = chainOf(table, handle, "guess");
      tx.flushChain(chain);
      if (chain.uses > 0) throw new NftError(BUSY, handle.nameLoc ?? handle.idLoc);
      return tx.deleteChain(chain);
    }
    case "rule": {
      const chain = chainOf(table, handle.name === undefined ? handle : { ...handle, family: handle.family }, "guess");
      const rule = chain.rules.find((other) => other.handle === handle.id);
      if (!rule) throw new NftError(GONE, handle.idLoc);
      return tx.deleteRule(rule);
    }
    case "set":
    case "map": {
      const set = setOf(table, handle, "kernel", tx);
      if (set.uses > 0) throw new NftError(BUSY, handle.nameLoc ?? handle.idLoc);
      return tx.deleteSet(set);
    }
    case "counter":
    case "limit":
    case "quota": {
      const object = objectOf(table, command.object, handle, "guess");
      if (object.uses > 0) throw new NftError(BUSY, handle.nameLoc);
      return tx.deleteObject(table, object);
    }
    case "element":
      return deleteElements(setOf(table, handle, "guess", tx), command.elements, tx);
  }
}

function deleteElements(set: NftSet, elements: Extract<SetNode["elements"], object>, tx: Transaction): void {
  const context = makeContext(tx.ruleset, set.table, [], () => {});
  for (const node of elements.elements) {
    const wanted = evaluateElement({ key: node.key, loc: node.loc }, set, context);
    const found = set.elements.get(set.keyOf(wanted));
    if (!found || found.dead(tx.ruleset.netfilter.ns.world.scheduler.nowMs)) throw new NftError(set.options.interval && set.types.length === 1 ? "element does not exist" : GONE, node.key.loc);
    tx.removeElement(set, found);
  }
}

function applyFlush(command: CommandNode & { readonly op: "flush" }, tx: Transaction): void {
  const { handle } = command;
  if (command.object === "ruleset") {
    for (const table of tx.ruleset.listed(handle.family)) tx.deleteTable(table);
    if (handle.family === "" || handle.family === "ip") tx.removeManaged();
    return;
  }
  const table = tableOf(handle, tx, command.object === "set" || command.object === "map" ? "plain" : "kernel");
  if (command.object === "table") {
    for (const chain of table.chains.values()) tx.flushChain(chain);
    return;
  }
  if (command.object === "chain") return tx.flushChain(chainOf(table, handle, "kernel"));
  const set = setOf(table, handle, "guess", tx);
  if ((set.data !== undefined) !== (command.object === "map")) throw new NftError("No such file or directory", handle.nameLoc);
  return tx.flushSet(set);
}


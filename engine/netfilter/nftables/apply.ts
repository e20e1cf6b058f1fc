/** One command's changes, made within a transaction: what nf_tables_newtable() and its kin do. */
import { addElements, addSet, declareSet, deleteElements } from "./apply-sets";
import type { BlockItem, ChainNode, CommandNode, Handle, HookNode, ObjectKind, ObjectNode, RuleNode, SetNode } from "./ast";
import { evaluateRule } from "./evaluate-rule";
import { NoSuchChain } from "./evaluate-set";
import { chainOf, EXISTS, GONE, objectOf, setOf, tableOf } from "./find";
import { standardPriority } from "./list";
import { refuseManaged } from "./managed";
import { nearest } from "./misspell";
import { type Base, Chain, HOOKS, NamedObject, Rule, Table } from "./model";
import type { Ruleset } from "./ruleset";
import { type Loc, NftError } from "./source";
import { bornOf } from "./stateful";
import { natPriorityIsTooEarly, type Transaction } from "./transaction";

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
      const chain = addChain(handle, command.chain, exclusive, tx);
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
  for (const item of items) if (item.kind === "chain") tx.attempt(() => chains.push({ chain: addChain(item.handle, item.chain, false, tx), rules: item.chain.rules }));
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

function baseOf(node: HookNode, policy: "accept" | "drop" | undefined): Base {
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

function addChain(handle: Handle, node: ChainNode, exclusive: boolean, tx: Transaction): Chain {
  const table = tableOf(handle, tx, "plain");
  const existing = table.chains.get(handle.name ?? "");
  const base = node.base && baseOf(node.base, node.policy);
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

function applyDelete(command: Extract<CommandNode, { readonly op: "delete" }>, tx: Transaction): void {
  const { handle } = command;
  const table = tableOf(handle, tx, command.object === "element" ? "plain" : "guess");
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


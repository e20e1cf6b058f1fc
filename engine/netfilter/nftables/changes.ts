/**
 * What a batch has changed, in the order the kernel tells it (nf_tables_rule_notify() and its
 * kin, at commit), and how `nft monitor` prints each (src/monitor.c).
 *
 * Differs: with a filter or as JSON the real one knows no sets that were there before it, and
 * warns of their elements; here they are told like others.
 */
import { baseText, objectText, setBlock } from "./list";
import type { Chain, NamedObject, Rule, Table } from "./model";
import { setsOf } from "./needs";
import type { Element, NftSet } from "./nft-set";
import { elementText, type PrintOptions, ruleText } from "./print";
import { chainJson, headJson, objectJson, ruleJson, setJson, spaced } from "./json";
import { elementJson } from "./json-statement";

export type Change = { readonly op: "add" | "insert" | "delete"; /** Another takes its place: -e tells of it. */ readonly replaced?: boolean } & (
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "chain"; readonly chain: Chain }
  | { readonly kind: "rule"; readonly rule: Rule }
  | { readonly kind: "set"; readonly set: NftSet }
  | { readonly kind: "element"; readonly set: NftSet; readonly element: Element }
  | { readonly kind: "object"; readonly table: Table; readonly object: NamedObject }
);

/** Whose doing it was. */
export type Author = { readonly pid: number; readonly name: string };
export type Batch = { readonly changes: readonly Change[]; readonly generation: number; readonly by: Author };

/** `monitor [new|destroy] [tables|chains|sets|rules|elements|ruleset|trace]`. */
export type MonitorFilter = { readonly event?: "new" | "destroy"; readonly object?: string };
export const MONITORED = ["tables", "chains", "sets", "rules", "elements", "ruleset", "trace"];

export function batchText({ changes, generation, by }: Batch, filter: MonitorFilter, options: PrintOptions & { readonly json?: boolean }): string {
  const wanted = changes.filter((change) => (filter.event === undefined || (filter.event === "destroy") === (change.op === "delete")) && listens(filter.object, change));
  if (options.json) return wanted.map((change) => `${spaced(changeJson(change, options))}\n`).join("");
  const lines = wanted.map((change) => `${change.op} ${changeText(change, options)}\n`).join("");
  if (filter.event !== undefined || filter.object !== undefined) return lines;
  return `${lines}# new generation ${generation} by process ${by.pid} (${by.name})\n`;
}

/** `-e`: what the batch has added, as nft says it back. */
export function echoText({ changes, generation, by }: Batch, options: PrintOptions & { readonly json?: boolean }): string {
  const made = changes.filter(({ op, replaced }) => op !== "delete" || replaced);
  if (options.json) return `${spaced({ nftables: made.map((change) => changeJson(change, options)) })}\n`;
  return made.length === 0 ? "" : `${made.map((change) => `${change.op} ${changeText(change, options)}\n`).join("")}# new generation ${generation} by process ${by.pid} (${by.name})\n`;
}

function listens(object: string | undefined, { kind }: Change): boolean {
  return object === undefined || object === "ruleset" || object === `${kind}s`;
}

const place = ({ family, name }: Table): string => `${family} ${name}`;

function changeText(change: Change, options: PrintOptions): string {
  const handle = (n: number): string => (options.handles && change.op !== "delete" ? ` # handle ${n}` : "");
  switch (change.kind) {
    case "table":
      return `table ${place(change.table)}${handle(change.table.handle)}`;
    case "chain": {
      const { table, name, base, handle: own } = change.chain;
      return `chain ${place(table)} ${name}${base && change.op !== "delete" ? ` { ${baseText(base, options)} }` : ""}${handle(own)}`;
    }
    case "rule": {
      const { chain, handle: own, statements, comment } = change.rule;
      const head = `rule ${place(chain.table)} ${chain.name}`;
      return change.op === "delete" ? `${head} handle ${own}` : `${head} ${after(change.rule, change.op)}${ruleText(statements, comment, options)}${handle(own)}`;
    }
    case "set": {
      const { set } = change;
      if (change.op === "delete") return `set ${place(set.table)} ${nameOf(set)}`;
      return `${set.data ? "map" : "set"} ${place(set.table)} ${set.name}${inline(setBlock(set, { ...options, terse: true }), "; ")}`;
    }
    case "element":
      return `element ${place(change.set.table)} ${change.set.name} { ${elementText(change.set, change.element, options)} }`;
    case "object": {
      const { table, object } = change;
      return `${object.kind} ${place(table)} ${object.name}${change.op === "delete" ? "" : inline(objectText(object, options), " ")}`;
    }
  }
}

/** A block of lines on one line: what follows the name. */
function inline(block: string, separator: string): string {
  const [head = "", ...lines] = block.trimEnd().split("\n").map((line) => line.trim());
  return `${head.slice(head.indexOf(" {"))} ${lines.slice(0, -1).map((line) => `${line}${separator}`).join("")}} `;
}

/** Neither first nor last of its chain: the kernel says after which. */
function after(rule: Rule, op: "add" | "insert"): string {
  const { rules } = rule.chain;
  const at = rules.indexOf(rule);
  return op === "add" && at > 0 && at < rules.length - 1 ? `handle ${rules[at - 1]?.handle} ` : "";
}

/** A set without a name has one for the kernel: by kind, in the order they were made. */
function nameOf(set: NftSet): string {
  return set.options.anonymous ? `${set.data ? "__map" : "__set"}${set.number ?? 0}` : set.name;
}

/** What a rule takes with it: its sets without a name. */
export function withSets(rule: Rule, replaced = false): Change[] {
  const sets = rule.statements.flatMap(setsOf).filter(({ options }) => options.anonymous);
  number(rule.chain.table);
  return [{ op: "delete", kind: "rule", rule, ...(replaced && { replaced }) }, ...sets.map((set): Change => ({ op: "delete", kind: "set", set }))];
}

/** The kernel numbers them as they come; here they get their numbers when first somebody asks. */
function number(table: Table): void {
  const all = [...table.chains.values()].flatMap(({ rules }) => rules.flatMap(({ statements }) => statements.flatMap(setsOf))).filter(({ options }) => options.anonymous);
  const taken = { set: 0, map: 0 };
  for (const set of all.sort((a, b) => a.handle - b.handle)) set.number ??= taken[set.data ? "map" : "set"]++;
}

function changeJson(change: Change, options: PrintOptions): unknown {
  switch (change.kind) {
    case "table":
      return { [change.op]: headJson(change.table) };
    case "chain":
      return { [change.op]: chainJson(change.chain, false) };
    case "rule":
      return { [change.op]: ruleJson(change.rule, options) };
    case "set":
      if (change.op !== "delete") return { [change.op]: setJson(change.set, options, false) };
      return { delete: { set: { family: change.set.table.family, name: nameOf(change.set), table: change.set.table.name, type: "invalid", handle: change.set.handle } } };
    case "element": {
      const { set, element } = change;
      return { [change.op]: { element: { family: set.table.family, table: set.table.name, name: set.name, elem: { set: [elementJson(set, element, options)] } } } };
    }
    case "object":
      return { [change.op]: objectJson(change.table, change.object) };
  }
}

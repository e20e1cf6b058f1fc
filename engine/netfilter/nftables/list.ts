/** Listings: `nft list ruleset`, `table`, `chain`, `set`… (src/rule.c), as text that `nft -f` takes back. */
import { perLine } from "./datatypes";
import { type Base, type Chain, HOOKS, type NamedObject, type Table } from "./model";
import type { NftSet } from "./nft-set";
import { elementText, exprText, lifeText, type PrintOptions, ruleText, sortedElements, statefulText } from "./print";
import { bornOf } from "./stateful";

const handle = (options: PrintOptions, n: number): string => (options.handles ? ` # handle ${n}` : "");

export function tableText(table: Table, options: PrintOptions): string {
  const blocks = [...[...table.objects.values()].map((object) => objectText(object, options)), ...[...table.sets.values()].filter(({ options: { meter } }) => !meter).map((set) => setBlock(set, options)), ...[...table.chains.values()].map((chain) => chainText(chain, options))];
  const comment = table.comment === undefined ? "" : `\tcomment "${table.comment}"\n`;
  return `table ${table.family} ${table.name} {${handle(options, table.handle)}\n${comment}${blocks.join("\n")}}\n`;
}

/** A table's braces around some of its contents. */
export function wrap({ family, name }: Table, inner: string): string {
  return `table ${family} ${name} {\n${inner}}\n`;
}

export function objectText(object: NamedObject, options: PrintOptions): string {
  const comment = object.comment === undefined ? "" : `\t\tcomment "${object.comment}"\n`;
  const words = statefulText(object.stateful, options).slice(object.kind.length + 1);
  const state = words === "" ? "" : `\t\t${words}\n`;
  return `\t${object.kind} ${object.name} {${handle(options, object.handle)}\n${comment}${state}\t}\n`;
}

/** Written in this order whatever the order they were given in. */
const FLAGS = ["constant", "dynamic", "interval", "timeout"];

export function setBlock(set: NftSet, options: PrintOptions): string {
  const { options: own } = set;
  const lines: string[] = [`${own.typeof ? "typeof" : "type"} ${keyText(set, options)}`];
  if (own.policy === "memory") lines.push("policy memory");
  if (set.size !== undefined) lines.push(`size ${set.size}`);
  // A time-out of the set's own implies the flag, which is then said only beside others.
  const flags = FLAGS.filter((flag) => own.flags.includes(flag) || (flag === "dynamic" && set.dynamic) || (flag === "timeout" && own.timeoutMs !== undefined));
  if (flags.length > 1 || (flags.length === 1 && (flags[0] !== "timeout" || own.timeoutMs === undefined))) lines.push(`flags ${flags.join(",")}`);
  if (own.stateful.length > 0) lines.push(own.stateful.map((node) => statefulText(bornOf(node), { stateless: true })).join(" "));
  if (own.autoMerge) lines.push("auto-merge");
  if (own.timeoutMs !== undefined) lines.push(`timeout ${lifeText(own.timeoutMs, options)}`);
  if (own.gcIntervalMs !== undefined) lines.push(`gc-interval ${lifeText(own.gcIntervalMs, options)}`);
  if (own.comment !== undefined) lines.push(`comment "${own.comment}"`);
  const elements = options.terse ? "" : elementsText(set, options);
  const head = `\t${own.meter ? "meter" : own.data ? "map" : "set"} ${set.name} {${handle(options, set.handle)}\n`;
  return `${head}${lines.map((line) => `\t\t${line}\n`).join("")}${elements}\t}\n`;
}

function keyText(set: NftSet, options: PrintOptions): string {
  const { options: own } = set;
  const key = own.typeof ? own.typeof.map((expr) => exprText(expr, options)).join(" . ") : own.types.map(({ name }) => name).join(" . ");
  if (!own.data) return key;
  if ("verdict" in own.data) return `${key} : verdict`;
  if ("objects" in own.data) return `${key} : ${own.data.objects}`;
  return `${key} : ${own.data.interval ? "interval " : ""}${own.dataTypeof ? own.dataTypeof.map((expr) => exprText(expr, options)).join(" . ") : own.data.types.map(({ name }) => name).join(" . ")}`;
}

function elementsText(set: NftSet, options: PrintOptions): string {
  const elements = sortedElements(set, options);
  if (elements.length === 0) return "";
  const most = perLine(set.types);
  let text = "";
  elements.forEach((element, i) => {
    text += `${i === 0 ? "" : i % most === 0 ? ",\n\t\t\t     " : ", "}${elementText(set, element, options)}`;
  });
  return `\t\telements = { ${text} }\n`;
}

export function chainText(chain: Chain, options: PrintOptions): string {
  const comment = chain.comment === undefined ? "" : `\t\tcomment "${chain.comment}"\n`;
  const base = chain.base ? `\t\t${baseText(chain.base, options)}\n` : "";
  const rules = chain.rules.map((rule) => `\t\t${ruleText(rule.statements, rule.comment, options)}${handle(options, rule.handle)}\n`).join("");
  return `\tchain ${chain.name} {${handle(options, chain.handle)}\n${comment}${base}${rules}\t}\n`;
}

export function baseText({ type, at, priority, policy }: Base, { numeric, numericPriority }: Partial<PrintOptions> = {}): string {
  const hook = Object.entries(HOOKS).find(([, name]) => name === at)?.[0] ?? "";
  return `type ${type} hook ${hook} priority ${numeric || numericPriority ? priority : priorityText(priority, hook)}; policy ${policy};`;
}

const STANDARD: readonly (readonly [name: string, priority: number, hooks?: readonly string[]])[] = [["raw", -300], ["mangle", -150], ["dstnat", -100, ["prerouting"]], ["filter", 0], ["security", 50], ["srcnat", 100, ["postrouting"]]]; // prettier-ignore

/** std_prio_lookup: undefined where that name means nothing. */
export function standardPriority(name: string, hook: string): number | undefined {
  const found = STANDARD.find(([standard]) => standard === name);
  return found && (!found[2] || found[2].includes(hook)) ? found[1] : undefined;
}

/** prio2str: the nearest name within ten. */
function priorityText(priority: number, hook: string): string {
  let best: readonly [string, number] | undefined;
  for (const [name, standard, hooks] of STANDARD) {
    if (hooks && !hooks.includes(hook)) continue;
    const offset = priority - standard;
    if (Math.abs(offset) <= 10 && (!best || Math.abs(offset) < Math.abs(best[1]))) best = [name, offset];
  }
  if (!best) return String(priority);
  const [name, offset] = best;
  return offset === 0 ? name : `${name} ${offset > 0 ? "+" : "-"} ${Math.abs(offset)}`;
}

/** list, reset and get: what a command of those prints. */
import { compare } from "../../core/order";
import { chainOf, objectOf, setOf, tableOf } from "./find";
import type { CommandNode, ObjectKind } from "./ast";
import { makeContext } from "./evaluate-rule";
import { evaluateElement, isMap } from "./evaluate-set";
import { chainText, objectText, setBlock, tableText, wrap } from "./list";
import { managedTable } from "./managed";
import type { Table as XtTable } from "../iptables/ruleset";
import type { Table } from "./model";
import { elementText, type PrintOptions } from "./print";
import type { Ruleset } from "./ruleset";
import { NftError } from "./source";
import { reset } from "./stateful";
import { managedChains, managedHeads, managedText, managedWarning } from "./xt-list";

export type ShowOptions = { handles: boolean; stateless: boolean; terse: boolean; numeric: boolean; numericPriority: boolean; numericProtocol: boolean; /** -S. */ service: boolean; /** -u. */ users: boolean };
export type Shown = { readonly stdout: string; readonly stderr: string };
type Showing = CommandNode & { readonly op: "list" | "reset" | "get" };

export function show(command: Showing, ruleset: Ruleset, options: Partial<ShowOptions>): Shown {
  const print: PrintOptions = { ...options, nowMs: ruleset.netfilter.ns.world.scheduler.nowMs };
  const { handle, object } = command;
  if (object === "ruleset") return showRuleset(ruleset, handle.family, print);
  if (object === "tables") return plain(inOrder(ruleset, handle.family, ({ name }) => `table ip ${name}\n`, ({ family, name }) => `table ${family} ${name}\n`));
  if (object === "hooks") return plain(""); // As by a kernel without CONFIG_NETFILTER_NETLINK_HOOK.
  if (object === "table") {
    const xt = managedTable(ruleset, handle.family, handle.table ?? "");
    if (xt && !ruleset.table(handle.family, handle.table ?? "")) return { stdout: managedText(ruleset, xt, print), stderr: managedWarning(xt) };
    return plain(tableText(tableOf(handle, { ruleset }, "plain"), print));
  }
  if (command.op === "get") return getElements(command as CommandNode & { readonly op: "get" }, ruleset, print);
  if (command.op === "reset") return resetObjects(command, ruleset, print);
  const many = SECTIONS[object];
  if (many && object === "chains" && handle.table === undefined) return plain(inOrder(ruleset, handle.family, managedHeads, (table) => wrap(table, many(table, print))));
  if (many) return plain(ruleset.listed(handle.family).filter((table) => (handle.table === undefined || table.name === handle.table) && (!OBJECTS.has(object) || table.objects.size > 0)).map((table) => wrap(table, many(table, print))).join(""));
  return showOne(command, ruleset, print);
}

const plain = (stdout: string): Shown => ({ stdout, stderr: "" });
const managed = (ruleset: Ruleset, family: string): ReturnType<Ruleset["netfilter"]["iptables"]["nft"]["listed"]> => (family === "" || family === "ip" ? ruleset.netfilter.iptables.nft.listed() : []);

function showRuleset(ruleset: Ruleset, family: string, print: PrintOptions): Shown {
  return {
    stdout: inOrder(ruleset, family, (table) => managedText(ruleset, table, print), (table) => tableText(table, print)),
    stderr: inOrder(ruleset, family, (table) => managedWarning(table), () => ""),
  };
}

/** Those of iptables-nft and those of nft, in the order in which they were made. */
function inOrder(ruleset: Ruleset, family: string, xt: (table: XtTable) => string, own: (table: Table) => string): string {
  const texts = [...managed(ruleset, family).map((table) => ({ handle: table.handle, text: xt(table) })), ...ruleset.listed(family).map((table) => ({ handle: table.handle, text: own(table) }))];
  return texts.sort((a, b) => a.handle - b.handle).map(({ text }) => text).join("");
}

/** A table without named objects is passed over when those of a kind are listed. */
const OBJECTS: ReadonlySet<string> = new Set(["counters", "limits", "quotas", "secmarks", "synproxys"]);
const objectsOf = (wanted: ObjectKind) => (table: Table, print: PrintOptions): string => [...table.objects.values()].filter(({ kind }) => kind === wanted).map((object) => objectText(object, print)).join("");
/** Kinds that nobody can make here. */
const NONE = (): string => "";

const SECTIONS: Readonly<Partial<Record<string, (table: Table, print: PrintOptions) => string>>> = {
  chains: (table, print) => [...table.chains.values()].map((chain) => chainText({ ...chain, name: chain.name, handle: chain.handle, rules: [], comment: undefined, base: chain.base } as never, print)).join(""),
  sets: (table, print) => [...table.sets.values()].filter(({ data, options }) => !data && !options.meter).map((set) => setBlock(set, print)).join(""),
  maps: (table, print) => [...table.sets.values()].filter(({ data }) => data).map((set) => setBlock(set, print)).join(""),
  counters: objectsOf("counter"),
  limits: objectsOf("limit"),
  quotas: objectsOf("quota"),
  secmarks: NONE,
  synproxys: NONE,
  flowtables: NONE,
  meters: (table, print) => [...table.sets.values()].filter(({ options }) => options.meter).map((set) => setBlock(set, print)).join(""),
};

function showOne({ handle, object }: Showing, ruleset: Ruleset, print: PrintOptions): Shown {
  const missing = (): never => {
    throw new NftError("No such file or directory", handle.nameLoc ?? handle.idLoc);
  };
  const table = ruleset.table(handle.family, handle.table ?? "") ?? (managedTable(ruleset, handle.family, handle.table ?? "") ? undefined : tableOf(handle, { ruleset }, "plain"));
  const xt = managedTable(ruleset, handle.family, handle.table ?? "");
  if (!table) {
    if (xt === undefined || !managedChains(xt).some(({ name }) => name === handle.name)) return missing();
    return { stdout: managedText(ruleset, xt, print, handle.name), stderr: managedWarning(xt, handle.name) };
  }
  if (object === "chain") return plain(wrap(table, chainText(chainOf(table, handle, "plain"), print)));
  if (object === "set" || object === "map" || object === "meter") {
    const set = setOf(table, handle, "plain", { ruleset });
    const kind = set.options.meter ? "meter" : set.data ? "map" : "set";
    if (kind !== object) return missing();
    return plain(wrap(table, setBlock(set, print)));
  }
  return plain(wrap(table, objectText(objectOf(table, object as ObjectKind, handle, "plain"), print)));
}

/** Printed as they were, then begun anew. */
function resetObjects(command: Showing, ruleset: Ruleset, print: PrintOptions): Shown {
  const { handle, object } = command;
  const kind = object.replace(/s$/, "") as ObjectKind;
  const mine = ({ name, objects }: Table): boolean => (handle.table === undefined || name === handle.table) && [...objects.values()].some((found) => found.kind === kind);
  if (object !== kind) {
    const tables = ruleset.listed(handle.family).filter(mine);
    const shown = plain(tables.map((table) => wrap(table, objectsOf(kind)(table, print))).join(""));
    for (const table of tables) for (const found of table.objects.values()) if (found.kind === kind) reset(found.stateful);
    return shown;
  }
  const table = tableOf(handle, { ruleset }, "plain");
  const found = table.object(kind, handle.name ?? "");
  if (!found) throw new NftError("Could not process rule: No such file or directory", undefined);
  const shown = plain(wrap(table, objectText(found, print)));
  reset(found.stateful);
  return shown;
}

function getElements(command: CommandNode & { readonly op: "get" }, ruleset: Ruleset, print: PrintOptions): Shown {
  const table = tableOf(command.handle, { ruleset }, "plain");
  const set = setOf(table, command.handle, "guess", { ruleset });
  const context = makeContext(ruleset, table, [], () => {});
  const lines = command.elements.elements.map((node) => {
    const wanted = evaluateElement({ key: node.key, loc: node.loc }, isMap(set, node), context);
    const found = set.options.interval ? set.find("", wanted.key.map(({ from }) => from), print.nowMs) : set.elements.get(set.keyOf(wanted));
    if (!found || found.dead(print.nowMs)) throw new NftError("Could not process rule: No such file or directory", undefined);
    return elementText(set, found, print);
  });
  const head = setBlock(set, { ...print, terse: true });
  return plain(wrap(table, head.replace(/\t}\n$/, `\t\telements = { ${lines.sort(compare).join(", ")} }\n\t}\n`)));
}

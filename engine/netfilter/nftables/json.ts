/** `nft -j list …`: the same as JSON (src/json.c), one line. */
import type { CommandNode } from "./ast";
import { chainOf, objectOf, setOf, tableOf } from "./find";
import type { Datatype } from "./datatypes";
import { elementJson, type Json, limitJson, statefulJson, statementJson } from "./json-statement";
import { type Chain, HOOKS, type NamedObject, type Rule, type Stateful, type Table } from "./model";
import type { NftSet } from "./nft-set";
import { type PrintOptions, sortedElements } from "./print";
import type { Ruleset } from "./ruleset";
import { notModelled } from "./source";
import { bornOf } from "./stateful";

export function jsonOf(command: CommandNode, ruleset: Ruleset): string {
  const { handle, object } = command;
  const nowMs = ruleset.netfilter.ns.world.scheduler.nowMs;
  const options: PrintOptions = { nowMs };
  const managed = handle.family === "" || handle.family === "ip" ? ruleset.netfilter.iptables.nft.listed() : [];
  if (object === "hooks") notModelled("-j list hooks");
  if (managed.length > 0 && (object === "ruleset" || object === "chains" || (object === "table" && managed.some(({ name }) => name === handle.table)))) notModelled("tables of iptables-nft as JSON");
  const items: Json[] = [{ metainfo: { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 } }];
  if (object === "ruleset") for (const table of ruleset.listed(handle.family)) items.push(...tableJson(table, options));
  else if (object === "tables") items.push(...[...managed.map(({ name, handle: number }) => ({ family: "ip", name, handle: number })), ...ruleset.listed(handle.family)].sort((a, b) => a.handle - b.handle).map(({ family, name, handle: number }) => ({ table: { family, name, handle: number } })));
  else if (SECTIONS[object]) for (const table of ruleset.listed(handle.family)) if (handle.table === undefined || handle.table === table.name) items.push(...(SECTIONS[object]?.(table, options) ?? []));
  if (object !== "ruleset" && !SECTIONS[object]) {
    const table = tableOf(handle, { ruleset }, "plain");
    if (object === "table") items.push(...tableJson(table, options));
    else if (object === "chain") {
      const chain = chainOf(table, handle, "plain");
      items.push(chainJson(chain), ...chain.rules.map((rule) => ruleJson(rule, options)));
    } else if (object === "set" || object === "map") items.push(setJson(setOf(table, handle, "plain", { ruleset }), options));
    else if (object === "counter" || object === "limit" || object === "quota") items.push(objectJson(table, objectOf(table, object, handle, "plain")));
    else notModelled(`-j list ${object}`);
  }
  return spaced({ nftables: items });
}

const objectsOf = (kind: NamedObject["kind"]) => (table: Table): Json[] => [...table.objects.values()].filter((object) => object.kind === kind).map((object) => objectJson(table, object));
const setsIn = (maps: boolean) => (table: Table, options: PrintOptions): Json[] => [...table.sets.values()].filter(({ data, options: { meter } }) => !meter && (data !== undefined) === maps).map((set) => setJson(set, options));
const none = (): Json[] => [];

/** What is listed of all tables. */
const SECTIONS: Readonly<Record<string, (table: Table, options: PrintOptions) => Json[]>> = {
  tables: (table) => [headJson(table)],
  chains: (table) => [...table.chains.values()].map((chain) => chainJson(chain)),
  sets: setsIn(false),
  maps: setsIn(true),
  counters: objectsOf("counter"),
  limits: objectsOf("limit"),
  quotas: objectsOf("quota"),
  secmarks: none,
  synproxys: none,
  flowtables: none,
  meters: (table, options) => [...table.sets.values()].filter(({ options: { meter } }) => meter).map((set) => setJson(set, options)),
};

/** As jansson dumps it: a blank after each colon and comma. */
export function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`).join(", ")}}`; // prettier-ignore
  return JSON.stringify(value);
}

export const headJson = ({ family, name, handle }: Table): Json => ({ table: { family, name, handle } });

function tableJson(table: Table, options: PrintOptions): Json[] {
  return [headJson(table), ...[...table.objects.values()].map((object) => objectJson(table, object)), ...[...table.sets.values()].filter(({ options: { meter } }) => !meter).map((set) => setJson(set, options)), ...[...table.chains.values()].map((chain) => chainJson(chain)), ...[...table.chains.values()].flatMap((chain) => chain.rules.map((rule) => ruleJson(rule, options)))];
}

export function objectJson({ family, name: table }: Table, object: NamedObject): Json {
  const { name, handle, comment } = object;
  return { [object.kind]: { family, name, table, handle, comment, ...stateOf(object.stateful) } };
}

function stateOf(stateful: Stateful): object {
  switch (stateful.kind) {
    case "counter":
      return stateful.state;
    case "quota":
      return { bytes: stateful.quota.bytes, used: Math.min(stateful.state.used, stateful.quota.bytes), inv: stateful.quota.over };
    case "limit": {
      const { rate, burst, ...rest } = limitJson(stateful.limit);
      return { rate, per: rest.per, burst: burst || undefined, inv: rest.inv, rate_unit: rest.rate_unit, burst_unit: burst ? rest.burst_unit : undefined };
    }
    case "ct count":
      return {};
  }
}

export function chainJson({ table, name, handle, base, comment }: Chain, whole = true): Json {
  const own = base && { type: base.type, hook: Object.entries(HOOKS).find(([, at]) => at === base.at)?.[0], prio: base.priority, policy: base.policy };
  return { chain: { family: table.family, table: table.name, name, handle, comment: whole ? comment : undefined, ...own } };
}

const typeJson = (list: readonly Datatype[]): Json => (list.length === 1 ? list[0]?.name : list.map(({ name }) => name));

export function setJson(set: NftSet, options: PrintOptions, whole = true): Json {
  const { table, name, handle, types, data, options: own } = set;
  const elements = sortedElements(set, options);
  const list = ["constant", "interval", "timeout"].filter((flag) => own.flags.includes(flag) || (flag === "timeout" && own.timeoutMs !== undefined));
  const body = {
    family: table.family,
    name,
    table: table.name,
    type: typeJson(types),
    handle,
    comment: own.comment,
    map: data && ("verdict" in data ? "verdict" : "objects" in data ? data.objects : data.types.map((type) => type.name).join(" . ")),
    policy: own.policy === "memory" ? "memory" : undefined,
    size: set.size,
    flags: list.length > 0 ? list : undefined,
    timeout: own.timeoutMs === undefined ? undefined : Math.floor(own.timeoutMs / 1000),
    "gc-interval": own.gcIntervalMs === undefined ? undefined : Math.floor(own.gcIntervalMs / 1000),
    elem: whole && elements.length > 0 ? elements.map((element) => elementJson(set, element, options)) : undefined,
    stmt: own.stateful.length > 0 ? own.stateful.map((node) => statefulJson(bornOf(node), true)) : undefined,
  };
  return { [own.meter ? "meter" : data ? "map" : "set"]: body };
}

export function ruleJson(rule: Rule, options: PrintOptions): Json {
  const { chain, handle, comment } = rule;
  return { rule: { family: chain.table.family, table: chain.table.name, chain: chain.name, handle, comment, expr: rule.statements.flatMap((statement) => statementJson(statement, options) ?? []) } };
}

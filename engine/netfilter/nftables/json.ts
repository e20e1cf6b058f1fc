/** `nft -j list …`: the same as JSON (src/json.c), one line. */
import type { CommandNode, LimitSpec } from "./ast";
import { chainOf, setOf, tableOf } from "./apply";
import { type Datatype, ICMP_CODES, ICMPX_CODES, type Value } from "./datatypes";
import { type Chain, type Expr, HOOKS, type NamedObject, type Rule, type Statement, type Table, typesOf, type Verdict } from "./model";
import type { Element, KeyPart, NftSet } from "./nft-set";
import { type PrintOptions, sortedElements } from "./print";
import type { Ruleset } from "./ruleset";
import { notModelled } from "./source";

type Json = unknown;

export function jsonOf(command: CommandNode, ruleset: Ruleset): string {
  const { handle, object } = command;
  const nowMs = ruleset.netfilter.ns.world.scheduler.nowMs;
  const options: PrintOptions = { nowMs };
  const managed = handle.family === "" || handle.family === "ip" ? ruleset.netfilter.iptables.nft.listed() : [];
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
    else if (object === "counter") {
      const found = table.objects.get(handle.name ?? "");
      if (found) items.push(objectJson(table, found));
    } else notModelled(`-j list ${object}`);
  }
  return spaced({ nftables: items });
}

const objectsOf = (kind: NamedObject["kind"]) => (table: Table): Json[] => [...table.objects.values()].filter((object) => object.kind === kind).map((object) => objectJson(table, object));
const setsIn = (maps: boolean) => (table: Table, options: PrintOptions): Json[] => [...table.sets.values()].filter(({ data }) => (data !== undefined) === maps).map((set) => setJson(set, options));
const none = (): Json[] => [];

/** What is listed of all tables. */
const SECTIONS: Readonly<Record<string, (table: Table, options: PrintOptions) => Json[]>> = {
  tables: (table) => [headJson(table)],
  chains: (table) => [...table.chains.values()].map((chain) => chainJson(chain)),
  sets: setsIn(false),
  maps: setsIn(true),
  counters: objectsOf("counter"),
  limits: objectsOf("limit"),
  quotas: none,
  secmarks: none,
  synproxys: none,
  flowtables: none,
  meters: none,
};

/** As jansson dumps it: a blank after each colon and comma. */
export function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`).join(", ")}}`; // prettier-ignore
  return JSON.stringify(value);
}

export const headJson = ({ family, name, handle }: Table): Json => ({ table: { family, name, handle } });

function tableJson(table: Table, options: PrintOptions): Json[] {
  return [headJson(table), ...[...table.objects.values()].map((object) => objectJson(table, object)), ...[...table.sets.values()].map((set) => setJson(set, options)), ...[...table.chains.values()].map((chain) => chainJson(chain)), ...[...table.chains.values()].flatMap((chain) => chain.rules.map((rule) => ruleJson(rule, options)))];
}

export function objectJson({ family, name: table }: Table, object: NamedObject): Json {
  const { name, handle, comment } = object;
  if (object.kind === "counter") return { counter: { family, name, table, handle, comment, packets: object.packets, bytes: object.bytes } };
  return { limit: { family, name, table, handle, comment, rate: object.limit.rate, per: object.limit.unit, burst: object.limit.burst } };
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
    map: data && ("verdict" in data ? "verdict" : data.types.map((type) => type.name).join(" . ")),
    policy: own.policy === "memory" ? "memory" : undefined,
    size: set.size,
    flags: list.length > 0 ? list : undefined,
    timeout: own.timeoutMs === undefined ? undefined : own.timeoutMs / 1000,
    "gc-interval": own.gcIntervalMs === undefined ? undefined : own.gcIntervalMs / 1000,
    elem: whole && elements.length > 0 ? elements.map((element) => elementJson(set, element, options)) : undefined,
    stmt: own.counter || own.limit ? [...(own.counter ? [{ counter: null }] : []), ...(own.limit ? [{ limit: limitJson(own.limit) }] : [])] : undefined,
  };
  return data ? { map: body } : { set: body };
}

export function elementJson(set: NftSet, element: Element, { nowMs }: PrintOptions): Json {
  const parts = element.any ? ["*"] : element.key.map((part, i) => partJson(part, set.types[i] as Datatype));
  const key = parts.length === 1 ? parts[0] : { concat: parts };
  const timeout = element.timeoutMs !== undefined && element.timeoutMs !== set.options.timeoutMs ? element.timeoutMs / 1000 : undefined;
  const rich = timeout !== undefined || element.expiresMs !== undefined || element.comment !== undefined || element.counter !== undefined;
  const left = rich ? { elem: { val: key, timeout, expires: element.expiresMs === undefined ? undefined : Math.floor((element.expiresMs - nowMs) / 1000), comment: element.comment, counter: element.counter && { packets: element.counter.packets, bytes: element.counter.bytes } } } : key;
  if (element.verdict) return [left, verdictJson(element.verdict)];
  if (!element.data) return left;
  const { data } = set;
  const values = element.data.map((part, i) => partJson(part, (data && "types" in data ? data.types[i] : set.types[0]) as Datatype));
  return [left, values.length === 1 ? values[0] : { concat: values }];
}

/** Numbers stay numbers unless the type has names. */
function valueJson(type: Datatype, value: Value): Json {
  const text = type.print(value);
  if (typeof value === "string") return value;
  if (type.name === "time") return Math.floor(Number(value) / 1000);
  if (type.name === "mark" || text === String(value)) return value;
  if (type.base === "bitmask") {
    const names = text.split(",");
    return names.length === 1 ? names[0] : names;
  }
  return text.startsWith("0x") ? value : text;
}

function partJson({ from, to, wildcard }: KeyPart, type: Datatype): Json {
  if (wildcard) return `${from}*`;
  if (from === to) return valueJson(type, from);
  const bits = type.name === "ipv4_addr" ? Math.clz32((Number(from) ^ Number(to)) >>> 0) : 0;
  if (type.name === "ipv4_addr" && (Number(to) - Number(from) + 1) === 2 ** (32 - bits)) return { prefix: { addr: type.print(from), len: bits } };
  return { range: [valueJson(type, from), valueJson(type, to)] };
}

function verdictJson(verdict: Verdict): Json {
  return "chain" in verdict ? { [verdict.verdict]: { target: verdict.chain.name } } : { [verdict.verdict]: null };
}

export function ruleJson(rule: Rule, options: PrintOptions): Json {
  const { chain, handle, comment } = rule;
  return { rule: { family: chain.table.family, table: chain.table.name, chain: chain.name, handle, comment, expr: rule.statements.flatMap((statement) => statementJson(statement, options) ?? []) } };
}

function setUseJson(set: NftSet, options: PrintOptions): Json {
  return set.options.anonymous ? { set: sortedElements(set, options).map((element) => elementJson(set, element, options)) } : `@${set.name}`;
}

function statementJson(statement: Statement, options: PrintOptions): Json | undefined {
  switch (statement.kind) {
    case "match":
      return statement.hidden ? undefined : { match: { op: statement.op, left: exprJson(statement.left, options), right: exprJson(statement.right, options) } };
    case "flags":
      return { match: { op: statement.any ? "in" : "!", left: exprJson(statement.left, options), right: valueJson(typesOf(statement.left)[0] as Datatype, statement.value) } };
    case "masked": {
      const type = typesOf(statement.left)[0] as Datatype;
      return { match: { op: statement.not ? "!=" : "==", left: { "&": [exprJson(statement.left, options), valueJson(type, statement.mask)] }, right: valueJson(type, statement.value) } };
    }
    case "lookup":
      return { match: { op: statement.not ? "!=" : "==", left: exprJson(statement.left, options), right: setUseJson(statement.set, options) } };
    case "verdict":
      return verdictJson(statement.verdict);
    case "vmap":
      return { vmap: { key: exprJson(statement.key, options), data: setUseJson(statement.set, options) } };
    case "counter":
      return { counter: { packets: statement.state.packets, bytes: statement.state.bytes } };
    case "counter name":
      return { counter: statement.counter.name };
    case "limit":
      return { limit: limitJson(statement.limit) };
    case "limit name":
      return { limit: statement.limit.name };
    case "log":
      return { log: logJson(statement) };
    case "reject":
      return { reject: statement.family === "tcp" ? { type: "tcp reset" } : statement.default ? null : { type: statement.family, expr: (statement.family === "icmp" ? ICMP_CODES : ICMPX_CODES).find(([, code]) => code === statement.code)?.[0] ?? statement.code } };
    case "nat":
      return { [statement.type]: natJson(statement, options) };
    case "set":
      return { mangle: { key: exprJson(statement.target, options), value: exprJson(statement.value, options) } };
    case "notrack":
      return { notrack: null };
    case "dynset":
      return { set: { op: statement.op, elem: statement.timeoutMs === undefined ? exprJson(statement.key, options) : { elem: { val: exprJson(statement.key, options), timeout: statement.timeoutMs / 1000 } }, set: `@${statement.set.name}` } };
  }
}

const limitJson = ({ rate, burst, unit, over }: LimitSpec): Json => ({ rate, burst, per: unit, inv: over || undefined });

function logJson({ prefix, group, snaplen }: Statement & { readonly kind: "log" }): Json {
  return prefix === undefined && group === undefined && snaplen === undefined ? null : { prefix, group, snaplen };
}

function natJson({ address, port, flags, both, family }: Statement & { readonly kind: "nat" }, options: PrintOptions): Json {
  if (!address && !port && flags.length === 0) return null;
  return { family: both || family ? "ip" : undefined, addr: address && exprJson(address, options), port: port && exprJson(port, options), flags: flags.length === 0 ? undefined : flags.length === 1 ? flags[0] : flags };
}

function exprJson(expr: Expr, options: PrintOptions): Json {
  switch (expr.kind) {
    case "payload":
      return { payload: { protocol: expr.protocol, field: expr.field } };
    case "meta":
      return { meta: { key: expr.key } };
    case "ct":
      return { ct: { key: expr.key, dir: expr.direction } };
    case "fib":
      return { fib: { result: expr.result, flags: expr.flags } };
    case "numgen":
      return { numgen: { mode: expr.mode, mod: expr.modulus, offset: expr.offset } };
    case "hash":
      return { [expr.hash]: { mod: expr.modulus, offset: expr.offset || undefined, expr: expr.of && exprJson(expr.of, options), seed: expr.seed } };
    case "value":
      return valueJson(expr.type, expr.value);
    case "prefix":
      return { prefix: { addr: valueJson(expr.type, expr.value), len: expr.bits } };
    case "range":
      return { range: [valueJson(expr.type, expr.from), valueJson(expr.type, expr.to)] };
    case "wildcard":
      return `${expr.text}*`;
    case "bitwise": {
      const or = (expr.xor & ~expr.mask) >>> 0;
      const only = (expr.xor ^ or) >>> 0;
      const and = (expr.mask | or) >>> 0;
      const all = expr.type.bits >= 32 ? 0xffff_ffff : 2 ** expr.type.bits - 1;
      let out = exprJson(expr.of, options);
      if (and !== all) out = { "&": [out, and] };
      if (only !== 0) out = { "^": [out, only] };
      if ((or & all) !== 0) out = { "|": [out, or & all] };
      return out;
    }
    case "shift":
      return { [expr.op]: [exprJson(expr.of, options), expr.by] };
    case "concat":
      return { concat: expr.parts.map((part) => exprJson(part, options)) };
    case "map":
      return { map: { key: exprJson(expr.key, options), data: setUseJson(expr.set, options) } };
  }
}

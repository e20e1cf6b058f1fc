/**
 * Label selectors (apimachinery's pkg/labels) and field selectors (pkg/fields): the text kubectl
 * sends, the object a Deployment holds, and what both come to: a list of requirements.
 */
import { compare } from "../core/order";
import { badRequest } from "./status";
import type { LabelSelector, Labels } from "./types";

export type Operator = "=" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";
export type Requirement = { readonly key: string; readonly operator: Operator; readonly values: readonly string[] };
export type Selector = readonly Requirement[];

export function matchesSelector(selector: Selector, labels: Labels | undefined): boolean {
  return selector.every((requirement) => meets(requirement, labels ?? {}));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === "gt" ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]);
    }
  }
}

/** True when every label of `selector` is there: a Service's selector. An absent one selects nothing. */
export function selects(selector: Labels | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

const OPERATORS: Readonly<Record<string, Operator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!", Gt: "gt", Lt: "lt" };

/** metav1.LabelSelectorAsSelector. Undefined selects nothing, an empty one everything. */
export function selectorOf(selector: LabelSelector | undefined): Selector | undefined {
  if (selector === undefined) return undefined;
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: "=", values: [value] })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }): Requirement => ({ key, operator: OPERATORS[operator] ?? "in", values: values ?? [] })),
  ];
}

/** Whether a workload's, policy's or budget's selector picks these labels. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  const requirements = selectorOf(selector);
  return requirements !== undefined && matchesSelector(requirements, labels);
}

/** metav1.FormatLabelSelector, as the SELECTOR column has it. */
export function printLabelSelector(selector: LabelSelector | undefined): string {
  const requirements = selectorOf(selector);
  if (requirements === undefined) return "<error>";
  const printed = printSelector(requirements);
  return printed === "" ? "<none>" : printed;
}

export function printSelector(selector: Selector): string {
  return [...selector].sort((a, b) => compare(a.key, b.key)).map(printRequirement).join(",");
}

function printRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "=":
    case "!=":
      return `${key}${operator}${values[0] ?? ""}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${[...values].sort(compare).join(",")})`;
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "gt":
    case "lt":
      return `${key}${operator === "gt" ? ">" : "<"}${values[0] ?? ""}`;
  }
}

/** "app=web,tier in (a,b),!old": throws a BadRequest in upstream's words. */
export function parseLabelSelector(written: string): Selector {
  return new SelectorParser(written).parse();
}

const TOKEN = /\s*(,|\(|\)|!=|==|=|!|>|<|[^\s,()!=<>]+)/g;

class SelectorParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(written: string) {
    this.#tokens = [...written.matchAll(TOKEN)].map(([, token = ""]) => token);
  }

  parse(): Selector {
    const requirements: Requirement[] = [];
    if (this.#tokens.length === 0) return requirements;
    for (;;) {
      requirements.push(this.#requirement());
      const next = this.#next();
      if (next === undefined) return requirements;
      if (next !== ",") throw this.#problem(`found '${next}', expected: ',' or 'end of string'`);
      if (this.#peek() === undefined) throw this.#problem("found '', expected: identifier after ','");
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek() === "!";
    if (negated) this.#next();
    const key = this.#next() ?? "";
    if (!isWord(key)) throw this.#problem(`found '${key}', expected: !, identifier, or 'end of string'`);
    checkKey(key);
    if (negated) return { key, operator: "!", values: [] };
    const next = this.#peek();
    if (next === undefined || next === ",") return { key, operator: "exists", values: [] };
    this.#next();
    switch (next) {
      case "=":
      case "==":
        return { key, operator: "=", values: [this.#value()] };
      case "!=":
        return { key, operator: "!=", values: [this.#value()] };
      case "in":
      case "notin":
        return { key, operator: next, values: this.#set() };
      case ">":
      case "<":
        return { key, operator: next === ">" ? "gt" : "lt", values: [this.#value()] };
    }
    throw this.#problem(`found '${next}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #value(): string {
    const next = this.#peek();
    if (next === undefined || next === ",") return "";
    this.#next();
    if (!isWord(next)) throw this.#problem(`found '${next}', expected: identifier`);
    checkValue(next);
    return next;
  }

  #set(): readonly string[] {
    if (this.#next() !== "(") throw this.#problem("found '', expected: '('");
    const values: string[] = [];
    for (;;) {
      const next = this.#next();
      if (next === ")") return values;
      if (next === undefined) throw this.#problem("found '', expected: ',', ')' or identifier");
      if (next !== ",") values.push(next);
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string | undefined {
    return this.#tokens[this.#at++];
  }

  #problem(what: string): Error {
    return badRequest(`unable to parse requirement: ${what}`);
  }
}

function isWord(token: string): boolean {
  return !/^[,()!=<>]/.test(token) && token !== "";
}

function checkKey(key: string): void {
  if (/^([A-Za-z0-9.-]+\/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(key)) return;
  throw badRequest(
    `unable to parse requirement: <nil>: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  );
}

function checkValue(value: string): void {
  if (/^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(value) && value.length <= 63) return;
  throw badRequest(
    `unable to parse requirement: values[0][key]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  );
}

export type FieldRequirement = { readonly field: string; readonly equal: boolean; readonly value: string };

/** "spec.nodeName=node-1,status.phase!=Failed" */
export function parseFieldSelector(written: string): readonly FieldRequirement[] {
  return splitFields(written).map((term) => {
    const match = /^(.*?[^\\])(==|!=|=)(.*)$/s.exec(term);
    if (!match) throw badRequest(`invalid selector: '${written}'; can't understand '${term}'`);
    const [, field = "", operator, value = ""] = match;
    return { field: field.trim(), equal: operator !== "!=", value: value.replace(/\\([,=\\])/g, "$1") };
  });
}

function splitFields(written: string): readonly string[] {
  return (written.match(/(?:\\.|[^,\\])+/gs) ?? []).filter((term) => term.trim() !== "");
}

/**
 * Label selectors (apimachinery's pkg/labels) and field selectors (pkg/fields): the text kubectl
 * sends, the object a Deployment holds, and what both come to: a list of requirements.
 */
import { compare } from "../core/order";
import { readLabelSelector, SelectorSyntaxError } from "./label-selector-parser";
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
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
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
  try {
    return readLabelSelector(written);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) throw badRequest(error.message);
    throw error;
  }
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

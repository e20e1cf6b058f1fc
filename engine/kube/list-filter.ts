/** What a list or a watch lets through: label selectors on metadata.labels, field selectors on the fields a kind offers. */
import { definitionOf } from "./resources/registry";
import { matchesSelector, parseFieldSelector, parseLabelSelector, type Selector, selectorOf } from "./selectors";
import { badRequest } from "./status";
import type { Kind, KubeObject, LabelSelector, Labels } from "./types";

export type ObjectFilter = (object: KubeObject) => boolean;

export function labelFilter(selector: string | LabelSelector | Labels | undefined): ObjectFilter | undefined {
  if (selector === undefined || selector === "") return undefined;
  const requirements = typeof selector === "string" ? parseLabelSelector(selector) : fromObject(selector);
  return requirements.length === 0 ? undefined : (object) => matchesSelector(requirements, object.metadata.labels);
}

function fromObject(selector: LabelSelector | Labels): Selector {
  if ("matchLabels" in selector || "matchExpressions" in selector) return selectorOf(selector as LabelSelector) ?? [];
  return Object.entries(selector as Labels).map(([key, value]) => ({ key, operator: "=" as const, values: [value] }));
}

export function objectFilter(kind: Kind, labels: ObjectFilter | undefined, fieldSelector: string | undefined): ObjectFilter | undefined {
  if (fieldSelector === undefined || fieldSelector === "") return labels;
  const definition = definitionOf(kind);
  const requirements = parseFieldSelector(fieldSelector);
  const offered = fieldsOf(kind);
  for (const { field } of requirements) {
    if (!offered(undefined, field)) throw badRequest(`field label not supported: ${field}`);
  }
  return (object) => {
    if (labels !== undefined && !labels(object)) return false;
    const fields = definition.fields?.(object as never) ?? {};
    return requirements.every(({ field, equal, value }) => (valueOf(object, fields, field) === value) === equal);
  };
}

function valueOf(object: KubeObject, fields: Readonly<Record<string, string>>, field: string): string {
  if (field === "metadata.name") return object.metadata.name;
  if (field === "metadata.namespace") return object.metadata.namespace ?? "";
  return fields[field] ?? "";
}

/** A field is offered when an empty object of the kind would have it. */
function fieldsOf(kind: Kind): (object: undefined, field: string) => boolean {
  const definition = definitionOf(kind);
  const empty = { metadata: { name: "" }, spec: {}, status: {}, involvedObject: {}, source: {} };
  const names = new Set(Object.keys(definition.fields?.(empty as never) ?? {}));
  return (_, field) => field === "metadata.name" || (field === "metadata.namespace" && definition.namespaced) || names.has(field);
}

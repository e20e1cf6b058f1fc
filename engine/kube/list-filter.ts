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
  const readers = requirements.map(({ field }) => directly(kind, field));
  return (object) => {
    if (labels !== undefined && !labels(object)) return false;
    let fields: Readonly<Record<string, string>> | undefined;
    return requirements.every(({ field, equal, value }, i) => {
      const read = readers[i];
      if (read !== undefined) return (read(object) === value) === equal;
      fields ??= definition.fields?.(object as never) ?? {};
      return ((fields[field] ?? "") === value) === equal;
    });
  };
}

/** How to read a field without working all of them out: every kubelet asks each Pod for its node. */
function directly(kind: Kind, field: string): ((object: KubeObject) => string) | undefined {
  if (field === "metadata.name") return ({ metadata }) => metadata.name;
  if (field === "metadata.namespace") return ({ metadata }) => metadata.namespace ?? "";
  if (kind === "Pod" && field === "spec.nodeName") return ({ spec }) => (spec as { readonly nodeName?: string }).nodeName ?? "";
  return undefined;
}

/** A field is offered when an empty object of the kind would have it. */
function fieldsOf(kind: Kind): (object: undefined, field: string) => boolean {
  const definition = definitionOf(kind);
  const empty = { metadata: { name: "" }, spec: {}, status: {}, involvedObject: {}, source: {} };
  const names = new Set(Object.keys(definition.fields?.(empty as never) ?? {}));
  return (_, field) => field === "metadata.name" || (field === "metadata.namespace" && definition.namespaced) || names.has(field);
}

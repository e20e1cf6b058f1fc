/** PodDisruptionBudget, Lease, RBAC (kept as data: one administrator is enough), PriorityClass. */
import { ageSince } from "../duration";
import { type FieldError, forbiddenField, invalid, notSupported } from "../field-error";
import { goDump } from "../schema/go-internal";
import type { KindMap } from "../types";
import { pathSegment } from "../validation/names";
import { sameRole, validateAggregation, validateBinding, validateRules } from "../validation/rbac";
import { nonNegative, validateLabelSelector } from "../validation/selector";
import { atMostAll, intOrPercent } from "../validation/workload";
import { AGE, type Definition, integer, NAME, text } from "./definition";

export const podDisruptionBudget: Definition<"PodDisruptionBudget"> = {
  kind: "PodDisruptionBudget", group: "policy", version: "v1", plural: "poddisruptionbudgets", singular: "poddisruptionbudget", shortNames: ["pdb"],
  namespaced: true, generation: true, status: true,
  prepareForCreate(object) {
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  name: () => [],
  validate({ spec }) {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: unhealthy } = spec as typeof spec & { readonly unhealthyPodEvictionPolicy?: string };
    const both = minAvailable !== undefined && maxUnavailable !== undefined;
    const policies = ["AlwaysAllow", "IfHealthyBudget"];
    return [
      ...(both ? [invalid("spec", goDump("PodDisruptionBudgetSpec", spec), "minAvailable and maxUnavailable cannot be both set")] : []),
      ...([["minAvailable", minAvailable], ["maxUnavailable", maxUnavailable]] as const).flatMap(([name, value]) => [...intOrPercent(value, `spec.${name}`), ...atMostAll(value, `spec.${name}`)]),
      ...validateLabelSelector(selector, "spec.selector"),
      ...(unhealthy === undefined || policies.includes(unhealthy) ? [] : [notSupported("spec.unhealthyPodEvictionPolicy", unhealthy, policies)]),
    ];
  },
  validateStatus: ({ status }) => (["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const).flatMap((name) => nonNegative(status?.[name], `status.${name}`)),
  columns: [NAME, text("Min Available"), text("Max Unavailable"), integer("Allowed Disruptions"), AGE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, String(spec.minAvailable ?? "N/A"), String(spec.maxUnavailable ?? "N/A"), status.disruptionsAllowed, ageSince(metadata.creationTimestamp, nowMs),
  ],
};

/** Of a feature that is off. */
function withoutElections(spec: object | undefined): void {
  for (const name of ["strategy", "preferredHolder"]) delete (spec as Record<string, unknown> | undefined)?.[name];
}

export const lease: Definition<"Lease"> = {
  kind: "Lease", group: "coordination.k8s.io", version: "v1", plural: "leases", singular: "lease", namespaced: true,
  prepareForCreate: ({ spec }) => withoutElections(spec),
  prepareForUpdate: ({ spec }) => withoutElections(spec),
  validate({ spec }) {
    const { leaseDurationSeconds: seconds, leaseTransitions } = spec;
    const transitions = nonNegative(leaseTransitions, "spec.leaseTransitions");
    return transitions.length > 0 ? transitions : seconds !== undefined && seconds <= 0 ? [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")] : [];
  },
  columns: [NAME, text("Holder"), AGE],
  row: ({ metadata, spec }, nowMs) => [metadata.name, spec.holderIdentity ?? "", ageSince(metadata.creationTimestamp, nowMs)],
};

const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", name: pathSegment } as const;
type Binding = "RoleBinding" | "ClusterRoleBinding";

export const role: Definition<"Role"> = {
  kind: "Role", ...RBAC, plural: "roles", singular: "role", namespaced: true,
  validate: ({ rules }) => validateRules(rules, true),
  columns: [NAME, { name: "Created At", type: "date" }],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

export const clusterRole: Definition<"ClusterRole"> = {
  kind: "ClusterRole", ...RBAC, plural: "clusterroles", singular: "clusterrole", namespaced: false,
  validate: ({ rules, aggregationRule }) => [...validateRules(rules, false), ...validateAggregation(aggregationRule)],
  columns: [NAME, { name: "Created At", type: "date" }],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

function binding<K extends Binding>(namespaced: boolean): Pick<Definition<K>, "defaults" | "validate" | "validateUpdate" | "columns" | "row"> {
  return {
    defaults(object) {
      const { roleRef, subjects = [] } = object;
      if (roleRef !== undefined) roleRef.apiGroup ||= RBAC.group;
      for (const subject of subjects) if (subject.kind !== "ServiceAccount") subject.apiGroup ||= RBAC.group;
    },
    validate: (object) => validateBinding(object as never, namespaced),
    validateUpdate: (object, old) => sameRole(object as never, old as never),
    columns: [NAME, text("Role"), AGE, text("Users", 1), text("Groups", 1), text("ServiceAccounts", 1)],
    row(object, nowMs) {
      const { metadata, roleRef, subjects = [] } = object;
      const named = (which: string): string => subjects.filter((one) => one.kind === which).map((one) => (which === "ServiceAccount" ? `${one.namespace}/${one.name}` : one.name)).join(", ");
      return [metadata.name, `${roleRef.kind}/${roleRef.name}`, ageSince(metadata.creationTimestamp, nowMs), named("User"), named("Group"), named("ServiceAccount")];
    },
  };
}

export const roleBinding: Definition<"RoleBinding"> = { kind: "RoleBinding", ...RBAC, plural: "rolebindings", singular: "rolebinding", namespaced: true, ...binding<"RoleBinding">(true) };
export const clusterRoleBinding: Definition<"ClusterRoleBinding"> = {
  kind: "ClusterRoleBinding", ...RBAC, plural: "clusterrolebindings", singular: "clusterrolebinding", namespaced: false, ...binding<"ClusterRoleBinding">(false),
};

const HIGHEST_OF_USERS = 1_000_000_000;
const SYSTEM = ["system-node-critical", "system-cluster-critical"];
const POLICIES = ["PreemptLowerPriority", "Never"];

function validatePriorityClass({ metadata, value, preemptionPolicy: policy }: KindMap["PriorityClass"]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const isSystem = SYSTEM.includes(metadata.name);
  if (metadata.name.startsWith("system-") && !isSystem) {
    errors.push(forbiddenField("metadata.name", `priority class names with 'system-' prefix are reserved for system use only. error: ${metadata.name} is not a known system priority class`));
  } else if (!isSystem && value > HIGHEST_OF_USERS) errors.push(forbiddenField("value", `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`));
  if (policy !== undefined && !POLICIES.includes(policy)) errors.push(notSupported("preemptionPolicy", policy, POLICIES));
  return errors;
}

export const priorityClass: Definition<"PriorityClass"> = {
  kind: "PriorityClass", group: "scheduling.k8s.io", version: "v1", plural: "priorityclasses", singular: "priorityclass", shortNames: ["pc"], namespaced: false, generation: true,
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
  validate: validatePriorityClass,
  validateUpdate: (object, old) => [
    ...(object.value === old.value ? [] : [forbiddenField("value", "may not be changed in an update.")]),
    ...(object.preemptionPolicy === old.preemptionPolicy ? [] : [invalid("preemptionPolicy", object.preemptionPolicy, "field is immutable")]),
  ],
  columns: [NAME, integer("Value"), { name: "Global-Default", type: "boolean" }, AGE, text("PreemptionPolicy", 1)],
  row: ({ metadata, value, globalDefault, preemptionPolicy }, nowMs) => [metadata.name, value, globalDefault ?? false, ageSince(metadata.creationTimestamp, nowMs), preemptionPolicy ?? ""],
};


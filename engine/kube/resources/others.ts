/** PodDisruptionBudget, Lease, RBAC (kept as data: one administrator is enough), PriorityClass. */
import { ageSince } from "../duration";
import { type FieldError, invalid, required } from "../field-error";
import { deepEqual } from "../freeze";
import { pathSegment, percent } from "../validation/names";
import { nonNegative, validateLabelSelector } from "../validation/selector";
import { AGE, type Definition, integer, NAME, text } from "./definition";

export const podDisruptionBudget: Definition<"PodDisruptionBudget"> = {
  kind: "PodDisruptionBudget", group: "policy", version: "v1", plural: "poddisruptionbudgets", singular: "poddisruptionbudget", shortNames: ["pdb"],
  namespaced: true, generation: true, status: true,
  prepareForCreate(object) {
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) errors.push(invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
    for (const field of ["minAvailable", "maxUnavailable"] as const) {
      const value = spec[field];
      if (typeof value === "string") errors.push(...percent(value).map((why) => invalid(`spec.${field}`, value, why)));
      else errors.push(...nonNegative(value, `spec.${field}`));
    }
    return [...errors, ...validateLabelSelector(spec.selector, "spec.selector")];
  },
  columns: [NAME, text("Min Available"), text("Max Unavailable"), integer("Allowed Disruptions"), AGE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, String(spec.minAvailable ?? "N/A"), String(spec.maxUnavailable ?? "N/A"), status.disruptionsAllowed, ageSince(metadata.creationTimestamp, nowMs),
  ],
};

export const lease: Definition<"Lease"> = {
  kind: "Lease", group: "coordination.k8s.io", version: "v1", plural: "leases", singular: "lease", namespaced: true,
  validate({ spec }) {
    const { leaseDurationSeconds: seconds } = spec;
    return seconds !== undefined && seconds <= 0 ? [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")] : [];
  },
  columns: [NAME, text("Holder"), AGE],
  row: ({ metadata, spec }, nowMs) => [metadata.name, spec.holderIdentity ?? "", ageSince(metadata.creationTimestamp, nowMs)],
};

const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", name: pathSegment } as const;
type Binding = "RoleBinding" | "ClusterRoleBinding";

export const role: Definition<"Role"> = {
  kind: "Role", ...RBAC, plural: "roles", singular: "role", namespaced: true,
  columns: [NAME, { name: "Created At", type: "date" }],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

export const clusterRole: Definition<"ClusterRole"> = {
  kind: "ClusterRole", ...RBAC, plural: "clusterroles", singular: "clusterrole", namespaced: false,
  columns: [NAME, { name: "Created At", type: "date" }],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

function binding<K extends Binding>(): Pick<Definition<K>, "defaults" | "validate" | "validateUpdate" | "columns" | "row"> {
  return {
    defaults(object) {
      const { roleRef, subjects = [] } = object;
      if (roleRef !== undefined) roleRef.apiGroup ||= RBAC.group;
      for (const subject of subjects) if (subject.kind !== "ServiceAccount") subject.apiGroup ||= RBAC.group;
    },
    validate(object) {
      return object.roleRef?.name ? [] : [required("roleRef.name")];
    },
    validateUpdate(object, old) {
      return deepEqual(object.roleRef, old.roleRef) ? [] : [invalid("roleRef", object.roleRef, "cannot change roleRef")];
    },
    columns: [NAME, text("Role"), AGE, text("Users", 1), text("Groups", 1), text("ServiceAccounts", 1)],
    row(object, nowMs) {
      const { metadata, roleRef, subjects = [] } = object;
      const named = (which: string): string => subjects.filter((one) => one.kind === which).map((one) => (which === "ServiceAccount" ? `${one.namespace}/${one.name}` : one.name)).join(", ");
      return [metadata.name, `${roleRef.kind}/${roleRef.name}`, ageSince(metadata.creationTimestamp, nowMs), named("User"), named("Group"), named("ServiceAccount")];
    },
  };
}

export const roleBinding: Definition<"RoleBinding"> = { kind: "RoleBinding", ...RBAC, plural: "rolebindings", singular: "rolebinding", namespaced: true, ...binding<"RoleBinding">() };
export const clusterRoleBinding: Definition<"ClusterRoleBinding"> = {
  kind: "ClusterRoleBinding", ...RBAC, plural: "clusterrolebindings", singular: "clusterrolebinding", namespaced: false, ...binding<"ClusterRoleBinding">(),
};

export const priorityClass: Definition<"PriorityClass"> = {
  kind: "PriorityClass", group: "scheduling.k8s.io", version: "v1", plural: "priorityclasses", singular: "priorityclass", shortNames: ["pc"], namespaced: false, generation: true,
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
  validateUpdate: (object, old) => (object.value === old.value ? [] : [invalid("value", object.value, "field is immutable")]),
  columns: [NAME, integer("Value"), { name: "Global-Default", type: "boolean" }, AGE, text("PreemptionPolicy", 1)],
  row: ({ metadata, value, globalDefault, preemptionPolicy }, nowMs) => [metadata.name, value, globalDefault ?? false, ageSince(metadata.creationTimestamp, nowMs), preemptionPolicy ?? ""],
};


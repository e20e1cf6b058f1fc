/** rbac/validation: what a rule names, and whom a binding binds to which role. */
import { type FieldError, invalid, notSupported, required } from "../field-error";
import { goDump } from "../schema/go-internal";
import type { ClusterRole, RoleBinding } from "../types";
import { all } from "./environment";
import { dnsSubdomain, pathSegment } from "./names";
import { validateLabelSelector } from "./selector";

const GROUP = "rbac.authorization.k8s.io";

type Rule = NonNullable<ClusterRole["rules"]>[number];

export function validateRules(rules: readonly Rule[] | null | undefined, namespaced: boolean): readonly FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, `rules[${i}]`));
}

function validateRule({ verbs, nonResourceURLs: urls = [], apiGroups = [], resources = [] }: Rule, namespaced: boolean, field: string): readonly FieldError[] {
  const errors: FieldError[] = (verbs ?? []).length === 0 ? [required(`${field}.verbs`, "verbs must contain at least one value")] : [];
  if (urls.length > 0) {
    const at = `${field}.nonResourceURLs`;
    if (namespaced) errors.push(invalid(at, urls, "namespaced rules cannot apply to non-resource URLs"));
    if (apiGroups.length > 0 || resources.length > 0) errors.push(invalid(at, urls, "rules cannot apply to both regular resources and non-resource URLs"));
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${field}.apiGroups`, "resource rules must supply at least one api group"));
  if (resources.length === 0) errors.push(required(`${field}.resources`, "resource rules must supply at least one resource"));
  return errors;
}

export function validateAggregation(rule: ClusterRole["aggregationRule"]): readonly FieldError[] {
  if (rule === undefined) return [];
  const { clusterRoleSelectors = [] } = rule;
  const at = "aggregationRule.clusterRoleSelectors";
  if (clusterRoleSelectors.length === 0) return [required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  return clusterRoleSelectors.flatMap((selector, i) => {
    const errors = validateLabelSelector(selector, `${at}[${i}]`);
    return errors.length === 0 ? [] : [...errors, invalid(`${at}[${i}]`, selector, errors.map(({ body }) => body.replace(/^[^:]*: "[^"]*": /, "")).map((why) => `key: Invalid value: ${why}`).join(", "))];
  });
}

export function validateBinding({ roleRef, subjects = [] }: RoleBinding, namespaced: boolean): readonly FieldError[] {
  const { apiGroup = "", kind = "", name = "" } = roleRef ?? {};
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  return [
    ...(apiGroup === GROUP ? [] : [notSupported("roleRef.apiGroup", apiGroup, [GROUP])]),
    ...(kinds.includes(kind) ? [] : [notSupported("roleRef.kind", kind, kinds)]),
    ...(name === "" ? [required("roleRef.name")] : all("roleRef.name", name, pathSegment(name))),
    ...subjects.flatMap((subject, i) => validateSubject(subject, namespaced, `subjects[${i}]`)),
  ];
}

function validateSubject({ kind, name, apiGroup = "", namespace }: NonNullable<RoleBinding["subjects"]>[number], namespaced: boolean, field: string): readonly FieldError[] {
  const errors: FieldError[] = name ? [] : [required(`${field}.name`)];
  if (kind === "ServiceAccount") {
    if (name) errors.push(...all(`${field}.name`, name, dnsSubdomain(name)));
    if (apiGroup !== "") errors.push(notSupported(`${field}.apiGroup`, apiGroup, [""]));
    if (!namespaced && !namespace) errors.push(required(`${field}.namespace`));
  } else if (kind === "User" || kind === "Group") {
    if (apiGroup !== GROUP) errors.push(notSupported(`${field}.apiGroup`, apiGroup, [GROUP]));
  } else errors.push(notSupported(`${field}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  return errors;
}

export function sameRole(now: RoleBinding, old: RoleBinding): readonly FieldError[] {
  const of = ({ roleRef }: RoleBinding): unknown => goDump("RoleRef", roleRef);
  return JSON.stringify(of(now)) === JSON.stringify(of(old)) ? [] : [invalid("roleRef", of(now), "cannot change roleRef")];
}

/** validateAffinity, validateTopologySpreadConstraints, ValidateTolerations: where a Pod wants to be, and where it may. */
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { LabelSelector, PodSpec, Toleration } from "../types";
import { all } from "./environment";
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "./names";
import { validateLabelSelector } from "./selector";

type Affinity = NonNullable<PodSpec["affinity"]>;
type NodeTerm = NonNullable<NonNullable<Affinity["nodeAffinity"]>["preferredDuringSchedulingIgnoredDuringExecution"]>[number]["preference"];
type Requirement = NonNullable<NodeTerm["matchExpressions"]>[number];
type PodTerm = NonNullable<NonNullable<Affinity["podAffinity"]>["requiredDuringSchedulingIgnoredDuringExecution"]>[number];

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const MOST_WEIGHT = 100;

export function validateAffinity(affinity: Affinity | undefined, field: string): readonly FieldError[] {
  if (affinity === undefined) return [];
  return [...validateNodeAffinity(affinity.nodeAffinity, `${field}.nodeAffinity`), ...(["podAffinity", "podAntiAffinity"] as const).flatMap((which) => validatePodAffinity(affinity[which], `${field}.${which}`))];
}

function validateNodeAffinity(affinity: Affinity["nodeAffinity"], field: string): readonly FieldError[] {
  const terms = affinity?.[REQUIRED]?.nodeSelectorTerms;
  const at = `${field}.${REQUIRED}.nodeSelectorTerms`;
  const errors: FieldError[] = [];
  if (affinity?.[REQUIRED] !== undefined && (terms ?? []).length === 0) errors.push(required(at, "must have at least one node selector term"));
  terms?.forEach((term, i) => errors.push(...validateNodeTerm(term, `${at}[${i}]`, true)));
  affinity?.[PREFERRED]?.forEach(({ weight, preference }, i) => errors.push(...validateWeight(weight, `${field}.${PREFERRED}[${i}]`), ...validateNodeTerm(preference, `${field}.${PREFERRED}[${i}].preference`, false)));
  return errors;
}

function validateWeight(weight: number, field: string): readonly FieldError[] {
  return weight < 1 || weight > MOST_WEIGHT ? [invalid(`${field}.weight`, weight, "must be in the range 1-100")] : [];
}

function validateNodeTerm({ matchExpressions = [], matchFields = [] }: NodeTerm, field: string, checkValues: boolean): readonly FieldError[] {
  return [
    ...matchExpressions.flatMap((requirement, i) => validateRequirement(requirement, `${field}.matchExpressions[${i}]`, checkValues)),
    ...matchFields.flatMap((requirement, i) => validateFieldRequirement(requirement, `${field}.matchFields[${i}]`)),
  ];
}

function validateRequirement({ key = "", operator, values = [] }: Requirement, field: string, checkValues: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) errors.push(forbiddenField(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(`${field}.operator`, operator ?? "", "not a valid selector operator"));
  errors.push(...all(`${field}.key`, key, qualifiedName(key)));
  return checkValues ? [...errors, ...values.flatMap((value, i) => all(`${field}.values[${i}]`, value, labelValue(value)))] : errors;
}

function validateFieldRequirement({ key, operator, values = [] }: Requirement, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length !== 1) errors.push(required(`${field}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  } else errors.push(invalid(`${field}.operator`, operator, "not a valid selector operator"));
  if (key !== "metadata.name") return [...errors, invalid(`${field}.key`, key, "not a valid field selector key")];
  return [...errors, ...values.flatMap((value, i) => all(`${field}.values[${i}]`, value, dnsSubdomain(value)))];
}

function validatePodAffinity(affinity: Affinity["podAffinity"], field: string): readonly FieldError[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap((term, i) => validatePodTerm(term, `${field}.${REQUIRED}[${i}]`)),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => [...validateWeight(weight, `${field}.${PREFERRED}[${i}]`), ...validatePodTerm(podAffinityTerm, `${field}.${PREFERRED}[${i}].podAffinityTerm`)]),
  ];
}

function validatePodTerm(term: PodTerm, field: string): readonly FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = "" } = term;
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = term as { readonly matchLabelKeys?: readonly string[]; readonly mismatchLabelKeys?: readonly string[] };
  return [
    ...validateLabelSelector(labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...namespaces.flatMap((name) => all(`${field}.namespace`, name, dnsLabel(name))),
    ...validateLabelKeys(matchLabelKeys, mismatchLabelKeys, labelSelector, field),
    ...(topologyKey === "" ? [required(`${field}.topologyKey`, "can not be empty")] : []),
    ...all(`${field}.topologyKey`, topologyKey, qualifiedName(topologyKey)),
  ];
}

/** ValidateMatchLabelKeysAndMismatchLabelKeys: keys whose values are put into the selector when the Pod is created. */
function validateLabelKeys(match: readonly string[], mismatch: readonly string[], selector: LabelSelector | undefined, field: string): readonly FieldError[] {
  const check = (keys: readonly string[], at: string): readonly FieldError[] => {
    if (keys.length === 0) return [];
    return selector === undefined ? [forbiddenField(at, "must not be specified when labelSelector is not set")] : keys.flatMap((key, i) => all(`${at}[${i}]`, key, qualifiedName(key)));
  };
  const errors: FieldError[] = [...check(match, `${field}.matchLabelKeys`), ...check(mismatch, `${field}.mismatchLabelKeys`)];
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    if (match.includes(key) && seen.has(key)) errors.push(invalid(`${field}[${match.indexOf(key)}]`, key, "exists in both matchLabelKeys and labelSelector"));
    seen.add(key);
  }
  match.forEach((key, i) => {
    if (mismatch.includes(key)) errors.push(invalid(`${field}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
  });
  return errors;
}

const INCLUSION = ["Honor", "Ignore"];
const ACTIONS = ["DoNotSchedule", "ScheduleAnyway"];

export function validateSpread(constraints: NonNullable<PodSpec["topologySpreadConstraints"]>, field: string): readonly FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable: action = "", minDomains, nodeAffinityPolicy, nodeTaintsPolicy, matchLabelKeys = [], labelSelector } = constraint as typeof constraint & {
      readonly nodeAffinityPolicy?: string;
      readonly nodeTaintsPolicy?: string;
      readonly matchLabelKeys?: readonly string[];
    };
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, "must be greater than zero"));
    if (topologyKey === "") errors.push(required(`${at}.topologyKey`, "can not be empty"));
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${at}.whenUnsatisfiable`, action, ACTIONS));
    const again = constraints.slice(i + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === action);
    if (again) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`));
    if (minDomains !== undefined && minDomains <= 0) errors.push(invalid(`${at}.minDomains`, minDomains, "must be greater than zero"));
    if (minDomains !== undefined && action !== "DoNotSchedule") errors.push(invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`));
    for (const [name, policy] of [["nodeAffinityPolicy", nodeAffinityPolicy], ["nodeTaintsPolicy", nodeTaintsPolicy]] as const) {
      if (policy !== undefined && !INCLUSION.includes(policy)) errors.push(notSupported(`${at}.${name}`, policy, INCLUSION));
    }
    return [...errors, ...validateLabelKeys(matchLabelKeys, [], labelSelector, at), ...validateLabelSelector(labelSelector, `${at}.labelSelector`)];
  });
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateToleration({ key, operator = "", value = "", effect = "", tolerationSeconds }: Toleration, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (key) errors.push(...all(`${field}.key`, key, qualifiedName(key)));
  if (!key && operator !== "Exists") errors.push(invalid(`${field}.operator`, operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
  if (tolerationSeconds !== undefined && effect !== "NoExecute") errors.push(invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  if (operator === "Equal" || operator === "") {
    const problems = labelValue(value);
    if (problems.length > 0) errors.push(invalid(`${field}.operator`, value, problems.join(";")));
  } else if (operator === "Exists") {
    if (value) errors.push(invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  } else errors.push(notSupported(`${field}.operator`, operator, operator === "Lt" || operator === "Gt" ? ["Equal", "Exists", "Lt", "Gt"] : ["Equal", "Exists"]));
  if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(`${field}.effect`, effect, EFFECTS));
  return errors;
}

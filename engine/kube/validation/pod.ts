/** ValidatePodSpec: what a Pod, or a template of one, must be. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { PodSpec, Toleration } from "../types";
import { validateContainers } from "./container";
import { validateEphemeralContainers } from "./ephemeral";
import { validateLabels } from "./metadata";
import { dnsLabel, dnsSubdomain, ipAddress, qualifiedName } from "./names";
import { isEmptySelector, validateLabelSelector } from "./selector";
import { validateVolumes } from "./volume";

export function validatePodSpec(spec: PodSpec, field: string, metadata: { readonly name?: string }): readonly FieldError[] {
  void metadata;
  const volumes = validateVolumes(spec.volumes ?? [], `${field}.volumes`);
  const names = new Set((spec.volumes ?? []).map((volume) => volume.name));
  return [
    ...volumes,
    ...validateContainers(spec.containers, spec.initContainers ?? [], names, field, spec.terminationGracePeriodSeconds),
    ...validateEphemeralContainers(spec, field),
    ...supported(spec.restartPolicy, `${field}.restartPolicy`, ["Always", "OnFailure", "Never"]),
    ...supported(spec.dnsPolicy, `${field}.dnsPolicy`, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validateSpecNames(spec, field),
    ...validateDnsConfig(spec, field),
    ...validateNumbers(spec, field),
    ...(spec.tolerations ?? []).flatMap((toleration, i) => validateToleration(toleration, `${field}.tolerations[${i}]`)),
    ...validateSpread(spec, field),
    ...validateAffinity(spec, `${field}.affinity`),
    ...(spec.hostAliases ?? []).flatMap((alias, i) =>
      ipAddress(alias.ip ?? "") ? [] : [invalid(`${field}.hostAliases[${i}].ip`, alias.ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")],
    ),
  ];
}

function supported(value: string | undefined, field: string, values: readonly string[]): readonly FieldError[] {
  if (value === undefined || value === "") return [required(field)];
  return values.includes(value) ? [] : [notSupported(field, value, [...values].sort())];
}

function validateSpecNames(spec: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.serviceAccountName) errors.push(...dnsSubdomain(spec.serviceAccountName).map((why) => invalid(`${field}.serviceAccountName`, spec.serviceAccountName, why)));
  if (spec.nodeName) errors.push(...dnsSubdomain(spec.nodeName).map((why) => invalid(`${field}.nodeName`, spec.nodeName, why)));
  if (spec.hostname) errors.push(...dnsLabel(spec.hostname).map((why) => invalid(`${field}.hostname`, spec.hostname, why)));
  if (spec.subdomain) errors.push(...dnsLabel(spec.subdomain).map((why) => invalid(`${field}.subdomain`, spec.subdomain, why)));
  if (spec.priorityClassName) errors.push(...dnsSubdomain(spec.priorityClassName).map((why) => invalid(`${field}.priorityClassName`, spec.priorityClassName, why)));
  return errors;
}

function validateNumbers(spec: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { terminationGracePeriodSeconds: grace, activeDeadlineSeconds: deadline } = spec;
  if (grace !== undefined && grace < 0) errors.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, "must be greater than or equal to 0"));
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647)) errors.push(invalid(`${field}.activeDeadlineSeconds`, deadline, "must be between 1 and 2147483647, inclusive"));
  return errors;
}

const NAMESERVERS = 3;
const SEARCHES = 32;
const SEARCH_CHARACTERS = 2048;

function validateDnsConfig({ dnsConfig, dnsPolicy }: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const at = `${field}.dnsConfig`;
  if (dnsPolicy === "None") {
    if (dnsConfig === undefined) return [required(at, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if ((dnsConfig.nameservers ?? []).length === 0) return [required(`${at}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (nameservers.length > NAMESERVERS) errors.push(invalid(`${at}.nameservers`, nameservers, `must not have more than ${NAMESERVERS} nameservers`));
  nameservers.forEach((server, i) => {
    if (!ipAddress(server)) errors.push(invalid(`${at}.nameservers[${i}]`, server, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
  });
  if (searches.length > SEARCHES) errors.push(invalid(`${at}.searches`, searches, `must not have more than ${SEARCHES} search paths`));
  if (searches.join(" ").length > SEARCH_CHARACTERS) errors.push(invalid(`${at}.searches`, searches, "must not have more than 2048 characters (including spaces) in the search list"));
  searches.forEach((search, i) => {
    if (search !== ".") errors.push(...dnsSubdomain(search.replace(/\.$/, "")).map((why) => invalid(`${at}.searches[${i}]`, search, why)));
  });
  options.forEach((option, i) => {
    if (!option.name) errors.push(required(`${at}.options[${i}]`, "must not be empty"));
  });
  return errors;
}

export function validateToleration({ key, operator, value, effect, tolerationSeconds }: Toleration, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (key) errors.push(...qualifiedName(key).map((why) => invalid(`${field}.key`, key, why)));
  if (!key && operator !== "Exists") errors.push(invalid(`${field}.operator`, operator ?? "", "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
  if (tolerationSeconds !== undefined && effect !== "NoExecute") errors.push(invalid(`${field}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  if (operator === "Exists" && value) errors.push(invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  else if (operator && !["Exists", "Equal"].includes(operator)) errors.push(notSupported(`${field}.operator`, operator, ["Equal", "Exists"]));
  if (effect && !["NoSchedule", "PreferNoSchedule", "NoExecute"].includes(effect)) errors.push(notSupported(`${field}.effect`, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]));
  return errors;
}

function validateSpread({ topologySpreadConstraints = [] }: PodSpec, field: string): readonly FieldError[] {
  return topologySpreadConstraints.flatMap((constraint, i) => {
    const at = `${field}.topologySpreadConstraints[${i}]`;
    const errors: FieldError[] = [];
    if (!(constraint.maxSkew > 0)) errors.push(invalid(`${at}.maxSkew`, constraint.maxSkew, "must be greater than zero"));
    if (!constraint.topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
    else errors.push(...qualifiedName(constraint.topologyKey).map((why) => invalid(`${at}.topologyKey`, constraint.topologyKey, why)));
    if (!["DoNotSchedule", "ScheduleAnyway"].includes(constraint.whenUnsatisfiable)) errors.push(notSupported(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]));
    return [...errors, ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`)];
  });
}

function validateAffinity({ affinity }: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const node = affinity?.nodeAffinity;
  const terms = node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const requiredAt = `${field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`;
  if (terms !== undefined && terms.length === 0) errors.push(required(`${requiredAt}.nodeSelectorTerms`, "must have at least one node selector term"));
  for (const which of ["podAffinity", "podAntiAffinity"] as const) {
    affinity?.[which]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      const at = `${field}.${which}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`;
      if (!term.topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
      errors.push(...validateLabelSelector(term.labelSelector, `${at}.labelSelector`));
    });
    affinity?.[which]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((weighted, i) => {
      const at = `${field}.${which}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      if (weighted.weight < 1 || weighted.weight > 100) errors.push(invalid(`${at}.weight`, weighted.weight, "must be in the range 1-100"));
    });
  }
  return errors;
}

type Template = { readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }; readonly spec?: PodSpec };
type Workload = { readonly selector?: Parameters<typeof validateLabelSelector>[0]; readonly template?: Template };

/** What Deployments, ReplicaSets, StatefulSets, DaemonSets have in common: a selector that picks its own template's labels. */
export function validateTemplate(spec: Workload, matches: boolean, kind: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { selector, template } = spec;
  if (selector === undefined) errors.push(required("spec.selector"));
  else {
    errors.push(...validateLabelSelector(selector, "spec.selector"));
    if (isEmptySelector(selector)) errors.push(invalid("spec.selector", selector, `empty selector is invalid for ${kind}`));
  }
  const labels = template?.metadata?.labels;
  if (selector !== undefined && !isEmptySelector(selector) && !matches) errors.push(invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`"));
  errors.push(...validateLabels(labels, "spec.template.metadata.labels"));
  if (template?.spec !== undefined) errors.push(...validatePodSpec(template.spec, "spec.template.spec", {}));
  if ((template?.spec?.ephemeralContainers ?? []).length > 0) errors.push(forbiddenField("spec.template.spec.ephemeralContainers", "ephemeral containers not allowed in pod template"));
  const policy = template?.spec?.restartPolicy;
  if (policy !== undefined && policy !== "Always") errors.push(notSupported("spec.template.spec.restartPolicy", policy, ["Always"]));
  if (template?.spec?.activeDeadlineSeconds !== undefined) errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${kind === "deployment" ? "ReplicaSet" : kind} is not Supported`));
  return errors;
}


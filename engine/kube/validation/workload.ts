/** What apps/v1 and batch/v1 ask of their objects: a selector that picks its own template's Pods, and how these are replaced. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { deepEqual } from "../freeze";
import { goDump } from "../schema/go-internal";
import { matchesLabels } from "../selectors";
import type { DaemonSet, Deployment, LabelSelector, PodTemplateSpec, ReplicaSet, StatefulSet } from "../types";
import { all } from "./environment";
import { validateAnnotations, validateLabels } from "./metadata";
import { dnsLabel, percent } from "./names";
import { validatePodSpec } from "./pod";
import { isEmptySelector, nonNegative, validateLabelSelector } from "./selector";

type Replaced = number | string | undefined;

/** ValidatePodTemplateSpec. Labels and annotations are named without the metadata they are in. */
export function validateTemplate(template: PodTemplateSpec | undefined, field = "spec.template"): readonly FieldError[] {
  const { metadata, spec } = template ?? {};
  return [
    ...validateLabels(metadata?.labels, `${field}.labels`),
    ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
    ...(spec === undefined ? [] : validatePodSpec(spec, `${field}.spec`, false)),
    ...((spec?.ephemeralContainers ?? []).length > 0 ? [forbiddenField(`${field}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")] : []),
  ];
}

export function labelsDiffer(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined): readonly FieldError[] {
  const labels = template?.metadata?.labels;
  const matches = selector !== undefined && (isEmptySelector(selector) || matchesLabels(selector, labels));
  return matches ? [] : [invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`")];
}

function validateSelector(selector: LabelSelector | undefined, kind: string): { readonly errors: readonly FieldError[]; readonly broken: boolean } {
  if (selector === undefined) return { errors: [required("spec.selector")], broken: false };
  const errors = validateLabelSelector(selector, "spec.selector");
  return { errors: isEmptySelector(selector) ? [...errors, invalid("spec.selector", selector, `empty selector is invalid for ${kind}`)] : errors, broken: errors.length > 0 };
}

/** Their Pods run for ever. */
function alwaysRestarted(template: PodTemplateSpec | undefined, kind: string): readonly FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  return [
    ...(restartPolicy === undefined || restartPolicy === "Always" ? [] : [notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbiddenField("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}

function validateReplicated({ selector, template }: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec }): readonly FieldError[] {
  const { errors, broken } = validateSelector(selector, "deployment");
  if (broken) return [...errors, invalid("spec.selector", selector, "invalid label selector")];
  return [...errors, ...labelsDiffer(selector, template), ...validateTemplate(template), ...alwaysRestarted(template, "ReplicaSet")];
}

export function validateDeployment({ spec }: Deployment): readonly FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...nonNegative(spec.replicas, "spec.replicas"),
    ...validateReplicated(spec),
    ...validateStrategy(spec.strategy),
    ...nonNegative(spec.minReadySeconds, "spec.minReadySeconds"),
    ...nonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit"),
    ...nonNegative(deadline, "spec.progressDeadlineSeconds"),
    ...(deadline !== undefined && deadline <= minReadySeconds ? [invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")] : []),
  ];
}

export function validateReplicaSet({ spec }: ReplicaSet): readonly FieldError[] {
  return [...nonNegative(spec.replicas, "spec.replicas"), ...nonNegative(spec.minReadySeconds, "spec.minReadySeconds"), ...validateReplicated(spec)];
}

function validateStrategy(strategy: Deployment["spec"]["strategy"]): readonly FieldError[] {
  const { type = "", rollingUpdate } = strategy ?? {};
  if (type === "Recreate") return rollingUpdate === undefined ? [] : [forbiddenField("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== "RollingUpdate") return [notSupported("spec.strategy", goDump("DeploymentStrategy", strategy ?? {}), ["Recreate", "RollingUpdate"])];
  const at = "spec.strategy.rollingUpdate";
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
  return [
    ...intOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...intOrPercent(maxSurge, `${at}.maxSurge`),
    ...(amount(maxUnavailable) === 0 && amount(maxSurge) === 0 ? [invalid(`${at}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0")] : []),
    ...atMostAll(maxUnavailable, `${at}.maxUnavailable`),
  ];
}

export function intOrPercent(value: Replaced, field: string): readonly FieldError[] {
  return typeof value === "string" ? all(field, value, percent(value)) : nonNegative(value, field);
}

/** What is no percentage counts for nothing, unless it is a number. */
function amount(value: Replaced): number {
  if (typeof value !== "string") return value ?? 0;
  const number = Number.parseInt(value, 10);
  return /^\d+%?$/.test(value) ? number : 0;
}

export function atMostAll(value: Replaced, field: string): readonly FieldError[] {
  return typeof value === "string" && percent(value).length === 0 && amount(value) > 100 ? [invalid(field, value, "must not be greater than 100%")] : [];
}

export function validateDaemonSet({ spec }: DaemonSet): readonly FieldError[] {
  const { selector, template } = spec;
  const broken = selector !== undefined && validateLabelSelector(selector, "").length > 0;
  return [
    ...(selector === undefined ? [] : validateLabelSelector(selector, "spec.selector")),
    ...(broken ? [] : labelsDiffer(selector, template)),
    ...(selector !== undefined && isEmptySelector(selector) ? [invalid("spec.selector", selector, "empty selector is invalid for daemonset")] : []),
    ...validateTemplate(template),
    ...alwaysRestarted(template, "DaemonSet"),
    ...nonNegative(spec.minReadySeconds, "spec.minReadySeconds"),
    ...validateDaemonUpdates(spec.updateStrategy),
    ...nonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit"),
  ];
}

function validateDaemonUpdates(strategy: DaemonSet["spec"]["updateStrategy"]): readonly FieldError[] {
  const { type = "", rollingUpdate } = strategy ?? {};
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") return [notSupported("spec.updateStrategy", goDump("DaemonSetUpdateStrategy", strategy ?? {}), ["RollingUpdate", "OnDelete"])];
  const at = "spec.updateStrategy.rollingUpdate";
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
  const both = amount(maxUnavailable) !== 0 && amount(maxSurge) !== 0;
  const neither = amount(maxUnavailable) === 0 && amount(maxSurge) === 0;
  return [
    ...intOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...intOrPercent(maxSurge, `${at}.maxSurge`),
    ...atMostAll(maxUnavailable, `${at}.maxUnavailable`),
    ...atMostAll(maxSurge, `${at}.maxSurge`),
    ...(both ? [invalid(`${at}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero")] : []),
    ...(neither ? [required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0")] : []),
  ];
}

type Newer = { readonly ordinals?: { readonly start?: number }; readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string } };

export function validateStatefulSet({ spec }: StatefulSet): readonly FieldError[] {
  const { podManagementPolicy: management = "", selector, template, serviceName } = spec;
  const { ordinals, persistentVolumeClaimRetentionPolicy: retention } = spec as typeof spec & Newer;
  const { errors, broken } = validateSelector(selector, "statefulset");
  const policies = ["Retain", "Delete"];
  return [
    ...(management === "OrderedReady" || management === "Parallel" ? [] : [invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStatefulUpdates(spec.updateStrategy),
    ...(["whenDeleted", "whenScaled"] as const).flatMap((when) => {
      const policy = retention?.[when] ?? "Retain";
      return policies.includes(policy) ? [] : [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, policy, policies)];
    }),
    ...nonNegative(spec.replicas, "spec.replicas"),
    ...nonNegative(spec.minReadySeconds, "spec.minReadySeconds"),
    ...nonNegative(ordinals?.start, "spec.ordinals.start"),
    ...(serviceName ? all("spec.serviceName", serviceName, dnsLabel(serviceName)) : []),
    ...errors,
    ...(broken ? [invalid("spec.selector", selector, "")] : [...labelsDiffer(selector, template), ...validateTemplate(template)]),
    ...alwaysRestarted(template, "StatefulSet"),
    ...((spec.volumeClaimTemplates ?? []).length > 0 ? [forbiddenField("spec.volumeClaimTemplates", "not modelled: persistent volumes")] : []),
  ];
}

function validateStatefulUpdates(strategy: StatefulSet["spec"]["updateStrategy"]): readonly FieldError[] {
  const { type = "", rollingUpdate } = strategy ?? {};
  const at = "spec.updateStrategy.rollingUpdate";
  if (type === "OnDelete") return rollingUpdate === undefined ? [] : [invalid(at, goDump("RollingUpdateStatefulSetStrategy", rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")];
  if (type !== "RollingUpdate") return [invalid("spec.updateStrategy", goDump("StatefulSetUpdateStrategy", strategy ?? {}), "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = (rollingUpdate ?? {}) as { readonly partition?: number; readonly maxUnavailable?: number | string };
  const most = `${at}.maxUnavailable`;
  return [
    ...nonNegative(partition, `${at}.partition`),
    ...(maxUnavailable === undefined ? [] : [...intOrPercent(maxUnavailable, most), ...(amount(maxUnavailable) === 0 ? [invalid(most, maxUnavailable, "cannot be 0")] : []), ...atMostAll(maxUnavailable, most)]),
  ];
}

export function sameSelector(now: { readonly selector?: LabelSelector }, old: { readonly selector?: LabelSelector }): readonly FieldError[] {
  return deepEqual(now.selector, old.selector) ? [] : [invalid("spec.selector", now.selector ?? null, "field is immutable")];
}

type Counts = Readonly<Record<string, unknown>>;

/** Statuses that count Pods: none below zero, no part greater than the whole. */
export function validateCounts(status: object | undefined, counted: readonly string[], parts: readonly string[], lessThanReady: string): readonly FieldError[] {
  const counts = (status ?? {}) as Counts;
  const count = (name: string): number => Number(counts[name] ?? 0);
  const errors: FieldError[] = counted.flatMap((name) => nonNegative(counts[name] as number | undefined, `status.${name}`));
  for (const name of parts) if (count(name) > count("replicas")) errors.push(invalid(`status.${name}`, count(name), "cannot be greater than status.replicas"));
  if (count("availableReplicas") > count("readyReplicas")) errors.push(invalid("status.availableReplicas", count("availableReplicas"), `cannot be greater than ${lessThanReady}`));
  return errors;
}

/** batch/v1 Job. */
import { parseRfc3339 } from "../../core/date";
import { ageSince, humanDuration } from "../duration";
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { deepEqual } from "../freeze";
import { goDump } from "../schema/go-internal";
import { matchesLabels, printLabelSelector } from "../selectors";
import type { Job } from "../types";
import { nonNegative, validateLabelSelector } from "../validation/selector";
import { templateWarnings } from "../validation/warnings";
import { labelsDiffer, validateTemplate } from "../validation/workload";
import { AGE, type Definition, NAME, text } from "./definition";
import { defaultPodSpec } from "./pod-defaults";

export const job: Definition<"Job"> = {
  kind: "Job", group: "batch", version: "v1", plural: "jobs", singular: "job", categories: ["all"], namespaced: true, generation: true, status: true,
  defaults({ spec }) {
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= 6;
    spec.completionMode ??= "NonIndexed";
    spec.suspend ??= false;
    if (spec.podFailurePolicy === undefined) spec.podReplacementPolicy ??= "TerminatingOrFailed";
    if (spec.template?.spec !== undefined) {
      defaultPodSpec(spec.template.spec);
    }
  },
  prepareForCreate(object) {
    object.status = {};
    if (object.spec.manualSelector === true) return;
    // generateSelector: a Job's Pods are found by the Job's own uid.
    const labels = jobLabels(object.metadata);
    object.spec.template.metadata ??= {};
    object.spec.template.metadata.labels = { ...object.spec.template.metadata.labels, ...labels };
    object.spec.selector = { matchLabels: { "batch.kubernetes.io/controller-uid": object.metadata.uid } };
  },
  validate: validateJob,
  warnings: templateWarnings,
  validateUpdate: (object, old) => fixed(object, old),
  fields: ({ status }) => ({ "status.successful": String(status.succeeded ?? 0) }),
  columns: [NAME, text("Status"), text("Completions"), text("Duration"), AGE, text("Containers", 1), text("Images", 1), text("Selector", 1)],
  row: (object, nowMs) => [
    object.metadata.name,
    jobStatus(object),
    completions(object),
    duration(object, nowMs),
    ageSince(object.metadata.creationTimestamp, nowMs),
    (object.spec.template.spec?.containers ?? []).map((one) => one.name).join(","),
    (object.spec.template.spec?.containers ?? []).map((one) => one.image).join(","),
    printLabelSelector(object.spec.selector),
  ],
};

const MODES = ["NonIndexed", "Indexed"];
const REPLACEMENTS = ["Failed", "TerminatingOrFailed"];

function validateJob({ metadata, spec }: Job): readonly FieldError[] {
  const { completionMode: mode, podReplacementPolicy: replacement, selector, template } = spec as typeof spec & { readonly podReplacementPolicy?: string };
  const policy = template?.spec?.restartPolicy ?? "";
  const at = "spec.template.spec.restartPolicy";
  return [
    ...generatedSelector({ metadata, spec }),
    ...(["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] as const).flatMap((name) => nonNegative(spec[name], `spec.${name}`)),
    ...(mode === undefined || MODES.includes(mode) ? [] : [notSupported("spec.completionMode", mode, MODES)]),
    ...(mode === "Indexed" && spec.completions === undefined ? [required("spec.completions", "when completion mode is Indexed")] : []),
    ...(mode === "Indexed" && spec.completions !== undefined ? [forbiddenField("spec.completionMode", "not modelled: Indexed")] : []),
    ...notModelled(spec),
    ...(replacement === undefined || REPLACEMENTS.includes(replacement) ? [] : [notSupported("spec.podReplacementPolicy", replacement, REPLACEMENTS)]),
    ...validateTemplate(template),
    ...(policy === "Always" || policy === "" ? [required(at, 'valid values: "OnFailure", "Never"')] : policy === "OnFailure" || policy === "Never" ? [] : [notSupported(at, policy, ["OnFailure", "Never"])]),
    ...(selector === undefined ? [required("spec.selector")] : validateLabelSelector(selector, "spec.selector")),
    ...labelsDiffer(selector, template),
  ];
}

function notModelled(spec: object): readonly FieldError[] {
  const given = spec as Readonly<Record<string, unknown>>;
  return ["podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy"].filter((name) => given[name] !== undefined).map((name) => forbiddenField(`spec.${name}`, `not modelled: ${name}`));
}

/** Unless somebody says that he knows better, a Job's Pods are known by its uid. */
function generatedSelector({ metadata, spec }: Pick<Job, "metadata" | "spec">): readonly FieldError[] {
  const { selector, template } = spec;
  if (spec.manualSelector === true || selector === undefined) return [];
  const own = jobLabels(metadata);
  const labels = template?.metadata?.labels ?? {};
  const wrong = ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"].filter((name) => labels[name] !== own[name]);
  const errors = wrong.map((name) => {
    const at = `spec.template.metadata.labels[${name}]`;
    return labels[name] === undefined ? required(at, `must be '${own[name]}'`) : invalid(`spec.template.metadata.labels[${name}]`, labels[name], `must be '${own[name]}'`);
  });
  return matchesLabels(selector, own) ? errors : [...errors, invalid("spec.selector", selector, "`selector` not auto-generated")];
}

function jobLabels({ uid, name }: { readonly uid: string; readonly name: string }): Readonly<Record<string, string>> {
  return { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid, "job-name": name };
}

/** What of a Job is decided once. */
function fixed({ spec }: Job, { spec: old }: Job): readonly FieldError[] {
  const names = ["completions", "selector", "template", "completionMode"] as const;
  return names
    .filter((name) => !deepEqual(spec[name], old[name]))
    .map((name) => invalid(`spec.${name}`, name === "template" ? goDump("PodTemplateSpec", spec.template) : (spec[name] ?? null), "field is immutable"));
}

function jobStatus({ metadata, status }: Job): string {
  const has = (type: string): boolean => status.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  if (has("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

function completions({ spec, status }: Job): string {
  if (spec.completions !== undefined) return `${status.succeeded ?? 0}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${status.succeeded ?? 0}/1 of ${parallelism}` : `${status.succeeded ?? 0}/1`;
}

function duration({ status }: Job, nowMs: number): string {
  if (!status.startTime) return "";
  const start = parseRfc3339(status.startTime) ?? 0;
  const end = status.completionTime ? (parseRfc3339(status.completionTime) ?? 0) : nowMs;
  return humanDuration(end - start);
}

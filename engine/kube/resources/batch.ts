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
import { AGE, type Definition, type Editable, NAME, text } from "./definition";
import { defaultPodSpec } from "./pod-defaults";

export const job: Definition<"Job"> = {
  kind: "Job", group: "batch", version: "v1", plural: "jobs", singular: "job", categories: ["all"], namespaced: true, generation: true, status: true,
  defaults({ spec }) {
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
    spec.completionMode ??= "NonIndexed";
    spec.suspend ??= false;
    spec.manualSelector ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed";
    for (const { onPodConditions } of spec.podFailurePolicy?.rules ?? []) for (const pattern of onPodConditions ?? []) pattern.status ??= "True";
    if (spec.template?.spec !== undefined) {
      defaultPodSpec(spec.template.spec);
    }
  },
  prepareForCreate(object) {
    object.status = {};
    if (object.spec.manualSelector !== true) generateSelector(object);
    const { labels } = object.spec.template?.metadata ?? {};
    if (object.metadata.labels === undefined && labels !== undefined) object.metadata.labels = { ...labels };
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

/** A Job's Pods are found by the Job's own uid. */
function generateSelector({ metadata, spec }: Editable<"Job">): void {
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...spec.template.metadata.labels, ...jobLabels(metadata) };
  spec.selector = { matchLabels: { ...spec.selector?.matchLabels, "batch.kubernetes.io/controller-uid": metadata.uid } };
}

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
    ...byIndex(spec),
    ...notModelled(spec),
    ...(replacement === undefined || REPLACEMENTS.includes(replacement) ? [] : [notSupported("spec.podReplacementPolicy", replacement, REPLACEMENTS)]),
    ...validateTemplate(template),
    ...(policy === "Always" || policy === "" ? [required(at, 'valid values: "OnFailure", "Never"')] : policy === "OnFailure" || policy === "Never" ? [] : [notSupported(at, policy, ["OnFailure", "Never"])]),
    ...(selector === undefined ? [required("spec.selector")] : validateLabelSelector(selector, "spec.selector")),
    ...labelsDiffer(selector, template),
  ];
}

/** What only makes sense where Pods have numbers, and what only where they are not started again. */
function byIndex(spec: Job["spec"]): readonly FieldError[] {
  const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy, template } = spec;
  const { successPolicy } = spec as { readonly successPolicy?: unknown };
  const policy = template?.spec?.restartPolicy;
  const at = "spec.template.spec.restartPolicy";
  const numbered = { backoffLimitPerIndex, maxFailedIndexes, successPolicy };
  return [
    ...(completionMode === "Indexed" ? [] : Object.entries(numbered).flatMap(([name, value]) => (value === undefined ? [] : [invalid(`spec.${name}`, value, "requires indexed completion mode")]))),
    ...nonNegative(backoffLimitPerIndex, "spec.backoffLimitPerIndex"),
    ...nonNegative(maxFailedIndexes, "spec.maxFailedIndexes"),
    ...(maxFailedIndexes !== undefined && maxFailedIndexes > (completions ?? 0) ? [invalid("spec.maxFailedIndexes", maxFailedIndexes, "must be less than or equal to completions")] : []),
    ...(maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined ? [required("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified")] : []),
    ...validateFailurePolicy(podFailurePolicy),
    ...(podFailurePolicy !== undefined && policy !== "Never" ? [invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')] : []),
    ...(backoffLimitPerIndex !== undefined && policy !== "Never" ? [invalid(at, policy, 'only "Never" is supported when backoffLimitPerIndex is specified')] : []),
  ];
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

function validateFailurePolicy(policy: Job["spec"]["podFailurePolicy"]): readonly FieldError[] {
  return (policy?.rules ?? []).flatMap(({ action, onExitCodes, onPodConditions = [] }, i): FieldError[] => {
    const at = `spec.podFailurePolicy.rules[${i}]`;
    const [codes, conditions] = [onExitCodes !== undefined, onPodConditions.length > 0];
    const why = codes && conditions ? "specifying both OnExitCodes and OnPodConditions is not supported" : "specifying one of OnExitCodes and OnPodConditions is required";
    return [...(ACTIONS.includes(action) ? [] : [notSupported(`${at}.action`, action, ACTIONS)]), ...(codes === conditions ? [{ type: "Invalid value", field: at, body: `Invalid value: ${why}` } as FieldError] : [])];
  });
}

function notModelled(spec: object): readonly FieldError[] {
  const given = spec as Readonly<Record<string, unknown>>;
  return ["managedBy"].filter((name) => given[name] !== undefined).map((name) => forbiddenField(`spec.${name}`, `not modelled: ${name}`));
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

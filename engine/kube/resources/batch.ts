/** batch/v1 Job. */
import { parseRfc3339 } from "../../core/date";
import { ageSince, humanDuration } from "../duration";
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { deepEqual } from "../freeze";
import { printLabelSelector } from "../selectors";
import type { Job } from "../types";
import { validatePodSpec } from "../validation/pod";
import { nonNegative } from "../validation/selector";
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
    const labels = {
      "batch.kubernetes.io/controller-uid": object.metadata.uid,
      "batch.kubernetes.io/job-name": object.metadata.name,
      "controller-uid": object.metadata.uid,
      "job-name": object.metadata.name,
    };
    object.spec.template.metadata ??= {};
    object.spec.template.metadata.labels = { ...object.spec.template.metadata.labels, ...labels };
    object.spec.selector = { matchLabels: { "batch.kubernetes.io/controller-uid": object.metadata.uid } };
  },
  validate: validateJob,
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    for (const field of ["selector", "completions", "template", "completionMode"] as const) {
      if (!deepEqual(object.spec[field], old.spec[field])) errors.push(invalid(`spec.${field}`, object.spec[field] ?? null, "field is immutable"));
    }
    return errors;
  },
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

function validateJob({ spec }: Job): readonly FieldError[] {
  const errors: FieldError[] = [
    ...nonNegative(spec.parallelism, "spec.parallelism"),
    ...nonNegative(spec.completions, "spec.completions"),
    ...nonNegative(spec.activeDeadlineSeconds, "spec.activeDeadlineSeconds"),
    ...nonNegative(spec.backoffLimit, "spec.backoffLimit"),
    ...nonNegative(spec.ttlSecondsAfterFinished, "spec.ttlSecondsAfterFinished"),
  ];
  if (spec.template.spec !== undefined) {
    errors.push(...validatePodSpec(spec.template.spec, "spec.template.spec", {}));
    const policy = spec.template.spec.restartPolicy;
    if (policy !== "OnFailure" && policy !== "Never") {
      errors.push(policy === "Always" ? { type: "Required value", field: "spec.template.spec.restartPolicy", body: 'Required value: valid values: "OnFailure", "Never"' } : notSupported("spec.template.spec.restartPolicy", policy, ["OnFailure", "Never"]));
    }
  }
  if (spec.completionMode === "Indexed" && spec.completions === undefined) errors.push(required("spec.completions", "when completion mode is Indexed"));
  else if (spec.completionMode === "Indexed") errors.push(forbiddenField("spec.completionMode", "not modelled: Indexed"));
  for (const field of ["podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy"] as const) {
    if ((spec as Readonly<Record<string, unknown>>)[field] !== undefined) errors.push(forbiddenField(`spec.${field}`, `not modelled: ${field}`));
  }
  return errors;
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

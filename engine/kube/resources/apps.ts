/** apps/v1: Deployment, ReplicaSet, StatefulSet, DaemonSet, ControllerRevision. */
import { ageSince } from "../duration";
import { type FieldError, forbiddenField, invalid, notSupported } from "../field-error";
import { deepEqual } from "../freeze";
import { matchesLabels, printLabelSelector } from "../selectors";
import type { Deployment, LabelSelector, PodTemplateSpec, StatefulSet } from "../types";
import { percent } from "../validation/names";
import { validateTemplate } from "../validation/pod";
import { nonNegative } from "../validation/selector";
import { AGE, type Definition, integer, NAME, text } from "./definition";
import { defaultPodSpec } from "./pod-defaults";
import { printLabels } from "./service";

type Workload = { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec; readonly replicas?: number; readonly minReadySeconds?: number; readonly revisionHistoryLimit?: number };

function validateWorkload(spec: Workload, kind: string): readonly FieldError[] {
  return [
    ...validateTemplate(spec as Parameters<typeof validateTemplate>[0], matchesLabels(spec.selector, spec.template?.metadata?.labels), kind),
    ...nonNegative(spec.replicas, "spec.replicas"),
    ...nonNegative(spec.minReadySeconds, "spec.minReadySeconds"),
    ...nonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit"),
  ];
}

function sameSelector(now: { readonly selector?: LabelSelector }, old: { readonly selector?: LabelSelector }): readonly FieldError[] {
  return deepEqual(now.selector, old.selector) ? [] : [invalid("spec.selector", now.selector, "field is immutable")];
}

const WIDE = [text("Containers", 1), text("Images", 1), text("Selector", 1)];

function wide(spec: Workload): readonly string[] {
  const containers = spec.template?.spec?.containers ?? [];
  return [containers.map((one) => one.name).join(","), containers.map((one) => one.image ?? "").join(","), printLabelSelector(spec.selector)];
}

export const deployment: Definition<"Deployment"> = {
  kind: "Deployment", group: "apps", version: "v1", plural: "deployments", singular: "deployment", shortNames: ["deploy"], categories: ["all"], namespaced: true,
  generation: true, status: true, scale: true,
  defaults({ spec, metadata }) {
    void metadata;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ??= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
      spec.strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate: ({ spec }) => [...validateWorkload(spec, "deployment"), ...validateStrategy(spec), ...validateDeadline(spec)],
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  columns: [NAME, text("Ready"), integer("Up-to-date"), integer("Available"), AGE, ...WIDE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, status.updatedReplicas ?? 0, status.availableReplicas ?? 0, ageSince(metadata.creationTimestamp, nowMs), ...wide(spec),
  ],
};

function validateDeadline(spec: Deployment["spec"]): readonly FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  if (deadline === undefined) return [];
  const errors = [...nonNegative(deadline, "spec.progressDeadlineSeconds")];
  return deadline <= minReadySeconds ? [...errors, invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")] : errors;
}

function validateStrategy({ strategy }: Deployment["spec"]): readonly FieldError[] {
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === "Recreate") {
    return rolling === undefined ? [] : [forbiddenField("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (strategy?.type !== "RollingUpdate") return [notSupported("spec.strategy", strategy, ["Recreate", "RollingUpdate"])];
  const at = "spec.strategy.rollingUpdate";
  const errors = [...intOrPercent(rolling?.maxUnavailable, `${at}.maxUnavailable`), ...intOrPercent(rolling?.maxSurge, `${at}.maxSurge`)];
  const isZero = (value: number | string | undefined): boolean => value === 0 || (typeof value === "string" && /^0+%$/.test(value));
  if (isZero(rolling?.maxUnavailable) && isZero(rolling?.maxSurge)) errors.push(invalid(`${at}.maxUnavailable`, rolling?.maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  const share = typeof rolling?.maxUnavailable === "string" ? Number.parseInt(rolling.maxUnavailable, 10) : 0;
  if (share > 100) errors.push(invalid(`${at}.maxUnavailable`, rolling?.maxUnavailable, "must not be greater than 100%"));
  return errors;
}

function intOrPercent(value: number | string | undefined, field: string): FieldError[] {
  if (typeof value === "string") return percent(value).map((why) => invalid(field, value, why));
  return [...nonNegative(value, field)];
}

export const replicaSet: Definition<"ReplicaSet"> = {
  kind: "ReplicaSet", group: "apps", version: "v1", plural: "replicasets", singular: "replicaset", shortNames: ["rs"], categories: ["all"], namespaced: true,
  generation: true, status: true, scale: true,
  defaults({ spec }) {
    spec.replicas ??= 1;
    if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate: ({ spec }) => validateWorkload(spec, "deployment"),
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  fields: ({ status }) => ({ "status.replicas": String(status.replicas ?? 0) }),
  columns: [NAME, integer("Desired"), integer("Current"), integer("Ready"), AGE, ...WIDE],
  row: ({ metadata, spec, status }, nowMs) => [metadata.name, spec.replicas ?? 0, status.replicas ?? 0, status.readyReplicas ?? 0, ageSince(metadata.creationTimestamp, nowMs), ...wide(spec)],
};

const STATEFUL_UPDATES =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function statefulUpdate(object: StatefulSet, old: StatefulSet): readonly FieldError[] {
  const fixed = ({ spec }: StatefulSet): unknown => [spec.selector, spec.serviceName, spec.podManagementPolicy, spec.volumeClaimTemplates];
  return JSON.stringify(fixed(object)) === JSON.stringify(fixed(old)) ? [] : [forbiddenField("spec", STATEFUL_UPDATES)];
}

export const statefulSet: Definition<"StatefulSet"> = {
  kind: "StatefulSet", group: "apps", version: "v1", plural: "statefulsets", singular: "statefulset", shortNames: ["sts"], categories: ["all"], namespaced: true,
  generation: true, status: true, scale: true,
  defaults({ spec }) {
    spec.replicas ??= 1;
    spec.podManagementPolicy ??= "OrderedReady";
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= { whenDeleted: "Retain", whenScaled: "Retain" };
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
  },
  validate({ spec }) {
    const errors = [...validateWorkload(spec, "StatefulSet")];
    if (spec.podManagementPolicy !== "OrderedReady" && spec.podManagementPolicy !== "Parallel") errors.push(invalid("spec.podManagementPolicy", spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"));
    if ((spec.volumeClaimTemplates ?? []).length > 0) errors.push(forbiddenField("spec.volumeClaimTemplates", "not modelled: persistent volumes"));
    return errors;
  },
  validateUpdate: statefulUpdate,
  columns: [NAME, text("Ready"), AGE, text("Containers", 1), text("Images", 1)],
  row: ({ metadata, spec, status }, nowMs) => [metadata.name, `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, ageSince(metadata.creationTimestamp, nowMs), ...wide(spec).slice(0, 2)],
};

/** Where apps/v1 keeps what was spec.templateGeneration. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

export const daemonSet: Definition<"DaemonSet"> = {
  kind: "DaemonSet", group: "apps", version: "v1", plural: "daemonsets", singular: "daemonset", shortNames: ["ds"], categories: ["all"], namespaced: true,
  generation: true, status: true,
  defaults({ spec }) {
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: "1" };
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  prepareForUpdate(object, old) {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? "1");
    const changed = !deepEqual(object.spec.template, old.spec.template);
    object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(changed ? before + 1 : before) };
  },
  validate: ({ spec }) => validateWorkload(spec, "daemonset"),
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  columns: [NAME, integer("Desired"), integer("Current"), integer("Ready"), integer("Up-to-date"), integer("Available"), text("Node Selector"), AGE, ...WIDE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady, status.updatedNumberScheduled ?? 0, status.numberAvailable ?? 0,
    printLabels(spec.template.spec?.nodeSelector), ageSince(metadata.creationTimestamp, nowMs), ...wide(spec),
  ],
};

export const controllerRevision: Definition<"ControllerRevision"> = {
  kind: "ControllerRevision", group: "apps", version: "v1", plural: "controllerrevisions", singular: "controllerrevision", namespaced: true,
  columns: [NAME, text("Controller"), text("Revision"), AGE],
  row({ metadata, revision }, nowMs) {
    const owner = metadata.ownerReferences?.find((one) => one.controller);
    const group = owner?.apiVersion.split("/")[0] ?? "";
    return [metadata.name, owner === undefined ? "<none>" : `${owner.kind.toLowerCase()}.${group}/${owner.name}`, String(revision), ageSince(metadata.creationTimestamp, nowMs)];
  },
};

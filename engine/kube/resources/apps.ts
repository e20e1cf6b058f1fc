/** apps/v1: Deployment, ReplicaSet, StatefulSet, DaemonSet, ControllerRevision. */
import { ageSince } from "../duration";
import { type FieldError, forbiddenField, invalid, required } from "../field-error";
import { deepEqual } from "../freeze";
import { printLabelSelector } from "../selectors";
import type { LabelSelector, PodTemplateSpec, StatefulSet } from "../types";
import { dnsLabel } from "../validation/names";
import { nonNegative } from "../validation/selector";
import { templateWarnings } from "../validation/warnings";
import { sameSelector, validateCounts, validateDaemonSet, validateDeployment, validateReplicaSet, validateStatefulSet } from "../validation/workload";
import { AGE, type Definition, integer, NAME, text } from "./definition";
import { defaultPodSpec } from "./pod-defaults";
import { printLabels } from "./service";

type Workload = { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec };

const DEPLOYMENT_COUNTS = ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount"];
const REPLICA_SET_COUNTS = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration", "terminatingReplicas"];
const STATEFUL_SET_COUNTS = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount"];

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
  validate: validateDeployment,
  warnings: templateWarnings,
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  validateStatus: ({ status }) => validateCounts(status, DEPLOYMENT_COUNTS, ["updatedReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
  columns: [NAME, text("Ready"), integer("Up-to-date"), integer("Available"), AGE, ...WIDE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, status.updatedReplicas ?? 0, status.availableReplicas ?? 0, ageSince(metadata.creationTimestamp, nowMs), ...wide(spec),
  ],
};

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
  validate: validateReplicaSet,
  warnings: templateWarnings,
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  validateStatus: ({ status }) => validateCounts(status, REPLICA_SET_COUNTS, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
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
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= "Retain";
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
  },
  name: dnsLabel,
  validate: validateStatefulSet,
  warnings: (object, old) => [
    ...templateWarnings(object, old),
    ...((object.spec.revisionHistoryLimit ?? 0) < 0 ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"] : []),
  ],
  validateUpdate: statefulUpdate,
  validateStatus: ({ status }) => validateCounts(status, STATEFUL_SET_COUNTS, ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"], "status.readyReplicas"),
  columns: [NAME, text("Ready"), AGE, text("Containers", 1), text("Images", 1)],
  row: ({ metadata, spec, status }, nowMs) => [metadata.name, `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, ageSince(metadata.creationTimestamp, nowMs), ...wide(spec).slice(0, 2)],
};

/** Where apps/v1 keeps what was spec.templateGeneration. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

export const daemonSet: Definition<"DaemonSet"> = {
  kind: "DaemonSet", group: "apps", version: "v1", plural: "daemonsets", singular: "daemonset", shortNames: ["ds"], categories: ["all"], namespaced: true,
  generation: true, status: true,
  defaults({ spec, metadata }) {
    metadata.annotations = { [TEMPLATE_GENERATION]: "1", ...metadata.annotations };
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
  validate: validateDaemonSet,
  warnings: templateWarnings,
  validateUpdate: ({ spec }, old) => sameSelector(spec, old.spec),
  columns: [NAME, integer("Desired"), integer("Current"), integer("Ready"), integer("Up-to-date"), integer("Available"), text("Node Selector"), AGE, ...WIDE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady, status.updatedNumberScheduled ?? 0, status.numberAvailable ?? 0,
    printLabels(spec.template.spec?.nodeSelector), ageSince(metadata.creationTimestamp, nowMs), ...wide(spec),
  ],
};

export const controllerRevision: Definition<"ControllerRevision"> = {
  kind: "ControllerRevision", group: "apps", version: "v1", plural: "controllerrevisions", singular: "controllerrevision", namespaced: true,
  validate: ({ revision, data }) => [...(data === undefined || data === null ? [required("data", "data is mandatory")] : []), ...nonNegative(revision, "revision")],
  validateUpdate: (object, old) => (deepEqual(object.data, old.data) ? [] : [invalid("data", object.data, "field is immutable")]),
  columns: [NAME, text("Controller"), text("Revision"), AGE],
  row({ metadata, revision }, nowMs) {
    const owner = metadata.ownerReferences?.find((one) => one.controller);
    const group = owner?.apiVersion.split("/")[0] ?? "";
    return [metadata.name, owner === undefined ? "<none>" : `${owner.kind.toLowerCase()}.${group}/${owner.name}`, String(revision), ageSince(metadata.creationTimestamp, nowMs)];
  },
};

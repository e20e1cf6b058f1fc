/** Pods: registry/core/pod's strategy, quality of service, and what may be changed of a Pod that runs. */
import { type FieldError, forbiddenField } from "../field-error";
import { deepEqual } from "../freeze";
import { copyJson } from "../schema/decode";
import { parseQuantity } from "../schema/quantity";
import type { Container, Pod, PodSpec } from "../types";
import { validatePodSpec } from "../validation/pod";
import type { Definition, Editable } from "./definition";
import { POD_COLUMNS, podRow } from "./pod-columns";
import { defaultPod } from "./pod-defaults";

export const pod: Definition<"Pod"> = {
  kind: "Pod", group: "", version: "v1", plural: "pods", singular: "pod", shortNames: ["po"], categories: ["all"], namespaced: true,
  generation: true, status: true, graceful: true,
  defaults: defaultPod,
  prepareForCreate(object) {
    object.status = { phase: "Pending", qosClass: qosClass(object.spec as PodSpec) };
    if ((object.spec.schedulingGates ?? []).length > 0) {
      object.status.conditions = [{ type: "PodScheduled", status: "False", reason: "SchedulingGated", message: "Scheduling is blocked due to non-empty scheduling gates", lastProbeTime: null as never, lastTransitionTime: null as never }];
    }
  },
  validate: (object) => [...onCreate(object), ...validatePodSpec(object.spec, "spec", object.metadata)],
  validateUpdate: (object, old) => validateUpdate(object, old),
  fields: ({ spec, status }) => ({
    "spec.nodeName": spec.nodeName ?? "", "spec.restartPolicy": spec.restartPolicy ?? "", "spec.schedulerName": spec.schedulerName ?? "",
    "spec.serviceAccountName": spec.serviceAccountName ?? "", "spec.hostNetwork": String(spec.hostNetwork ?? false), "status.phase": status.phase ?? "",
    "status.podIP": status.podIPs?.[0]?.ip ?? status.podIP ?? "", "status.nominatedNodeName": status.nominatedNodeName ?? "",
  }),
  columns: POD_COLUMNS,
  row: podRow,
};

/** What the ephemeralcontainers subresource may do and a new Pod may not: ValidatePodCreate. */
function onCreate({ metadata, spec }: Pod): readonly FieldError[] {
  return !metadata.resourceVersion && (spec.ephemeralContainers ?? []).length > 0 ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")] : [];
}

/** BestEffort asks for nothing, Guaranteed limits CPU and memory of every container to what it asks for. */
export function qosClass(spec: PodSpec): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const counted = (list: Readonly<Record<string, string>> | undefined): readonly string[] =>
    Object.keys(list ?? {}).filter((name) => (name === "cpu" || name === "memory") && (parseQuantity(list?.[name] ?? "0")?.nanos ?? 0n) > 0n);
  if (containers.every(({ resources }) => counted(resources?.requests).length === 0 && counted(resources?.limits).length === 0)) return "BestEffort";
  const guaranteed = (container: Container): boolean => {
    const { limits, requests } = container.resources ?? {};
    return counted(limits).length === 2 && ["cpu", "memory"].every((name) => requests?.[name] === undefined || requests[name] === limits?.[name]);
  };
  return containers.every(guaranteed) ? "Guaranteed" : "Burstable";
}

const ONLY_THESE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function validateUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  if (deepEqual(pod.spec, old.spec)) return [];
  const errors: FieldError[] = [];
  if (pod.spec.containers.length !== old.spec.containers.length) return [forbiddenField("spec.containers", "pod updates may not add or remove containers")];
  if ((pod.spec.initContainers ?? []).length !== (old.spec.initContainers ?? []).length) return [forbiddenField("spec.initContainers", "pod updates may not add or remove containers")];
  const added = old.spec.tolerations ?? [];
  const keeps = added.every((toleration) => pod.spec.tolerations?.some((other) => deepEqual(other, toleration)));
  if (!keeps) errors.push(forbiddenField("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"));
  const gates = new Set((old.spec.schedulingGates ?? []).map(({ name }) => name));
  for (const { name } of pod.spec.schedulingGates ?? []) if (!gates.has(name)) errors.push(forbiddenField("spec.schedulingGates", `only deletion is allowed, but found new scheduling gate '${name}'`));
  const munged = copyJson(pod.spec) as Editable<"Pod">["spec"];
  const before = old.spec as Editable<"Pod">["spec"];
  for (const list of ["containers", "initContainers"] as const) {
    munged[list]?.forEach((container, i) => {
      const image = before[list]?.[i]?.image;
      if (image !== undefined) container.image = image;
    });
  }
  for (const field of ["activeDeadlineSeconds", "schedulingGates", "tolerations"] as const) {
    if (before[field] === undefined) delete munged[field];
    else (munged as Record<string, unknown>)[field] = before[field];
  }
  if (!deepEqual(munged, old.spec)) errors.push(forbiddenField("spec", `${ONLY_THESE}\n${differences(old.spec, munged)}`));
  return errors;
}

/** Upstream prints go-cmp's diff of the Go structs here; this names the fields that differ. */
function differences(old: unknown, now: unknown): string {
  const a = old as Readonly<Record<string, unknown>>;
  const b = now as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !deepEqual(a[name], b[name]));
  return names.map((name) => `-\t${name}: ${JSON.stringify(a[name])}\n+\t${name}: ${JSON.stringify(b[name])}`).join("\n");
}

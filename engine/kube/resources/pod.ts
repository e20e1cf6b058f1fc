/** Pods: registry/core/pod's strategy, quality of service, and what may be changed of a Pod that runs. */
import { type FieldError, forbiddenField } from "../field-error";
import { parseQuantity } from "../schema/quantity";
import type { Container, Pod, PodSpec } from "../types";
import { validateImages } from "../validation/container";
import { validatePodSpec } from "../validation/pod";
import { validatePodUpdate } from "../validation/pod-update";
import { nameWarnings, podWarnings } from "../validation/warnings";
import type { Definition } from "./definition";
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
  validate: (object) => [...validatePodSpec(object.spec, "spec", true), ...validateImages(object.spec.containers, "spec.containers"), ...validateImages(object.spec.initContainers ?? [], "spec.initContainers"), ...onCreate(object)],
  validateUpdate: validatePodUpdate,
  warnings: ({ spec, metadata }, old) => [...(old === undefined ? nameWarnings(metadata.name) : []), ...podWarnings(spec, metadata)],
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
  if (metadata.resourceVersion) return [];
  const gated = (spec.schedulingGates ?? []).length > 0 && spec.nodeName;
  return [
    ...((spec.ephemeralContainers ?? []).length > 0 ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")] : []),
    ...(gated ? [forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared")] : []),
  ];
}

/** BestEffort asks for nothing, Guaranteed limits CPU and memory of every container to what it asks for. */
export function qosClass(spec: PodSpec): "Guaranteed" | "Burstable" | "BestEffort" {
  const { resources: whole } = spec as PodSpec & { readonly resources?: Container["resources"] };
  const containers: readonly Pick<Container, "resources">[] = whole === undefined ? [...(spec.initContainers ?? []), ...spec.containers] : [{ resources: whole }];
  const counted = (list: Readonly<Record<string, string>> | undefined): readonly string[] =>
    Object.keys(list ?? {}).filter((name) => (name === "cpu" || name === "memory") && (parseQuantity(list?.[name] ?? "0")?.nanos ?? 0n) > 0n);
  if (containers.every(({ resources }) => counted(resources?.requests).length === 0 && counted(resources?.limits).length === 0)) return "BestEffort";
  const guaranteed = ({ resources }: Pick<Container, "resources">): boolean => {
    const { limits, requests } = resources ?? {};
    return counted(limits).length === 2 && ["cpu", "memory"].every((name) => requests?.[name] === undefined || requests[name] === limits?.[name]);
  };
  return containers.every(guaranteed) ? "Guaranteed" : "Burstable";
}

/** `kubectl describe pod`. */
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { Pod } from "../../../kube/types";
import { type Context, nowMs } from "../command";
import { humanDuration } from "../duration";
import { type Container, writeContainers, writeResources } from "./containers";
import { writeEvents } from "./events";
import { longTime, Page, tolerationTexts } from "./page";
import { writeSpread } from "./template";
import { writeVolumes } from "./volumes";

export function* describePod(context: Context, pod: Pod, showEvents: boolean): Task<string> {
  const page = new Page();
  writeHead(page, pod);
  writeStatus(page, pod, nowMs(context));
  writeAddresses(page, pod);
  const { spec, status } = pod;
  if ((spec.initContainers ?? []).length > 0) {
    writeContainers(page, { title: "Init Containers", containers: spec.initContainers ?? [], statuses: status.initContainerStatuses ?? [], pod, space: "" });
  }
  writeContainers(page, { title: "Containers", containers: spec.containers, statuses: status.containerStatuses ?? [], pod, space: "" });
  if ((spec.ephemeralContainers ?? []).length > 0) {
    writeContainers(page, { title: "Ephemeral Containers", containers: (spec.ephemeralContainers ?? []) as readonly Container[], statuses: status.ephemeralContainerStatuses ?? [], pod, space: "" });
  }
  writeConditions(page, pod);
  writeVolumes(page, spec.volumes, "");
  page.field(0, "QoS Class", qosClass(pod));
  page.labels("Node-Selectors", spec.nodeSelector).list("Tolerations", tolerationTexts(spec.tolerations));
  writeSpread(page, spec.topologySpreadConstraints, "");
  yield* writeEvents(page, context, pod, showEvents);
  return page.toString();
}

function writeHead(page: Page, { metadata, spec, status }: Pod): void {
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "");
  if (spec.priority !== undefined) page.field(0, "Priority", spec.priority);
  if (spec.priorityClassName) page.field(0, "Priority Class Name", spec.priorityClassName);
  if (spec.runtimeClassName) page.field(0, "Runtime Class Name", spec.runtimeClassName);
  if (spec.serviceAccountName) page.field(0, "Service Account", spec.serviceAccountName);
  page.field(0, "Node", spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>");
  if (status.startTime) page.field(0, "Start Time", longTime(status.startTime));
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
}

function writeStatus(page: Page, { metadata, spec, status }: Pod, now: number): void {
  if (metadata.deletionTimestamp && status.phase !== "Failed" && status.phase !== "Succeeded") {
    const since = parseRfc3339(metadata.deletionTimestamp) ?? now;
    page.field(0, "Status", `Terminating (lasts ${humanDuration(now - since)})`);
    page.field(0, "Termination Grace Period", `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else page.field(0, "Status", status.phase ?? "");
  if (status.reason) page.field(0, "Reason", status.reason);
  if (status.message) page.field(0, "Message", status.message);
  const seccomp = spec.securityContext?.seccompProfile;
  if (seccomp !== undefined) page.field(0, "SeccompProfile", seccomp.type);
}

function writeAddresses(page: Page, { metadata, spec, status }: Pod): void {
  page.field(0, "IP", status.podIP ?? "");
  const addresses = status.podIPs ?? [];
  if (addresses.length === 0) page.field(0, "IPs", "<none>");
  else page.line(0, "IPs:");
  for (const { ip } of addresses) page.field(1, "IP", ip ?? "");
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner !== undefined) page.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
  if (status.nominatedNodeName) page.field(0, "NominatedNodeName", status.nominatedNodeName);
  const resources = (spec as { readonly resources?: Container["resources"] }).resources;
  if (resources === undefined) return;
  page.line(0, "Resources:");
  writeResources(page, 1, resources);
}

function writeConditions(page: Page, { spec, status }: Pod): void {
  const conditions = status.conditions ?? [];
  if ((spec.readinessGates ?? []).length > 0) {
    page.line(0, "Readiness Gates:").line(1, "Type\tStatus");
    for (const { conditionType } of spec.readinessGates ?? []) page.line(1, `${conditionType} \t${conditions.find(({ type }) => type === conditionType)?.status ?? "<none>"} `);
  }
  if (conditions.length === 0) return;
  page.line(0, "Conditions:").line(1, "Type\tStatus");
  for (const { type, status: value } of conditions) page.line(1, `${type} \t${value} `);
}

/** The class the server computed; computed here for a Pod that has none yet, as kubectl does. */
function qosClass({ spec, status }: Pod): string {
  if (status.qosClass) return status.qosClass;
  const lists = [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources ?? {});
  if (lists.every(({ limits, requests }) => !limits && !requests)) return "BestEffort";
  const guaranteed = lists.every(({ limits, requests }) => ["cpu", "memory"].every((name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name]));
  return guaranteed ? "Guaranteed" : "Burstable";
}

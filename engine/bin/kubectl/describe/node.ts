/** `kubectl describe node`: its state, and what its Pods have asked for. */
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { Lease, Node, Pod } from "../../../kube/types";
import { type Context, nowMs } from "../command";
import { humanDuration } from "../duration";
import { ServerError } from "../errors";
import { listAt } from "../json";
import { formatQuantity, parseQuantity } from "../quantity";
import { writeEvents } from "./events";
import { longTime, Page } from "./page";

export function* describeNode(context: Context, node: Node, showEvents: boolean): Task<string> {
  const { metadata, spec } = node;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Roles", rolesOf(node).join(",") || "<none>");
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations).field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  page.list("Taints", (spec.taints ?? []).map(({ key, value, effect }) => ({ text: `${key}${value ? `=${value}` : ""}:${effect}`, order: `${effect},${key}` })).sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ text }) => text));
  page.field(0, "Unschedulable", spec.unschedulable === true);
  yield* writeLease(page, context, metadata.name);
  writeStatus(page, node);
  if (spec.podCIDR) page.field(0, "PodCIDR", spec.podCIDR);
  if ((spec.podCIDRs ?? []).length > 0) page.field(0, "PodCIDRs", (spec.podCIDRs ?? []).join(","));
  if (spec.providerID) page.field(0, "ProviderID", spec.providerID);
  const list = yield* context.client.get("/api/v1/pods", { fieldSelector: `spec.nodeName=${metadata.name},status.phase!=Succeeded,status.phase!=Failed`, limit: "500" });
  writePods(page, node, listAt(list, "items") as unknown as readonly Pod[], nowMs(context));
  yield* writeEvents(page, context, node, showEvents);
  return page.toString();
}

function rolesOf({ metadata }: Node): readonly string[] {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith("node-role.kubernetes.io/")) return [key.slice("node-role.kubernetes.io/".length)];
    return key === "kubernetes.io/role" ? [value] : [];
  });
  return [...new Set(roles.filter((role) => role !== ""))].sort();
}

function* writeLease(page: Page, context: Context, name: string): Task {
  try {
    const { spec } = (yield* context.client.get(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`)) as Lease;
    page.line(0, "Lease:").field(1, "HolderIdentity", spec.holderIdentity ?? "<unset>");
    page.field(1, "AcquireTime", spec.acquireTime ? longTime(spec.acquireTime) : "<unset>").field(1, "RenewTime", spec.renewTime ? longTime(spec.renewTime) : "<unset>");
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    page.field(0, "Lease", `Failed to get lease: ${error.message}`);
  }
}

function writeStatus(page: Page, { status }: Node): void {
  if ((status.conditions ?? []).length > 0) {
    page.line(0, "Conditions:").line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage").line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  }
  for (const one of status.conditions ?? []) {
    page.line(1, `${one.type} \t${one.status} \t${longTime(one.lastHeartbeatTime)} \t${longTime(one.lastTransitionTime)} \t${one.reason ?? ""} \t${one.message ?? ""}`);
  }
  page.line(0, "Addresses:");
  for (const { type, address } of status.addresses ?? []) page.field(1, type, address);
  for (const [title, list] of [["Capacity", status.capacity], ["Allocatable", status.allocatable]] as const) {
    const names = Object.keys(list ?? {}).sort();
    if (names.length > 0) page.line(0, `${title}:`);
    for (const name of names) page.field(1, name, String(list?.[name] ?? ""));
  }
  const info = status.nodeInfo;
  page.line(0, "System Info:").field(1, "Machine ID", info?.machineID ?? "").field(1, "System UUID", info?.systemUUID ?? "").field(1, "Boot ID", info?.bootID ?? "");
  page.field(1, "Kernel Version", info?.kernelVersion ?? "").field(1, "OS Image", info?.osImage ?? "").field(1, "Operating System", info?.operatingSystem ?? "");
  page.field(1, "Architecture", info?.architecture ?? "").field(1, "Container Runtime Version", info?.containerRuntimeVersion ?? "").field(1, "Kubelet Version", info?.kubeletVersion ?? "");
}

type Kind = "requests" | "limits";

function writePods(page: Page, node: Node, pods: readonly Pod[], now: number): void {
  const allocatable = node.status.allocatable ?? node.status.capacity ?? {};
  const share = (value: number, resource: string): number => {
    const whole = parseQuantity(String(allocatable[resource] ?? "0")) ?? 0;
    return whole === 0 ? 0 : Math.trunc((value / whole) * 100);
  };
  const cell = (value: number, resource: string): string => `${formatQuantity(value, resource === "cpu" ? "cpu" : "binary")} (${share(value, resource)}%)`;
  page.field(0, "Non-terminated Pods", `(${pods.length} in total)`);
  page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge").line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  for (const pod of pods) {
    const cells = (["cpu", "memory"] as const).flatMap((resource) => (["requests", "limits"] as const).map((kind) => cell(podTotal(pod, kind, resource), resource)));
    const age = humanDuration(now - (parseRfc3339(pod.metadata.creationTimestamp) ?? now));
    page.line(1, `${pod.metadata.namespace ?? ""}\t${pod.metadata.name}\t\t${cells.join("\t")}\t${age}`);
  }
  page.line(0, "Allocated resources:").line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)").line(1, "Resource\tRequests\tLimits").line(1, "--------\t--------\t------");
  for (const resource of ["cpu", "memory", "ephemeral-storage"]) {
    const total = (kind: Kind): number => pods.reduce((sum, pod) => sum + podTotal(pod, kind, resource), 0);
    page.line(1, `${resource}\t${cell(total("requests"), resource)}\t${cell(total("limits"), resource)}`);
  }
  const pages = Object.keys(allocatable).filter((name) => name.startsWith("hugepages-")).sort();
  for (const resource of pages) page.line(1, `${resource}\t${cell(0, resource)}\t${cell(0, resource)}`);
}

/** What a Pod asks for: its containers together, or its hungriest init container if that is more. */
function podTotal({ spec }: Pod, kind: Kind, resource: string): number {
  const of = (container: { readonly resources?: { readonly requests?: Readonly<Record<string, unknown>>; readonly limits?: Readonly<Record<string, unknown>> } }): number =>
    parseQuantity(String(container.resources?.[kind]?.[resource] ?? "0")) ?? 0;
  const together = spec.containers.reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...(spec.initContainers ?? []).map(of));
}

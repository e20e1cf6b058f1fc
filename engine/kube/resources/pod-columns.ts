/** How `kubectl get pods` sums a Pod up: printPod of upstream's printers. */
import { parseRfc3339 } from "../../core/date";
import { ageSince, humanDuration } from "../duration";
import type { ContainerStatus, Pod } from "../types";
import { AGE, type Cell, type Column, NAME, text } from "./definition";

export const POD_COLUMNS: readonly Column[] = [
  NAME, text("Ready"), text("Status"), text("Restarts"), AGE, text("IP", 1), text("Node", 1), text("Nominated Node", 1), text("Readiness Gates", 1),
]; // biome-ignore format: as kubectl prints it

type Sum = { reason: string; restarts: number; lastRestart: string; ready: number; initializing: boolean };

export function podRow(pod: Pod, nowMs: number): readonly Cell[] {
  const { metadata, spec, status } = pod;
  const sum = summary(pod);
  const restarts = sum.restarts !== 0 && sum.lastRestart !== "" ? `${sum.restarts} (${humanDuration(nowMs - (parseRfc3339(sum.lastRestart) ?? 0))} ago)` : String(sum.restarts);
  const total = spec.containers.length + (spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always").length;
  return [
    metadata.name,
    `${sum.ready}/${total}`,
    sum.reason,
    restarts,
    ageSince(metadata.creationTimestamp, nowMs),
    status.podIPs?.[0]?.ip || status.podIP || "<none>",
    spec.nodeName || "<none>",
    status.nominatedNodeName || "<none>",
    readinessGates(pod),
  ];
}

/** The STATUS column, for whoever prints Pods elsewhere too (describe). */
export function podReason(pod: Pod): string {
  return summary(pod).reason;
}

function summary(pod: Pod): Sum {
  const { metadata, status } = pod;
  const sum: Sum = { reason: status.reason || status.phase || "", restarts: 0, lastRestart: "", ready: 0, initializing: false };
  for (const condition of status.conditions ?? []) {
    if (condition.type === "PodScheduled" && condition.reason === "SchedulingGated") sum.reason = "SchedulingGated";
  }
  const sidecars = initContainers(pod, sum);
  if (!sum.initializing || isInitialized(pod)) mainContainers(pod, sum, sidecars);
  if (metadata.deletionTimestamp === undefined) return sum;
  if (status.reason === "NodeLost") sum.reason = "Unknown";
  else if (status.phase !== "Failed" && status.phase !== "Succeeded") sum.reason = "Terminating";
  return sum;
}

function isInitialized({ status }: Pod): boolean {
  return status.conditions?.some((condition) => condition.type === "Initialized" && condition.status === "True") ?? false;
}

/** Returns what restartable init containers add to the restarts once the main ones run. */
function initContainers({ spec, status }: Pod, sum: Sum): { restarts: number; lastRestart: string } {
  const sidecars = { restarts: 0, lastRestart: "" };
  const declared = new Map((spec.initContainers ?? []).map((container) => [container.name, container]));
  const statuses = status.initContainerStatuses ?? [];
  for (const [i, one] of statuses.entries()) {
    const isSidecar = declared.get(one.name)?.restartPolicy === "Always";
    sum.restarts += one.restartCount ?? 0;
    sum.lastRestart = later(sum.lastRestart, one);
    if (isSidecar) {
      sidecars.restarts += one.restartCount ?? 0;
      sidecars.lastRestart = later(sidecars.lastRestart, one);
    }
    const ended = one.state?.terminated;
    if (ended?.exitCode === 0) continue;
    if (isSidecar && one.started === true) {
      if (one.ready) sum.ready++;
      continue;
    }
    if (ended !== undefined) {
      sum.reason = ended.reason ? `Init:${ended.reason}` : ended.signal ? `Init:Signal:${ended.signal}` : `Init:ExitCode:${ended.exitCode}`;
    } else if (one.state?.waiting?.reason && one.state.waiting.reason !== "PodInitializing") sum.reason = `Init:${one.state.waiting.reason}`;
    else sum.reason = `Init:${i}/${spec.initContainers?.length ?? 0}`;
    sum.initializing = true;
    break;
  }
  return sidecars;
}

function mainContainers({ status }: Pod, sum: Sum, sidecars: { restarts: number; lastRestart: string }): void {
  sum.restarts = sidecars.restarts;
  sum.lastRestart = sidecars.lastRestart;
  let hasRunning = false;
  for (const one of [...(status.containerStatuses ?? [])].reverse()) {
    sum.restarts += one.restartCount ?? 0;
    sum.lastRestart = later(sum.lastRestart, one);
    const { waiting, terminated, running } = one.state ?? {};
    if (waiting?.reason) sum.reason = waiting.reason;
    else if (terminated?.reason) sum.reason = terminated.reason;
    else if (terminated !== undefined) sum.reason = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
    else if (one.ready && running !== undefined) {
      hasRunning = true;
      sum.ready++;
    }
  }
  if (sum.reason === "Completed" && hasRunning) {
    const ready = status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
    sum.reason = ready ? "Running" : "NotReady";
  }
}

function later(than: string, one: ContainerStatus): string {
  const at = one.lastState?.terminated?.finishedAt ?? "";
  return at > than ? at : than;
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) => status.conditions?.some((condition) => condition.type === gate.conditionType && condition.status === "True"));
  return `${met.length}/${gates.length}`;
}

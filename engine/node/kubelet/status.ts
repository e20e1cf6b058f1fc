/**
 * What the kubelet writes into a Pod's status: phase, conditions and addresses, worked out of
 * its containers. pkg/kubelet/kubelet_pods.go (getPhase) and status/generate.go.
 */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "../../kube/types";
import type { PodContainer } from "./container";

export type PodView = {
  readonly pod: Pod;
  readonly containers: readonly PodContainer[];
  readonly podIP: string | undefined;
  readonly hostIP: string;
  readonly startTime: string;
  readonly now: string;
  readonly sandboxReady: boolean;
  /** Why the Pod is over, whatever its containers say. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
};

export function podStatus(view: PodView): PodStatus {
  const { pod, containers, podIP, hostIP } = view;
  const init = containers.filter(({ kind }) => kind === "init" || kind === "sidecar").map((container) => container.status());
  const ephemeral = containers.filter(({ kind }) => kind === "ephemeral").map((container) => container.status());
  const app = containers.filter(({ kind }) => kind === "app");
  const statuses = app.map((container) => container.status());
  const phase = view.failure === undefined ? phaseOf(view, app) : "Failed";
  return {
    ...pod.status,
    ...view.failure,
    phase,
    conditions: conditionsOf(view, phase, statuses),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: view.startTime,
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: statuses,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  };
}

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

function phaseOf({ pod, containers }: PodView, app: readonly PodContainer[]): Phase {
  const { restartPolicy = "Always" } = pod.spec;
  const inits = containers.filter(({ kind }) => kind === "init");
  if (restartPolicy === "Never" && inits.some(({ state }) => state.kind === "terminated" && state.how.exitCode !== 0)) return "Failed";
  if (!initialized(containers) && app.every(({ last }) => last === undefined)) return "Pending";
  if (app.some(({ state, last }) => state.kind === "waiting" && last === undefined)) return "Pending";
  if (app.some(({ state }) => state.kind === "running")) return "Running";
  if (app.some(({ state }) => state.kind === "waiting")) return "Running"; // It will be started again.
  const failed = app.some(({ state }) => state.kind === "terminated" && state.how.exitCode !== 0);
  if (pod.metadata.deletionTimestamp === undefined && (restartPolicy === "Always" || (restartPolicy === "OnFailure" && failed))) return "Running";
  return failed ? "Failed" : "Succeeded";
}

export function initialized(containers: readonly PodContainer[]): boolean {
  return containers.every(({ kind, state, started }) => (kind === "init" ? state.kind === "terminated" && state.how.exitCode === 0 : kind === "sidecar" ? started : true));
}

type Verdict = { readonly status: "True" | "False"; readonly reason?: string; readonly message?: string };

function conditionsOf(view: PodView, phase: Phase, statuses: readonly ContainerStatus[]): PodCondition[] {
  const { pod, containers } = view;
  const waiting = containers.filter(({ kind, state, started }) => (kind === "init" ? !(state.kind === "terminated" && state.how.exitCode === 0) : kind === "sidecar" && !started)).map(({ name }) => name);
  const began = containers.some(({ kind, last, run }) => kind === "app" && (last !== undefined || run !== undefined));
  const isInitialized: Verdict = waiting.length === 0 || began ? { status: "True" } : { status: "False", reason: "ContainersNotInitialized", message: `containers with incomplete status: [${waiting.join(" ")}]` };
  const ready = readiness(view, phase, statuses);
  const own: readonly (readonly [string, Verdict])[] = [
    ["PodReadyToStartContainers", { status: view.sandboxReady ? "True" : "False" }],
    ["Initialized", phase === "Succeeded" ? { ...isInitialized, reason: "PodCompleted" } : isInitialized],
    ["Ready", ready.status === "True" ? gates(pod) : ready],
    ["ContainersReady", ready],
    ["PodScheduled", { status: "True" }],
  ];
  const names = own.map(([type]) => type);
  const before = pod.status.conditions ?? [];
  return [...own.map(([type, verdict]) => condition(before, type, verdict, view.now)), ...before.filter(({ type }) => !names.includes(type))];
}

function readiness({ containers }: PodView, phase: Phase, statuses: readonly ContainerStatus[]): Verdict {
  if (phase === "Succeeded" || phase === "Failed") return phase === "Succeeded" ? { status: "False", reason: "PodCompleted" } : { status: "False", reason: "PodFailed" };
  const sidecars = containers.filter(({ kind, ready }) => kind === "sidecar" && !ready).map(({ name }) => name);
  const unready = [...sidecars, ...statuses.filter(({ ready }) => !ready).map(({ name }) => name)];
  return unready.length === 0 ? { status: "True" } : { status: "False", reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
}

function gates({ spec, status }: Pod): Verdict {
  const problems = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = (status.conditions ?? []).find(({ type }) => type === conditionType);
    if (found === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return found.status === "True" ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`];
  });
  return problems.length === 0 ? { status: "True" } : { status: "False", reason: "ReadinessGatesNotReady", message: problems.join(", ") };
}

function condition(before: readonly PodCondition[], type: string, { status, reason, message }: Verdict, now: string): PodCondition {
  const old = before.find((each) => each.type === type);
  const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
  if (old !== undefined && isWhole(old) && old.status === status && old.reason === reason && old.message === message) return old;
  const lastProbeTime = null as never;
  if (reason === undefined && message === undefined) return { type, status, lastProbeTime, lastTransitionTime };
  return { type, status, lastProbeTime, lastTransitionTime, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
}

/** A condition as it is written here, with nothing that somebody else has added. */
function isWhole(old: PodCondition): boolean {
  return (old.lastProbeTime as unknown) === null && old.lastTransitionTime !== undefined && !("observedGeneration" in old);
}

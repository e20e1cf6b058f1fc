/** Which Pod, and which container of it: kubectl/pkg/cmd/util/podcmd and polymorphichelpers. */
import { parseRfc3339 } from "../../core/date";
import type { Task } from "../../core/task";
import type { Pod } from "../../kube/types";
import { type Context, usageError } from "./command";
import { selectorText } from "./describe/page";
import { Failure } from "./errors";
import { goSort } from "./go-sort";
import { listAt, mapAt, type Obj, textAt } from "./json";

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** "app, debug (ephem), setup (init)" */
export function containerNames({ spec }: Pod): string {
  return [...spec.containers.map(({ name }) => name), ...(spec.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`), ...(spec.initContainers ?? []).map(({ name }) => `${name} (init)`)].join(", ");
}

export function hasContainer({ spec }: Pod, name: string): boolean {
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].some((container) => container.name === name);
}

/** The container named, or the one annotated as the default, or the first, which is said if there are more. */
export function* chooseContainer(context: Context, pod: Pod, asked: string, quiet: boolean): Task<string> {
  const name = asked || pod.metadata.annotations?.[DEFAULT_CONTAINER] || "";
  if (name !== "") {
    if (hasContainer(pod, name)) return name;
    throw new Failure(`container ${name} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);
  }
  const first = pod.spec.containers[0]?.name ?? "";
  const several = pod.spec.containers.length > 1 || (pod.spec.initContainers ?? []).length > 0 || (pod.spec.ephemeralContainers ?? []).length > 0;
  if (several && !quiet) yield* context.proc.err(`Defaulted container ${JSON.stringify(first)} out of: ${containerNames(pod)}\n`);
  return first;
}

/** The label selector by which a Deployment, Service, Job … chooses its Pods. */
export function podSelectorOf(object: Obj): string {
  if (object.kind === "Service" || object.kind === "ReplicationController") {
    const selector = Object.entries(mapAt(object, "spec", "selector"));
    if (selector.length === 0) throw new Failure(`invalid service '${object.metadata.name ?? ""}': Service is defined without a selector`);
    return selector.map(([key, value]) => `${key}=${String(value)}`).sort().join(",");
  }
  if (["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"].includes(object.kind)) return selectorText(mapAt(object, "spec", "selector"));
  throw new Failure(`selector for *v1.${object.kind} not implemented`);
}

/** The Pod to attach to, run in or forward to; what cannot lead to one is said in attach's words. */
export function* attachablePods(context: Context, object: Obj, timeoutMs: number): Task<readonly Pod[]> {
  try {
    return yield* podsOf(context, object, timeoutMs, byActivity);
  } catch (error) {
    if (!(error instanceof Failure) || !/^(?:invalid service|selector for)/.test(error.message)) throw error;
    throw new Failure(`cannot attach to *v1.${object.kind}: ${error.message}`);
  }
}

/** --pod-running-timeout, which must leave some time. */
export function runningTimeout(context: Context): number {
  const timeout = context.flags.duration("pod-running-timeout");
  if (timeout <= 0) throw usageError(context, "--pod-running-timeout must be higher than zero");
  return timeout;
}

/** The Pods of an object, best first; waits for one to appear. A Pod is its own. */
export function* podsOf(context: Context, object: Obj, timeoutMs: number, order: (a: Pod, b: Pod) => number): Task<readonly Pod[]> {
  if (object.kind === "Pod") return [object as unknown as Pod];
  const labelSelector = podSelectorOf(object);
  const deadline = context.proc.nowMs + timeoutMs;
  for (;;) {
    const list = yield* context.client.get(`/api/v1/namespaces/${textAt(object, "metadata", "namespace")}/pods`, { labelSelector });
    const pods = [...(listAt(list, "items") as unknown as readonly Pod[])];
    if (pods.length > 0) return goSort(pods, order);
    if (context.proc.nowMs >= deadline) throw new Failure("timed out waiting for the condition");
    yield* context.proc.sleep(Math.min(1000, deadline - context.proc.nowMs));
  }
}

export function isReady({ status }: Pod): boolean {
  return (status.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True");
}

/** podutils.ActivePods reversed: assigned, running, ready, ready for longer, fewer restarts, older. */
export function byActivity(a: Pod, b: Pod): number {
  const rank = (pod: Pod): readonly number[] => [
    pod.spec.nodeName ? 0 : 1,
    pod.status.phase === "Running" ? 0 : pod.status.phase === "Unknown" ? 1 : 2,
    isReady(pod) ? 0 : 1,
    pod.metadata.deletionTimestamp ? 1 : 0,
    readySince(pod),
    Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    parseRfc3339(pod.metadata.creationTimestamp) ?? 0,
  ];
  return compareRanks(rank(a), rank(b));
}

/** podutils.ByLogging: like the above, but those that have run for longer and restarted more come first. */
export function byLogging(a: Pod, b: Pod): number {
  const rank = (pod: Pod): readonly number[] => [
    pod.spec.nodeName ? 0 : 1,
    pod.status.phase === "Running" ? 0 : pod.status.phase === "Unknown" ? 1 : 2,
    isReady(pod) ? 0 : 1,
    -readySince(pod),
    -Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    parseRfc3339(pod.metadata.creationTimestamp) ?? 0,
  ];
  return compareRanks(rank(a), rank(b));
}

function readySince({ status }: Pod): number {
  return parseRfc3339((status.conditions ?? []).find(({ type }) => type === "Ready")?.lastTransitionTime ?? "") ?? 0;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  return a.map((value, i) => value - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

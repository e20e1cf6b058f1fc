/** `kubectl cordon`, `uncordon` and `drain`: kubectl/pkg/cmd/drain and pkg/drain. */
import { Signal, type Task } from "../../../core/task";
import { readLabelSelector, SelectorSyntaxError } from "../../../kube/label-selector-parser";
import type { Pod } from "../../../kube/types";
import { findAll, infoOf, type Info } from "../builder";
import { resourcePath } from "../client";
import { type Command, type Context, dryRunOf, dryRunQuery, usageError } from "../command";
import { goDuration } from "../duration";
import { Failure, Failures, messageFor, PlainFailure, ServerError } from "../errors";
import type { FlagSpec } from "../flags";
import { CHUNK_SIZE, DRY_RUN, SELECTOR } from "../flag-sets";
import { at, listAt } from "../json";
import { patchObject } from "../mutate";
import { named } from "../printers/printer";
import { dryRunSuffix } from "../command";
import { until } from "../until";

const RETRY_MS = 5000;

export const cordon: Command = { name: "cordon", summary: "Mark node as unschedulable", usage: "cordon NODE [options]", flags: [DRY_RUN, SELECTOR], run: (context) => cordonAll(context, true) };
export const uncordon: Command = { name: "uncordon", summary: "Mark node as schedulable", usage: "uncordon NODE [options]", flags: [DRY_RUN, SELECTOR], run: (context) => cordonAll(context, false) };

const DRAIN_FLAGS: readonly FlagSpec[] = [
  DRY_RUN,
  SELECTOR,
  CHUNK_SIZE,
  { name: "delete-emptydir-data", kind: "bool", usage: "Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained)." },
  { name: "disable-eviction", kind: "bool", usage: "Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution." },
  { name: "force", kind: "bool", usage: "Continue even if there are pods that do not declare a controller." },
  { name: "grace-period", kind: "int", default: "-1", usage: "Period of time in seconds given to each pod to terminate gracefully." },
  { name: "ignore-daemonsets", kind: "bool", usage: "Ignore DaemonSet-managed pods." },
  { name: "pod-selector", kind: "string", usage: "Label selector to filter pods on the node" },
  { name: "skip-wait-for-delete-timeout", kind: "int", default: "0", usage: "If pod DeletionTimestamp older than N seconds, skip waiting for the pod." },
  { name: "timeout", kind: "duration", usage: "The length of time to wait before giving up, zero means infinite" },
];

export const drain: Command = { name: "drain", summary: "Drain node in preparation for maintenance", usage: "drain NODE [options]", flags: DRAIN_FLAGS, run: drainAll };

function* nodesOf(context: Context): Task<readonly Info[]> {
  const { args, flags } = context;
  const selector = flags.string("selector");
  if (args.length > 0 && selector !== "") throw usageError(context, "error: cannot specify both a node name and a --selector option");
  if (args.length === 0 && selector === "") throw usageError(context, `USAGE: ${context.command.name} NODE [flags]`);
  if (selector !== "") return yield* findAll(context, { args: ["nodes"], selector });
  const words = args.map((arg) => (arg.includes("/") ? arg : `nodes/${arg}`));
  for (const word of words) if (!/^(?:nodes?|no)\//.test(word)) throw new Failure(`error: expected resource of type node, got ${JSON.stringify(word.split("/")[0])}`);
  return yield* findAll(context, { args: words });
}

function* cordonAll(context: Context, desired: boolean): Task<number> {
  const infos = yield* nodesOf(context);
  for (const info of infos) yield* cordonOne(context, info, desired);
  return 0;
}

function* cordonOne(context: Context, info: Info, desired: boolean): Task {
  const { proc, flags } = context;
  const dryRun = dryRunOf(flags);
  const word = desired ? "cordoned" : "uncordoned";
  const say = (what: string): Task => proc.out(`${named(info.object)} ${what}${dryRunSuffix(dryRun)}\n`);
  if ((at(info.object, "spec", "unschedulable") === true) === desired) return yield* say(`already ${word}`);
  try {
    if (dryRun !== "client") yield* patchObject(context, info, "strategic", { spec: { unschedulable: desired ? true : null } }, { dryRun, manager: "kubectl-drain" });
    yield* say(word);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    yield* proc.err(`error: unable to ${desired ? "cordon" : "uncordon"} node ${JSON.stringify(info.name)}: ${error.message}\n`);
  }
}

function* drainAll(context: Context): Task<number> {
  checkPodSelector(context.flags.string("pod-selector"));
  const infos = yield* nodesOf(context);
  for (const info of infos) yield* cordonOne(context, info, true);
  const remaining: string[] = [];
  const failed: Error[] = [];
  for (const info of infos) {
    try {
      yield* drainOne(context, info);
      yield* context.proc.out(`${named(info.object)} drained${dryRunSuffix(dryRunOf(context.flags))}\n`);
    } catch (error) {
      if (!(error instanceof Failure || error instanceof Failures || error instanceof ServerError)) throw error;
      const all = error instanceof Failures ? error.all : [error];
      const text = aggregateText(error);
      yield* context.proc.err(`error: unable to drain node ${JSON.stringify(info.name)} due to error: ${text}, continuing command...\n`);
      remaining.push(info.name);
      failed.push(...all);
    }
  }
  if (remaining.length > 0) yield* context.proc.err(`There are pending nodes to be drained:\n${remaining.map((name) => ` ${name}\n`).join("")}`);
  // An aggregate even of one: nothing stands before the message.
  if (failed.length > 0) throw new PlainFailure(failed.map((error) => `${messageFor(error)}\n`).join(""));
  return 0;
}

function checkPodSelector(written: string): void {
  try {
    readLabelSelector(written);
  } catch (error) {
    throw error instanceof SelectorSyntaxError ? new Failure("--pod-selector=<pod_selector> must be a valid label selector") : error;
  }
}

function* drainOne(context: Context, info: Info): Task {
  const { pods, warning } = yield* podsToEvict(context, info.name);
  if (warning !== "") yield* context.proc.err(`Warning: ${warning}\n`);
  if (dryRunOf(context.flags) === "client") {
    for (const { metadata } of pods) yield* context.proc.out(`evicting pod ${metadata.namespace ?? ""}/${metadata.name} (dry run)\n`);
    return;
  }
  try {
    yield* evictAll(context, pods);
  } catch (error) {
    if (error instanceof Failure || error instanceof Failures || error instanceof ServerError) yield* tellPending(context, info.name, aggregateText(error));
    throw error;
  }
}

/** What is still there when a drain gives up. */
function* tellPending(context: Context, node: string, why: string): Task {
  const { pods } = yield* podsToEvict(context, node);
  if (pods.length === 0) return;
  yield* context.proc.err(`There are pending pods in node ${JSON.stringify(node)} when an error occurred: ${why}\n${pods.map(({ metadata }) => `pod/${metadata.name}\n`).join("")}`);
}

/** utilerrors.Aggregate: several stand in brackets. */
function aggregateText(error: Error): string {
  const all = error instanceof Failures ? error.all : [error];
  return all.length === 1 ? (all[0] as Error).message : `[${all.map(({ message }) => message).join(", ")}]`;
}

type Verdict = { readonly remove: boolean; readonly warning?: string; readonly refusal?: string };

/** The Pods of a node that have to go; throws when some may not. */
function* podsToEvict(context: Context, node: string): Task<{ readonly pods: readonly Pod[]; readonly warning: string }> {
  const list = yield* context.client.get("/api/v1/pods", { fieldSelector: `spec.nodeName=${node}`, labelSelector: context.flags.string("pod-selector") || undefined });
  const warnings = new Map<string, string[]>();
  const refusals = new Map<string, string[]>();
  const pods: Pod[] = [];
  for (const pod of listAt(list, "items") as unknown as readonly Pod[]) {
    const verdict = judge(context, pod);
    const name = `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
    if (verdict.refusal !== undefined) refusals.set(verdict.refusal, [...(refusals.get(verdict.refusal) ?? []), name]);
    else if (verdict.warning !== undefined) warnings.set(verdict.warning, [...(warnings.get(verdict.warning) ?? []), name]);
    if (verdict.remove) pods.push(pod);
  }
  const errors = [...refusals].map(([why, names]) => new Failure(`cannot delete ${why}: ${names.join(", ")}`));
  if (errors.length > 0) throw errors.length === 1 ? (errors[0] as Failure) : new Failures(errors);
  return { pods, warning: [...warnings].map(([what, names]) => `${what}: ${names.join(", ")}`).join("; ") };
}

/** pkg/drain/filters.go: DaemonSets stay, local data and Pods without a controller want a flag. */
function judge({ flags }: Context, { metadata, spec, status }: Pod): Verdict {
  const finished = status.phase === "Succeeded" || status.phase === "Failed";
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller?.kind === "DaemonSet" && !finished) {
    return flags.bool("ignore-daemonsets") ? { remove: false, warning: "ignoring DaemonSet-managed Pods" } : { remove: false, refusal: "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" };
  }
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return { remove: false };
  if (finished) return { remove: true };
  const local = (spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined);
  if (local && !flags.bool("delete-emptydir-data")) return { remove: false, refusal: "Pods with local storage (use --delete-emptydir-data to override)" };
  if (controller === undefined) return flags.bool("force") ? { remove: true, warning: "deleting Pods that declare no controller" } : { remove: false, refusal: "Pods that declare no controller (use --force to override)" };
  return local ? { remove: true, warning: "deleting Pods with local storage" } : { remove: true };
}

/** All at once, each on its own: a budget that says no is asked again every five seconds. */
function* evictAll(context: Context, pods: readonly Pod[]): Task {
  const { proc } = context;
  const timeout = context.flags.duration("timeout");
  const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : proc.nowMs + timeout;
  const finished = new Signal();
  let open = pods.length;
  const failed: Error[] = [];
  const helpers = pods.map((pod) =>
    proc.world.scheduler.spawn(
      (function* one(): Task {
        try {
          yield* evict(context, pod, deadline);
        } catch (error) {
          failed.push(error instanceof Error ? error : new Failure(String(error)));
        }
        open--;
        finished.notify();
      })(),
    ),
  );
  proc.onExit(() => {
    for (const helper of helpers) helper.kill();
  });
  while (open > 0) yield { on: finished };
  const unknown = failed.find((error) => !(error instanceof Failure || error instanceof ServerError));
  if (unknown !== undefined) throw unknown;
  if (failed.length > 0) throw failed.length === 1 ? (failed[0] as Error) : new Failures(failed);
}

function* evict(context: Context, pod: Pod, deadline: number): Task {
  const { proc, flags } = context;
  const dryRun = dryRunOf(flags);
  const namespace = pod.metadata.namespace ?? "";
  const name = `pods/${JSON.stringify(pod.metadata.name)} -n ${JSON.stringify(namespace)}`;
  const grace = flags.int("grace-period");
  const options = grace < 0 ? {} : { deleteOptions: { gracePeriodSeconds: grace } };
  const resource = yield* context.discovery.resource("pods");
  const path = resourcePath(resource, namespace, pod.metadata.name);
  for (;;) {
    yield* proc.out(`${flags.bool("disable-eviction") ? "deleting" : "evicting"} pod ${namespace}/${pod.metadata.name}${dryRun === "server" ? " (server dry run)" : ""}\n`);
    if (proc.nowMs >= deadline) throw new Failure(`error when evicting ${name}: global timeout reached: ${goDuration(flags.duration("timeout"))}`);
    try {
      if (flags.bool("disable-eviction")) yield* context.client.delete(path, grace < 0 ? {} : { gracePeriodSeconds: grace }, dryRunQuery(dryRun));
      else yield* context.client.post(`${path}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod.metadata.name, namespace }, ...options }, dryRunQuery(dryRun));
      break;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.reason === "NotFound") return;
      if (error.reason !== "TooManyRequests") throw new Failure(`error when evicting ${name}: ${error.message}`);
      yield* proc.err(`error when evicting ${name} (will retry after 5s): ${error.message}\n`);
      yield* proc.sleep(RETRY_MS);
    }
  }
  if (dryRun === "server") return;
  const gone = yield* until(context, infoOf(pod, resource), deadline, (object) => object === undefined || object.metadata.uid !== pod.metadata.uid);
  if (!gone) throw new Failure(`error when waiting for pod ${JSON.stringify(pod.metadata.name)} in namespace ${JSON.stringify(namespace)} to terminate: global timeout reached: ${goDuration(flags.duration("timeout"))}`);
  yield* proc.out(`pod/${pod.metadata.name} evicted\n`);
}


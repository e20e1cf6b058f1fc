/** `kubectl rollout status`: kubectl/pkg/polymorphichelpers/rollout_status.go. */
import type { Task } from "../../../../core/task";
import { parseApiVersion } from "../../api-resource";
import type { DaemonSet, Deployment, StatefulSet } from "../../../../kube/types";
import { type Info, objectOf } from "../../builder";
import { resourcePath } from "../../client";
import type { Command, Context } from "../../command";
import { Failure, throwAll } from "../../errors";
import { listAt, type Obj, textAt } from "../../json";
import { revisionOf } from "../../replica-sets";
import { findRollouts, ROLLOUT_FLAGS } from "./find";

export const status: Command = {
  name: "status",
  summary: "Show the status of the rollout",
  usage: "rollout status (TYPE NAME | TYPE/NAME) [flags] [options]",
  flags: [
    ...ROLLOUT_FLAGS,
    { name: "revision", kind: "int", default: "0", usage: "Pin to a specific revision for showing its status." },
    { name: "timeout", kind: "duration", usage: "The length of time to wait before ending watch, zero means never." },
    { name: "watch", short: "w", kind: "bool", default: "true", usage: "Watch the status of the rollout until it's done." },
  ],
  run,
};

export type Progress = { readonly text: string; readonly done: boolean };

function* run(context: Context): Task<number> {
  const { flags } = context;
  if (flags.int("revision") < 0) throw new Failure(`revision must be a positive integer: ${flags.int("revision")}`);
  const { infos, errors } = yield* findRollouts(context);
  throwAll(errors);
  const timeout = flags.duration("timeout");
  const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : context.proc.nowMs + timeout;
  for (const info of infos) yield* follow(context, info, deadline);
  return 0;
}

function* follow(context: Context, info: Info, deadlineMs: number): Task {
  const { proc, flags } = context;
  const revision = flags.int("revision");
  const list = yield* context.client.get(resourcePath(info.resource, info.namespace), { fieldSelector: `metadata.name=${info.name}` });
  const [present] = listAt(list, "items");
  const first = progress({ ...objectOf(info), ...(present as object | undefined) } as Obj, revision);
  yield* proc.out(first.text);
  if (first.done || !flags.bool("watch")) return;
  const stream = yield* context.client.watch(resourcePath(info.resource, info.namespace), { fieldSelector: `metadata.name=${info.name}`, resourceVersion: textAt(list, "metadata", "resourceVersion") });
  proc.onExit(() => stream.close());
  for (;;) {
    const event = stream.next();
    if (event === undefined) {
      if ((yield { on: stream.ready, ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}) }) === "timeout") throw new Failure("timed out waiting for the condition");
      continue;
    }
    if (event.type === "DELETED") throw new Failure("object has been deleted");
    if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
    const next = progress(event.object as Obj, revision);
    yield* proc.out(next.text);
    if (next.done) return;
  }
}

/** "Job.batch" */
function kindText({ kind, apiVersion }: Obj): string {
  const { group } = parseApiVersion(apiVersion);
  return group === "" ? kind : `${kind}.${group}`;
}

/** What is to be said of a rollout in this state, and whether it is over. */
export function progress(object: Obj, revision: number): Progress {
  switch (object.kind) {
    case "Deployment":
      return deploymentProgress(object as unknown as Deployment, revision);
    case "DaemonSet":
      return daemonSetProgress(object as unknown as DaemonSet);
    case "StatefulSet":
      return statefulSetProgress(object as unknown as StatefulSet);
    default:
      throw new Failure(`no status viewer has been implemented for ${kindText(object)}`);
  }
}

function deploymentProgress({ metadata, spec, status: now, ...rest }: Deployment, revision: number): Progress {
  const name = JSON.stringify(metadata.name);
  const running = revisionOf({ metadata, ...rest });
  if (revision > 0 && running !== revision) throw new Failure(`desired revision (${revision}) is different from the running revision (${running})`);
  if ((metadata.generation ?? 0) > (now.observedGeneration ?? 0)) return { text: "Waiting for deployment spec update to be observed...\n", done: false };
  const failed = now.conditions?.find(({ type }) => type === "Progressing")?.reason === "ProgressDeadlineExceeded";
  if (failed) throw new Failure(`deployment ${name} exceeded its progress deadline`);
  const [total, updated, available, wanted] = [now.replicas ?? 0, now.updatedReplicas ?? 0, now.availableReplicas ?? 0, spec.replicas ?? 1];
  const waiting = `Waiting for deployment ${name} rollout to finish:`;
  if (updated < wanted) return { text: `${waiting} ${updated} out of ${wanted} new replicas have been updated...\n`, done: false };
  if (total > updated) return { text: `${waiting} ${total - updated} old replicas are pending termination...\n`, done: false };
  if (available < updated) return { text: `${waiting} ${available} of ${updated} updated replicas are available...\n`, done: false };
  return { text: `deployment ${name} successfully rolled out\n`, done: true };
}

const ROLLING_ONLY = "rollout status is only available for RollingUpdate strategy type";

function daemonSetProgress({ metadata, spec, status: now }: DaemonSet): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate") throw new Failure(ROLLING_ONLY);
  const name = JSON.stringify(metadata.name);
  if ((metadata.generation ?? 0) > (now.observedGeneration ?? 0)) return { text: "Waiting for daemon set spec update to be observed...\n", done: false };
  const [updated, available, wanted] = [now.updatedNumberScheduled ?? 0, now.numberAvailable ?? 0, now.desiredNumberScheduled ?? 0];
  const waiting = `Waiting for daemon set ${name} rollout to finish:`;
  if (updated < wanted) return { text: `${waiting} ${updated} out of ${wanted} new pods have been updated...\n`, done: false };
  if (available < wanted) return { text: `${waiting} ${available} of ${wanted} updated pods are available...\n`, done: false };
  return { text: `daemon set ${name} successfully rolled out\n`, done: true };
}

function statefulSetProgress({ metadata, spec, status: now }: StatefulSet): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate") throw new Failure(ROLLING_ONLY);
  if (now.observedGeneration === undefined || (metadata.generation ?? 0) > now.observedGeneration) return { text: "Waiting for statefulset spec update to be observed...\n", done: false };
  const wanted = spec.replicas ?? 1;
  if ((now.readyReplicas ?? 0) < wanted) return { text: `Waiting for ${wanted - (now.readyReplicas ?? 0)} pods to be ready...\n`, done: false };
  const updated = now.updatedReplicas ?? 0;
  // The server fills in a partition of 0, so that nearly every roll-out is a "partitioned" one.
  if (spec.updateStrategy.rollingUpdate !== undefined) {
    const { partition } = spec.updateStrategy.rollingUpdate;
    if (partition !== undefined && updated < wanted - partition) return { text: `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...\n`, done: false };
    return { text: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
  }
  if (now.updateRevision !== now.currentRevision) return { text: `waiting for statefulset rolling update to complete ${updated} pods at revision ${now.updateRevision ?? ""}...\n`, done: false };
  return { text: `statefulset rolling update complete ${now.currentReplicas ?? 0} pods at revision ${now.currentRevision ?? ""}...\n`, done: true };
}

/** `kubectl rollout history` and `undo`: polymorphichelpers/history.go and rollback.go. */
import type { Task } from "../../../../core/task";
import type { ControllerRevision, Deployment } from "../../../../kube/types";
import { type Info, objectOf } from "../../builder";
import { type Command, type Context, type DryRun, dryRunOf, dryRunSuffix } from "../../command";
import { selectorText, Page } from "../../describe/page";
import { writeTemplate } from "../../describe/template";
import { Failure, NotModelled, throwAll } from "../../errors";
import { DRY_RUN, PRINT } from "../../flag-sets";
import { listAt, mapAt, type Obj, sameJson } from "../../json";
import { LAST_APPLIED, patchObject, Reporter } from "../../mutate";
import { named, printerFor } from "../../printers/printer";
import { replicaSetsOf, REVISION, revisionOf, withoutHash } from "../../replica-sets";
import { DESCRIBE_LAYOUT, tabulate } from "../../tabwriter";
import { findRollouts, ROLLOUT_FLAGS } from "./find";

const CAUSE = "kubernetes.io/change-cause";

/** One revision that can be shown or gone back to. */
type Revision = { readonly number: number; readonly cause: string; readonly template: unknown; readonly data?: unknown };

export const history: Command = {
  name: "history",
  summary: "View rollout history",
  usage: "rollout history (TYPE NAME | TYPE/NAME) [flags] [options]",
  flags: [...PRINT, ...ROLLOUT_FLAGS, { name: "revision", kind: "int", default: "0", usage: "See the details, including podTemplate of the revision specified" }],
  run: runHistory,
};

export const undo: Command = {
  name: "undo",
  summary: "Undo a previous rollout",
  usage: "rollout undo (TYPE NAME | TYPE/NAME) [flags] [options]",
  flags: [...PRINT, ...ROLLOUT_FLAGS, DRY_RUN, { name: "to-revision", kind: "int", default: "0", usage: "The revision to rollback to. Default to 0 (last revision)." }],
  run: runUndo,
};

function* runHistory(context: Context): Task<number> {
  const { flags } = context;
  const wanted = flags.int("revision");
  if (wanted < 0) throw new Failure(`revision must be a positive integer: ${wanted}`);
  const { infos, errors } = yield* findRollouts(context);
  throwAll(errors);
  for (const info of infos) {
    const revisions = yield* revisionsOf(context, info);
    if (flags.string("output") !== "") {
      yield* printRevisions(context, info, revisions, wanted);
      continue;
    }
    const withRevision = wanted > 0 ? `${named(info.object)} with revision #${wanted}` : named(info.object);
    if (revisions.length === 0) yield* context.proc.out(`${withRevision}${wanted > 0 ? "" : " "}\nNo rollout history found.\n`);
    else if (wanted > 0) {
      const found = revisions.find(({ number }) => number === wanted);
      if (found === undefined) throw new Failure("unable to find the specified revision");
      yield* context.proc.out(`${withRevision}\n${templatePage(found.template)}\n`);
    } else yield* context.proc.out(`${withRevision} \n${table(revisions)}\n`);
  }
  return 0;
}

/** -o: the ReplicaSet of each revision, or of one. */
function* printRevisions(context: Context, info: Info, revisions: readonly Revision[], wanted: number): Task {
  const printer = printerFor(context, false, true);
  if (printer === undefined) return;
  if (info.resource.kind !== "Deployment") throw new NotModelled(`--output of a ${info.resource.kind}'s history`);
  if (wanted > 0 && !revisions.some(({ number }) => number === wanted)) throw new Failure("unable to find the specified revision");
  for (const { number, data } of [...revisions].sort((a, b) => a.number - b.number)) if (wanted === 0 || number === wanted) yield* context.proc.out(printer(data));
}

/** Kinds kubectl's visitors know, whether or not they can be rolled back. */
const ROLLED = ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"];

function kindOf({ resource }: Info): string {
  return `${resource.kind}${resource.group === "" ? "" : `.${resource.group}`}`;
}

function table(revisions: readonly Revision[]): string {
  const rows = [...revisions].sort((a, b) => a.number - b.number).map(({ number, cause }) => `${number}\t${cause || "<none>"}\n`);
  return tabulate(`REVISION\tCHANGE-CAUSE\n${rows.join("")}`, DESCRIBE_LAYOUT);
}

function templatePage(template: unknown): string {
  const page = new Page();
  writeTemplate(page, template as never);
  return page.withTabs;
}

function* revisionsOf(context: Context, info: Info): Task<readonly Revision[]> {
  const object = objectOf(info);
  if (object.kind === "Deployment") {
    const { all } = yield* replicaSetsOf(context, object as unknown as Deployment);
    return all.map((set) => ({ number: revisionOf(set), cause: set.metadata.annotations?.[CAUSE] ?? "", template: withCause(set.spec.template, set.metadata.annotations?.[CAUSE]), data: { ...set, apiVersion: "apps/v1", kind: "ReplicaSet" } }));
  }
  if (!ROLLED.includes(object.kind)) throw new Failure(`error retrieving history for ${JSON.stringify(kindOf(info))}, no visitor method exists for {${info.resource.group} ${object.kind}}`);
  if (object.kind !== "DaemonSet" && object.kind !== "StatefulSet") throw new Failure(`no history viewer has been implemented for ${JSON.stringify(kindOf(info))}`);
  const list = yield* context.client.get(`/apis/apps/v1/namespaces/${info.namespace}/controllerrevisions`, { labelSelector: selectorText(mapAt(object, "spec", "selector")) });
  const owned = (listAt(list, "items") as unknown as readonly ControllerRevision[]).filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid));
  return owned.map((one) => ({ number: one.revision, cause: one.metadata.annotations?.[CAUSE] ?? "", template: mapAt(one.data, "spec", "template"), data: one.data }));
}

function withCause(template: unknown, cause: string | undefined): unknown {
  if (cause === undefined) return template;
  const metadata = mapAt(template, "metadata");
  return { ...(template as object), metadata: { ...metadata, annotations: { ...mapAt(metadata, "annotations"), [CAUSE]: cause } } };
}

function* runUndo(context: Context): Task<number> {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  const { infos, errors } = yield* findRollouts(context);
  throwAll(errors);
  for (const info of infos) yield* undoOne(context, info, dryRun);
  return 0;
}

function* undoOne(context: Context, info: Info, dryRun: DryRun): Task {
  const object = objectOf(info);
  if (object.metadata.annotations?.[LAST_APPLIED] !== undefined) {
    yield* context.proc.err(
      `Warning: resource ${info.resource.name}/${info.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
    );
  }
  const reporter = new Reporter(context, "none");
  const result = object.kind === "Deployment" ? yield* undoDeployment(context, info, dryRun) : yield* undoRevision(context, info, dryRun);
  yield* reporter.say(object, result);
}

function* undoDeployment(context: Context, info: Info, dryRun: DryRun): Task<string> {
  const deployment = objectOf(info) as unknown as Deployment;
  const wanted = context.flags.int("to-revision");
  const { all } = yield* replicaSetsOf(context, deployment);
  const target = wanted !== 0 ? all.find((set) => revisionOf(set) === wanted) : [...all].sort((a, b) => revisionOf(b) - revisionOf(a))[1];
  if (target === undefined) throw new Failure(wanted !== 0 ? `unable to find specified revision ${wanted} in history` : `no rollout history found for deployment ${JSON.stringify(info.name)}`);
  if (dryRun === "client") return `${templatePage(target.spec.template)} (dry run)`;
  if (deployment.spec.paused === true) throw new Failure("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again");
  if (sameJson(withoutHash(target.spec.template), withoutHash(deployment.spec.template))) return `skipped rollback (current template already matches revision ${wanted})${dryRunSuffix(dryRun)}`;
  const kept = Object.fromEntries(Object.entries(target.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key)));
  const own = Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => NOT_COPIED.includes(key)));
  const patch = [
    { op: "replace", path: "/spec/template", value: withoutHash(target.spec.template) },
    { op: "replace", path: "/metadata/annotations", value: { ...kept, ...own } },
  ];
  yield* patchObject(context, info, "json", patch, { dryRun, manager: "kubectl-rollout" });
  return `rolled back${dryRunSuffix(dryRun)}`;
}

const NOT_COPIED = [LAST_APPLIED, REVISION, "deployment.kubernetes.io/revision-history", "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas", "deprecated.deployment.rollback.to"];

function* undoRevision(context: Context, info: Info, dryRun: DryRun): Task<string> {
  const object: Obj = objectOf(info);
  if (!ROLLED.includes(object.kind)) throw new Failure(`error retrieving rollbacker for ${JSON.stringify(kindOf(info))}, no visitor method exists for {${info.resource.group} ${object.kind}}`);
  if (object.kind !== "DaemonSet" && object.kind !== "StatefulSet") throw new Failure(`no rollbacker has been implemented for ${JSON.stringify(object.kind)}`);
  const wanted = context.flags.int("to-revision");
  const revisions = [...(yield* revisionsOf(context, info))].sort((a, b) => b.number - a.number);
  if (wanted === 0 && revisions.length <= 1) throw new Failure("no last revision to roll back to");
  const target = wanted > 0 ? revisions.find(({ number }) => number === wanted) : revisions[1];
  if (target === undefined) throw new Failure(`unable to find specified revision ${wanted} in history`);
  if (dryRun === "client") return `${templatePage(target.template)} (dry run)`;
  const { $patch: _, ...now } = mapAt(object, "spec", "template");
  const { $patch: __, ...then } = target.template as Record<string, unknown>;
  if (sameJson(now, then)) return `skipped rollback (current template already matches revision ${wanted})${dryRunSuffix(dryRun)}`;
  yield* patchObject(context, info, "strategic", target.data, { dryRun, manager: "kubectl-rollout" });
  return `rolled back${dryRunSuffix(dryRun)}`;
}

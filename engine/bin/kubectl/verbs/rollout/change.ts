/** `kubectl rollout restart|pause|resume`: patches that make a rollout begin, stop and go on. */
import { rfc3339 } from "../../../../core/date";
import type { Task } from "../../../../core/task";
import { type Info, objectOf } from "../../builder";
import { type Command, type Context, nowMs } from "../../command";
import { Failure, ServerError, throwAll } from "../../errors";
import { fieldManager, PRINT } from "../../flag-sets";
import { at, type JsonMap, textAt } from "../../json";
import { managerOf, patchObject, Reporter } from "../../mutate";
import { findRollouts, ROLLOUT_FLAGS } from "./find";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

export const restart = changing("restart", "Restart a resource", "restarted", restartPatch);
export const pause = changing("pause", "Mark the provided resource as paused", "paused", pausePatch);
export const resume = changing("resume", "Resume a paused resource", "resumed", resumePatch);

type MakePatch = (context: Context, info: Info) => JsonMap;

function changing(name: string, summary: string, done: string, make: MakePatch): Command {
  return { name, summary, usage: `rollout ${name} RESOURCE [options]`, flags: [...PRINT, ...ROLLOUT_FLAGS, fieldManager("kubectl-rollout")], run: (context) => run(context, done, make) };
}

function* run(context: Context, done: string, make: MakePatch): Task<number> {
  const { infos, errors } = yield* findRollouts(context);
  const reporter = new Reporter(context, "none");
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      const patch = make(context, info);
      yield* reporter.say(yield* patchObject(context, info, "strategic", patch, { dryRun: "none", manager: managerOf(context, "kubectl-rollout") }), done);
    } catch (error) {
      if (error instanceof ServerError) failed.push(new Failure(`failed to patch: ${error.message}`));
      else if (error instanceof Failure) failed.push(error);
      else throw error;
    }
  }
  throwAll(failed);
  return 0;
}

function restartPatch(context: Context, info: Info): JsonMap {
  const { kind } = objectOf(info);
  if (kind === "Deployment" && at(info.object, "spec", "paused") === true) throw refusal(info, "can't restart paused deployment (run rollout resume first)");
  if (!["Deployment", "DaemonSet", "StatefulSet"].includes(kind)) throw refusal(info, "restarting is not supported");
  const stamp = rfc3339(nowMs(context));
  if (textAt(info.object, "spec", "template", "metadata", "annotations", RESTARTED_AT) === stamp) {
    throw new Failure(`failed to create patch for ${info.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`);
  }
  return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: stamp } } } } };
}

function pausePatch(_: Context, info: Info): JsonMap {
  if (objectOf(info).kind !== "Deployment") throw refusal(info, "pausing is not supported");
  if (at(info.object, "spec", "paused") === true) throw refusal(info, "is already paused");
  return { spec: { paused: true } };
}

function resumePatch(_: Context, info: Info): JsonMap {
  if (objectOf(info).kind !== "Deployment") throw refusal(info, "resuming is not supported");
  if (at(info.object, "spec", "paused") !== true) throw refusal(info, "is not paused");
  return { spec: { paused: null } };
}

function refusal(info: Info, why: string): Failure {
  const { name, group } = info.resource;
  return new Failure(`error: ${name}${group === "" ? "" : `.${group}`} ${JSON.stringify(info.name)} ${why}`);
}

/** `kubectl scale`: kubectl/pkg/cmd/scale, through the scale subresource. */
import type { Task } from "../../../core/task";
import { find, type Info } from "../builder";
import { resourcePath } from "../client";
import { type Command, type Context, dryRunOf } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import { ALL, DRY_RUN, FILENAME, PRINT, RECORD, SELECTOR } from "../flag-sets";
import { numberAt, textAt, withPath } from "../json";
import { patchObject, Reporter } from "../mutate";
import { until } from "../until";

export const scale: Command = {
  name: "scale",
  summary: "Set a new size for a deployment, replica set, or replication controller",
  usage: "scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME) [options]",
  flags: [
    ...PRINT,
    ...FILENAME,
    ALL,
    DRY_RUN,
    RECORD,
    SELECTOR,
    { name: "replicas", kind: "int", usage: "The new desired number of replicas. Required." },
    { name: "current-replicas", kind: "int", default: "-1", usage: "Precondition for current size. Requires that the current size of the resource match this value in order to scale." },
    { name: "resource-version", kind: "string", usage: "Precondition for resource version." },
    { name: "timeout", kind: "duration", usage: "The length of time to wait before giving up on a scale operation, zero means don't wait." },
  ],
  required: ["replicas"],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const replicas = flags.int("replicas");
  if (replicas < 0) throw new Failure("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  if (flags.int("current-replicas") < -1) throw new Failure("The --current-replicas must specify an integer of -1 or greater");
  const dryRun = dryRunOf(flags);
  const { infos, errors } = yield* find(context, { args, filenames: flags.list("filename"), recursive: flags.bool("recursive"), all: flags.bool("all"), ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}) });
  if (flags.string("resource-version") !== "" && infos.length > 1) throw new Failure("cannot use --resource-version with multiple resources");
  const reporter = new Reporter(context, dryRun);
  throwAll(errors.slice(0, 1));
  const failed: Error[] = [];
  const scaled: Info[] = [];
  for (const info of infos) {
    try {
      if (dryRun !== "client") yield* scaleOne(context, info, replicas);
      scaled.push(info);
      const after = dryRun === "client" ? withPath(info.object, ["spec", "replicas"], replicas) : yield* context.client.get(resourcePath(info.resource, info.namespace, info.name));
      yield* reporter.say(after, "scaled");
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  if (infos.length === 0) throw new Failure("no objects passed to scale");
  for (const info of scaled) yield* awaitSize(context, info, replicas);
  return 0;
}

function* scaleOne(context: Context, info: Info, replicas: number): Task {
  const { flags } = context;
  const expected = flags.int("current-replicas");
  const version = flags.string("resource-version");
  if (expected < 0 && version === "") {
    yield* patchObject(context, info, "merge", { spec: { replicas } }, { dryRun: dryRunOf(flags), manager: "kubectl-scale", subresource: "scale" });
    return;
  }
  const path = resourcePath(info.resource, info.namespace, info.name, "scale");
  const current = yield* context.client.get(path);
  const size = numberAt(current, "spec", "replicas");
  if (expected >= 0 && size !== expected) throw new Failure(`Expected replicas to be ${expected}, was ${size}`);
  if (version !== "" && textAt(current, "metadata", "resourceVersion") !== version) throw new Failure(`Expected resource version to be ${version}, was ${textAt(current, "metadata", "resourceVersion")}`);
  yield* context.client.put(path, withPath(current, ["spec", "replicas"], replicas), { fieldManager: "kubectl-scale" });
}

function* awaitSize(context: Context, info: Info, replicas: number): Task {
  const timeout = context.flags.duration("timeout");
  if (timeout === 0) return;
  const ok = yield* until(context, info, context.proc.nowMs + timeout, (object) => object !== undefined && numberAt(object, "status", "replicas") === replicas);
  if (!ok) throw new Failure("timed out waiting for the condition");
}

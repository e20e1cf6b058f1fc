/** `kubectl annotate`: kubectl/pkg/cmd/annotate. */
import type { Task } from "../../../core/task";
import { type Info, objectOf } from "../builder";
import { type Command, type Context, dryRunOf } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import { fieldManager } from "../flag-sets";
import { mapAt, sameJson, withPath } from "../json";
import { managerOf, patchObject, Reporter } from "../mutate";
import { type Changes, findForMeta, META_FLAGS, patchOf, splitChanges } from "./label";

export const annotate: Command = {
  name: "annotate",
  summary: "Update the annotations on a resource",
  usage: "annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
  flags: [...META_FLAGS, fieldManager("kubectl-annotate")],
  run,
};

function parse(args: readonly string[]): Changes {
  const { resources, changes } = splitChanges(args);
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf("=");
    if (equals >= 0) set[change.slice(0, equals)] = change.slice(equals + 1);
    else remove.push(change.slice(0, -1));
  }
  const both = remove.filter((key) => key in set);
  if (both.length > 0) throw new Failure(`can not both modify and remove the following annotation(s) in the same command: ${both.join(", ")}`);
  return { resources, set, remove };
}

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const changes = parse(args);
  if (flags.bool("list") && flags.string("output") !== "") throw new Failure("--list and --output may not be specified together");
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("cannot set --all and --selector at the same time");
  if (changes.resources.length === 0 && flags.list("filename").length === 0) throw new Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (Object.keys(changes.set).length === 0 && changes.remove.length === 0 && !flags.bool("list")) throw new Failure("at least one annotation update is required");
  const { infos, errors, single } = yield* findForMeta(context, changes.resources);
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      if (flags.bool("list")) yield* list(context, info, !single);
      else yield* annotateOne(context, info, changes);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return 0;
}

function* list(context: Context, info: Info, many: boolean): Task {
  const annotations = mapAt(info.object, "metadata", "annotations");
  if (many) yield* context.proc.out(`Listing annotations for ${info.resource.kind}.${info.resource.group}/${info.name}:\n`);
  for (const key of Object.keys(annotations).sort()) yield* context.proc.out(`${many ? " " : ""}${key}=${String(annotations[key])}\n`);
}

function* annotateOne(context: Context, info: Info, { set, remove }: Changes): Task {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  const before = mapAt(info.object, "metadata", "annotations");
  if (!flags.bool("overwrite")) {
    const clashes = Object.entries(set).filter(([key, value]) => key in before && before[key] !== value);
    if (clashes.length > 0) throw new Failure(`--overwrite is false but found the following declared annotation(s): ${clashes.map(([key]) => `'${key}' already has a value (${String(before[key])})`).join("; ")}`);
  }
  const after = { ...before, ...set };
  for (const key of remove) delete after[key];
  const version = flags.string("resource-version");
  const patch = { metadata: { annotations: patchOf(before, after), ...(version === "" ? {} : { resourceVersion: version }) } };
  const local = flags.bool("local") || dryRun === "client" || sameJson(before, after);
  const result = local ? withPath(objectOf(info), ["metadata", "annotations"], after) : yield* patchObject(context, info, "merge", patch, { dryRun, manager: managerOf(context, "kubectl-annotate") });
  yield* new Reporter(context, dryRun).say(result, "annotated");
}

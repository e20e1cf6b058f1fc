/** What `kubectl set` commands share: they find objects with a Pod template, change it and patch the difference. */
import type { Task } from "../../../../core/task";
import { find, type Info } from "../../builder";
import { type Context, dryRunOf } from "../../command";
import { Failure, ServerError, throwAll } from "../../errors";
import type { FlagSpec } from "../../flags";
import { ALL, DRY_RUN, FILENAME, fieldManager, LOCAL, PRINT, RECORD, SELECTOR } from "../../flag-sets";
import { isList, isMap, type Json, type JsonMap, listAt, mapAt, sameJson } from "../../json";
import { twoWayPatch, typeOfKind } from "../../merge-diff";
import { managerOf, patchObject, Reporter } from "../../mutate";

export const SET_FLAGS: readonly FlagSpec[] = [...PRINT, ...FILENAME, ALL, DRY_RUN, LOCAL, RECORD, SELECTOR, fieldManager("kubectl-set")];

/** Where a kind keeps its Pod's spec. */
export function podSpecPath(kind: string): readonly string[] | undefined {
  if (kind === "Pod") return ["spec"];
  return ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"].includes(kind) ? ["spec", "template", "spec"] : undefined;
}

/** "deployments/web": how set's errors name an object. */
export function nameOf({ resource, name }: Info): string {
  return `${resource.name}${resource.group === "" ? "" : `.${resource.group}`}/${name}`;
}

export function* findForSet(context: Context, resources: readonly string[]): Task<{ readonly infos: readonly Info[]; readonly errors: readonly Error[] }> {
  const { flags } = context;
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("cannot set --all and --selector at the same time");
  return yield* find(context, { args: resources, filenames: flags.list("filename"), recursive: flags.bool("recursive"), all: flags.bool("all"), fromFile: flags.bool("local"), ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}) });
}

/** Applies `change` to each object and sends what it made different; `done` is what is said then. */
export function* changeAll(context: Context, found: { readonly infos: readonly Info[]; readonly errors: readonly Error[] }, done: string, change: (object: JsonMap, info: Info) => JsonMap, evenIfSame = false): Task<number> {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  const local = flags.bool("local");
  const reporter = new Reporter(context, local ? "none" : dryRun);
  const failed: Error[] = [...found.errors];
  for (const info of found.infos) {
    try {
      const before = info.object as JsonMap;
      const after = changed(before, info, change);
      if (sameJson(before, after) && !evenIfSame && !local && dryRun !== "client") continue;
      const kind = info.resource.kind;
      const patch = twoWayPatch(before, after, typeOfKind(kind));
      const result = local || dryRun === "client" ? after : yield* patchObject(context, info, typeOfKind(kind) === undefined ? "merge" : "strategic", patch, { dryRun, manager: managerOf(context, "kubectl-set") });
      yield* reporter.say(result, done);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return 0;
}

/** A change that cannot be made names the object. */
function changed(before: JsonMap, info: Info, change: (object: JsonMap, info: Info) => JsonMap): JsonMap {
  try {
    return change(before, info);
  } catch (error) {
    if (error instanceof Failure && !error.message.startsWith("error: ")) throw new Failure(`error: ${nameOf(info)} ${error.message}\n`);
    throw error;
  }
}

/** The object with its Pod's spec changed. */
export function withPodSpec(object: JsonMap, kind: string, change: (spec: JsonMap) => JsonMap): JsonMap {
  const path = podSpecPath(kind);
  if (path === undefined) throw new Failure(`the object is not a pod or does not have a pod template: *v1.${kind}`);
  return replaced(object, path, change(mapAt(object, ...path)));
}

function replaced(object: JsonMap, path: readonly string[], value: Json): JsonMap {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  return { ...object, [key]: rest.length === 0 ? value : replaced(mapAt(object, key), rest, value) };
}

/** Containers (and init containers) with those chosen changed. */
export function changeContainers(spec: JsonMap, chosen: (name: string) => boolean, change: (container: JsonMap) => JsonMap): JsonMap {
  const out: Record<string, Json> = { ...spec };
  for (const list of ["initContainers", "containers"]) {
    const containers = spec[list];
    if (!isList(containers)) continue;
    out[list] = containers.map((container) => (isMap(container) && chosen(String(container.name)) ? change(container) : container));
  }
  return out;
}

export function containerNamesOf(spec: JsonMap): readonly string[] {
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")].map((container) => String((container as JsonMap).name));
}

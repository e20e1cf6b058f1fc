/** What `kubectl set` commands share: they find objects with a Pod template, change it and patch the difference. */
import type { Task } from "../../../../core/task";
import { find, type Info } from "../../builder";
import { type Context, dryRunOf } from "../../command";
import { Failure, Failures, ServerError, throwAll } from "../../errors";
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

/** "deployments/web": how set's errors name an object; one that is only in a file has no plural yet. */
function nameOf(context: Context, { resource, name }: Info): string {
  return `${context.flags.bool("local") ? resource.kind.toLowerCase() : resource.name}/${name}`;
}

/** A name, or a pattern with "*" for any letters. */
export function matchesName(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}

export function* findForSet(context: Context, resources: readonly string[]): Task<{ readonly infos: readonly Info[]; readonly errors: readonly Error[] }> {
  const { flags } = context;
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("cannot set --all and --selector at the same time");
  return yield* find(context, { args: resources, filenames: flags.list("filename"), recursive: flags.bool("recursive"), all: flags.bool("all"), fromFile: flags.bool("local"), asWritten: flags.bool("local"), ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}) });
}

/** `failing`: words before the server's refusal; `also`: what `change` found wrong on the way. */
type Manner = { readonly failing?: string; readonly evenIfSame?: boolean; readonly also?: readonly Error[] };

/** Applies `change` to each object and sends what it made different; `done` is what is said then. */
export function* changeAll(context: Context, found: { readonly infos: readonly Info[]; readonly errors: readonly Error[] }, done: string, change: (object: JsonMap, info: Info) => JsonMap, manner: Manner = {}): Task<number> {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  const local = flags.bool("local");
  const reporter = new Reporter(context, local ? "none" : dryRun, local || dryRun === "client");
  const failed: Error[] = [];
  for (const info of found.infos) {
    try {
      const before = info.object as JsonMap;
      const after = changed(context, before, info, change);
      if (sameJson(before, after) && manner.evenIfSame !== true) continue;
      const result = local || dryRun === "client" ? asTyped(info.resource.kind, after) : yield* sent(context, info, after, manner.failing ?? "");
      yield* reporter.say(result, done);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure || error instanceof Failures)) throw error;
      failed.push(...(error instanceof Failures ? error.all : [error]));
    }
  }
  throwAll([...found.errors, ...(manner.also ?? []), ...failed]);
  return 0;
}

function* sent(context: Context, info: Info, after: JsonMap, failing: string): Task<unknown> {
  const type = typeOfKind(info.resource.kind);
  try {
    return yield* patchObject(context, info, type === undefined ? "merge" : "strategic", twoWayPatch(info.object as JsonMap, after, type), { dryRun: dryRunOf(context.flags), manager: managerOf(context, "kubectl-set") });
  } catch (error) {
    if (error instanceof ServerError && failing !== "") throw new Failure(`${failing}${error.message}`);
    throw error;
  }
}

/** A change that cannot be made names the object. */
function changed(context: Context, before: JsonMap, info: Info, change: (object: JsonMap, info: Info) => JsonMap): JsonMap {
  try {
    return change(before, info);
  } catch (error) {
    if (error instanceof Failure && !error.message.startsWith("error: ")) throw new Failure(`error: ${nameOf(context, info)} ${error.message}\n`);
    throw error;
  }
}

/** What a Go struct writes even when nothing was said. */
const ZEROES: Readonly<Record<string, JsonMap>> = {
  Deployment: { spec: { strategy: {} }, status: {} },
  DaemonSet: { spec: { updateStrategy: {} }, status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 } },
  StatefulSet: { spec: { updateStrategy: {} }, status: { availableReplicas: 0, replicas: 0 } },
  ReplicaSet: { status: { replicas: 0 } },
  Job: { status: {} },
  Pod: { status: {} },
};

function asTyped(kind: string, object: JsonMap): JsonMap {
  const zero = ZEROES[kind];
  if (zero === undefined) return object;
  const typed = { ...object, spec: { ...mapAt(zero, "spec"), ...mapAt(object, "spec") }, status: { ...mapAt(zero, "status"), ...mapAt(object, "status") } };
  return withPodSpec(typed, kind, (spec) => changeContainers(spec, () => true, (container) => ({ resources: {}, ...container })));
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

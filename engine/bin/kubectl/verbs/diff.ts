/** `kubectl diff`: what apply would change, as a unified diff of live and merged. Exit status 1 when there is any. */
import type { Task } from "../../../core/task";
import { find, type Info, objectOf } from "../builder";
import { type Command, type Context, usageError } from "../command";
import { Exit, Failure, sayError } from "../errors";
import { FILENAME, fieldManager, SELECTOR } from "../flag-sets";
import type { JsonMap, Obj } from "../json";
import { threeWayPatch, typeOfKind } from "../merge-diff";
import { createObject, LAST_APPLIED, managerOf, patchObject } from "../mutate";
import { withoutManagedFields } from "../printers/printer";
import { unifiedDiff } from "../unified-diff";
import { getIfThere } from "../until";
import { toYaml } from "../yaml-writer";
import { hasLabels, withoutLastApplied } from "./apply";

export const diff: Command = {
  name: "diff",
  summary: "Diff the live version against a would-be applied version",
  usage: "diff -f FILENAME [options]",
  flags: [
    ...FILENAME,
    SELECTOR,
    fieldManager("kubectl-client-side-apply"),
    { name: "concurrency", kind: "int", default: "1", usage: "Number of objects to process in parallel when diffing against the live version.", refused: true },
    { name: "force-conflicts", kind: "bool", usage: "If true, server-side apply will force the changes against conflicts.", refused: true },
    { name: "prune", kind: "bool", usage: "Include resources that would be deleted by pruning.", refused: true },
    { name: "prune-allowlist", kind: "array", usage: "Overwrite the default allowlist with <group/version/kind> for --prune", refused: true },
    { name: "server-side", kind: "bool", usage: "If true, apply runs in the server instead of the client.", refused: true },
    { name: "show-managed-fields", kind: "bool", usage: "If true, include managed fields in the diff.", refused: true },
  ],
  *run(context): Task<number> {
    try {
      return yield* run(context);
    } catch (error) {
      const said = sayError(error);
      if (said === undefined) throw error;
      if (said.text !== "") yield* context.proc.err(said.text);
      throw new Exit(said.exit + 1);
    }
  },
};

function* run(context: Context): Task<number> {
  const { flags, proc } = context;
  const filenames = flags.list("filename");
  if (filenames.length === 0) throw new Failure("must specify one of -f and -k");
  if (context.args.length > 0) throw usageError(context, `Unexpected args: [${context.args.join(" ")}]`);
  const { infos: all, errors } = yield* find(context, { args: [], filenames, recursive: flags.bool("recursive"), fromFile: true, validating: !flags.has("validate") || !["false", "ignore"].includes(flags.string("validate")) });
  const infos = all.filter(({ object }) => hasLabels(object, flags.string("selector")));
  const [problem] = errors;
  if (problem !== undefined) throw problem;
  const [live, merged] = [`/tmp/LIVE-${proc.rng.u32()}`, `/tmp/MERGED-${proc.rng.u32()}`];
  let text = "";
  for (const info of infos) {
    const before = yield* getIfThere(context, info);
    const after = yield* wouldBe(context, info, before);
    const name = fileName(info);
    const body = unifiedDiff(before === undefined ? "" : shown(before), shown(after), 3);
    if (body === "") continue;
    text += `diff -u -N ${live}/${name} ${merged}/${name}\n--- ${live}/${name}\n+++ ${merged}/${name}\n${body}`;
  }
  if (text === "") return 0;
  yield* proc.out(text);
  // As upstream: the differences are the answer, and 1 says there are some.
  return 1;
}

function* wouldBe(context: Context, info: Info, live: Obj | undefined): Task<unknown> {
  const how = { dryRun: "server", manager: managerOf(context, "kubectl-client-side-apply") } as const;
  if (live === undefined) return yield* createObject(context, info, objectOf(info), how);
  // What apply's own annotation would become is no difference.
  const modified = withoutLastApplied(objectOf(info));
  const type = typeOfKind(modified.kind);
  const remembered = live.metadata.annotations?.[LAST_APPLIED];
  const patch = threeWayPatch(remembered === undefined ? {} : (JSON.parse(remembered) as JsonMap), modified, live, type);
  return Object.keys(patch).length === 0 ? live : yield* patchObject(context, info, type === undefined ? "merge" : "strategic", patch, how);
}

/** As it is compared: without managed fields. */
function shown(object: unknown): string {
  return toYaml(withoutManagedFields(object));
}

function fileName({ resource, namespace, name }: Info): string {
  const { group, version, kind } = resource;
  return [...(group === "" ? [] : [group]), version, kind, ...(namespace === "" ? [] : [namespace]), name].join(".");
}

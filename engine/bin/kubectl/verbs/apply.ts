/** `kubectl apply`: kubectl/pkg/cmd/apply. Client-side: last applied, manifest and live object make the patch. */
import type { Task } from "../../../core/task";
import { readLabelSelector, SelectorSyntaxError } from "../../../kube/label-selector-parser";
import { matchesSelector } from "../../../kube/selectors";
import { mergePatch } from "../../../kube/patch/apply-patch";
import { strategicMerge } from "../../../kube/patch/strategic";
import { apiVersionOf } from "../api-resource";
import { find, type Info } from "../builder";
import { type Command, type Context, type DryRun, dryRunOf } from "../command";
import { aggregated, Failure, ServerError, throwAll } from "../errors";
import type { FlagSpec } from "../flags";
import { ALL, DRY_RUN, FILENAME, fieldManager, PRINT, RECORD, SELECTOR, VALIDATE } from "../flag-sets";
import { compactJson, escapeHtml, type Json, type JsonMap, isMap, mapAt, type Obj, sortKeys, textAt, withPath } from "../json";
import { threeWayPatch, typeOfKind } from "../merge-diff";
import { createObject, LAST_APPLIED, managerOf, patchObject, Reporter, validation } from "../mutate";
import { withoutManagedFields } from "../printers/printer";
import { getIfThere } from "../until";
import { editLastApplied, setLastApplied, viewLastApplied } from "./apply-last-applied";
import { migrated } from "./apply-migrate";
import { DELETE_FLAGS, deleteAll, propagationOf } from "./delete";

const APPLY_FLAGS: readonly FlagSpec[] = [
  ...PRINT,
  ...FILENAME,
  ...DELETE_FLAGS.map((flag) => (flag.name === "wait" ? { ...flag, default: "false" } : flag)),
  ALL,
  DRY_RUN,
  RECORD,
  SELECTOR,
  VALIDATE,
  fieldManager("kubectl-client-side-apply"),
  { name: "overwrite", kind: "bool", default: "true", usage: "Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration" },
  { name: "openapi-patch", kind: "bool", default: "true", usage: "If true, use openapi to calculate diff." },
  { name: "server-side", kind: "bool", usage: "If true, apply runs in the server instead of the client." },
  { name: "force-conflicts", kind: "bool", usage: "If true, server-side apply will force the changes against conflicts." },
  { name: "prune", kind: "bool", usage: "Automatically delete resource objects that do not appear in the configs.", refused: true },
  { name: "prune-allowlist", kind: "array", usage: "Overwrite the default allowlist with <group/version/kind> for --prune", refused: true },
  { name: "applyset", kind: "string", usage: "The name of the ApplySet that tracks which resources are being managed", refused: true },
  { name: "subresource", kind: "string", usage: "If specified, apply will operate on the subresource of the requested object.", refused: true },
];

export const apply: Command = {
  name: "apply",
  summary: "Apply a configuration to a resource by file name or stdin",
  usage: "apply (-f FILENAME | -k DIRECTORY) [options]",
  flags: APPLY_FLAGS,
  commands: [editLastApplied, setLastApplied, viewLastApplied],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args, proc } = context;
  if (args.length > 0) throw new Failure(`Unexpected args: [${args.join(" ")}]\nSee 'kubectl apply -h' for help and examples`);
  const filenames = flags.list("filename");
  if (filenames.length === 0) throw new Failure("must specify one of -f and -k");
  if (flags.bool("force-conflicts") && !flags.bool("server-side")) throw new Failure("--force-conflicts only works with --server-side");
  const dryRun = dryRunOf(flags);
  if (flags.bool("force") && flags.bool("server-side")) throw new Failure("--force cannot be used with --server-side");
  propagationOf(context);
  if (dryRun === "client" && flags.bool("server-side")) throw new Failure("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  const { infos, errors } = yield* find(context, { args: [], filenames, recursive: flags.bool("recursive"), fromFile: true, validating: !flags.has("validate") || !["false", "ignore"].includes(flags.string("validate")) });
  const chosen = infos.filter(({ object }) => hasLabels(object, flags.string("selector")));
  if (chosen.length === 0 && errors.length === 0) throw new Failure("no objects passed to apply");
  const reporter = new Reporter(context, dryRun);
  const failed: Error[] = [];
  const applied: unknown[] = [];
  for (const info of chosen) {
    try {
      const { object, operation } = flags.bool("server-side") ? yield* onServer(context, info, dryRun) : yield* applyOne(context, info, dryRun);
      applied.push(object);
      if (textAt(object, "metadata", "deletionTimestamp") !== "") yield* proc.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
      if (!reporter.printsObject) yield* reporter.say(object, operation);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll([...aggregated(errors, failed), ...failed]);
  if (reporter.printsObject && flags.string("output") === "json" && applied.length !== 1) {
    // A List is a Go struct, and so are its fields in order; what is in it are maps.
    const items = applied.map((object) => sortKeys(flags.bool("show-managed-fields") ? object : withoutManagedFields(object)));
    yield* proc.out(`${escapeHtml(JSON.stringify({ kind: "List", apiVersion: "v1", metadata: {}, items }, undefined, 4))}\n`);
  } else if (reporter.printsObject) yield* reporter.say(applied.length === 1 ? applied[0] : { apiVersion: "v1", kind: "List", metadata: {}, items: applied }, "");
  return 0;
}

/** Of objects in files those are chosen on this side that a selector is about. */
export function hasLabels(object: unknown, selector: string): boolean {
  try {
    return matchesSelector(readLabelSelector(selector), mapAt(object, "metadata", "labels") as Readonly<Record<string, string>>);
  } catch (error) {
    throw error instanceof SelectorSyntaxError ? new Failure(error.message) : error;
  }
}

type Applied = { readonly object: unknown; readonly operation: "created" | "configured" | "unchanged" | "serverside-applied" };

/** The manifest as it will be remembered: its own JSON in an annotation of itself. */
export function withLastApplied(object: Obj): Obj {
  const remembered = withoutLastApplied(object);
  return withPath(remembered, ["metadata", "annotations"], { ...remembered.metadata.annotations, [LAST_APPLIED]: `${compactJson(remembered)}\n` }) as Obj;
}

/** What is remembered of it: annotations are there even when there are none. */
export function withoutLastApplied(object: Obj): Obj {
  const bare = withPath(object, ["metadata", "annotations", LAST_APPLIED], undefined);
  return withPath(bare, ["metadata", "annotations"], mapAt(bare, "metadata", "annotations")) as Obj;
}

function* applyOne(context: Context, info: Info, dryRun: DryRun): Task<Applied> {
  const manifest = info.object as Obj;
  if (info.name === "" && manifest.metadata.generateName) throw new Failure(`from ${manifest.metadata.generateName}: cannot use generate name with apply`);
  if (info.name === "") throw new Failure(`error when retrieving current configuration of:\n${infoText(info)}\nfrom server for: ${JSON.stringify(info.source ?? "")}: resource name may not be empty`);
  const modified = withLastApplied(manifest);
  const manager = managerOf(context, "kubectl-client-side-apply");
  const live = yield* getIfThere(context, info);
  if (live === undefined) {
    const fresh = pruneNulls(modified);
    if (dryRun === "client") return { object: fresh, operation: "created" };
    try {
      return { object: yield* createObject(context, info, fresh, { dryRun, manager, validate: true }), operation: "created" };
    } catch (error) {
      throw error instanceof ServerError ? error.from("creating", info.source ?? "") : error;
    }
  }
  const remembered = live.metadata.annotations?.[LAST_APPLIED];
  if (remembered === undefined) {
    yield* context.proc.err(
      `Warning: resource ${info.resource.name}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  const type = typeOfKind(manifest.kind);
  const patch = threeWayPatch(remembered === undefined ? {} : (JSON.parse(remembered) as JsonMap), modified, live, type);
  if (Object.keys(patch).length === 0) return { object: live, operation: "unchanged" };
  if (dryRun === "client") return { object: type === undefined ? mergePatch(live, patch) : strategicMerge(live, patch, type), operation: "configured" };
  return { object: yield* patchOne(context, info, { modified, patch, strategic: type !== undefined, dryRun, manager }), operation: "configured" };
}

type Change = { readonly modified: Obj; readonly patch: JsonMap; readonly strategic: boolean; readonly dryRun: DryRun; readonly manager: string };

function* patchOne(context: Context, info: Info, change: Change): Task<unknown> {
  const { flags } = context;
  try {
    return yield* patchObject(context, info, change.strategic ? "strategic" : "merge", change.patch, { ...change, query: { fieldValidation: validation(context) } });
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const stubborn = error.reason === "Conflict" || error.reason === "Invalid";
    if (stubborn && flags.bool("force")) {
      yield* deleteAll(context, [info], [], { gracePeriod: flags.int("grace-period"), propagation: propagationOf(context), dryRun: change.dryRun, wait: true, timeoutMs: flags.duration("timeout"), quiet: true });
      return yield* createObject(context, info, change.modified, { dryRun: change.dryRun, manager: change.manager });
    }
    throw error.from("patching", info.source ?? "").from(`applying patch:\n${compactJson(change.patch)}\nto:\n${infoText(info)}\nfor:`, info.source ?? "");
  }
}

function infoText({ resource, name, namespace }: Info): string {
  const version = resource.group === "" ? `/${resource.version}` : apiVersionOf(resource);
  return `Resource: ${JSON.stringify(`${version}, Resource=${resource.name}`)}, GroupVersionKind: ${JSON.stringify(`${version}, Kind=${resource.kind}`)}\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`;
}

const CONFLICTS = `
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

function* onServer(context: Context, info: Info, dryRun: DryRun): Task<Applied> {
  try {
    const query = { force: String(context.flags.bool("force-conflicts")), fieldValidation: "Strict" };
    const how = { dryRun, manager: managerOf(context, "kubectl"), query };
    const applied = yield* patchObject(context, info, "apply", info.object, how);
    return { object: yield* migrated(context, info, applied, how), operation: "serverside-applied" };
  } catch (error) {
    if (error instanceof ServerError && error.reason === "Conflict") throw new Failure(`${error.message}${CONFLICTS}`);
    throw error;
  }
}

/** Nulls in a manifest ask for nothing where there is nothing yet. */
function pruneNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: Json) => pruneNulls(item)) as T;
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, pruneNulls(item)]),
  ) as T;
}

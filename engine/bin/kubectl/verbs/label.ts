/** `kubectl label`: kubectl/pkg/cmd/label. */
import type { Task } from "../../../core/task";
import { find, type Found, type Info, objectOf } from "../builder";
import { type Command, type Context, dryRunOf } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import type { FlagSpec } from "../flags";
import { ALL, ALL_NAMESPACES, DRY_RUN, FIELD_SELECTOR, FILENAME, fieldManager, LOCAL, PRINT, RECORD, SELECTOR } from "../flag-sets";
import { mapAt, sameJson, withPath } from "../json";
import { managerOf, patchObject, Reporter } from "../mutate";

export const META_FLAGS: readonly FlagSpec[] = [
  ...PRINT,
  ...FILENAME,
  ALL,
  ALL_NAMESPACES,
  DRY_RUN,
  FIELD_SELECTOR,
  LOCAL,
  RECORD,
  SELECTOR,
  { name: "list", kind: "bool", usage: "If true, display what a given resource has." },
  { name: "overwrite", kind: "bool", usage: "If true, allow values to be overwritten, otherwise reject updates that overwrite existing ones." },
  { name: "resource-version", kind: "string", usage: "If non-empty, the update will only succeed if this is the current resource-version for the object." },
];

export const label: Command = {
  name: "label",
  summary: "Update the labels on a resource",
  usage: "label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
  flags: [...META_FLAGS, fieldManager("kubectl-label")],
  run,
};

/** What to set and what to remove, and which words name resources. */
export type Changes = { readonly resources: readonly string[]; readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] };

/** cmdutil.GetResourcesAndPairs. */
export function splitChanges(args: readonly string[]): { readonly resources: readonly string[]; readonly changes: readonly string[] } {
  const isChange = (word: string): boolean => (word.includes("=") && !word.startsWith("=")) || (word.endsWith("-") && word !== "-");
  const first = args.some(isChange) ? args.findIndex(isChange) : args.length;
  for (const word of args.slice(first)) if (!isChange(word)) throw new Failure(`all resources must be specified before changes: ${word}`);
  return { resources: args.slice(0, first), changes: args.slice(first) };
}

function parse(args: readonly string[]): Changes {
  let resources: readonly string[];
  let changes: readonly string[];
  try {
    ({ resources, changes } = splitChanges(args));
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.message.replace("before changes", "before label changes"));
    throw error;
  }
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf("=");
    if (equals < 0) {
      remove.push(change.slice(0, -1));
      continue;
    }
    const [key, value] = [change.slice(0, equals), change.slice(equals + 1)];
    if (key === "" || value.includes("=")) throw new Failure(`invalid label spec: ${change}`);
    if (value !== "" && (!/^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)$/.test(value) || value.length > 63)) throw new Failure(`invalid label value: ${JSON.stringify(change)}: ${labelValueProblem(value)}`);
    set[key] = value;
  }
  if (remove.some((key) => key in set)) throw new Failure("can not both modify and remove a label in the same command");
  return { resources, set, remove };
}

function labelValueProblem(value: string): string {
  if (value.length > 63) return "must be no more than 63 bytes";
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

export function* findForMeta(context: Context, resources: readonly string[]): Task<Found> {
  const { flags } = context;
  return yield* find(context, {
    args: resources,
    filenames: flags.list("filename"),
    recursive: flags.bool("recursive"),
    all: flags.bool("all"),
    allNamespaces: flags.bool("all-namespaces"),
    fromFile: flags.bool("local"),
    asWritten: flags.bool("local"),
    ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}),
    ...(flags.changed("field-selector") ? { fieldSelector: flags.string("field-selector") } : {}),
  });
}

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const { resources, set, remove } = parse(args);
  if (flags.bool("list") && flags.string("output") !== "") throw new Failure("--list and --output may not be specified together");
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("cannot set --all and --selector at the same time");
  if (resources.length === 0 && flags.list("filename").length === 0) throw new Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (Object.keys(set).length === 0 && remove.length === 0 && !flags.bool("list")) throw new Failure("at least one label update is required");
  const { infos, errors, single } = yield* findForMeta(context, resources);
  if (flags.string("resource-version") !== "" && infos.length > 1) throw new Failure("--resource-version may only be used with a single resource");
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      const after = Object.keys(set).length + remove.length > 0 || !flags.bool("list") ? yield* labelOne(context, info, { resources, set, remove }) : info.object;
      if (flags.bool("list")) yield* listLabels(context, { ...info, object: after }, !single);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return 0;
}

function* listLabels(context: Context, info: Info, many: boolean): Task {
  const labels = mapAt(info.object, "metadata", "labels");
  const { kind, group } = info.resource;
  if (many) yield* context.proc.out(`Listing labels for ${kind}.${group}/${info.name}:\n`);
  for (const key of Object.keys(labels).sort()) yield* context.proc.out(`${many ? " " : ""}${key}=${String(labels[key])}\n`);
}

function* labelOne(context: Context, info: Info, { set, remove }: Changes): Task<unknown> {
  const { flags, proc } = context;
  const dryRun = dryRunOf(flags);
  const before = mapAt(info.object, "metadata", "labels");
  if (!flags.bool("overwrite")) {
    const clashes = Object.entries(set).filter(([key, value]) => key in before && before[key] !== value);
    throwAll(clashes.map(([key]) => new Failure(`'${key}' already has a value (${String(before[key])}), and --overwrite is false`)));
  }
  for (const key of remove) if (!(key in before)) yield* proc.out(`label ${JSON.stringify(key)} not found.\n`);
  const after = { ...before, ...set };
  for (const key of remove) delete after[key];
  const version = flags.string("resource-version");
  const changed = !sameJson(before, after);
  const patch = { metadata: { labels: patchOf(before, after), ...(version === "" ? {} : { resourceVersion: version }) } };
  const local = flags.bool("local") || flags.bool("list") || dryRun === "client";
  const result = local || !changed ? withPath(objectOf(info), ["metadata", "labels"], after) : yield* patchObject(context, info, "merge", patch, { dryRun, manager: managerOf(context, "kubectl-label") });
  if (!flags.bool("list")) yield* new Reporter(context, dryRun).say(result, saying(before, after));
  return result;
}

export function patchOf(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) if (before[key] !== value) patch[key] = value;
  return patch;
}

function saying(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string {
  const added = Object.entries(after).some(([key, value]) => before[key] !== value);
  const removed = Object.keys(before).some((key) => !(key in after));
  if (added && removed) return "modified";
  return added ? "labeled" : removed ? "unlabeled" : "not labeled";
}

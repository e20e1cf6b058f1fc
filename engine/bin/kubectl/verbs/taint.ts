/** `kubectl taint`: kubectl/pkg/cmd/taint. */
import type { Task } from "../../../core/task";
import { qualifiedName } from "../../../kube/validation/names";
import { find, type Info } from "../builder";
import { type Command, type Context, dryRunOf, usageError } from "../command";
import { Failure, PlainFailure, ServerError, throwAll } from "../errors";
import { ALL, DRY_RUN, fieldManager, PRINT, SELECTOR, VALIDATE } from "../flag-sets";
import { listAt, type Json, textAt } from "../json";
import { managerOf, patchObject, Reporter } from "../mutate";

export const taint: Command = {
  name: "taint",
  summary: "Update the taints on one or more nodes",
  usage: "taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [options]",
  flags: [...PRINT, ALL, DRY_RUN, SELECTOR, VALIDATE, fieldManager("kubectl-taint"), { name: "overwrite", kind: "bool", usage: "If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints." }],
  run,
};

type Taint = { readonly key: string; readonly value: string; readonly effect: string };
type Changes = { readonly add: readonly Taint[]; readonly remove: readonly Taint[] };

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const isTaint = (word: string): boolean => /[=:]/.test(word) || word.endsWith("-");
  const first = args.findIndex(isTaint);
  const resources = first < 0 ? args : args.slice(0, first);
  const words = first < 0 ? [] : args.slice(first);
  const stray = words.find((word) => !isTaint(word));
  if (stray !== undefined) throw new Failure(`all resources must be specified before taint changes: ${stray}`);
  if (resources.length === 0) throw new Failure("one or more resources must be specified as <resource> <name>");
  if (words.length === 0) throw new Failure("at least one taint update is required");
  const changes = parse(context, words);
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("setting 'all' parameter with a non empty selector is prohibited");
  const [type = ""] = resources;
  if (type.includes("/")) throw new PlainFailure(`the server doesn't have a resource type ${JSON.stringify(type)}`);
  if (!["node", "nodes", "no"].includes(type)) throw new Failure(`invalid resource type ${type}, only node types are supported`);
  if (resources.length < 2 && !flags.bool("all") && flags.string("selector") === "") throw new Failure("at least one resource name must be specified since 'all' parameter is not set");
  const both = changes.add.filter((one) => changes.remove.some((other) => other.key === one.key && other.effect === one.effect));
  if (both.length > 0) throw new Failure(`can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect}`).join(", ")}`);
  const { infos, errors } = yield* find(context, { args: resources, all: flags.bool("all"), ...(flags.string("selector") === "" ? {} : { selector: flags.string("selector") }) });
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      yield* taintOne(context, info, changes);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return 0;
}

function parse(context: Context, words: readonly string[]): Changes {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const word of words) {
    const removal = word.endsWith("-");
    const [left = "", effect = "", ...more] = (removal ? word.slice(0, -1) : word).split(":");
    const [key = "", value = "", ...rest] = effect === "" ? [left] : left.split("=");
    if (more.length > 0 || rest.length > 0) throw usageError(context, `invalid taint spec: ${word}`);
    const problems = qualifiedName(key);
    if (problems.length > 0) throw usageError(context, `invalid taint spec: ${word}, ${problems.join("; ")}`);
    if (!removal && effect === "" && !word.includes(":")) throw usageError(context, `invalid taint spec: ${word}`);
    if ((effect !== "" || (!removal && word.includes(":"))) && !EFFECTS.includes(effect)) throw usageError(context, `invalid taint effect: ${effect}, unsupported taint effect`);
    const one = { key, value, effect };
    if (!removal && add.some((other) => other.key === key && other.effect === effect)) throw usageError(context, `duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`);
    (removal ? remove : add).push(one);
  }
  return { add, remove };
}

function textOf({ key, value, effect }: Taint): string {
  return `${key}${value === "" ? "" : `=${value}`}${effect === "" ? "" : `:${effect}`}`;
}

function* taintOne(context: Context, info: Info, { add, remove }: Changes): Task {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  const before: readonly Json[] = listAt(info.object, "spec", "taints");
  const same = (one: Json, { key, effect }: Taint): boolean => textAt(one, "key") === key && (effect === "" || textAt(one, "effect") === effect);
  const clashes = before.filter((one) => add.some((taint) => same(one, taint)));
  if (clashes.length > 0 && !flags.bool("overwrite")) {
    const shown = clashes.map((one) => textAt(one, "key")).join(",");
    throw new Failure(`node ${info.name} already has ${shown} taint(s) with same effect(s) and --overwrite is false`);
  }
  const missing = remove.filter((taint) => !before.some((one) => same(one, taint)));
  throwAll(missing.map((taint) => new Failure(`taint ${JSON.stringify(textOf(taint))} not found`)));
  const kept = before.filter((one) => ![...add, ...remove].some((taint) => same(one, taint)));
  const after = [...kept, ...add.map(({ key, value, effect }) => ({ key, effect, ...(value === "" ? {} : { value }) }))];
  const result = dryRun === "client" ? { ...(info.object as object), spec: { taints: after } } : yield* patchObject(context, info, "merge", { spec: { taints: after.length === 0 ? null : after } }, { dryRun, manager: managerOf(context, "kubectl-taint") });
  const words = [...(add.length > 0 && clashes.length > 0 ? ["modified"] : add.length > 0 ? ["tainted"] : []), ...(remove.length > 0 && add.length === 0 ? ["untainted"] : [])];
  yield* new Reporter(context, "none").say(result, add.length > 0 && remove.length > 0 ? "modified" : (words[0] ?? "tainted"));
}

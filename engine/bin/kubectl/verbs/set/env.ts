/** `kubectl set env`: kubectl/pkg/cmd/set/set_env.go. */
import type { Task } from "../../../../core/task";
import { findAll, type Info, objectOf } from "../../builder";
import type { Command, Context } from "../../command";
import { Failure, throwAll } from "../../errors";
import { isMap, type Json, type JsonMap, listAt, mapAt, textAt } from "../../json";
import { variableName } from "../create/config";
import { printVariable } from "./env-value";
import { changeAll, changeContainers, containerNamesOf, findForSet, matchesName, podSpecPath, SET_FLAGS, withPodSpec } from "./template";

export const env: Command = {
  name: "env",
  summary: "Update environment variables on a pod template",
  usage: "set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]",
  flags: [
    ...SET_FLAGS,
    { name: "containers", short: "c", kind: "string", default: "*", usage: "The names of containers in the selected pod templates to change." },
    { name: "env", short: "e", kind: "array", usage: "Specify a key-value pair for an environment variable to set into each container." },
    { name: "from", kind: "string", usage: "The name of a resource from which to inject environment variables" },
    { name: "keys", kind: "list", usage: "Comma-separated list of keys to import from specified resource" },
    { name: "list", kind: "bool", usage: "If true, display the environment and any changes in the standard format." },
    { name: "overwrite", kind: "bool", default: "true", usage: "If true, allow environment to be overwritten." },
    { name: "prefix", kind: "string", usage: "Prefix to append to variable names" },
    { name: "resolve", kind: "bool", usage: "If true, show secret or configmap references when listing variables." },
  ],
  run,
};

type Changes = { readonly set: readonly JsonMap[]; readonly remove: readonly string[] };

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const isChange = (word: string): boolean => /^.+=/s.test(word) || word.endsWith("-");
  const first = args.findIndex(isChange);
  const resources = first < 0 ? args : args.slice(0, first);
  const words = first < 0 ? [] : args.slice(first);
  if (words.some((word) => !isChange(word))) throw new Failure(`all resources must be specified before environment changes: ${args.join(" ")}`);
  if (resources.length === 0 && flags.list("filename").length === 0) throw new Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (flags.bool("list") && flags.string("output") !== "") throw new Failure("--list and --output may not be specified together");
  if (flags.list("keys").length > 0 && flags.string("from") === "") throw new Failure("when specifying --keys, a configmap or secret must be provided with --from");
  const given = yield* changesIn(context, [...flags.list("env"), ...words]);
  const changes = { ...given, set: yield* named(context, given.set) };
  const found = yield* findForSet(context, resources);
  if (flags.bool("list")) {
    for (const info of found.infos) yield* listEnv(context, info, changes);
    throwAll(found.errors);
    return 0;
  }
  throwAll(found.errors);
  for (const info of found.infos) yield* warnOfNone(context, info);
  return yield* changeAll(context, found, "env updated", (object, info) => changed(context, object, info, changes), { failing: "failed to patch env update to pod template: " });
}

/** KEY=value, KEY- and "-", which reads more of the first kind from standard input: envutil.ParseEnv. */
function* changesIn(context: Context, words: readonly string[]): Task<Changes> {
  const set: JsonMap[] = [];
  const remove: string[] = [];
  for (const word of words) {
    const equals = word.indexOf("=");
    if (word === "-") set.push(...linesOf(yield* context.proc.readAll()));
    else if (equals >= 0) {
      const name = word.slice(0, equals);
      const problems = variableName(name);
      if (problems.length > 0) throw new Failure(`${JSON.stringify(name)} is not a valid key name: ${problems.join(";")}`);
      set.push({ name, value: word.slice(equals + 1) });
    } else if (word.endsWith("-")) remove.push(word.slice(0, -1));
    else throw new Failure(`unknown environment variable: ${word}`);
  }
  if (set.some(({ name }) => remove.includes(String(name)))) throw new Failure("can not both modify and remove the same environment variable in the same command");
  return { set, remove };
}

function linesOf(text: string): readonly JsonMap[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*$/, ""));
  return lines.filter((line) => line.includes("=")).map((line) => ({ name: line.slice(0, line.indexOf("=")), value: line.slice(line.indexOf("=") + 1) }));
}

/** What --from adds, and all names as --prefix and a shell want them. */
function* named(context: Context, given: readonly JsonMap[]): Task<readonly JsonMap[]> {
  const { flags, proc } = context;
  if (flags.string("from") === "") return given;
  const all = [...given];
  for (const { resource, object, name: source } of yield* findAll(context, { args: [flags.string("from")] })) {
    const ref = resource.kind === "Secret" ? "secretKeyRef" : resource.kind === "ConfigMap" ? "configMapKeyRef" : undefined;
    if (ref === undefined) throw new Failure("unsupported resource specified in --from");
    const keys = Object.keys(mapAt(object, "data")).sort();
    for (const key of keys) {
      if (flags.list("keys").length > 0 && !flags.list("keys").includes(key)) continue;
      all.push({ name: key, valueFrom: { [ref]: { key, name: source } } });
    }
  }
  const named: JsonMap[] = [];
  for (const variable of all) {
    const name = textAt(variable, "name");
    const upper = name.replace(/[^a-zA-Z0-9_]/g, "_").toUpperCase();
    if (upper !== name) yield* proc.err(`Warning: key ${name} transferred to ${upper}\n`);
    named.push({ ...variable, name: `${flags.string("prefix")}${upper}` });
  }
  return named;
}

function* warnOfNone(context: Context, info: Info): Task {
  const path = podSpecPath(info.resource.kind);
  const pattern = context.flags.string("containers");
  if (path === undefined || containerNamesOf(mapAt(info.object, ...path)).some((name) => matchesName(pattern, name))) return;
  yield* context.proc.err(`Warning: ${info.resource.kind}/${info.name} does not have any containers matching ${JSON.stringify(pattern)}\n`);
}

function changed({ flags }: Context, object: JsonMap, info: Info, changes: Changes): JsonMap {
  const chosen = (name: string): boolean => matchesName(flags.string("containers"), name);
  return withPodSpec(object, info.resource.kind, (spec) =>
    changeContainers(spec, chosen, (container) => {
      const after = updated(listAt(container, "env"), changes, flags.bool("overwrite"));
      const { env: _, ...bare } = container;
      return after.length === 0 ? bare : { ...container, env: after };
    }),
  );
}

/** Of a name that is set twice the first value counts. */
function updated(before: readonly Json[], { set, remove }: Changes, overwrite: boolean): readonly Json[] {
  const wanted = new Map([...set].reverse().map((variable) => [String(variable.name), variable]));
  if (!overwrite) {
    const clash = before.find((one) => wanted.has(textAt(one, "name")));
    if (clash !== undefined) throw new Failure(`'${textAt(clash, "name")}' already has a value (${textAt(clash, "value")}), and --overwrite is false`);
  }
  const kept = before.filter((one) => !remove.includes(textAt(one, "name")));
  const out: Json[] = kept.map((one) => wanted.get(textAt(one, "name")) ?? one);
  for (const [name, variable] of [...wanted].reverse()) if (!kept.some((one) => textAt(one, "name") === name)) out.push(variable);
  return out;
}

/** Containers first, then those that run before them. */
function* listEnv(context: Context, info: Info, changes: Changes): Task {
  const after = changed(context, info.object as JsonMap, info, changes);
  const spec = mapAt(after, ...(podSpecPath(info.resource.kind) ?? []));
  for (const container of [...listAt(spec, "containers"), ...listAt(spec, "initContainers")]) {
    if (!isMap(container) || !matchesName(context.flags.string("containers"), textAt(container, "name"))) continue;
    yield* context.proc.out(`# ${info.resource.kind} ${objectOf(info).metadata.name ?? ""}, container ${textAt(container, "name")}\n`);
    for (const one of listAt(container, "env")) yield* printVariable(context, info, container, one);
  }
}

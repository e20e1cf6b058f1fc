/** `kubectl set env`: kubectl/pkg/cmd/set/set_env.go. */
import type { Task } from "../../../../core/task";
import { type Info, objectOf } from "../../builder";
import type { Command, Context } from "../../command";
import { Failure, throwAll } from "../../errors";
import { isMap, type Json, type JsonMap, listAt, mapAt, textAt } from "../../json";
import { changeAll, changeContainers, findForSet, podSpecPath, SET_FLAGS, withPodSpec } from "./template";

export const env: Command = {
  name: "env",
  summary: "Update environment variables on a pod template",
  usage: "set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]",
  flags: [
    ...SET_FLAGS,
    { name: "containers", short: "c", kind: "string", default: "*", usage: "The names of containers in the selected pod templates to change." },
    { name: "env", short: "e", kind: "array", usage: "Specify a key-value pair for an environment variable to set into each container." },
    { name: "from", kind: "string", usage: "The name of a resource from which to inject environment variables", refused: true },
    { name: "keys", kind: "list", usage: "Comma-separated list of keys to import from specified resource", refused: true },
    { name: "list", kind: "bool", usage: "If true, display the environment and any changes in the standard format." },
    { name: "overwrite", kind: "bool", default: "true", usage: "If true, allow environment to be overwritten." },
    { name: "prefix", kind: "string", usage: "Prefix to append to variable names", refused: true },
    { name: "resolve", kind: "bool", usage: "If true, show secret or configmap references when listing variables.", refused: true },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const isChange = (word: string): boolean => word.includes("=") || (word.endsWith("-") && word.length > 1);
  const first = args.findIndex(isChange);
  const resources = first < 0 ? args : args.slice(0, first);
  const changes = [...(first < 0 ? [] : args.slice(first)), ...flags.list("env")];
  if (changes.some((word) => !isChange(word))) throw new Failure(`all resources must be specified before environment changes: ${args.join(" ")}`);
  if (resources.length === 0 && flags.list("filename").length === 0) throw new Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (flags.bool("list") && flags.string("output") !== "") throw new Failure("--list and --output may not be specified together");
  const found = yield* findForSet(context, resources);
  const set = new Map(changes.filter((word) => word.includes("=")).map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] as const));
  const remove = changes.filter((word) => !word.includes("=")).map((word) => word.slice(0, -1));
  const pattern = flags.string("containers");
  const change = (object: JsonMap, info: Info): JsonMap =>
    withPodSpec(object, info.resource.kind, (spec) =>
      changeContainers(spec, (name) => matches(pattern, name), (container) => ({ ...container, env: updated(listAt(container, "env"), set, { remove, overwrite: flags.bool("overwrite") }) })),
    );
  if (flags.bool("list")) {
    for (const info of found.infos) yield* listEnv(context, { ...info, object: change(info.object as JsonMap, info) });
    return 0;
  }
  throwAll(found.errors);
  if (changes.length === 0) throw new Failure("at least one environment variable must be provided");
  return yield* changeAll(context, found, "env updated", change);
}

function matches(pattern: string, name: string): boolean {
  return pattern === "*" || pattern === name;
}

function updated(before: readonly Json[], set: ReadonlyMap<string, string>, { remove, overwrite }: { readonly remove: readonly string[]; readonly overwrite: boolean }): readonly Json[] {
  const kept = before.filter((one) => !remove.includes(textAt(one, "name")));
  const out: Json[] = kept.map((one) => {
    const value = set.get(textAt(one, "name"));
    if (value === undefined) return one;
    if (!overwrite) throw new Failure(`'${textAt(one, "name")}' already has a value (${textAt(one, "value")}), and --overwrite is false`);
    return { name: textAt(one, "name"), value };
  });
  for (const [name, value] of set) if (!kept.some((one) => textAt(one, "name") === name)) out.push({ name, value });
  return out;
}

function* listEnv(context: Context, info: Info): Task {
  const spec = mapAt(info.object, ...(podSpecPath(info.resource.kind) ?? []));
  for (const list of ["initContainers", "containers"]) {
    for (const container of listAt(spec, list)) {
      if (!matches(context.flags.string("containers"), textAt(container, "name"))) continue;
      yield* context.proc.out(`# ${info.resource.kind} ${objectOf(info).metadata.name ?? ""}, container ${textAt(container, "name")}\n`);
      for (const one of listAt(container, "env")) yield* context.proc.out(`${line(one)}\n`);
    }
  }
}

function line(variable: Json): string {
  const name = textAt(variable, "name");
  const from = isMap(variable) ? (variable.valueFrom as JsonMap | undefined) : undefined;
  if (from === undefined) return `${name}=${textAt(variable, "value")}`;
  if ("configMapKeyRef" in from) return `# ${name} from configmap ${textAt(from, "configMapKeyRef", "name")}, key ${textAt(from, "configMapKeyRef", "key")}`;
  if ("secretKeyRef" in from) return `# ${name} from secret ${textAt(from, "secretKeyRef", "name")}, key ${textAt(from, "secretKeyRef", "key")}`;
  return `# ${name} from field path ${textAt(from, "fieldRef", "fieldPath")}`;
}

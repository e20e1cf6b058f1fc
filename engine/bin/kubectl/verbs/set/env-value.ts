/** `kubectl set env --list`: a variable's value, or where it comes from; --resolve looks it up. kubectl/pkg/cmd/set/env/env_resolve.go. */
import type { Task } from "../../../../core/task";
import { text } from "../../../../core/bytes";
import { fromBase64 } from "../../base64";
import type { Info } from "../../builder";
import { resourcePath } from "../../client";
import type { Context } from "../../command";
import { ServerError } from "../../errors";
import { at, type Json, type JsonMap, mapAt, textAt } from "../../json";

export function* printVariable(context: Context, info: Info, container: JsonMap, variable: Json): Task {
  const { proc, flags } = context;
  const name = textAt(variable, "name");
  const from = mapAt(variable, "valueFrom");
  if (at(variable, "valueFrom") === undefined) yield* proc.out(`${name}=${textAt(variable, "value")}\n`);
  else if (!flags.bool("resolve")) yield* proc.out(`# ${name} from ${reference(from)}\n`);
  else {
    const { value, problem } = yield* resolved(context, info, container, from);
    yield* proc.out(problem === undefined ? `${name}=${value}\n` : `# ${name} retrieval error: ${problem}\n`);
  }
}

function reference(from: JsonMap): string {
  if ("fieldRef" in from) return `field path ${textAt(from, "fieldRef", "fieldPath")}`;
  if ("resourceFieldRef" in from) {
    const container = textAt(from, "resourceFieldRef", "containerName");
    return `resource field ${container === "" ? "" : `${container}/`}${textAt(from, "resourceFieldRef", "resource")}`;
  }
  const [what, ref] = "secretKeyRef" in from ? ["secret", "secretKeyRef"] : ["configmap", "configMapKeyRef"];
  return `${what} ${textAt(from, ref, "name")}, key ${textAt(from, ref, "key")}`;
}

type Resolved = { readonly value: string; readonly problem?: string };

function* resolved(context: Context, info: Info, container: JsonMap, from: JsonMap): Task<Resolved> {
  if ("fieldRef" in from) return fieldOf(info, textAt(from, "fieldRef", "fieldPath"));
  if ("resourceFieldRef" in from) {
    const [list = "", name = ""] = textAt(from, "resourceFieldRef", "resource").split(".");
    return { value: textAt(container, "resources", list, name) || "0" };
  }
  const isSecret = "secretKeyRef" in from;
  const ref = mapAt(from, isSecret ? "secretKeyRef" : "configMapKeyRef");
  const [name, key] = [textAt(ref, "name"), textAt(ref, "key")];
  try {
    const resource = yield* context.discovery.resource(isSecret ? "secrets" : "configmaps");
    const value = at(yield* context.client.get(resourcePath(resource, info.namespace, name)), "data", key);
    if (typeof value !== "string") return { value: "", problem: `key ${key} not found in ${isSecret ? "secret" : "config map"} ${name}` };
    return { value: isSecret ? text(fromBase64(value) ?? new Uint8Array()) : value };
  } catch (error) {
    if (error instanceof ServerError) return { value: "", problem: error.message };
    throw error;
  }
}

function fieldOf({ object }: Info, path: string): Resolved {
  const key = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (key !== null) return { value: textAt(object, "metadata", key[1] ?? "", key[2] ?? "") };
  if (["metadata.name", "metadata.namespace", "metadata.uid"].includes(path)) return { value: textAt(object, ...path.split(".")) };
  return { value: "", problem: `unsupported fieldPath: ${path}` };
}

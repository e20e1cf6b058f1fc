/**
 * Objects from files: `-f file`, `-f directory` and `-f -`, as cli-runtime's builder reads them.
 * Several documents in a file are several objects; a List is its items.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { Failure, NotModelled } from "./errors";
import { DecodeError, decodeField } from "../../kube/schema/decode";
import { isMap, type Obj } from "./json";
import { jsonMistake } from "./json-syntax";
import type { Context } from "./command";
import { type ReadManifestYaml, YamlError } from "./yaml-error";

/** One object and where it came from: the file's path, or "STDIN". */
export type Manifest = { readonly object: Obj; readonly source: string };

/** `validating`: say what is missing in the words of kubectl's validation, as apply, create and replace do. */
export function* readManifests(context: Context, filenames: readonly string[], how: { readonly recursive: boolean; readonly validating: boolean }): Task<{ readonly manifests: readonly Manifest[]; readonly errors: readonly Error[] }> {
  const { proc } = context;
  const manifests: Manifest[] = [];
  const errors: Error[] = [];
  // A file that cannot be read does not keep the others from being done.
  const add = (text: string, source: string): void => {
    try {
      for (const manifest of eachObject(context, text, source, how.validating)) manifests.push(manifest);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
    }
  };
  for (const filename of filenames) {
    if (filename === "-") add(yield* proc.readAll(), "STDIN");
    else if (/^https?:\/\//.test(filename)) throw new NotModelled("--filename=URL");
    else for (const path of filesAt(proc, filename, how.recursive)) add(proc.fs.readText(proc.resolve(path)), path);
  }
  return { manifests, errors };
}

function filesAt(proc: Proc, filename: string, recursive: boolean): readonly string[] {
  const path = proc.resolve(filename);
  if (!proc.fs.exists(path)) throw new Failure(`the path ${JSON.stringify(filename)} does not exist`);
  if (!proc.fs.isDirectory(path)) return [filename];
  const found = manifestsBelow(proc, filename.replace(/(?<=.)\/$/, ""), recursive);
  if (found.length > 0) return found;
  throw new Failure(`error reading [${filename}]: recognized file extensions are [.json .yaml .yml]`);
}

function manifestsBelow(proc: Proc, directory: string, recursive: boolean): readonly string[] {
  return [...proc.fs.list(proc.resolve(directory))].sort().flatMap((name) => {
    const path = directory === "." ? name : `${directory}/${name}`;
    if (proc.fs.isDirectory(proc.resolve(path))) return recursive ? manifestsBelow(proc, path, true) : [];
    return /\.(json|yaml|yml)$/.test(name) ? [path] : [];
  });
}

/** The objects of one file's text. */
export function objectsIn(context: Context, text: string, source: string, validating = false): readonly Manifest[] {
  return [...eachObject(context, text, source, validating)];
}

/** One after the other, so that those before a mistake are had. */
function* eachObject({ readYaml }: Context, text: string, source: string, validating: boolean): Generator<Manifest> {
  for (const part of text.split(/^---(?=\s|$).*\n?/m)) {
    for (const document of documentsIn(readYaml, part, source)) {
      if (validating) validate(document, source);
      yield* flatten(document, source);
    }
  }
}

/** kubectl/pkg/validation: only what can be said without the server, which checks the rest. */
function validate(document: unknown, source: string): void {
  const problem = (name: "apiVersion" | "kind"): readonly string[] => {
    const value = isMap(document) ? document[name] : undefined;
    if (value === undefined || value === null || value === "") return [`${name} not set`];
    if (name === "apiVersion" && typeof value === "string" && value.split("/").length > 2) return [`unexpected GroupVersion string: ${value}`];
    return typeof value === "string" ? [] : [`${name} isn't string type`];
  };
  const problems = isMap(document) ? [...problem("apiVersion"), ...problem("kind")] : ["invalid object to validate"];
  if (problems.length === 0) return;
  const what = problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`;
  throw new Failure(`error validating ${JSON.stringify(source)}: error validating data: ${what}; if you choose to ignore these errors, turn validation off with --validate=false`);
}

function documentsIn(readYaml: ReadManifestYaml, text: string, source: string): readonly unknown[] {
  try {
    return readYaml(text === "" || text.endsWith("\n") ? text : `${text}\n`);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const json = text.trimStart().startsWith("{") ? jsonMistake(text) : undefined;
    if (json !== undefined) throw new Failure(`error parsing ${source}: ${json.ended ? "unexpected EOF" : `json: offset ${json.offset}: ${json.message}`}`);
    throw new Failure(`error parsing ${source}: error converting YAML to JSON: yaml: ${error.message}`);
  }
}

function flatten(document: unknown, source: string): readonly Manifest[] {
  if (!isMap(document)) throw undecodable(source, `json: cannot unmarshal ${goKind(document)} into Go value of type unstructured.detector`);
  if (typeof document.kind !== "string" || document.kind === "") throw undecodable(source, `Object 'Kind' is missing in '${JSON.stringify(document)}'`);
  if (typeof document.apiVersion !== "string" || document.apiVersion === "") throw undecodable(source, `Object 'apiVersion' is missing in '${JSON.stringify(document)}'`);
  if (document.kind.endsWith("List") && Array.isArray(document.items)) return document.items.flatMap((item: unknown) => flatten(item, source));
  const { metadata = {} } = document;
  if (!isMap(metadata) && metadata !== null) throw undecodable(source, `json: cannot unmarshal ${goKind(metadata)} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta`);
  try {
    decodeField("Pod", "metadata", metadata); // This much a client reads of any kind.
  } catch (error) {
    throw error instanceof DecodeError ? undecodable(source, error.message) : error;
  }
  return [{ object: { ...document, metadata: metadata ?? {} } as Obj, source }];
}

function undecodable(source: string, why: string): Failure {
  return new Failure(`unable to decode ${JSON.stringify(source)}: ${why}`);
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

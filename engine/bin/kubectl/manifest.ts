/**
 * Objects from files: `-f file`, `-f directory` and `-f -`, as cli-runtime's builder reads them.
 * Several documents in a file are several objects; a List is its items.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { Failure, NotModelled } from "./errors";
import { isMap, type Obj } from "./json";
import type { Context } from "./command";
import { YamlError } from "./yaml-error";

/** One object and where it came from: the file's path, or "STDIN". */
export type Manifest = { readonly object: Obj; readonly source: string };

/** `validating`: say what is missing in the words of kubectl's validation, as apply, create and replace do. */
export function* readManifests(context: Context, filenames: readonly string[], how: { readonly recursive: boolean; readonly validating: boolean }): Task<readonly Manifest[]> {
  const { proc } = context;
  const { recursive, validating } = how;
  const all: Manifest[] = [];
  for (const filename of filenames) {
    if (filename === "-") all.push(...objectsIn(context, yield* proc.readAll(), "STDIN", validating));
    else if (/^https?:\/\//.test(filename)) throw new NotModelled("--filename=URL");
    else for (const path of filesAt(proc, filename, recursive)) all.push(...objectsIn(context, proc.fs.readText(proc.resolve(path)), path, validating));
  }
  return all;
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
    const path = `${directory}/${name}`;
    if (proc.fs.isDirectory(proc.resolve(path))) return recursive ? manifestsBelow(proc, path, true) : [];
    return /\.(json|yaml|yml)$/.test(name) ? [path] : [];
  });
}

/** The objects of one file's text. */
export function objectsIn(context: Context, text: string, source: string, validating = false): readonly Manifest[] {
  return documentsIn(context, text, source).flatMap((document) => {
    if (validating) validate(document, source);
    return flatten(document, source);
  });
}

/** kubectl/pkg/validation: only what can be said without the server, which checks the rest. */
function validate(document: unknown, source: string): void {
  const said = (name: "apiVersion" | "kind"): boolean => isMap(document) && typeof document[name] === "string" && document[name] !== "";
  const missing = (["apiVersion", "kind"] as const).filter((name) => !said(name)).map((name) => `${name} not set`);
  if (isMap(document) && missing.length === 0) return;
  const what = !isMap(document) ? "invalid object to validate" : missing.length === 1 ? (missing[0] ?? "") : `[${missing.join(", ")}]`;
  throw new Failure(`error validating ${JSON.stringify(source)}: error validating data: ${what}; if you choose to ignore these errors, turn validation off with --validate=false`);
}

function documentsIn({ readYaml }: Context, text: string, source: string): readonly unknown[] {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Failure(`error parsing ${source}: error converting YAML to JSON: yaml: ${error.message}`);
  }
}

function flatten(document: unknown, source: string): readonly Manifest[] {
  if (!isMap(document)) throw new Failure(`unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${goKind(document)} into Go value of type unstructured.detector`);
  if (typeof document.kind !== "string" || document.kind === "") {
    throw new Failure(`unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${JSON.stringify(document)}'`);
  }
  if (typeof document.apiVersion !== "string" || document.apiVersion === "") {
    throw new Failure(`unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${JSON.stringify(document)}'`);
  }
  if (document.kind.endsWith("List") && Array.isArray(document.items)) return document.items.flatMap((item: unknown) => flatten(item, source));
  const metadata = isMap(document.metadata) ? document.metadata : {};
  return [{ object: { ...document, metadata } as Obj, source }];
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

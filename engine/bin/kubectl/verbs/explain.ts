/**
 * `kubectl explain`: the fields of a kind and their types, from the API's own schema.
 *
 * Differs: no descriptions, since the API here serves none.
 */
import type { Task } from "../../../core/task";
import { type Field, type Layout, structOf, type Type } from "../../../kube/schema/grammar";
import type { Command, Context } from "../command";
import type { ApiResource } from "../api-resource";
import { Failure, NotModelled, PlainFailure } from "../errors";
import { typeOfKind } from "../merge-diff";

export const explain: Command = {
  name: "explain",
  summary: "Get documentation for a resource",
  usage: "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2] [options]",
  flags: [
    { name: "api-version", kind: "string", usage: "Use given api-version (group/version) of the resource." },
    { name: "output", short: "o", kind: "string", default: "plaintext", usage: "Format in which to render the schema.", refused: true },
    { name: "recursive", kind: "bool", usage: "When true, print the name of all the fields recursively." },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { args, flags } = context;
  if (args.length === 0) throw new Failure('You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n');
  if (args.length > 1) throw new Failure("We accept only this format: explain RESOURCE\n");
  const [name = "", ...path] = (args[0] ?? "").split(".");
  const version = flags.string("api-version");
  const resource = yield* resourceNamed(context, version === "" ? name : `${name}.${version.split("/").reverse().join(".")}`);
  const root = typeOfKind(resource.kind);
  if (root === undefined) throw new NotModelled(`explain ${name}`);
  const head = `${resource.group === "" ? "" : `GROUP:      ${resource.group}\n`}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`;
  let type: Type = root;
  let field: Field | undefined;
  for (const step of path) {
    field = fieldsOf(type).find((one) => one.name === step);
    if (field === undefined) {
      yield* context.proc.out(head);
      throw new Failure(`field ${JSON.stringify(step)} does not exist`);
    }
    type = field.type;
  }
  const chosen = field === undefined ? "" : `FIELD: ${field.name} ${typeName(field.type)}\n\n\n`;
  const fields = fieldsOf(type);
  const below = fields.length === 0 ? "" : `FIELDS:\n${fieldLines(fields, 1, flags.bool("recursive"), [])}`;
  yield* context.proc.out(`${head}${chosen}DESCRIPTION:\n    <empty>\n${below}\n`);
  return 0;
}

/** What the server does not have is said without "error: ": the discovery's own error comes through. */
function* resourceNamed({ discovery }: Context, name: string): Task<ApiResource> {
  try {
    return yield* discovery.resource(name);
  } catch (error) {
    throw error instanceof Failure ? new PlainFailure(error.message) : error;
  }
}

function inner(type: Type): Type {
  if (type.kind === "pointer") return inner(type.to);
  return type.kind === "list" || type.kind === "map" ? inner(type.of) : type;
}

/** The fields below a type, by name; none below a scalar. */
function fieldsOf(type: Type): readonly Field[] {
  const struct = inner(type);
  if (struct.kind !== "struct") return [];
  const { layout, typeMeta } = structOf(struct.name);
  const text: Type = { kind: "scalar", scalar: "string", goName: "string" };
  const meta: readonly Field[] = typeMeta ? ["apiVersion", "kind"].map((name, i): Field => ({ name, place: 0, number: i + 1, goName: name, type: text, omitEmpty: true, omitZero: false, optional: true, patch: undefined })) : [];
  return [...meta, ...flatten(layout)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function flatten(layout: Layout): readonly Field[] {
  return layout.flatMap((one) => ("embedded" in one ? flatten(one.layout) : [one]));
}

/** "<string>", "<[]Container>", "<map[string]string>" */
function typeName(type: Type): string {
  return `<${bare(type)}>`;
}

function bare(type: Type): string {
  switch (type.kind) {
    case "pointer":
      return bare(type.to);
    case "list":
      return `[]${bare(type.of)}`;
    case "map":
      return `map[string]${bare(type.of)}`;
    case "struct":
      return type.name;
    case "scalar":
      return { bool: "boolean", int: "integer", int32: "integer", int64: "integer", float64: "number", Time: "string", MicroTime: "string", byte: "string" }[type.scalar as string] ?? type.scalar;
  }
}

function fieldLines(fields: readonly Field[], level: number, recursive: boolean, within: readonly string[]): string {
  const indent = "  ".repeat(level);
  return fields
    .map((field) => {
      const isOptional = field.omitEmpty || field.omitZero || (field.type.kind === "pointer" && field.type.to.kind === "scalar");
      const required = isOptional ? "" : " -required-";
      const line = `${indent}${field.name}\t${typeName(field.type)}${required}\n`;
      const struct = inner(field.type);
      const deeper = recursive && struct.kind === "struct" && !within.includes(struct.name) ? fieldLines(fieldsOf(field.type), level + 1, true, [...within, struct.name]) : "";
      return recursive ? line + deeper : `${line}${indent}  <no description>\n\n`;
    })
    .join("");
}

/**
 * /openapi/v2: all kinds in one document, which kubectl before 1.27 validates and explains with,
 * and asks whether a kind knows dry runs. Made of the documents of version 3; client-go wants it
 * as protobuf: gnostic's openapi.v2.Document, whose field numbers these are.
 */
const PROTOBUF = "com.github.proto-openapi.spec.v2";
const INFO = { title: "Kubernetes", version: "v1.36.0" } as const;

type Json = Readonly<Record<string, unknown>>;
export type V3 = { readonly paths?: Readonly<Record<string, Json>>; readonly components?: { readonly schemas?: Readonly<Record<string, Json>> } };
export type Document = { readonly contentType: string; readonly body: Buffer };

export function openapiV2(accept: string, documents: readonly V3[]): Document {
  const definitions: Readonly<Record<string, Json>> = Object.assign({}, ...documents.map(({ components }) => Object.fromEntries(Object.entries(components?.schemas ?? {}).map(([name, schema]) => [name, toV2(schema)]))));
  const paths: Readonly<Record<string, Json>> = Object.assign({}, ...documents.map(({ paths = {} }) => paths));
  if (!accept.includes(PROTOBUF)) return { contentType: "application/json", body: Buffer.from(`${JSON.stringify({ swagger: "2.0", info: INFO, paths: {}, definitions })}\n`) };
  const named = Object.entries(definitions).map(([name, schema]) => field(1, namedSchema(name, schema)));
  const info = Buffer.concat([text(1, INFO.title), text(2, INFO.version)]);
  const patches = Object.entries(paths).flatMap(([path, item]) => (isMap(item.patch) ? [field(2, Buffer.concat([text(1, path), field(2, field(8, operation(item.patch)))]))] : []));
  return { contentType: `application/${PROTOBUF}.v1.0+protobuf`, body: Buffer.concat([text(1, "2.0"), field(2, info), field(8, Buffer.concat(patches)), field(9, Buffer.concat(named))]) };
}

/** A schema of version 3 in the words of version 2: references stand alone, and nothing has two types. */
function toV2(schema: Json): Json {
  const { allOf, oneOf, properties, items, additionalProperties, ...rest } = schema;
  const [reference] = (allOf as readonly Json[] | undefined) ?? [];
  if (reference !== undefined) return { ...rest, $ref: String(reference.$ref).replace("#/components/schemas/", "#/definitions/") };
  return {
    ...rest,
    ...(oneOf !== undefined && { type: "string" }),
    ...(isMap(properties) && { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, toV2(property as Json)])) }),
    ...(isMap(items) && { items: toV2(items) }),
    ...(isMap(additionalProperties) && { additionalProperties: toV2(additionalProperties) }),
  };
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** message Schema */
function encode(schema: Json): Buffer {
  const { $ref, format, description, required, additionalProperties, type, items, properties } = schema as Json & { readonly required?: readonly string[] };
  const parts = [
    optional($ref, (value) => text(1, String(value))),
    optional(format, (value) => text(2, String(value))),
    optional(description, (value) => text(4, String(value))),
    ...(required ?? []).map((name) => text(19, name)),
    optional(additionalProperties, (value) => field(21, field(1, encode(value as Json)))),
    optional(type, (value) => field(22, text(1, String(value)))),
    optional(items, (value) => field(23, field(1, encode(value as Json)))),
    optional(properties, (value) => field(25, Buffer.concat(Object.entries(value as Readonly<Record<string, Json>>).map(([name, property]) => field(1, namedSchema(name, property)))))),
    ...extensions(31, schema),
  ];
  return Buffer.concat(parts);
}

function namedSchema(name: string, schema: Json): Buffer {
  return Buffer.concat([text(1, name), field(2, encode(schema))]);
}

/** message Operation: its query parameters and its extensions. */
function operation(given: Json): Buffer {
  const parameters = ((given.parameters as readonly Json[] | undefined) ?? []).map(({ name }) => field(8, field(1, field(2, field(3, Buffer.concat([text(2, "query"), text(4, String(name)), text(5, "string")]))))));
  return Buffer.concat([...parameters, ...extensions(13, given)]);
}

/** NamedAny for all that begins with x-; its value is YAML, and so is JSON. */
function extensions(number: number, given: Json): readonly Buffer[] {
  return Object.entries(given)
    .filter(([name]) => name.startsWith("x-"))
    .map(([name, value]) => field(number, Buffer.concat([text(1, name), field(2, text(2, JSON.stringify(value)))])));
}

function optional(value: unknown, make: (value: unknown) => Buffer): Buffer {
  return value === undefined ? Buffer.alloc(0) : make(value);
}

/** A length-delimited field. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value, "utf8"));
}

/**
 * The sentences of `kubectl explain`: from the doc comments of the package kubernetes-types, laid
 * over the OpenAPI of the world's server, which knows names and types only. Here and not in the
 * engine, since a browser has no use for their half megabyte.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

type Docs = { readonly text: string; readonly fields: ReadonlyMap<string, string> };
type Schema = { readonly properties?: Readonly<Record<string, object>> };
type Document = { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } };

/** The files whose interfaces a group's document may mention: its own, then those that everything uses. */
function filesOf(group: string): readonly string[] {
  const name = group === "" ? "core" : (group.split(".")[0] ?? "");
  return [...new Set([`${name}/v1.d.ts`, "core/v1.d.ts", "meta/v1.d.ts"])];
}

export class Descriptions {
  readonly #folder: string | undefined;
  readonly #read = new Map<string, ReadonlyMap<string, Docs>>();
  readonly #made = new Map<string, unknown>();

  constructor(root = import.meta.url) {
    try {
      this.#folder = path.dirname(createRequire(root).resolve("kubernetes-types/package.json"));
    } catch {
      this.#folder = undefined;
    }
  }

  /** The answer to a request for /openapi/v3/…, with descriptions where there are some. */
  onto(at: string, body: unknown): unknown {
    const [, group] = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/[^/]+$/.exec(at) ?? [undefined];
    if (this.#folder === undefined || !/^\/openapi\/v3\/apis?\//.test(at) || !isDocument(body)) return body;
    const known = this.#made.get(at);
    if (known !== undefined) return known;
    const docs = filesOf(group ?? "").map((file) => this.#docsIn(file));
    const schemas = Object.fromEntries(Object.entries(body.components.schemas).map(([name, schema]) => [name, described(schema, docsOf(docs, name))]));
    const made = { ...body, components: { ...body.components, schemas } };
    this.#made.set(at, made);
    return made;
  }

  #docsIn(file: string): ReadonlyMap<string, Docs> {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const full = path.join(this.#folder ?? "", file);
    const docs = existsSync(full) ? parse(readFileSync(full, "utf8")) : new Map<string, Docs>();
    this.#read.set(file, docs);
    return docs;
  }
}

function isDocument(body: unknown): body is Document {
  return typeof body === "object" && body !== null && "components" in body;
}

function docsOf(files: readonly ReadonlyMap<string, Docs>[], schema: string): Docs | undefined {
  const name = schema.slice(schema.lastIndexOf(".") + 1);
  return files.map((file) => file.get(name)).find((docs) => docs !== undefined);
}

function described(schema: Schema, docs: Docs | undefined): Schema {
  if (docs === undefined) return schema;
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const text = docs.fields.get(name);
    return [name, text === undefined ? property : { description: text, ...property }];
  });
  return { ...(docs.text !== "" && { description: docs.text }), ...schema, ...(properties.length > 0 && { properties: Object.fromEntries(properties) as Schema["properties"] & object }) };
}

/** A line's end inside a comment, while there is one line to a comment. */
const BREAK = "\u2028";

/** Each interface's comment and those of its fields, which stand on the lines before them. */
function parse(source: string): ReadonlyMap<string, Docs> {
  const found = new Map<string, { text: string; fields: Map<string, string> }>();
  let current: Map<string, string> | undefined;
  let said = "";
  for (const line of source.replace(/\/\*\*(?:\s*\n\s*\*)?\s*([\s\S]*?)\s*\*\//g, (_, text: string) => `/** ${text.replace(/[ \t]*\n[ \t]*\*? ?/g, BREAK)} */`).split("\n")) {
    const [, comment] = /^\s*\/\*\* (.*) \*\/$/s.exec(line) ?? [];
    const [, name] = /^export interface (\w+)/.exec(line) ?? [];
    const [, field] = /^ {4}(?:readonly )?"?([\w$-]+)"?\??:/.exec(line) ?? [];
    if (name !== undefined) {
      current = new Map();
      found.set(name, { text: said, fields: current });
    } else if (field !== undefined && said !== "") current?.set(field, said);
    said = (comment ?? "").replaceAll(BREAK, "\n");
  }
  return found;
}

/**
 * /openapi/v3: what kubectl asks before it validates, merges or explains. Made from schema/, so
 * there is one truth about fields.
 *
 * Differs: no prose. `kubectl explain` gets its sentences elsewhere; here are names and types.
 */
import { apiVersionOf } from "../api-version";
import type { Definition } from "../resources/definition";
import { definitionOf, KINDS } from "../resources/registry";
import { type Field, type Struct, structOf, type Type } from "../schema/grammar";

type Json = Readonly<Record<string, unknown>>;

const META: ReadonlySet<string> = new Set(["ObjectMeta", "OwnerReference", "ManagedFieldsEntry", "LabelSelector", "LabelSelectorRequirement", "Condition", "DeleteOptions", "Preconditions", "ListMeta"]);

/** "io.k8s.api.apps.v1.DeploymentSpec": explain shows the last part. */
function schemaName(name: string): string {
  return META.has(name) ? `io.k8s.apimachinery.pkg.apis.meta.v1.${name}` : `io.k8s.api.v1.${name}`;
}

/** Undefined when the path is not one of OpenAPI's. */
export function openapi(path: string): Json | undefined {
  const groups = groupVersions();
  if (path === "/openapi/v3") {
    return { paths: Object.fromEntries([...groups.keys()].map((at) => [at, { serverRelativeURL: `/openapi/v3/${at}?hash=${hashOf(at)}` }])) };
  }
  const at = path.startsWith("/openapi/v3/") ? path.slice("/openapi/v3/".length) : "";
  const definitions = groups.get(at);
  return definitions && document(definitions);
}

/** It never changes while the server runs: the path itself will do for a hash. */
function hashOf(at: string): string {
  return [...at].map((c) => c.charCodeAt(0).toString(16)).join("").toUpperCase();
}

function groupVersions(): ReadonlyMap<string, readonly Definition[]> {
  const groups = new Map<string, Definition[]>();
  for (const kind of KINDS) {
    const definition = definitionOf(kind) as unknown as Definition;
    const at = definition.group === "" ? "api/v1" : `apis/${apiVersionOf(definition)}`;
    groups.set(at, [...(groups.get(at) ?? []), definition]);
  }
  return groups;
}

function document(definitions: readonly Definition[]): Json {
  const schemas: Record<string, Json> = { ...SCALARS };
  for (const definition of definitions) collect(structOf(definition.kind), schemas, definition);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths: Object.fromEntries(definitions.flatMap(pathsOf)),
    components: { schemas },
  };
}

const SCALARS: Readonly<Record<string, Json>> = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": { type: "string", format: "date-time" },
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": { type: "string", format: "date-time" },
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": { type: "object" },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { oneOf: [{ type: "string" }, { type: "number" }] },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { oneOf: [{ type: "integer" }, { type: "string" }], format: "int-or-string" },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "object" },
};

function collect(struct: Struct, schemas: Record<string, Json>, definition?: Definition): void {
  const name = schemaName(struct.name);
  if (schemas[name] !== undefined) return;
  const properties: Record<string, Json> = struct.typeMeta ? { apiVersion: { type: "string" }, kind: { type: "string" } } : {};
  const required: string[] = [];
  const schema: Record<string, unknown> = { type: "object", properties };
  schemas[name] = schema;
  for (const field of struct.fields.values()) {
    properties[field.name] = propertyOf(field);
    // A pointer to a scalar is there so that it may be left out, whatever its tag says (grpc.service).
    const isOptional = field.omitEmpty || field.omitZero || (field.type.kind === "pointer" && field.type.to.kind === "scalar");
    if (!isOptional) required.push(field.name);
    collectType(field.type, schemas);
  }
  if (required.length > 0) schema.required = required;
  if (definition !== undefined) schema["x-kubernetes-group-version-kind"] = [gvk(definition)];
}

function collectType(type: Type, schemas: Record<string, Json>): void {
  if (type.kind === "struct") collect(structOf(type.name), schemas);
  else if (type.kind === "pointer") collectType(type.to, schemas);
  else if (type.kind === "list" || type.kind === "map") collectType(type.of, schemas);
}

function propertyOf({ type, patch }: Field): Json {
  const schema = schemaOf(type);
  if (patch === undefined) return schema;
  const strategy = [patch.merge ? "merge" : "", patch.retainKeys ? "retainKeys" : ""].filter(Boolean).join(",") || "replace";
  return { ...schema, "x-kubernetes-patch-strategy": strategy, ...(patch.mergeKey !== undefined && { "x-kubernetes-patch-merge-key": patch.mergeKey }) };
}

const reference = (name: string): Json => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] });

function schemaOf(type: Type): Json {
  switch (type.kind) {
    case "pointer":
      return schemaOf(type.to);
    case "struct":
      return reference(schemaName(type.name));
    case "list":
      if (type.of.kind === "scalar" && type.of.scalar === "byte") return { type: "string", format: "byte" };
      return { type: "array", items: schemaOf(type.of) };
    case "map":
      return { type: "object", additionalProperties: schemaOf(type.of) };
    case "scalar":
      switch (type.scalar) {
        case "string":
        case "Duration":
          return { type: "string" };
        case "bool":
          return { type: "boolean" };
        case "int":
        case "int32":
        case "byte":
          return { type: "integer", format: "int32" };
        case "int64":
          return { type: "integer", format: "int64" };
        case "float64":
          return { type: "number", format: "double" };
        case "Quantity":
          return reference("io.k8s.apimachinery.pkg.api.resource.Quantity");
        case "IntOrString":
          return reference("io.k8s.apimachinery.pkg.util.intstr.IntOrString");
        case "Raw":
          return reference("io.k8s.apimachinery.pkg.runtime.RawExtension");
        case "Time":
        case "MicroTime":
        case "FieldsV1":
          return reference(`io.k8s.apimachinery.pkg.apis.meta.v1.${type.scalar}`);
      }
  }
}

function gvk({ group, version, kind }: Definition): Json {
  return { group, kind, version };
}

function pathsOf(definition: Definition): readonly (readonly [string, Json])[] {
  const root = definition.group === "" ? "/api/v1" : `/apis/${apiVersionOf(definition)}`;
  const base = definition.namespaced ? `${root}/namespaces/{namespace}/${definition.plural}` : `${root}/${definition.plural}`;
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "pretty"].map((name) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } }));
  const operation = (action: string): Json => ({ operationId: `${action}${definition.kind}`, "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk(definition), parameters, responses: { "200": { description: "OK" } } });
  return [
    [base, { get: operation("list"), post: operation("post"), delete: operation("deletecollection") }],
    [`${base}/{name}`, { get: operation("get"), put: operation("put"), patch: operation("patch"), delete: operation("delete") }],
  ];
}

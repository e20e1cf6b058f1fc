/** POST, PUT, PATCH and DELETE on a resource, as the apiserver's handlers do them. */
import { LIMITS } from "../../core/limits";
import { compare } from "../../core/order";
import { apiVersionOf } from "../api-version";
import { typedProblems } from "../managed/typed-problems";
import type { ApiRequest } from "../api";
import { invalid, invalidObject } from "../field-error";
import { printGoMap } from "../patch/strategic";
import type { Definition } from "../resources/definition";
import { definitionOf } from "../resources/registry";
import { DecodeError, decode } from "../schema/decode";
import { inGoOrder } from "../schema/order";
import { badRequest, failure, isNotFound, methodNotSupported } from "../status";
import type { PatchType, Store } from "../store";
import type { KubeObject, Status } from "../types";
import { type Body, placed, readBody } from "./body";
import { fromEventsV1 } from "./event-view";
import { listPage } from "./list";
import { deleteOptions, writeOptions } from "./options";
import type { Target } from "./path";

export type Written = { readonly status: number; readonly object: KubeObject | Status | readonly KubeObject[] };

function definitionFor(target: Target): Definition {
  return definitionOf(target.kind) as unknown as Definition;
}

function incoming(target: Target, body: Body): Body {
  return target.group === "events.k8s.io" ? (fromEventsV1(body) as Body) : body;
}

export function create(store: Store, target: Target, request: ApiRequest, warnings: string[]): Written {
  const definition = definitionFor(target);
  if (target.name !== undefined) throw methodNotSupported(definition, "create");
  const body = incoming(target, placed(readBody(definition, target, request, warnings), target, false));
  limitSize(body);
  const object = store.create({ ...body, kind: definition.kind } as never, writeOptions(request)) as unknown as KubeObject;
  warnings.push(...(definition.warnings?.(object as never, undefined) ?? []));
  return { status: 201, object };
}

export function update(store: Store, target: Target, request: ApiRequest, warnings: string[]): Written {
  const definition = definitionFor(target);
  if (target.name === undefined) throw methodNotSupported(definition, "update");
  const body = incoming(target, placed(readBody(definition, target, request, warnings), target, true));
  limitSize(body);
  const old = store.get(target.kind, target.name, target.namespace);
  const object = write(store, target, { ...body, kind: definition.kind }, request);
  warnings.push(...(definition.warnings?.(object as never, old as never) ?? []));
  return { status: 200, object };
}

function write(store: Store, target: Target, object: object, request: ApiRequest): KubeObject {
  const options = writeOptions(request);
  const written = target.subresource === "status" ? store.updateStatus(object as never, options) : store.update(object as never, options);
  return written as unknown as KubeObject;
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
  "application/apply-patch+cbor": "apply",
};

export function patchType(definition: Definition, request: ApiRequest): PatchType {
  const type = PATCH_TYPES[(request.contentType ?? "").split(";")[0] ?? ""];
  if (type !== undefined && !(definition.custom && type === "strategic")) return type;
  const accepted = ["application/json-patch+json", "application/merge-patch+json", ...(definition.custom ? [] : ["application/strategic-merge-patch+json"]), "application/apply-patch+yaml", "application/apply-patch+cbor"];
  throw failure(415, "UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`, {});
}

export function patch(store: Store, target: Target, request: ApiRequest, warnings: string[]): Written {
  const definition = definitionFor(target);
  if (target.name === undefined) throw methodNotSupported(definition, "patch");
  const type = patchType(definition, request);
  if (type === "apply") return apply(store, target, request, warnings);
  const old = store.read(target.kind, target.name, target.namespace);
  const patched = store.patched(target.kind, target.name, target.namespace, type, request.body) as unknown as Body;
  if (!("kind" in patched) || !("metadata" in patched)) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(patched)}'`);
  limitSize(patched);
  checkPatched(definition, patched, type, request, warnings);
  const object = write(store, target, placed(patched, target, true), request);
  warnings.push(...(definition.warnings?.(object as never, old as never) ?? []));
  return { status: 200, object };
}

function apply(store: Store, target: Target, request: ApiRequest, warnings: string[]): Written {
  const definition = definitionFor(target);
  const { query = {}, body } = request;
  if (!query.fieldManager) throw invalidObject("meta.k8s.io", "PatchOptions", "", [{ type: "Required value", field: "fieldManager", body: "Required value: is required for apply patch" }]);
  const given = placed(applied(definition, target, body), target, true);
  limitSize(given);
  const old = store.get(target.kind, target.name ?? "", target.namespace);
  const options = { ...writeOptions(request), force: query.force === "true", ...(target.subresource === "status" && { subresource: "status" as const }) };
  const object = store.apply(given as never, options) as unknown as KubeObject;
  warnings.push(...(definition.warnings?.(object as never, old as never) ?? []));
  return { status: old === undefined ? 201 : 200, object };
}

/** What is applied is read by its schema, not into a Go struct. */
function applied(definition: Definition, target: Target, body: unknown): Body {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(body) ? "array" : typeof body} into Go value of type map[string]interface {}`);
  const { apiVersion = "", kind = "", metadata } = body as { readonly apiVersion?: string; readonly kind?: string; readonly metadata?: { readonly name?: string; readonly namespace?: string } };
  const group = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  if (kind !== definition.kind || apiVersion !== apiVersionOf(target)) throw badRequest(`invalid object type: ${group}, Kind=${kind}`);
  if (definition.custom) return body as Body;
  const problems = typedProblems(definition.kind, body);
  if (problems.length === 0) return body as Body;
  const of = `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}; ${group}, Kind=${kind}`;
  const said = problems.length === 1 ? ` ${problems[0]}` : `errors:\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
  throw failure(500, "", `failed to create typed patch object (${of}):${said}`);
}

/** A patch that makes an object which cannot be one: the error names "patch" and shows it as Go would. */
function checkPatched(definition: Definition, patched: Body, type: PatchType, request: ApiRequest, warnings: string[]): void {
  const shown = type === "strategic" ? printGoMap(request.body) : JSON.stringify(sortedByKey(inGoOrder(patched) as object));
  const refuse = (why: string): Error => invalidObject("", "", "", [invalid("patch", shown, why)]);
  const how = request.query?.fieldValidation ?? "Warn";
  try {
    const { unknown } = decode(definition.kind, patched);
    if (unknown.length === 0 || how === "Ignore") return;
    const problems = unknown.map((field) => `unknown field "${field}"`);
    if (how === "Strict") throw refuse(`strict decoding error: ${problems.join(", ")}`);
    warnings.push(...problems);
  } catch (problem) {
    if (!(problem instanceof DecodeError)) throw problem;
    throw refuse(type === "strategic" ? conversionProblem(problem.message) : problem.message);
  }
}

/** The patched document is a Go map of raw members. */
function sortedByKey(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => compare(a, b)));
}

/** A strategic patch is not decoded but converted, by reflection: other words for the same. */
function conversionProblem(message: string): string {
  const [, given = "", into = ""] = /cannot unmarshal (\w+).* of type (\S+)$/.exec(message) ?? [];
  if (into === "") return message;
  const from = ({ number: "int64", object: "map", array: "slice" } as Readonly<Record<string, string>>)[given] ?? given;
  if (into.startsWith("[]")) return `cannot restore slice from ${from}`;
  if (into.startsWith("map[")) return `cannot restore map from ${from}`;
  if (into === "string" && (from === "int64" || from === "bool")) return `cannot convert ${from} to string`;
  return `unrecognized type: ${into.replace(/^(v1\.)?[A-Z].*$/, "string")}`;
}

function limitSize(body: object): void {
  // Two bytes are the most a UTF-16 unit can cost beyond one; cheap first, exact when it is close.
  const size = JSON.stringify(body).length;
  if (size > LIMITS.objectBytes * 2) throw failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${LIMITS.objectBytes * 2}`);
  if (size > LIMITS.objectBytes) throw failure(500, "", `etcdserver: request is too large`, {});
}

export function remove(store: Store, target: Target, request: ApiRequest): Written {
  const options = deleteOptions(request);
  if (target.name !== undefined) return { status: 200, object: store.delete(target.kind, target.name, target.namespace, options) as unknown as KubeObject | Status };
  if (target.kind === "Namespace") throw methodNotSupported(definitionFor(target), "delete");
  const { objects } = listPage(store, target, request);
  for (const { metadata } of objects) {
    try {
      store.delete(target.kind, metadata.name, metadata.namespace, options);
    } catch (problem) {
      if (!isNotFound(problem)) throw problem;
    }
  }
  return { status: 200, object: objects };
}

export function needName(target: Target): string {
  if (target.name === undefined) throw badRequest("name must be provided");
  return target.name;
}

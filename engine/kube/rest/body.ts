/** Request bodies: is it what the path is about, and which of its fields does the kind not know? */
import type { ApiRequest } from "../api";
import { apiVersionOf } from "../api-version";
import type { Definition } from "../resources/definition";
import { definitionOf, isKind } from "../resources/registry";
import { DecodeError, decode } from "../schema/decode";
import { badRequest } from "../status";
import type { Target } from "./path";

export type Body = Readonly<Record<string, unknown>> & { readonly metadata?: Readonly<Record<string, unknown>> };

/** Throws BadRequest unless it is an object of the path's kind; warns of, or refuses, unknown fields. */
export function readBody(definition: Definition, target: Target, request: ApiRequest, warnings: string[]): Body {
  const { body } = request;
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }");
  const given = body as Body;
  const expected = apiVersionOf(target);
  const { kind = definition.kind, apiVersion = expected } = given;
  if (kind === definition.kind && EARLIER.test(String(apiVersion))) throw badRequest(`the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`);
  if (kind !== definition.kind || apiVersion !== expected) throw badRequest(anotherKind(definition, String(kind), String(apiVersion)));
  checkFields(definition, target.version, given, request.query?.fieldValidation ?? "Warn", warnings);
  return given;
}

/** What kinds were served as once: still known to the scheme. */
const EARLIER = /^(extensions\/v1beta1|apps\/v1beta[12]|(networking\.k8s\.io|policy|discovery\.k8s\.io|batch|coordination\.k8s\.io|scheduling\.k8s\.io)\/v1beta1|(rbac\.authorization|scheduling)\.k8s\.io\/v1(alpha|beta)1)$/;
const SCHEME = "pkg/api/legacyscheme/scheme.go:30";

/** What is no kind at all, and what is one that this path is not about. */
function anotherKind(definition: Definition, kind: string, apiVersion: string): string {
  const [version = ""] = apiVersion.split("/").slice(-1);
  const known = kind === "List" ? apiVersion === "v1" : isKind(kind) && apiVersionOf(definitionOf(kind)) === apiVersion;
  const goPackage = definition.group === "" ? "core" : (definition.group.split(".")[0] ?? "");
  const why = known ? `converting (${version}.${kind}) to (${goPackage}.${definition.kind}): unknown conversion` : `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`;
  return `${kind} in version "${version}" cannot be handled as a ${definition.kind}: ${why}`;
}

/** fieldValidation: Ignore, Warn or Strict. */
export function checkFields(definition: Definition, version: string, body: Body, how: string, warnings: string[]): void {
  try {
    const { unknown } = decode(definition.kind, body);
    if (unknown.length === 0 || how === "Ignore") return;
    const problems = unknown.map((field) => `unknown field "${field}"`);
    if (how === "Strict") throw badRequest(`${definition.kind} in version "${version}" cannot be handled as a ${definition.kind}: strict decoding error: ${problems.join(", ")}`);
    warnings.push(...problems);
  } catch (problem) {
    if (!(problem instanceof DecodeError)) throw problem;
    throw badRequest(`${definition.kind} in version "${version}" cannot be handled as a ${definition.kind}: ${problem.message}`);
  }
}

/** The namespace and name of the path go into the object, or must agree with what is there. */
export function placed(body: Body, target: Target, isUpdate: boolean): Body {
  const metadata = { ...body.metadata };
  if (target.namespace !== undefined) {
    if (metadata.namespace && metadata.namespace !== target.namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    metadata.namespace = target.namespace;
  }
  if (isUpdate) {
    if (!metadata.name) metadata.name = target.name;
    else if (metadata.name !== target.name) throw badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${target.name})`);
  }
  return { ...body, metadata };
}

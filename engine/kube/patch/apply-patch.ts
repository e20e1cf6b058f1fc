/** The ways to patch: JSON Patch (RFC 6902), JSON Merge Patch (RFC 7386), and Kubernetes' strategic merge. */
import type { Definition } from "../resources/definition";
import { copyJson } from "../schema/decode";
import { badRequest, failure } from "../status";
import type { PatchType } from "../store";
import type { KubeObject } from "../types";
import { JsonPatchError, jsonPatch } from "./json-patch";
import { strategicMerge } from "./strategic";

type Json = Readonly<Record<string, unknown>>;

/** The object as the patch makes it; still to be decoded, defaulted and validated. */
export function applyPatch(definition: Definition, object: KubeObject, type: PatchType, body: unknown): Json {
  if (type === "json") {
    if (!Array.isArray(body)) throw badRequest("error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp");
    try {
      return jsonPatch(copyJson(object), body) as Json;
    } catch (problem) {
      if (!(problem instanceof JsonPatchError)) throw problem;
      throw failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
    }
  }
  if (type === "strategic" && body === null) return object as unknown as Json;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest(`${type === "strategic" ? "" : "error decoding patch: "}json: cannot unmarshal ${Array.isArray(body) ? "array" : typeof body} into Go value of type map[string]interface {}`);
  }
  if (type === "strategic") return strategicMerge(object, body as Json, { kind: "struct", name: definition.kind }) as Json;
  return mergePatch(object, body) as Json;
}

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return copyJson(patch);
  const out: Record<string, unknown> = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  }
  return out;
}

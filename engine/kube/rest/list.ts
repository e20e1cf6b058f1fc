/** GET on a collection: selectors, limit and continue, and the collection as a list or a Table. */
import type { ApiRequest } from "../api";
import { apiVersionOf } from "../api-version";
import { definitionOf } from "../resources/registry";
import { badRequest, expired } from "../status";
import type { Store } from "../store";
import type { KubeObject } from "../types";
import type { Target } from "./path";

export type Page = { readonly objects: readonly KubeObject[]; readonly metadata: Readonly<Record<string, unknown>> };

export function listPage(store: Store, target: Target, request: ApiRequest): Page {
  const { query = {} } = request;
  const fieldSelector = [query.fieldSelector, target.name && `metadata.name=${target.name}`].filter(Boolean).join(",");
  const all = store.list(target.kind, {
    ...(target.namespace !== undefined && { namespace: target.namespace }),
    ...(query.labelSelector !== undefined && { labelSelector: query.labelSelector }),
    ...(fieldSelector !== "" && { fieldSelector }),
  }) as unknown as readonly KubeObject[];
  const resourceVersion = String(store.storage.revision);
  const limit = Number(query.limit ?? "0");
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit: ${query.limit}`);
  const after = query.continue ? readToken(query.continue, store) : undefined;
  const rest = after === undefined ? all : all.filter((object) => keyOf(object) > after.key);
  const revision = after?.revision ?? resourceVersion;
  if (limit === 0 || rest.length <= limit) return { objects: rest, metadata: { resourceVersion: revision } };
  const objects = rest.slice(0, limit);
  const token = `${revision}|${keyOf(objects[objects.length - 1] as KubeObject)}`;
  return { objects, metadata: { resourceVersion: revision, continue: token, remainingItemCount: rest.length - limit } };
}

/** Differs: the later pages show what is there now, not what was when the first one was cut. */
function readToken(token: string, store: Store): { readonly revision: string; readonly key: string } {
  const at = token.indexOf("|");
  if (at < 0) throw badRequest("continue key is not valid: illegal base64 data at input byte 0");
  const revision = token.slice(0, at);
  if (Number(revision) > store.storage.revision) throw expired("The provided continue parameter is too old to display a consistent list result.");
  return { revision, key: token.slice(at + 1) };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}\u0000${metadata.name}`;
}

export function listBody(target: Target, { objects, metadata }: Page): object {
  const definition = definitionOf(target.kind);
  // Typed lists of built-in kinds leave out what the list's own kind says already.
  const items = definition.custom ? objects : objects.map(({ kind: _kind, apiVersion: _version, ...object }) => object);
  return { kind: `${definition.kind}List`, apiVersion: apiVersionOf(target), metadata, items };
}

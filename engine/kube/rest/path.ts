/** Which resource a path names (apiserver's RequestInfo): /api/v1/namespaces/default/pods/web/log. */
import { KINDS, definitionOf } from "../resources/registry";
import type { Kind } from "../types";

export type Target = {
  readonly kind: Kind;
  /** The API version the path speaks: events have two. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What comes after the subresource: proxy/some/path. */
  readonly rest: string;
};

/** Undefined when no resource is served there. */
export function parsePath(path: string): Target | undefined {
  const parts = path.split("/").filter((part) => part !== "").map(decodePart);
  const isCore = parts[0] === "api";
  if (!isCore && parts[0] !== "apis") return undefined;
  const [group, version, ...rest] = isCore ? ["", ...parts.slice(1)] : parts.slice(1);
  if (group === undefined || version === undefined) return undefined;
  return withNamespace(group, version, rest);
}

function withNamespace(group: string, version: string, parts: readonly string[]): Target | undefined {
  const [first, namespace, plural, name, subresource, ...rest] = parts;
  if (first === "namespaces" && namespace !== undefined && plural !== undefined && !NAMESPACE_SUBRESOURCES.has(plural)) {
    return target(group, version, plural, namespace, name, subresource, rest);
  }
  const [bare, bareName, bareSub, ...bareRest] = parts;
  return bare === undefined ? undefined : target(group, version, bare, undefined, bareName, bareSub, bareRest);
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);

function target(group: string, version: string, plural: string, namespace: string | undefined, name: string | undefined, subresource: string | undefined, rest: readonly string[]): Target | undefined {
  const kind = kindOf(group, version, plural);
  if (kind === undefined) return undefined;
  if (namespace !== undefined && !definitionOf(kind).namespaced) return undefined;
  return { kind, group, version, plural, namespace, name, subresource, rest: rest.join("/") };
}

export function kindOf(group: string, version: string, plural: string): Kind | undefined {
  if (group === "events.k8s.io" && version === "v1" && plural === "events") return "Event";
  return KINDS.find((kind) => {
    const definition = definitionOf(kind);
    return definition.plural === plural && definition.group === group && definition.version === version;
  });
}

/** Percent-decoding as far as a path needs it; the engine has no decodeURIComponent of its own to fail on. */
function decodePart(part: string): string {
  return part.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A kind of object the server serves: what discovery says of it, and where its objects live. */

export type ApiResource = {
  readonly group: string;
  readonly version: string;
  /** Plural: "pods". */
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
};

/** "/api/v1" or "/apis/apps/v1". */
export function groupPath(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
}

/** "v1" or "apps/v1": what stands in apiVersion. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** "deployment.apps", as messages name a kind: lower case, with its group. */
export function kindName(kind: string, apiVersion: string): string {
  const { group } = parseApiVersion(apiVersion);
  return group === "" ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** "deployments.apps". */
export function groupResource(resource: ApiResource): string {
  return resource.group === "" ? resource.name : `${resource.name}.${resource.group}`;
}

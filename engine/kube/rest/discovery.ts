/** What there is to ask for: /version, /api, /apis, the group lists, and the same in one (aggregated discovery). */
import { apiVersionOf } from "../api-version";
import type { Definition } from "../resources/definition";
import { definitionOf, KINDS } from "../resources/registry";

export const VERSION = {
  major: "1", minor: "36", emulationMajor: "1", emulationMinor: "36", minCompatibilityMajor: "1", minCompatibilityMinor: "35",
  gitVersion: "v1.36.0", gitCommit: "0000000000000000000000000000000000000000", gitTreeState: "clean", buildDate: "2026-05-20T00:00:00Z",
  goVersion: "go1.26.0", compiler: "gc", platform: "linux/amd64",
} as const;

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const CHANGE = ["get", "patch", "update"] as const;

type Resource = {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly group?: string;
  readonly version?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
};

/** What only says yes or no and is kept nowhere: kubectl auth can-i, auth whoami. */
const REVIEWS: readonly (readonly [string, string, string])[] = [
  ["authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"],
  ["authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"],
  ["authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"],
];

/** Groups in the order of the real server's priorities. */
const GROUPS = [
  "", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "scheduling.k8s.io",
  "coordination.k8s.io", "discovery.k8s.io", "gateway.networking.k8s.io", "metallb.io",
] as const;

function definitions(group: string): readonly Definition[] {
  const all = KINDS.map((kind) => definitionOf(kind) as unknown as Definition);
  const own = all.filter((definition) => definition.group === group);
  return group === "events.k8s.io" ? [{ ...(definitionOf("Event") as unknown as Definition), group, shortNames: ["ev"] }] : own;
}

function resources(group: string): readonly Resource[] {
  const reviews = REVIEWS.filter(([owner]) => owner === group).map(([, name, kind]): Resource => ({ name, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ["create"] }));
  return [...definitions(group).flatMap(resourcesOf), ...reviews].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resourcesOf(definition: Definition): readonly Resource[] {
  const { plural, singular, namespaced, kind, shortNames, categories, status, scale } = definition;
  const sub = (name: string, verbs: readonly string[], other: Partial<Resource> = {}): Resource => ({ name: `${plural}/${name}`, singularName: "", namespaced, kind, verbs, ...other });
  const main: Resource = {
    name: plural, singularName: singular, namespaced, kind, verbs: kind === "Namespace" ? VERBS.filter((verb) => verb !== "deletecollection") : VERBS,
    ...(shortNames !== undefined && { shortNames }), ...(categories !== undefined && { categories }),
  };
  return [
    main,
    ...(status ? [sub("status", CHANGE)] : []),
    ...(scale ? [sub("scale", CHANGE, { group: "autoscaling", version: "v1", kind: "Scale" })] : []),
    ...(kind === "Namespace" ? [sub("finalize", ["update"])] : []),
    ...(kind === "Pod" ? podResources(sub) : []),
  ];
}

function podResources(sub: (name: string, verbs: readonly string[], other?: Partial<Resource>) => Resource): readonly Resource[] {
  const connect = { kind: "PodExecOptions" };
  return [
    sub("attach", ["create", "get"], { kind: "PodAttachOptions" }),
    sub("binding", ["create"], { kind: "Binding" }),
    sub("ephemeralcontainers", CHANGE),
    sub("eviction", ["create"], { group: "policy", version: "v1", kind: "Eviction" }),
    sub("exec", ["create", "get"], connect),
    sub("log", ["get"]),
    sub("portforward", ["create", "get"], { kind: "PodPortForwardOptions" }),
  ];
}

function versionOf(group: string): string {
  return definitions(group)[0]?.version ?? "v1";
}

function groupEntry(group: string): object {
  const version = { groupVersion: apiVersionOf({ group, version: versionOf(group) }), version: versionOf(group) };
  return { name: group, versions: [version], preferredVersion: version };
}

/** Undefined when the path is not one of discovery's. */
export function discovery(path: string, accept: string): unknown {
  const aggregated = accept.includes("as=APIGroupDiscoveryList");
  const at = path.replace(/\/$/, "");
  if (at === "/version") return VERSION;
  if (at === "/api") return aggregated ? aggregate([""], accept) : { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "192.168.50.10:6443" }] };
  const others = GROUPS.slice(1);
  if (at === "/apis") return aggregated ? aggregate(others, accept) : { kind: "APIGroupList", apiVersion: "v1", groups: others.map(groupEntry) };
  for (const group of GROUPS) {
    const apiVersion = apiVersionOf({ group, version: versionOf(group) });
    if (at === (group === "" ? "/api/v1" : `/apis/${apiVersion}`)) return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion, resources: resources(group) };
    if (group !== "" && at === `/apis/${group}`) return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
  }
  return undefined;
}

function aggregate(groups: readonly string[], accept: string): object {
  const version = accept.includes("v=v2;") || /v=v2(,|$)/.test(accept) ? "v2" : "v2beta1";
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { name: group },
      versions: [{ version: versionOf(group), resources: aggregatedResources(group), freshness: "Current" }],
    })),
  };
}

function aggregatedResources(group: string): readonly object[] {
  const version = versionOf(group);
  const all = resources(group);
  const kindOf = (resource: Resource): object => ({ group: resource.group ?? group, version: resource.version ?? version, kind: resource.kind });
  return all
    .filter(({ name }) => !name.includes("/"))
    .map((main) => {
      const subs = all.filter(({ name }) => name.startsWith(`${main.name}/`));
      const { name, namespaced, singularName, verbs, shortNames, categories } = main;
      return {
        resource: name, responseKind: kindOf(main), scope: namespaced ? "Namespaced" : "Cluster", singularResource: singularName, verbs,
        ...(shortNames !== undefined && { shortNames }), ...(categories !== undefined && { categories }),
        ...(subs.length > 0 && { subresources: subs.map((sub) => ({ subresource: sub.name.slice(name.length + 1), responseKind: kindOf(sub), verbs: sub.verbs })) }),
      };
    });
}

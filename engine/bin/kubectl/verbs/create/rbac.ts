/** `kubectl create role|clusterrole`: which verbs on which resources. kubectl/pkg/cmd/create/create_role.go. */
import type { Task } from "../../../../core/task";
import { compare } from "../../../../core/order";
import type { Command, Context } from "../../command";
import { Failure, PlainFailure } from "../../errors";
import type { FlagSpec } from "../../flags";
import type { JsonMap, Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

const RULE_FLAGS: readonly FlagSpec[] = [
  { name: "verb", kind: "list", usage: "Verb that applies to the resources contained in the rule" },
  { name: "resource", kind: "list", usage: "Resource that the rule applies to" },
  { name: "resource-name", kind: "array", usage: "Resource in the white list that the rule applies to, repeat this flag for multiple items" },
];
const RESOURCE_VERBS = ["*", "get", "delete", "list", "create", "update", "patch", "watch", "proxy", "deletecollection", "use", "bind", "escalate", "impersonate"];
const URL_VERBS = ["*", "get", "post", "put", "delete", "patch", "head", "options"];
const RBAC = "rbac.authorization.k8s.io";
/** Verbs that only some resources know, as "resource.group". */
const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  use: ["podsecuritypolicies.policy", "podsecuritypolicies.extensions"],
  bind: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  escalate: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  impersonate: ["users.", "serviceaccounts.", "groups.", "userextras.authentication.k8s.io"],
};

type Wanted = { readonly resource: string; readonly group: string; readonly sub: string };

export const createRole: Command = {
  name: "role",
  summary: "Create a role with single rule",
  usage: "create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...RULE_FLAGS],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const verbs = verbsOf(context);
    if (verbs.length === 0) throw new Failure("at least one verb must be specified");
    for (const verb of verbs) if (!RESOURCE_VERBS.includes(verb)) yield* context.proc.err(`Warning: '${verb}' is not a standard resource verb\n`);
    const wanted = resourcesWanted(context);
    if (wanted.length === 0) throw new Failure("at least one resource must be specified");
    const rules = yield* rulesFor(context, wanted, verbs);
    return yield* finish(context, { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name }, rules } as unknown as Obj, true);
  },
};

export const createClusterRole: Command = {
  name: "clusterrole",
  summary: "Create a cluster role",
  usage: "create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
  flags: [
    ...CREATE_FLAGS,
    ...RULE_FLAGS,
    { name: "non-resource-url", kind: "list", usage: "A partial url that user should have access to." },
    { name: "aggregation-rule", kind: "map", usage: "An aggregation label selector for combining ClusterRoles." },
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const [verbs, wanted, urls] = [verbsOf(context), resourcesWanted(context), flags.list("non-resource-url")];
    const object = { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name } };
    const aggregated = flags.list("aggregation-rule");
    if (aggregated.length > 0) {
      if (urls.length > 0 || verbs.length > 0 || wanted.length > 0 || flags.list("resource-name").length > 0) throw new Failure("aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames");
      const matchLabels = Object.fromEntries(aggregated.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
      return yield* finish(context, { ...object, rules: [], aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } } as unknown as Obj, false);
    }
    if (verbs.length === 0) throw new Failure("at least one verb must be specified");
    if (wanted.length === 0 && urls.length === 0) throw new Failure("one of resource or nonResourceURL must be specified");
    if (wanted.length > 0) for (const verb of verbs) if (!RESOURCE_VERBS.includes(verb)) yield* context.proc.err(`Warning: '${verb}' is not a standard resource verb\n`);
    const rules = yield* rulesFor(context, wanted, verbs);
    checkUrls(urls, verbs);
    return yield* finish(context, { ...object, rules: urls.length === 0 ? rules : [...rules, { verbs, nonResourceURLs: urls }] } as unknown as Obj, false);
  },
};

function checkUrls(urls: readonly string[], verbs: readonly string[]): void {
  for (const verb of urls.length === 0 ? [] : verbs) if (!URL_VERBS.includes(verb)) throw new Failure(`invalid verb: '${verb}' for nonResourceURL`);
  for (const url of urls) {
    if (url === "*") continue;
    if (!url.startsWith("/")) throw new Failure("nonResourceURL should start with /");
    if (url.slice(0, -1).includes("*")) throw new Failure("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

function verbsOf({ flags }: Context): readonly string[] {
  const verbs = [...new Set(flags.list("verb"))];
  return verbs.includes("*") ? ["*"] : verbs;
}

/** "deploy.apps/scale"; a "*" alone is everything, and what stands beside it does not count. */
function resourcesWanted({ flags }: Context): readonly Wanted[] {
  const all: Wanted[] = [];
  for (const written of flags.list("resource")) {
    const slash = written.indexOf("/");
    const main = slash < 0 ? written : written.slice(0, slash);
    const dot = main.indexOf(".");
    const one = { resource: dot < 0 ? main : main.slice(0, dot), group: dot < 0 ? "" : main.slice(dot + 1), sub: slash < 0 ? "" : written.slice(slash + 1) };
    if (one.resource === "*" && dot < 0 && slash < 0) return [one];
    all.push(one);
  }
  return all;
}

/** One rule for each API group, in the order of the groups' names. */
function* rulesFor(context: Context, wanted: readonly Wanted[], verbs: readonly string[]): Task<readonly JsonMap[]> {
  const groups = new Map<string, string[]>();
  for (const one of wanted) {
    const { resource, group } = yield* resolved(context, one, verbs);
    const named = one.sub === "" ? resource : `${resource}/${one.sub}`;
    const already = groups.get(group) ?? [];
    if (!already.includes(named)) groups.set(group, [...already, named]);
  }
  const names = [...new Set(context.flags.list("resource-name"))];
  return [...groups.keys()].sort(compare).map((group) => ({ verbs, apiGroups: [group], resources: groups.get(group) ?? [], ...(names.length > 0 ? { resourceNames: names } : {}) }));
}

function* resolved(context: Context, one: Wanted, verbs: readonly string[]): Task<{ readonly resource: string; readonly group: string }> {
  if (one.resource === "") throw new Failure("resource must be specified if apiGroup/subresource specified");
  if (one.resource === "*") return { resource: "*", group: one.group };
  const known = yield* knownResource(context, one);
  const { resource, group } = known ?? one;
  for (const verb of verbs) {
    const only = SPECIAL[verb];
    if (only === undefined) continue;
    if (!only.includes(`${resource}.${group}`)) throw new Failure(`can not perform '${verb}' on '${resource}' in group '${group}'`);
    return { resource, group };
  }
  if (known === undefined) throw new PlainFailure(`the server doesn't have a resource type ${JSON.stringify(one.resource)}`);
  return known;
}

function* knownResource({ discovery }: Context, { resource, group }: Wanted): Task<{ readonly resource: string; readonly group: string } | undefined> {
  try {
    const found = yield* discovery.resource(group === "" ? resource : `${resource}.${group}`);
    return { resource: found.name, group: found.group };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** `kubectl describe` of roles and their bindings. */
import type { Task } from "../../../core/task";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../../kube/types";
import type { Context } from "../command";
import { Page } from "./page";

export function* describeRole(_context: Context, role: Role | ClusterRole, _showEvents: boolean): Task<string> {
  const page = new Page();
  page.field(0, "Name", role.metadata.name).labels("Labels", role.metadata.labels).annotations("Annotations", role.metadata.annotations).line(0, "PolicyRule:");
  page.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs").line(1, "---------\t-----------------\t--------------\t-----");
  for (const { resource, urls, names, verbs } of compacted(role.rules ?? [])) page.line(1, `${resource === undefined ? "" : withGroup(...resource)}\t[${urls}]\t[${names}]\t[${verbs.join(" ")}]`);
  return page.toString();
}

type Rules = NonNullable<Role["rules"]>;
type Line = { readonly resource?: readonly [name: string, group: string]; readonly urls: string; readonly names: string; readonly verbs: readonly string[] };

/** kubectl/pkg/util/rbac: a line for each resource, group and name with all of its verbs, one for each URL and verb. */
function compacted(rules: Rules): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const names of resourceNames.length === 0 ? [""] : resourceNames) {
          const key = JSON.stringify([resource, group, names]);
          const before = lines.get(key)?.verbs ?? [];
          lines.set(key, { resource: [resource, group], urls: "", names, verbs: [...new Set([...before, ...verbs])] });
        }
      }
    }
    for (const urls of nonResourceURLs) for (const verb of verbs) lines.set(JSON.stringify([urls, verb]), { urls, names: "", verbs: [verb] });
  }
  const key = ({ resource, urls, names, verbs }: Line): string => `Verbs:[${verbs.join(" ")}],APIGroups:[${resource?.[1] ?? ""}],Resources:[${resource?.[0] ?? ""}],ResourceNames:[${names}],NonResourceURLs:[${urls}],`;
  return [...lines.values()].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** "pods.metrics.k8s.io/log": the group goes before the subresource. */
function withGroup(resource: string, group: string): string {
  const [name = "", subresource] = resource.split("/");
  return `${name}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}

// Never yields: every describer is a Task; this one has nothing to ask
export function* describeBinding(_context: Context, binding: RoleBinding | ClusterRoleBinding, _showEvents: boolean): Task<string> {
  const page = new Page();
  page.field(0, "Name", binding.metadata.name).labels("Labels", binding.metadata.labels).annotations("Annotations", binding.metadata.annotations);
  page.line(0, "Role:").field(1, "Kind", binding.roleRef.kind).field(1, "Name", binding.roleRef.name);
  page.line(0, "Subjects:").line(1, "Kind\tName\tNamespace").line(1, "----\t----\t---------");
  for (const { kind, name, namespace } of binding.subjects ?? []) page.line(1, `${kind}\t${name}\t${namespace ?? ""}`);
  return page.toString();
}

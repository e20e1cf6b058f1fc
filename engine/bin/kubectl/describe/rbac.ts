/** `kubectl describe` of roles and their bindings. */
import type { Task } from "../../../core/task";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../../../kube/types";
import type { Context } from "../command";
import { Page } from "./page";

export function* describeRole(_context: Context, role: Role | ClusterRole, _showEvents: boolean): Task<string> {
  const page = new Page();
  page.field(0, "Name", role.metadata.name).labels("Labels", role.metadata.labels).annotations("Annotations", role.metadata.annotations).line(0, "PolicyRule:");
  page.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs").line(1, "---------\t-----------------\t--------------\t-----");
  const lines = (role.rules ?? []).flatMap((rule) => {
    const tail = `[${(rule.resourceNames ?? []).join(" ")}]\t[${rule.verbs.join(" ")}]`;
    const resources = (rule.apiGroups ?? [""]).flatMap((group) => (rule.resources ?? []).map((resource) => withGroup(resource, group)));
    return [...resources.map((name) => `${name}\t[]\t${tail}`), ...(rule.nonResourceURLs ?? []).map((url) => `\t[${url}]\t${tail}`)];
  });
  for (const line of lines.sort()) page.line(1, line);
  return page.toString();
}

/** "pods.metrics.k8s.io/log": the group goes before the subresource. */
function withGroup(resource: string, group: string): string {
  const [name = "", subresource] = resource.split("/");
  return `${name}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}

// biome-ignore lint/correctness/useYield: every describer is a Task; this one has nothing to ask
export function* describeBinding(_context: Context, binding: RoleBinding | ClusterRoleBinding, _showEvents: boolean): Task<string> {
  const page = new Page();
  page.field(0, "Name", binding.metadata.name).labels("Labels", binding.metadata.labels).annotations("Annotations", binding.metadata.annotations);
  page.line(0, "Role:").field(1, "Kind", binding.roleRef.kind).field(1, "Name", binding.roleRef.name);
  page.line(0, "Subjects:").line(1, "Kind\tName\tNamespace").line(1, "----\t----\t---------");
  for (const { kind, name, namespace } of binding.subjects ?? []) page.line(1, `${kind}\t${name}\t${namespace ?? ""}`);
  return page.toString();
}

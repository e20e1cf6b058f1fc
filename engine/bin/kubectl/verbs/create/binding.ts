/** `kubectl create rolebinding|clusterrolebinding`: who gets a role. kubectl/pkg/cmd/create/create_rolebinding.go. */
import type { Task } from "../../../../core/task";
import type { Command, Context } from "../../command";
import { Failure } from "../../errors";
import type { FlagSpec } from "../../flags";
import type { JsonMap, Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

const GROUP = "rbac.authorization.k8s.io";
const SUBJECTS: readonly FlagSpec[] = [
  { name: "user", kind: "array", usage: "Usernames to bind to the role. The flag can be repeated to add multiple users." },
  { name: "group", kind: "array", usage: "Groups to bind to the role. The flag can be repeated to add multiple groups." },
  { name: "serviceaccount", kind: "array", usage: "Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts." },
];

export const createRoleBinding: Command = {
  name: "rolebinding",
  summary: "Create a role binding for a particular role or cluster role",
  usage: "create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...SUBJECTS, { name: "clusterrole", kind: "string", usage: "ClusterRole this RoleBinding should reference" }, { name: "role", kind: "string", usage: "Role this RoleBinding should reference" }],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const [role, clusterRole] = [context.flags.string("role"), context.flags.string("clusterrole")];
    if ((role === "") === (clusterRole === "")) throw new Failure("exactly one of clusterrole or role must be specified");
    const roleRef = role === "" ? { apiGroup: GROUP, kind: "ClusterRole", name: clusterRole } : { apiGroup: GROUP, kind: "Role", name: role };
    return yield* finish(context, binding("RoleBinding", name, subjectsOf(context), roleRef), true, "failed to create rolebinding: ");
  },
};

export const createClusterRoleBinding: Command = {
  name: "clusterrolebinding",
  summary: "Create a cluster role binding for a particular cluster role",
  usage: "create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...SUBJECTS, { name: "clusterrole", kind: "string", usage: "ClusterRole this ClusterRoleBinding should reference" }],
  required: ["clusterrole"],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name: context.flags.string("clusterrole") };
    return yield* finish(context, binding("ClusterRoleBinding", name, subjectsOf(context), roleRef), false, "failed to create clusterrolebinding: ");
  },
};

function binding(kind: string, name: string, subjects: readonly JsonMap[], roleRef: JsonMap): Obj {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, ...(subjects.length > 0 ? { subjects } : {}), roleRef } as unknown as Obj;
}

function subjectsOf({ flags }: Context): readonly JsonMap[] {
  const named = (kind: string) => (name: string): JsonMap => ({ kind, apiGroup: GROUP, name });
  return [...flags.list("user").map(named("User")), ...flags.list("group").map(named("Group")), ...flags.list("serviceaccount").map(serviceAccount)];
}

/** "namespace:name" */
export function serviceAccount(written: string): JsonMap {
  const [namespace = "", name = "", ...more] = written.split(":");
  if (name === "" || more.length > 0) throw new Failure("serviceaccount must be <namespace>:<name>");
  return { kind: "ServiceAccount", name, namespace };
}

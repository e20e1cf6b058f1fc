/** `kubectl set subject`: more users, groups and service accounts for a binding. kubectl/pkg/cmd/set/set_subject.go. */
import type { Task } from "../../../../core/task";
import type { Command, Context } from "../../command";
import { Failure } from "../../errors";
import { type Json, type JsonMap, listAt, sameJson, textAt } from "../../json";
import { serviceAccount } from "../create/binding";
import { changeAll, findForSet, SET_FLAGS } from "./template";

const GROUP = "rbac.authorization.k8s.io";

export const subject: Command = {
  name: "subject",
  summary: "Update the user, group, or service account in a role binding or cluster role binding",
  usage: "set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
  flags: [
    ...SET_FLAGS,
    { name: "user", kind: "array", usage: "Usernames to bind to the role" },
    { name: "group", kind: "array", usage: "Groups to bind to the role" },
    { name: "serviceaccount", kind: "array", usage: "Service accounts to bind to the role" },
  ],
  *run(context): Task<number> {
    const { flags, args } = context;
    const found = yield* findForSet(context, args);
    const accounts = flags.list("serviceaccount").map(serviceAccount);
    if (flags.list("user").length + flags.list("group").length + accounts.length === 0) throw new Failure("you must specify at least one value of user, group or serviceaccount");
    if (accounts.some((account) => account.namespace === "") && found.infos.some(({ resource }) => resource.kind === "ClusterRoleBinding")) throw new Failure("serviceaccount must be <namespace>:<name>, namespace must be specified");
    const subjects = subjectsOf(context, accounts);
    return yield* changeAll(
      context,
      found,
      "subjects updated",
      (object, info) => {
        if (!["RoleBinding", "ClusterRoleBinding"].includes(info.resource.kind)) throw new Failure("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
        const before = listAt(object, "subjects");
        const fresh = subjects.filter((one) => !before.some((known) => sameJson(known, one)));
        return fresh.length === 0 ? object : { ...object, subjects: [...before, ...fresh] };
      },
      { failing: "failed to patch subjects to rolebinding: " },
    );
  },
};

/** Each kind in the order of its names. */
function subjectsOf({ flags, namespace }: Context, accounts: readonly JsonMap[]): readonly Json[] {
  const named = (kind: string, flag: string): readonly Json[] => [...new Set(flags.list(flag))].sort().map((name) => ({ kind, apiGroup: GROUP, name }));
  const sorted = [...accounts].sort((a, b) => (`${textAt(a, "namespace")}:${textAt(a, "name")}` < `${textAt(b, "namespace")}:${textAt(b, "name")}` ? -1 : 1));
  return [...named("User", "user"), ...named("Group", "group"), ...sorted.map((account) => ({ ...account, namespace: textAt(account, "namespace") || namespace }))];
}

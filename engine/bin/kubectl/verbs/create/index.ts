/** `kubectl create`: from files, or one of its subcommands. */
import type { Task } from "../../../../core/task";
import { find, objectOf } from "../../builder";
import { type Command, type Context, dryRunOf } from "../../command";
import { aggregated, Failure, ServerError, throwAll, usageFailure } from "../../errors";
import { FILENAME, RECORD, SELECTOR } from "../../flag-sets";
import { createObject, managerOf, Reporter } from "../../mutate";
import { withLastApplied } from "../apply";
import { createCronJob, createQuota } from "./absent";
import { createClusterRoleBinding, createRoleBinding } from "./binding";
import { createConfigMap } from "./config";
import { CREATE_FLAGS } from "./finish";
import { createIngress } from "./ingress";
import { createClusterRole, createRole } from "./rbac";
import { createSecret } from "./secret";
import { createService } from "./service";
import { createBudget, createDeployment, createJob, createNamespace, createPriorityClass, createServiceAccount } from "./workloads";

export const create: Command = {
  name: "create",
  summary: "Create a resource from a file or from stdin",
  usage: "create -f FILENAME [options]",
  flags: [...CREATE_FLAGS, ...FILENAME, RECORD, SELECTOR, { name: "edit", kind: "bool", usage: "Edit the API resource before creating", refused: true }, { name: "raw", kind: "string", usage: "Raw URI to POST to the server.", refused: true }, { name: "windows-line-endings", kind: "bool", usage: "Only relevant if --edit=true.", refused: true }],
  commands: [
    createClusterRole,
    createClusterRoleBinding,
    createConfigMap,
    createCronJob,
    createDeployment,
    createIngress,
    createJob,
    createNamespace,
    createBudget,
    createPriorityClass,
    createQuota,
    createRole,
    createRoleBinding,
    createSecret,
    createService,
    createServiceAccount,
    { name: "token", summary: "Request a service account token", usage: "create token SERVICE_ACCOUNT_NAME [options]", refused: true },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const filenames = flags.list("filename");
  if (args.length > 0) throw usageFailure("kubectl create", `Unexpected args: [${args.join(" ")}]`);
  if (filenames.length === 0) throw new Failure("must specify one of -f and -k");
  const dryRun = dryRunOf(flags);
  const { infos, errors } = yield* find(context, { args: [], filenames, recursive: flags.bool("recursive"), fromFile: true, validating: !flags.has("validate") || !["false", "ignore"].includes(flags.string("validate")) });
  const reporter = new Reporter(context, dryRun);
  const failed: Error[] = [];
  for (const info of infos) {
    const object = flags.bool("save-config") ? withLastApplied(objectOf(info)) : objectOf(info);
    try {
      const made = dryRun === "client" ? object : yield* createObject(context, info, object, { dryRun, manager: managerOf(context, "kubectl-create"), validate: true });
      yield* reporter.say(made, "created");
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      failed.push(error.from("creating", info.source ?? ""));
    }
  }
  throwAll([...failed, ...aggregated(errors, failed)]);
  if (infos.length === 0) throw new Failure("no objects passed to create");
  return 0;
}

/** `kubectl replace`: kubectl/pkg/cmd/replace. */
import type { Task } from "../../../core/task";
import { find, objectOf, type Info } from "../builder";
import { resourcePath } from "../client";
import { type Command, type Context, type DryRun, dryRunOf, dryRunQuery } from "../command";
import { aggregated, Failure, ServerError, throwAll } from "../errors";
import { DRY_RUN, FILENAME, fieldManager, PRINT, SAVE_CONFIG, SUBRESOURCE, VALIDATE } from "../flag-sets";
import { createObject, LAST_APPLIED, managerOf, Reporter, validation } from "../mutate";
import { withLastApplied } from "./apply";
import { DELETE_FLAGS, deleteAll, propagationOf } from "./delete";

export const replace: Command = {
  name: "replace",
  summary: "Replace a resource by file name or stdin",
  usage: "replace -f FILENAME [options]",
  flags: [...PRINT, ...FILENAME, ...DELETE_FLAGS, DRY_RUN, SAVE_CONFIG, SUBRESOURCE, VALIDATE, fieldManager("kubectl-replace"), { name: "raw", kind: "string", usage: "Raw URI to PUT to the server.", refused: true }],
  run,
};

function* run(context: Context): Task<number> {
  const { flags } = context;
  const filenames = flags.list("filename");
  if (filenames.length === 0) throw new Failure("must specify one of -f and -k");
  if (flags.int("grace-period") >= 0 && !flags.bool("force")) throw new Failure("--grace-period must have --force specified");
  if (flags.duration("timeout") !== 0 && !flags.bool("force")) throw new Failure("--timeout must have --force specified");
  const dryRun = dryRunOf(flags);
  if (dryRun !== "none" && flags.bool("force")) throw new Failure("--dry-run can not be used when --force is set");
  const { infos, errors } = yield* find(context, { args: [], filenames, recursive: flags.bool("recursive"), fromFile: true, validating: !flags.has("validate") || !["false", "ignore"].includes(flags.string("validate")) });
  if (flags.bool("force")) {
    yield* deleteAll(context, infos, errors, { gracePeriod: flags.int("grace-period") === 0 ? 1 : flags.int("grace-period"), propagation: propagationOf(context), dryRun, wait: true, timeoutMs: flags.duration("timeout") || 300_000, ignoreNotFound: true });
  }
  const reporter = new Reporter(context, dryRun);
  const failed: Error[] = [];
  for (const info of infos) {
    try {
      yield* reporter.say(yield* replaceOne(context, info, dryRun), "replaced");
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      failed.push(error.from("replacing", info.source ?? ""));
    }
  }
  throwAll([...failed, ...aggregated(errors, failed)]);
  return 0;
}

function* replaceOne(context: Context, info: Info, dryRun: DryRun): Task<unknown> {
  const { flags } = context;
  const object = objectOf(info);
  const written = flags.bool("save-config") || object.metadata.annotations?.[LAST_APPLIED] !== undefined ? withLastApplied(object) : object;
  if (dryRun === "client") return written;
  const manager = managerOf(context, "kubectl-replace");
  if (flags.bool("force")) return yield* createObject(context, info, written, { dryRun, manager, validate: true });
  return yield* context.client.put(resourcePath(info.resource, info.namespace, info.name, flags.string("subresource")), written, { fieldManager: manager, fieldValidation: validation(context), ...dryRunQuery(dryRun) });
}

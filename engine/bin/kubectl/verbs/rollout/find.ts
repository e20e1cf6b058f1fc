/** The objects of a `kubectl rollout` command. */
import type { Task } from "../../../../core/task";
import { find, type Found } from "../../builder";
import type { Context } from "../../command";
import { Failure } from "../../errors";
import { FILENAME, SELECTOR } from "../../flag-sets";

export const ROLLOUT_FLAGS = [...FILENAME, SELECTOR] as const;

export function* findRollouts(context: Context): Task<Found> {
  const { flags, args } = context;
  if (args.length === 0 && flags.list("filename").length === 0) throw new Failure("required resource not specified");
  const found = yield* find(context, { args, filenames: flags.list("filename"), recursive: flags.bool("recursive"), typeAlone: true, ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}) });
  if (found.infos.length === 0 && found.errors.length === 0) yield* context.proc.err(`No resources found in ${context.namespace} namespace.\n`);
  return found;
}

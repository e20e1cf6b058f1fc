/** `kubectl describe`: kubectl/pkg/cmd/describe. What it prints of each kind is in ../describe. */
import type { Task } from "../../../core/task";
import { find, type Info, objectOf } from "../builder";
import type { Command, Context } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import { ALL_NAMESPACES, CHUNK_SIZE, FILENAME, SELECTOR } from "../flag-sets";
import { describeObject } from "../describe/index";

export const describe: Command = {
  name: "describe",
  summary: "Show details of a specific resource or group of resources",
  usage: "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [options]",
  flags: [...FILENAME, SELECTOR, ALL_NAMESPACES, CHUNK_SIZE, { name: "show-events", kind: "bool", default: "true", usage: "If true, display events related to the described object." }],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args, proc } = context;
  if (args.length === 0 && flags.list("filename").length === 0) {
    throw new Failure('You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n');
  }
  const { infos, errors } = yield* find(context, {
    args,
    filenames: flags.list("filename"),
    recursive: flags.bool("recursive"),
    selector: flags.changed("selector") ? flags.string("selector") : undefined,
    allNamespaces: flags.bool("all-namespaces"),
    typeAlone: true,
    chunkSize: flags.int("chunk-size"),
  });
  const many = infos.length > 1 || errors.length > 0;
  const showEvents = flags.changed("show-events") ? flags.bool("show-events") : !many;
  if (errors.length > 0 && args.length === 2 && errors.every((error) => error instanceof ServerError && error.reason === "NotFound")) {
    return yield* describeMatching(context, errors, showEvents);
  }
  let first = true;
  for (const info of infos) {
    yield* proc.out(`${first ? "" : "\n\n"}${yield* describeObject(context, info.resource.group, objectOf(info), showEvents)}`);
    first = false;
  }
  if (infos.length === 0 && errors.length === 0) yield* proc.err(flags.bool("all-namespaces") ? "No resources found\n" : `No resources found in ${context.namespace} namespace.\n`);
  throwAll(errors);
  return 0;
}

/** A name that is none may be the beginning of several. */
function* describeMatching(context: Context, errors: readonly Error[], showEvents: boolean): Task<number> {
  const [type = "", prefix = ""] = context.args;
  const { infos } = yield* find(context, { args: [type], typeAlone: true });
  const matching: readonly Info[] = infos.filter(({ name }) => name.startsWith(prefix));
  if (matching.length === 0) throwAll(errors);
  for (const info of matching) yield* context.proc.out(`${yield* describeObject(context, info.resource.group, objectOf(info), showEvents)}\n`);
  return 0;
}

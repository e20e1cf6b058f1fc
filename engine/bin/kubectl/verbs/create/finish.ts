/** The end of every `kubectl create THING`: the object is shown, or made and then named. */
import type { Task } from "../../../../core/task";
import { type ApiResource, parseApiVersion } from "../../api-resource";
import { type Context, dryRunOf, usageError } from "../../command";
import { Failure, ServerError } from "../../errors";
import type { FlagSpec } from "../../flags";
import { DRY_RUN, fieldManager, PRINT, SAVE_CONFIG, VALIDATE } from "../../flag-sets";
import { escapeHtml, type Obj } from "../../json";
import { createObject, LAST_APPLIED, managerOf, Reporter } from "../../mutate";
import { inStructOrder } from "../../printers/printer";

export const CREATE_FLAGS: readonly FlagSpec[] = [...PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, fieldManager("kubectl-create")];

/**
 * `failing`: words in front of the server's refusal, "failed to create deployment: "; without any, it is said as the server's.
 * `absent`: the plural of a kind that discovery does not know; the server is asked all the same, as a typed client does.
 */
export function* finish(context: Context, object: Obj, namespaced: boolean, failing = "", absent?: string): Task<number> {
  const dryRun = dryRunOf(context.flags);
  const placed = namespaced && context.namespaceGiven ? ({ ...object, metadata: { ...object.metadata, namespace: context.namespace } } as Obj) : object;
  const written = context.flags.bool("save-config") && object.kind !== "Service" ? remembering(placed) : placed;
  const reporter = new Reporter(context, dryRun, true);
  if (dryRun === "client") {
    yield* reporter.say(written, "created");
    return 0;
  }
  try {
    const resource = absent === undefined ? yield* resourceOf(context, object) : absentResource(object, absent);
    const made = yield* createObject(context, { resource, namespace: context.namespace }, written, { dryRun, manager: managerOf(context, "kubectl-create"), validate: true });
    yield* reporter.say(made, "created");
    return 0;
  } catch (error) {
    if (error instanceof ServerError && failing !== "") throw new Failure(`${failing}${error.message}`);
    throw error;
  }
}

/** The annotation that apply will compare with: the object as a Go struct's JSON, without annotations. */
function remembering(object: Obj): Obj {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [LAST_APPLIED]: `${escapeHtml(JSON.stringify(inStructOrder(object)))}\n` } } };
}

function absentResource({ apiVersion, kind }: Obj, name: string): ApiResource {
  return { ...parseApiVersion(apiVersion), name, singular: kind.toLowerCase(), kind, namespaced: true, verbs: [], shortNames: [], categories: [] };
}

export function* resourceOf(context: Context, object: Obj): Task<ApiResource> {
  const resource = yield* context.discovery.kind(object.apiVersion, object.kind);
  if (resource === undefined) throw new Failure(`no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`);
  return resource;
}

/** The one name on the command line, before `--`. */
export function nameFrom(context: Context): string {
  const { args, flags } = context;
  const before = flags.dash < 0 ? args : args.slice(0, flags.dash);
  const [name] = before;
  if (name === undefined || before.length !== 1) throw usageError(context, `exactly one NAME is required, got ${before.length}`);
  return name;
}

/** The command behind `--`. */
export function commandFrom(context: Context): readonly string[] {
  return context.flags.dash < 0 ? [] : context.args.slice(context.flags.dash);
}

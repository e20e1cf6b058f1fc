/** `kubectl patch`: kubectl/pkg/cmd/patch/patch.go. */
import type { Task } from "../../../core/task";
import { jsonPatch, JsonPatchError } from "../../../kube/patch/json-patch";
import { mergePatch } from "../../../kube/patch/apply-patch";
import { strategicMerge } from "../../../kube/patch/strategic";
import { find, type Info } from "../builder";
import { type Command, type Context, type DryRun, dryRunOf } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import { DRY_RUN, FILENAME, fieldManager, LOCAL, PRINT, RECORD, SUBRESOURCE } from "../flag-sets";
import { type JsonMap, sameJson, textAt } from "../json";
import { jsonProblem } from "../json-syntax";
import { typeOfKind } from "../merge-diff";
import { managerOf, patchObject, Reporter } from "../mutate";
import { YamlError } from "../yaml-error";

export const patch: Command = {
  name: "patch",
  summary: "Update fields of a resource",
  usage: "patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [options]",
  flags: [
    ...PRINT,
    ...FILENAME,
    DRY_RUN,
    LOCAL,
    RECORD,
    SUBRESOURCE,
    fieldManager("kubectl-patch"),
    { name: "patch", short: "p", kind: "string", usage: "The patch to be applied to the resource JSON file." },
    { name: "patch-file", kind: "string", usage: "A file containing a patch to be applied to the resource." },
    { name: "type", kind: "string", default: "strategic", usage: "The type of patch being provided; one of [json merge strategic]" },
  ],
  run,
};

type Kind = "json" | "merge" | "strategic";

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const type = validate(context);
  const dryRun = dryRunOf(flags);
  const body = readPatch(context);
  const local = flags.bool("local");
  const { infos, errors } = yield* find(context, {
    args,
    filenames: flags.list("filename"),
    recursive: flags.bool("recursive"),
    subresource: flags.string("subresource"),
    fromFile: local,
    asWritten: local,
  });
  const reporter = new Reporter(context, "none");
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      const after = local || dryRun === "client" ? applyLocally(info.object as JsonMap, type, body) : yield* send(context, info, { type, body, dryRun });
      yield* reporter.say(after, sameJson(info.object, after) ? "patched (no change)" : "patched");
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  if (infos.length === 0) throw new Failure("no objects passed to patch");
  return 0;
}

function validate({ flags, args }: Context): Kind {
  if (flags.string("patch") !== "" && flags.string("patch-file") !== "") throw new Failure("cannot specify --patch and --patch-file together");
  if (flags.string("patch") === "" && flags.string("patch-file") === "") throw new Failure("must specify --patch or --patch-file containing the contents of the patch");
  if (flags.bool("local") && args.length > 0) throw new Failure("cannot specify --local and server resources");
  const type = flags.string("type").toLowerCase();
  if (type !== "json" && type !== "merge" && type !== "strategic") throw new Failure(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string("type"))}`);
  return type;
}

function readPatch({ flags, proc, readYaml }: Context): unknown {
  const file = flags.string("patch-file");
  if (file !== "" && !proc.fs.exists(proc.resolve(file))) throw new Failure(`unable to read patch file: open ${file}: no such file or directory`);
  const text = file === "" ? flags.string("patch") : proc.fs.readText(proc.resolve(file));
  // What begins like JSON is sent as it is, and the server finds the mistake.
  const json = text.trimStart().startsWith("{");
  const problem = json ? jsonProblem(text) : undefined;
  if (problem !== undefined) throw new ServerError({ reason: "BadRequest", code: 400, message: flags.string("type").toLowerCase() === "strategic" ? problem : `error decoding patch: ${problem}` });
  if (json) return JSON.parse(text);
  try {
    const [value = null] = readYaml(text);
    return value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Failure(`unable to parse ${JSON.stringify(flags.string("patch"))}: yaml: ${error.message}`);
  }
}

function* send(context: Context, info: Info, how: { readonly type: Kind; readonly body: unknown; readonly dryRun: DryRun }): Task<unknown> {
  try {
    return yield* patchObject(context, info, how.type, how.body, { dryRun: how.dryRun, manager: managerOf(context, "kubectl-patch"), subresource: context.flags.string("subresource") });
  } catch (error) {
    if (!(error instanceof ServerError) || error.status.code !== 415) throw error;
    const { group, version, kind } = info.resource;
    throw new Failure(`application/strategic-merge-patch+json is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`);
  }
}

/** The same patch without a server: --local and --dry-run=client. */
function applyLocally(object: JsonMap, type: Kind, body: unknown): unknown {
  if (type === "merge") return mergePatch(object, body);
  if (type === "json") {
    if (!Array.isArray(body)) throw new Failure("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    try {
      return jsonPatch(object, body);
    } catch (error) {
      if (error instanceof JsonPatchError) throw new Failure(error.message);
      throw error;
    }
  }
  const kind = textAt(object, "kind");
  const known = typeOfKind(kind);
  if (known === undefined) throw new Failure(`strategic merge patch is not supported for ${textAt(object, "apiVersion")}, Kind=${kind} locally, try --type merge`);
  return strategicMerge(object, body as JsonMap, known);
}

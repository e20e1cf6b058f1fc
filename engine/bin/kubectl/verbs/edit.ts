/**
 * `kubectl edit`: kubectl/pkg/cmd/util/editor/editoptions.go. The object is edited as text, and a
 * patch of what changed is sent. What the server refuses is opened again with the reasons on top,
 * and nothing of what was typed is lost.
 */
import type { Task } from "../../../core/task";
import { groupResource } from "../api-resource";
import { find, type Info } from "../builder";
import { type Command, type Context, MUST_NAME_RESOURCES } from "../command";
import { openEditor, temporaryPath } from "../editor";
import { causesOf, Exit, Failure, ServerError, throwAll } from "../errors";
import { FILENAME, fieldManager, PRINT, RECORD, SAVE_CONFIG, SUBRESOURCE, VALIDATE } from "../flag-sets";
import { compactJson, type JsonMap, type Obj, prettyJson, sameJson, textAt } from "../json";
import { objectsIn } from "../manifest";
import { twoWayPatch, typeOfKind } from "../merge-diff";
import { managerOf, patchObject, Reporter, validation } from "../mutate";
import { withoutManagedFields } from "../printers/printer";
import { toYaml } from "../yaml-writer";
import { YamlError } from "../yaml-error";
import { parseManifestYaml } from "../yaml-reader";
import { withLastApplied } from "./apply";

export const edit: Command = {
  name: "edit",
  summary: "Edit a resource on the server",
  usage: "edit (RESOURCE/NAME | -f FILENAME) [options]",
  flags: [
    ...PRINT,
    ...FILENAME,
    RECORD,
    SAVE_CONFIG,
    SUBRESOURCE,
    VALIDATE,
    fieldManager("kubectl-edit"),
    { name: "output-patch", kind: "bool", usage: "Output the patch if the resource is edited." },
    { name: "windows-line-endings", kind: "bool", usage: "Defaults to the line ending native to your platform.", refused: true },
  ],
  run,
};

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

type Reason = { readonly head: string; readonly causes: readonly string[] };
type Sent = { readonly reasons: readonly Reason[]; readonly retryable: boolean; readonly notFound: boolean };

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  if (args.length === 0 && flags.list("filename").length === 0) throw new Failure(MUST_NAME_RESOURCES);
  const { infos, errors } = yield* find(context, { args, filenames: flags.list("filename"), recursive: flags.bool("recursive"), typeAlone: true, subresource: flags.string("subresource") });
  throwAll(errors);
  if (infos.length === 0) throw new Failure("edit cancelled, no objects found");
  return yield* session(context, infos);
}

/** Opens the editor until what was saved is accepted or given up. */
function* session(context: Context, infos: readonly Info[]): Task<number> {
  const { proc } = context;
  const json = context.flags.string("output") === "json";
  const original = serialize(infos, json);
  let body = original;
  let reasons: readonly Reason[] = [];
  let message: string | undefined;
  for (;;) {
    const shown = (json ? "" : HEADER + reasonText(reasons)) + body;
    const edited = yield* openEditor(context, { title: title(infos), text: shown, language: json ? "json" : "yaml", ...(message === undefined ? {} : { message }) });
    if (reasons.length > 0 && sameText(body, edited)) throw yield* preserved(context, edited, new Failure("Edit cancelled, no valid changes were saved."));
    if (sameText(original, edited)) {
      yield* proc.err("Edit cancelled, no changes made.\n");
      return 0;
    }
    body = withoutComments(edited);
    if (body.trim() === "") {
      yield* proc.err("Edit cancelled, saved file was empty.\n");
      return 0;
    }
    const outcome = yield* attempt(context, infos, edited);
    if (outcome.retryable || outcome.notFound) {
      const path = store(context, edited);
      yield* proc.err(outcome.retryable ? `You can run \`kubectl replace -f ${path}\` to try this update again.\n` : `The edits you made on deleted resources have been saved to ${JSON.stringify(path)}\n`);
      throw new Exit(1);
    }
    if (outcome.reasons.length === 0) return 0;
    reasons = outcome.reasons;
    message = reasons.map(({ head, causes }) => [head, ...causes].join("\n")).join("\n");
  }
}

/** Reads what was saved and sends it; what is wrong with it comes back as reasons. */
function* attempt(context: Context, infos: readonly Info[], edited: string): Task<Sent> {
  let objects: readonly Obj[];
  try {
    objects = objectsIn(context, edited, "edited-file").map(({ object }) => object);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { reasons: [{ head: `The edited file had a syntax error: ${error.message}`, causes: [] }], retryable: false, notFound: false };
  }
  try {
    return yield* sendAll(context, infos, objects);
  } catch (error) {
    if (error instanceof Failure) throw yield* preserved(context, edited, error);
    throw error;
  }
}

function* sendAll(context: Context, infos: readonly Info[], objects: readonly Obj[]): Task<Sent> {
  const reporter = new Reporter(context, "none");
  const reasons: Reason[] = [];
  let retryable = false;
  let notFound = false;
  for (const object of objects) {
    const info = infos.find((one) => textAt(one.object, "metadata", "uid") === textAt(object, "metadata", "uid"));
    if (info === undefined) throw new Failure(`no original object found for ${compactJson(object)}`);
    requireNamespace(context, object);
    const before = withoutManagedFields(info.object) as JsonMap;
    if (sameJson(before, object)) {
      yield* reporter.say(info.object, "skipped");
      continue;
    }
    try {
      yield* reporter.say(yield* send(context, info, before, object), "edited");
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      const name = `${groupResource(info.resource)} ${JSON.stringify(info.name)}`;
      if (error.reason === "Invalid") {
        reasons.push({ head: `${name} was not valid`, causes: causesOf(error.status) });
        yield* context.proc.err(`error: ${name} is invalid\n`);
      } else if (error.reason === "NotFound") {
        notFound = true;
        yield* context.proc.err(`error: ${name} could not be found on the server\n`);
      } else {
        retryable = true;
        yield* context.proc.err(`error: ${name} could not be patched: ${error.message}\n`);
      }
    }
  }
  return { reasons, retryable, notFound };
}

function requireNamespace(context: Context, object: Obj): void {
  const namespace = object.metadata.namespace ?? "";
  if (namespace === "" || namespace === context.namespace) return;
  throw new Failure(`the namespace from the provided object ${JSON.stringify(namespace)} does not match the namespace ${JSON.stringify(context.namespace)}. You must pass '--namespace=${namespace}' to perform this operation.`);
}

function* send(context: Context, info: Info, before: JsonMap, edited: Obj): Task<unknown> {
  if (edited.apiVersion !== before.apiVersion || edited.kind !== before.kind || edited.metadata.name !== info.name) throw new Failure("At least one of apiVersion, kind and name was changed");
  const after = context.flags.bool("save-config") ? withLastApplied(edited) : edited;
  const type = typeOfKind(edited.kind);
  const patch = twoWayPatch(before, after, type);
  if (context.flags.bool("output-patch")) yield* context.proc.out(`Patch: ${compactJson(patch)}\n`);
  return yield* patchObject(context, info, type === undefined ? "merge" : "strategic", patch, {
    dryRun: "none",
    manager: managerOf(context, "kubectl-edit"),
    subresource: context.flags.string("subresource"),
    query: { fieldValidation: validation(context) },
  });
}

function serialize(infos: readonly Info[], json: boolean): string {
  const objects = infos.map(({ object }) => withoutManagedFields(object));
  const value = objects.length === 1 ? objects[0] : { apiVersion: "v1", kind: "List", metadata: {}, items: objects };
  return json ? `${prettyJson(value)}\n` : toYaml(value);
}

function title(infos: readonly Info[]): string {
  return infos.map(({ resource, name }) => `${resource.singular}/${name}`).join(", ");
}

function reasonText(reasons: readonly Reason[]): string {
  const comment = (text: string): string => text.replaceAll(/\n(?=[^#\n])/g, "\n# ");
  return reasons.map(({ head, causes }) => `# ${comment(head)}${causes.length > 0 ? ":" : ""}\n${causes.map((cause) => `# * ${comment(cause)}\n`).join("")}#\n`).join("");
}

function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*#(?!!)/.test(line))
    .join("\n");
}

/** The same but for comments and layout, where both can be read; else the same text. */
function sameText(a: string, b: string): boolean {
  try {
    return sameJson(parseManifestYaml(a), parseManifestYaml(b));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return withoutComments(a) === withoutComments(b);
  }
}

function store(context: Context, text: string): string {
  const path = temporaryPath(context, "yaml");
  context.proc.fs.writeFile(path, text, { mode: 0o600 });
  return path;
}

function* preserved(context: Context, text: string, failure: Failure): Task<Failure> {
  yield* context.proc.err(`A copy of your changes has been stored to ${JSON.stringify(store(context, text))}\n`);
  return failure;
}

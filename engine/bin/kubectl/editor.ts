/** Where text is edited: the hook this kubectl was given, or $KUBE_EDITOR, $EDITOR or vi on a temporary file. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Context, EditHook, EditRequest } from "./command";
import { Failure } from "./errors";

/** What was saved; the text as it was, if it was closed without saving. */
export function* openEditor(context: Context, request: EditRequest): Task<string> {
  const { proc } = context;
  const chosen = proc.env.get("KUBE_EDITOR") || proc.env.get("EDITOR") || undefined;
  // An editor the user has chosen comes first; the hook stands in for the default one.
  if (chosen === undefined && context.edit !== undefined) return yield* askHook(context, request, context.edit);
  const path = temporaryPath(context, request.language);
  proc.fs.writeFile(path, request.text, { mode: 0o600 });
  const editor = chosen ?? "vi";
  try {
    const status = yield* proc.spawn([...editor.split(/\s+/), path]).wait();
    if (status !== 0) throw new Failure(`there was a problem with the editor ${JSON.stringify(editor)}`);
    return proc.fs.readText(path);
  } catch (error) {
    if (error instanceof SysError) throw new Failure(`unable to launch the editor ${JSON.stringify(editor)}`);
    throw error;
  } finally {
    if (proc.fs.exists(path)) proc.fs.unlink(path);
  }
}

function* askHook({ proc }: Context, request: EditRequest, edit: EditHook): Task<string> {
  try {
    return (yield* edit(request, proc)) ?? request.text;
  } catch (error) {
    if (error instanceof SysError) throw new Failure('unable to launch the editor "vi"');
    throw error;
  }
}

export function temporaryPath(context: Context, language: "yaml" | "json"): string {
  return `/tmp/kubectl-edit-${context.proc.rng.u32()}.${language}`;
}

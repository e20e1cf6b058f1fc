/** Waiting for an object to become something, or to go: a GET and a watch, as client-go's UntilWithSync. */
import type { Task } from "../../core/task";
import type { Info } from "./builder";
import { resourcePath } from "./client";
import type { Context } from "./command";
import { Failure, ServerError } from "./errors";
import { type Obj, textAt } from "./json";

/**
 * True once `met` says so, false when the deadline (of the world's clock) has passed. `met` is given
 * undefined when the object is gone.
 */
export function* until(context: Context, info: Info, deadlineMs: number, met: (object: Obj | undefined) => boolean): Task<boolean> {
  for (;;) {
    const object = yield* getIfThere(context, info);
    if (met(object)) return true;
    const path = resourcePath(info.resource, info.namespace);
    const resourceVersion = object === undefined ? undefined : textAt(object, "metadata", "resourceVersion");
    const stream = yield* context.client.watch(path, { fieldSelector: `metadata.name=${info.name}`, resourceVersion });
    context.proc.onExit(() => stream.close());
    try {
      while (!stream.closed) {
        const event = stream.next();
        if (event === undefined) {
          if ((yield { on: stream.ready, deadlineMs }) === "timeout") return false;
        } else if (event.type === "ERROR") break;
        else if (event.type !== "BOOKMARK" && met(event.type === "DELETED" ? undefined : (event.object as Obj))) return true;
      }
    } finally {
      stream.close();
    }
    if (context.proc.nowMs >= deadlineMs) return false;
  }
}

export function* getIfThere(context: Context, info: Info): Task<Obj | undefined> {
  try {
    return (yield* context.client.get(resourcePath(info.resource, info.namespace, info.name))) as Obj;
  } catch (error) {
    if (error instanceof ServerError && error.reason === "NotFound") return undefined;
    throw error;
  }
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** Waits until all of these are gone, or are others of the same name. A timeout of 0 is a week. */
export function* untilDeleted(context: Context, gone: readonly { readonly info: Info; readonly uid: string }[], timeoutMs: number): Task {
  const deadline = context.proc.nowMs + (timeoutMs === 0 ? WEEK_MS : timeoutMs);
  for (const { info, uid } of gone) {
    const ok = yield* until(context, info, deadline, (object) => object === undefined || (uid !== "" && object.metadata.uid !== uid));
    if (!ok) throw new Failure(`timed out waiting for the condition on ${info.resource.name}/${info.name}`);
  }
}

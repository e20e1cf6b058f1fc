/** postStart and preStop: a command in the container, a GET to it, or a sleep. */
import { sleepUntil, type Task } from "../../core/task";
import type { Container, LifecycleHandler } from "../../kube/types";
import type { KubeletContext } from "./context";
import type { Run } from "./container";
import { runInContainer } from "./exec";
import { byHttp } from "./probe-actions";

/** Undefined when it went well, else why not. Whoever calls it bounds it in time by ending the Task. */
export function* runHook(context: KubeletContext, spec: Container, run: Run, handler: LifecycleHandler, podIP: string): Task<string | undefined> {
  const sleep = (handler as { readonly sleep?: { readonly seconds: number } }).sleep;
  if (sleep) {
    yield* sleepUntil(context.world.scheduler.nowMs + sleep.seconds * 1000);
    return undefined;
  }
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const started = runInContainer(run, command, {});
    if ("problem" in started) return `rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${started.id}": ${started.problem}`;
    while (!started.process.exited) yield { on: started.process.ended };
    return started.process.status === 0 ? undefined : `command '${command.join(" ")}' exited with ${started.process.status}: ${started.output()}`;
  }
  if (handler.httpGet) {
    const result = yield* byHttp(context, spec, handler.httpGet, podIP, context.world.scheduler.nowMs + 30_000);
    return result.ok ? undefined : result.output;
  }
  return "not modelled: this kind of lifecycle handler";
}

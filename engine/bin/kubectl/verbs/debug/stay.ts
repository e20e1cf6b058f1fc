/** Staying with the debugging container: wait until it runs, attach to it, and read its log when that comes too late. */
import type { Task } from "../../../../core/task";
import type { ContainerStatus, Pod } from "../../../../kube/types";
import { resourcePath } from "../../client";
import type { Context } from "../../command";
import { Failure, NotModelled, PlainFailure, ServerError } from "../../errors";
import { runSession, terminalFor } from "../../remote";

export type Debugging = {
  /** What stands behind `--`. */
  readonly command: readonly string[];
  /** --set-image: by container, "*" for all. */
  readonly images: ReadonlyMap<string, string>;
};

export function* stayWith(context: Context, pod: Pod, container: string): Task {
  const { flags, proc, runtime } = context;
  if (runtime === undefined) throw new NotModelled("attach");
  const now = yield* whenStarted(context, pod, container);
  if (statusOf(now, container)?.state?.terminated !== undefined) return yield* showLog(context, now, container);
  const quiet = flags.bool("quiet");
  const wish = yield* terminalFor(context, { stdin: flags.bool("stdin"), tty: flags.bool("tty") }, quiet);
  if (!quiet) {
    yield* proc.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n");
    yield* proc.err("If you don't see a command prompt, try pressing enter.\n");
  }
  const { name, namespace = "" } = now.metadata;
  try {
    yield* runSession(context, runtime.attach(namespace, name, { container, stdin: wish.stdin, stdout: true, stderr: !wish.tty, tty: wish.tty }), wish);
  } catch (error) {
    if (error instanceof PlainFailure) return;
    if (!(error instanceof Failure || error instanceof ServerError)) throw error;
    yield* proc.err(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${error.message}\n`);
    yield* showLog(context, now, container);
  }
}

/** Watches the Pod until the container runs or has run; what keeps it waiting is said each time. */
function* whenStarted(context: Context, pod: Pod, container: string): Task<Pod> {
  const { client, proc, flags } = context;
  const { name, namespace = "" } = pod.metadata;
  const resource = yield* context.discovery.resource("pods");
  const stream = yield* client.watch(resourcePath(resource, namespace), { fieldSelector: `metadata.name=${name}` });
  proc.onExit(() => stream.close());
  try {
    while (!stream.closed) {
      const event = stream.next();
      if (event === undefined) {
        yield { on: stream.ready };
        continue;
      }
      if (event.type === "DELETED") throw new ServerError({ reason: "NotFound", message: 'pods "" not found' });
      if (event.type === "BOOKMARK" || event.type === "ERROR") continue;
      const now = event.object as Pod;
      const { running, terminated, waiting } = statusOf(now, container)?.state ?? {};
      if (running !== undefined || terminated !== undefined) return now;
      if (!flags.bool("quiet") && waiting?.message) yield* proc.err(`Warning: container ${container}: ${waiting.message}\n`);
    }
  } finally {
    stream.close();
  }
  throw new Failure("watch closed before UntilWithoutRetry timeout");
}

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])];
  return all.find(({ name }) => name === container);
}

function* showLog(context: Context, { metadata }: Pod, container: string): Task {
  const log = context.runtime?.logs(metadata.namespace ?? "", metadata.name, { container });
  if (log === undefined || !("output" in log)) return;
  for (let bytes = log.output.read(); bytes !== undefined; bytes = log.output.read()) yield* context.proc.file(1).write(bytes);
  log.close();
}

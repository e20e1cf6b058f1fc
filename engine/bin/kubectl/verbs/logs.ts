/** `kubectl logs`: kubectl/pkg/cmd/logs/logs.go. */
import { text, utf8 } from "../../../core/bytes";
import { Signal, type Task } from "../../../core/task";
import type { LogOptions, LogSession } from "../../../kube/runtime";
import type { Pod } from "../../../kube/types";
import { find, findOne, objectOf } from "../builder";
import { type Command, type Context, usageError } from "../command";
import { Failure, NotModelled, PlainFailure, ServerError, type Status, throwAll } from "../errors";
import { POD_RUNNING_TIMEOUT, SELECTOR } from "../flag-sets";
import { rfc3339Problem } from "../go-time";
import { byLogging, containerNames, hasContainer, podsOf } from "../pods";

const USAGE = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

export const logs: Command = {
  name: "logs",
  summary: "Print the logs for a container in a pod",
  usage: "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [options]",
  flags: [
    SELECTOR,
    POD_RUNNING_TIMEOUT,
    { name: "all-containers", kind: "bool", usage: "Get all containers' logs in the pod(s)." },
    { name: "all-pods", kind: "bool", usage: "Get logs from all pod(s). Sets prefix to true." },
    { name: "container", short: "c", kind: "string", usage: "Print the logs of this container" },
    { name: "follow", short: "f", kind: "bool", usage: "Specify if the logs should be streamed." },
    { name: "ignore-errors", kind: "bool", usage: "If watching / following pod logs, allow for any errors that occur to be non-fatal" },
    { name: "insecure-skip-tls-verify-backend", kind: "bool", usage: "Skip verifying the identity of the kubelet that logs are requested from.", refused: true },
    { name: "limit-bytes", kind: "int", usage: "Maximum bytes of logs to return. Defaults to no limit." },
    { name: "max-log-requests", kind: "int", default: "5", usage: "Specify maximum number of concurrent logs to follow when using by a selector." },
    { name: "prefix", kind: "bool", usage: "Prefix each log line with the log source (pod name and container name)" },
    { name: "previous", short: "p", kind: "bool", usage: "If true, print the logs for the previous instance of the container in a pod if it exists." },
    { name: "since", kind: "duration", usage: "Only return logs newer than a relative duration like 5s, 2m, or 3h." },
    { name: "since-time", kind: "string", usage: "Only return logs after a specific date (RFC3339)." },
    { name: "tail", kind: "int", default: "-1", usage: "Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided." },
    { name: "timestamps", kind: "bool", usage: "Include timestamps on each line in the log output" },
  ],
  run,
};

type Source = { readonly pod: Pod; readonly container: string };

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const container = validate(context);
  const pods = yield* choosePods(context);
  if (pods.length === 0) {
    yield* context.proc.err(`No resources found in ${context.namespace} namespace.\n`);
    return 0;
  }
  const sources: Source[] = [];
  for (const pod of pods) sources.push(...(yield* sourcesOf(context, pod, container)));
  const limit = flags.int("max-log-requests");
  if (flags.bool("follow") && sources.length > 1 && sources.length > limit) {
    throw new Failure(`you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`);
  }
  void args;
  return flags.bool("follow") && sources.length > 1 ? yield* together(context, sources) : yield* inTurn(context, sources);
}

/** Checks the command line; the container it names. */
function validate(context: Context): string {
  const { flags, args } = context;
  if ((args.length === 0 && flags.string("selector") === "") || args.length > 2) throw usageError(context, USAGE);
  if (args.length === 1 && flags.string("selector") !== "") throw usageError(context, "only a selector (-l) or a POD name is allowed");
  const container = args.length === 2 ? (args[1] ?? "") : flags.string("container");
  const badTime = flags.changed("since-time") ? rfc3339Problem(flags.string("since-time")) : undefined;
  if (badTime !== undefined) throw new Failure(badTime);
  if (flags.changed("since-time") && flags.duration("since") !== 0) throw new Failure("at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (flags.bool("all-containers") && container !== "") throw new Failure(`--all-containers=true should not be specified with container name ${container}`);
  if (flags.changed("container") && args.length === 2) throw new Failure("only one of -c or an inline [CONTAINER] arg is allowed");
  if (flags.int("limit-bytes") < 0) throw new Failure("--limit-bytes must be greater than 0");
  if (flags.duration("since") < 0) throw new Failure("--since must be greater than 0");
  if (flags.int("tail") < -1) throw new Failure("--tail must be greater than or equal to -1");
  return container;
}

/** Kinds that choose Pods, and Pods themselves. */
const LOGGING = ["Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"];

function* choosePods(context: Context): Task<readonly Pod[]> {
  const { flags, args } = context;
  if (flags.string("selector") !== "") {
    const { infos, errors } = yield* find(context, { args: ["pods"], selector: flags.string("selector") });
    throwAll(errors);
    return infos.map(({ object }) => object as Pod);
  }
  const info = yield* findNamed(context, args[0] ?? "");
  if (!LOGGING.includes(objectOf(info).kind)) throw new Failure(`cannot get the logs from *v1.${objectOf(info).kind}: selector for *v1.${objectOf(info).kind} not implemented`);
  if (flags.duration("pod-running-timeout") <= 0) throw new Failure("--pod-running-timeout must be higher than zero");
  const pods = yield* podsOf(context, objectOf(info), flags.duration("pod-running-timeout"), byLogging);
  if (flags.bool("all-pods")) return pods;
  const [first] = pods;
  if (first === undefined) return [];
  if (pods.length > 1) yield* context.proc.err(`Found ${pods.length} pods, using pod/${first.metadata.name}\n`);
  return [first];
}

function* findNamed(context: Context, name: string): Task<Parameters<typeof objectOf>[0]> {
  try {
    return yield* findOne(context, [name], "pods");
  } catch (error) {
    if (!(error instanceof ServerError) || error.reason !== "NotFound") throw error;
    throw new Failure(`error from server (NotFound): ${error.message} in namespace ${JSON.stringify(context.namespace)}`);
  }
}

function* sourcesOf(context: Context, pod: Pod, asked: string): Task<readonly Source[]> {
  const { flags } = context;
  if (flags.bool("all-containers")) {
    return [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])].map(({ name }) => ({ pod, container: name }));
  }
  let container = asked;
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"] ?? "";
  if (container === "" && annotated !== "") {
    if (hasContainer(pod, annotated)) container = annotated;
    else yield* context.proc.err(`Default container name ${JSON.stringify(annotated)} not found in pod ${pod.metadata.name}\n`);
  }
  if (container === "") {
    container = pod.spec.containers[0]?.name ?? "";
    const several = pod.spec.containers.length > 1 || (pod.spec.initContainers ?? []).length > 0 || (pod.spec.ephemeralContainers ?? []).length > 0;
    if (several && !flags.bool("all-pods")) yield* context.proc.err(`Defaulted container ${JSON.stringify(container)} out of: ${containerNames(pod)}\n`);
  }
  if (!hasContainer(pod, container)) throw new Failure(`container ${container} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);
  return [{ pod, container }];
}

function logOptions({ flags }: Context, container: string): LogOptions {
  const tail = flags.changed("tail") ? flags.int("tail") : flags.string("selector") === "" ? -1 : 10;
  return {
    container,
    follow: flags.bool("follow"),
    previous: flags.bool("previous"),
    timestamps: flags.bool("timestamps"),
    ...(tail >= 0 ? { tailLines: tail } : {}),
    ...(flags.duration("since") === 0 ? {} : { sinceSeconds: Math.max(1, Math.round(flags.duration("since") / 1000)) }),
    ...(flags.changed("since-time") ? { sinceTime: flags.string("since-time") } : {}),
    ...(flags.int("limit-bytes") > 0 ? { limitBytes: flags.int("limit-bytes") } : {}),
  };
}

function begin(context: Context, source: Source): LogSession | Status {
  if (context.runtime === undefined) throw new NotModelled("logs");
  return context.runtime.logs(source.pod.metadata.namespace ?? "", source.pod.metadata.name, logOptions(context, source.container));
}

function* inTurn(context: Context, sources: readonly Source[]): Task<number> {
  for (const source of sources) yield* copyLog(context, source);
  return 0;
}

function* copyLog(context: Context, source: Source): Task {
  const { flags, proc } = context;
  const started = begin(context, source);
  if (!("output" in started)) {
    if (!flags.bool("ignore-errors")) throw new ServerError(started);
    yield* proc.out(`error: ${started.message ?? ""}\n`);
    return;
  }
  proc.onExit(() => started.close());
  const write = lineWriter(context, source);
  for (;;) {
    const bytes = started.output.read();
    if (bytes !== undefined) yield* write(bytes);
    else if (started.output.ended) break;
    else yield { on: started.output.readable };
  }
  yield* write(undefined);
}

/** Passes bytes on; with --prefix, line by line behind the source's name. */
function lineWriter(context: Context, { pod, container }: Source): (bytes: Uint8Array | undefined) => Task {
  const prefixed = context.flags.bool("prefix") || context.flags.bool("all-pods");
  const { proc } = context;
  let held = "";
  return function* write(bytes): Task {
    if (!prefixed) {
      if (bytes !== undefined) yield* proc.file(1).write(bytes);
      return;
    }
    const lines = (held + (bytes === undefined ? "" : text(bytes))).split("\n");
    held = lines.pop() ?? "";
    if (bytes === undefined && held !== "") lines.push(held);
    const prefix = `[pod/${pod.metadata.name}/${container}] `;
    if (lines.length > 0) yield* proc.file(1).write(utf8(lines.map((line) => `${prefix}${line}\n`).join("")));
  };
}

/** Several logs followed at once, whole lines at a time. */
function* together(context: Context, sources: readonly Source[]): Task<number> {
  const ended = new Signal();
  let open = sources.length;
  const failures: unknown[] = [];
  const handles = sources.map((source) =>
    context.proc.world.scheduler.spawn(
      (function* one(): Task {
        try {
          yield* copyLog(context, source);
        } catch (error) {
          failures.push(error);
        }
        open--;
        ended.notify();
      })(),
    ),
  );
  context.proc.onExit(() => {
    for (const handle of handles) handle.kill();
  });
  while (open > 0 && failures.length === 0) yield { on: ended };
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return 0;
}

export { PlainFailure };

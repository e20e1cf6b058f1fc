/** `kubectl run`: makes a Pod, and stays with it when asked to. kubectl/pkg/cmd/run/run.go. */
import type { Task } from "../../../core/task";
import type { Pod } from "../../../kube/types";
import { infoOf } from "../builder";
import { type Command, type Context, dryRunOf, usageError } from "../command";
import { Failure, Failures, NotModelled, PlainFailure, ServerError } from "../errors";
import { isImageName } from "../image-name";
import type { FlagSpec } from "../flags";
import { DRY_RUN, fieldManager, POD_RUNNING_TIMEOUT, PRINT, RECORD, SAVE_CONFIG } from "../flag-sets";
import type { Obj } from "../json";
import { createObject, managerOf, Reporter } from "../mutate";
import { isReady } from "../pods";
import { runSession, terminalFor } from "../remote";
import { until } from "../until";
import { withLastApplied } from "./apply";
import { DELETE_FLAGS, deleteAll, propagationOf } from "./delete";
import { variableName } from "./create/config";
import { resourceOf } from "./create/finish";
import { merged, overridesOf } from "./run-overrides";

const FLAGS: readonly FlagSpec[] = [
  ...PRINT,
  ...DELETE_FLAGS,
  DRY_RUN,
  POD_RUNNING_TIMEOUT,
  RECORD,
  SAVE_CONFIG,
  fieldManager("kubectl-run"),
  { name: "annotations", kind: "array", usage: "Annotations to apply to the pod." },
  { name: "attach", kind: "bool", usage: "If true, wait for the Pod to start running, and then attach to the Pod." },
  { name: "command", kind: "bool", usage: "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default." },
  { name: "detach-keys", kind: "string", usage: "Override the key sequence for detaching a container.", refused: true },
  { name: "env", kind: "array", usage: "Environment variables to set in the container." },
  { name: "expose", kind: "bool", usage: "If true, create a ClusterIP service associated with the pod.  Requires `--port`." },
  { name: "image", kind: "string", usage: "The image for the container to run." },
  { name: "image-pull-policy", kind: "string", usage: "The image pull policy for the container." },
  { name: "labels", short: "l", kind: "string", usage: "Comma separated labels to apply to the pod." },
  { name: "leave-stdin-open", kind: "bool", usage: "If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes." },
  { name: "override-type", kind: "string", default: "merge", usage: "The method used to override the generated object: json, merge, or strategic." },
  { name: "overrides", kind: "string", usage: "An inline JSON override for the generated object." },
  { name: "port", kind: "string", usage: "The port that this container exposes." },
  { name: "privileged", kind: "bool", usage: "If true, run the container in privileged mode." },
  { name: "quiet", short: "q", kind: "bool", usage: "If true, suppress prompt messages." },
  { name: "restart", kind: "string", default: "Always", usage: "The restart policy for this Pod.  Legal values [Always, OnFailure, Never]." },
  { name: "rm", kind: "bool", usage: "If true, delete the pod after it exits." },
  { name: "stdin", short: "i", kind: "bool", usage: "Keep stdin open on the container in the pod, even if nothing is attached." },
  { name: "tty", short: "t", kind: "bool", usage: "Allocate a TTY for the container in the pod." },
];

export const run: Command = {
  name: "run",
  summary: "Run a particular image on the cluster",
  usage: "run NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [options]",
  flags: FLAGS,
  required: ["image"],
  run: runPod,
};

function* runPod(context: Context): Task<number> {
  const { flags } = context;
  const dryRun = dryRunOf(flags);
  propagationOf(context);
  const attaching = validate(context);
  const object = merged(podOf(context), overridesOf(context), flags.string("override-type"));
  const resource = yield* resourceOf(context, object);
  const written = flags.bool("save-config") && dryRun !== "client" ? withLastApplied(object) : object;
  const placed = dryRun === "client" && context.namespaceGiven ? { ...written, metadata: { ...written.metadata, namespace: context.namespace } } : written;
  const at = { resource, namespace: context.namespace };
  const how = { dryRun, manager: managerOf(context, "kubectl-run") };
  const made = dryRun === "client" ? placed : yield* createObject(context, at, placed, how);
  const created = [{ resource, object: made }];
  const reporter = new Reporter(context, dryRun, dryRun === "client");
  const failed: Error[] = [];
  if (flags.bool("expose")) {
    const service = serviceOf(context);
    try {
      const services = yield* resourceOf(context, service);
      const answer = dryRun === "client" ? service : yield* createObject(context, { resource: services, namespace: context.namespace }, service, how);
      yield* reporter.say(answer, "created");
      // Beside the line that the printer of YAML puts between its objects itself.
      if (flags.string("output") === "yaml") yield* context.proc.out("---\n");
      created.push({ resource: services, object: answer });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      failed.push(error);
    }
  }
  if (!attaching) {
    yield* reporter.say(made, "created");
    if (failed.length > 0) throw new Failures(failed);
    return 0;
  }
  let failure: unknown;
  let status = 0;
  try {
    status = yield* stayWith(context, made as Pod);
  } catch (error) {
    failure = error; // Not `finally`: a kubectl that is interrupted leaves its Pod behind.
  }
  if (flags.bool("rm")) {
    const infos = created.map((one) => infoOf(one.object, one.resource));
    yield* deleteAll(context, infos, [], { gracePeriod: flags.int("grace-period"), propagation: propagationOf(context), dryRun: "none", wait: flags.bool("wait"), timeoutMs: flags.duration("timeout"), ignoreNotFound: true });
  }
  if (failure !== undefined) throw failure;
  return status;
}

/** Refuses what makes no sense; true when the command stays with its Pod. */
function validate(context: Context): boolean {
  const { flags, args } = context;
  if (args.length === 0 || flags.dash === 0) throw usageError(context, "NAME is required for run");
  const image = flags.string("image");
  if (image === "") throw new Failure("--image is required");
  if (!isImageName(image)) throw new Failure(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (flags.bool("tty") && !flags.bool("stdin")) throw usageError(context, "-i/--stdin is required for containers with -t/--tty=true");
  if (flags.bool("expose") && flags.string("port") === "") throw usageError(context, "--port must be set when exposing a service");
  if (!["Always", "OnFailure", "Never"].includes(restartOf(context))) throw usageError(context, `invalid restart policy: ${flags.string("restart")}`);
  const attaching = flags.changed("attach") ? flags.bool("attach") : flags.bool("stdin") || flags.bool("tty");
  if (flags.bool("rm") && !attaching) throw usageError(context, "--rm should only be used for attached containers");
  if (attaching && dryRunOf(flags) !== "none") throw usageError(context, "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
  const pull = flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(pull)) throw usageError(context, `invalid image pull policy: ${pull}`);
  return attaching;
}

function restartOf({ flags }: Context): string {
  return flags.string("restart") || (flags.bool("stdin") ? "OnFailure" : "Always");
}

function podOf(context: Context): Obj {
  const { flags, args } = context;
  const [name = "", ...words] = args;
  const labels = flags.string("labels") === "" ? { run: name } : pairsOf(flags.string("labels").split(","), "label");
  const annotations = pairsOf(flags.list("annotations"), "annotations");
  const container = {
    name,
    image: flags.string("image"),
    ...(words.length === 0 ? {} : flags.bool("command") ? { command: words } : { args: words }),
    ...(flags.list("env").length === 0 ? {} : { env: Object.entries(pairsOf(flags.list("env"), "env")).map(([key, value]) => ({ name: key, value })) }),
    ...(flags.string("image-pull-policy") === "" ? {} : { imagePullPolicy: flags.string("image-pull-policy") }),
    ...(flags.string("port") === "" ? {} : { ports: [{ containerPort: portOf(flags.string("port")) }] }),
    resources: {},
    ...(flags.bool("privileged") ? { securityContext: { privileged: true } } : {}),
    ...(flags.bool("stdin") ? { stdin: true, ...(flags.bool("leave-stdin-open") ? {} : { stdinOnce: true }) } : {}),
    ...(flags.bool("tty") ? { tty: true } : {}),
  };
  const metadata = { name, labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container], dnsPolicy: "ClusterFirst", restartPolicy: restartOf(context) }, status: {} } as unknown as Obj;
}

function portOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new Failure(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function pairsOf(words: readonly string[], what: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf("=");
      if (equals < 1 || (what === "env" && variableName(word.slice(0, equals)).length > 0)) throw new Failure(what === "env" ? `invalid env: ${word}` : what === "label" ? `unexpected label spec: ${word}` : `invalid ${what} format: ${word}`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

function serviceOf(context: Context): Obj {
  const { flags, args } = context;
  const name = args[0] ?? "";
  const port = portOf(flags.string("port"));
  const labels = flags.string("labels") === "" ? undefined : pairsOf(flags.string("labels").split(","), "label");
  const selector = labels ?? { run: name };
  return { apiVersion: "v1", kind: "Service", metadata: { ...(labels && { labels }), name }, spec: { ports: [{ port, protocol: "TCP", targetPort: port }], selector }, status: { loadBalancer: {} } } as unknown as Obj;
}

/** Waits for the Pod to run, attaches, and reports how it ended. */
function* stayWith(context: Context, pod: Pod): Task<number> {
  const { flags, proc } = context;
  const deadline = proc.nowMs + flags.duration("pod-running-timeout");
  const started = yield* podWhen(context, pod, deadline, (now) => completed(now) || (now.status.phase === "Running" && isReady(now)));
  if (completed(started)) yield* showLog(context, started);
  else yield* attachTo(context, started);
  const restart = restartOf(context);
  if (flags.bool("leave-stdin-open") || restart === "Always") return 0;
  const wait = proc.nowMs + flags.duration("pod-running-timeout");
  return outcome(yield* podWhen(context, pod, wait, (now) => (restart === "OnFailure" ? now.status.phase === "Succeeded" : completed(now))));
}

function completed({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

function* podWhen(context: Context, pod: Pod, deadline: number, met: (pod: Pod) => boolean): Task<Pod> {
  const resource = yield* context.discovery.resource("pods");
  let last: Pod | undefined;
  const ok = yield* until(context, infoOf(pod, resource), deadline, (object) => {
    last = object as Pod | undefined;
    return last === undefined || met(last);
  });
  if (last === undefined) throw new ServerError({ reason: "NotFound", message: 'pods "" not found' });
  if (!ok) throw new Failure("timed out waiting for the condition");
  return last;
}

function* attachTo(context: Context, pod: Pod): Task {
  const { flags, proc } = context;
  if (context.runtime === undefined) throw new NotModelled("attach");
  const quiet = flags.bool("quiet");
  yield* showLog(context, pod);
  const wish = yield* terminalFor(context, { stdin: flags.bool("stdin"), tty: flags.bool("tty") }, quiet);
  if (!quiet) {
    yield* proc.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n");
    yield* proc.err("If you don't see a command prompt, try pressing enter.\n");
  }
  try {
    const session = context.runtime.attach(pod.metadata.namespace ?? "", pod.metadata.name, { container: pod.spec.containers[0]?.name ?? "", stdin: wish.stdin, stdout: true, stderr: !wish.tty, tty: wish.tty });
    yield* runSession(context, session, wish);
  } catch (error) {
    if (error instanceof PlainFailure) return;
    if (!(error instanceof Failure || error instanceof ServerError)) throw error;
    yield* proc.err(`warning: couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${error.message}\n`);
    yield* showLog(context, pod);
  }
}

function* showLog(context: Context, pod: Pod): Task {
  const log = context.runtime?.logs(pod.metadata.namespace ?? "", pod.metadata.name, { container: pod.spec.containers[0]?.name ?? "" });
  if (log === undefined || !("output" in log)) return;
  for (let bytes = log.output.read(); bytes !== undefined; bytes = log.output.read()) yield* context.proc.file(1).write(bytes);
  log.close();
}

function outcome(pod: Pod): number {
  const name = `pod ${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
  if (pod.status.phase === "Succeeded") return 0;
  if (pod.status.phase !== "Failed") throw new Failure(`${name} left in phase ${pod.status.phase ?? ""}`);
  const end = pod.status.containerStatuses?.[0]?.state?.terminated;
  if (end === undefined || end.exitCode === 0) throw new Failure(`${name} failed with unknown exit code`);
  throw new PlainFailure(`${name} terminated (${end.reason ?? ""})\n${end.message ?? ""}`, end.exitCode);
}


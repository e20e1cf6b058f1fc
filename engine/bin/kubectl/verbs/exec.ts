/** `kubectl exec`: kubectl/pkg/cmd/exec/exec.go. */
import type { Task } from "../../../core/task";
import type { Pod } from "../../../kube/types";
import { findOne, findAll, objectOf } from "../builder";
import { type Command, type Context, usageError } from "../command";
import { Failure, NotModelled } from "../errors";
import { FILENAME, POD_RUNNING_TIMEOUT } from "../flag-sets";
import { attachablePods, chooseContainer, runningTimeout } from "../pods";
import { runSession, terminalFor } from "../remote";

export const exec: Command = {
  name: "exec",
  summary: "Execute a command in a container",
  usage: "exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...] [options]",
  flags: [
    ...FILENAME.filter(({ name }) => name === "filename"),
    POD_RUNNING_TIMEOUT,
    { name: "container", short: "c", kind: "string", usage: "Container name." },
    { name: "stdin", short: "i", kind: "bool", usage: "Pass stdin to the container" },
    { name: "tty", short: "t", kind: "bool", usage: "Stdin is a TTY" },
    { name: "quiet", short: "q", kind: "bool", usage: "Only print output from the remote session" },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { flags } = context;
  const { name, words } = parse(context);
  const files = flags.list("filename");
  if (name === "" && files.length === 0) throw new Failure("pod, type/name or --filename must be specified");
  const timeout = runningTimeout(context);
  if (words.length === 0) throw new Failure("you must specify at least one command for the container");
  const info = files.length > 0 ? (yield* findAll(context, { args: [], filenames: files, fromFile: true }))[0] : yield* findOne(context, [name], "pods");
  if (info === undefined) throw new Failure("pod, type/name or --filename must be specified");
  const [pod] = yield* attachablePods(context, objectOf(info), timeout);
  if (pod === undefined) throw new Failure("timed out waiting for the condition");
  refuseCompleted(pod);
  const quiet = flags.bool("quiet");
  const container = yield* chooseContainer(context, pod, flags.string("container"), quiet);
  const attachment = yield* terminalFor(context, { stdin: flags.bool("stdin"), tty: flags.bool("tty") }, quiet);
  if (context.runtime === undefined) throw new NotModelled("exec");
  const session = context.runtime.exec(pod.metadata.namespace ?? "", pod.metadata.name, { container, command: words, ...attachment, stdout: true, stderr: !attachment.tty });
  return yield* runSession(context, session, attachment);
}

/** The Pod's name stands before `--`, the command behind it. */
function parse(context: Context): { readonly name: string; readonly words: readonly string[] } {
  const { args, flags } = context;
  const name = args.length > 0 && flags.dash !== 0 ? (args[0] ?? "") : "";
  if (flags.dash >= 0) return { name, words: args.slice(flags.dash) };
  if (args.length > 1 || (args.length > 0 && flags.list("filename").length > 0)) {
    throw usageError(context, "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
  }
  return { name, words: [] };
}

function refuseCompleted({ status }: Pod): void {
  if (status.phase === "Succeeded" || status.phase === "Failed") throw new Failure(`cannot exec into a container in a completed pod; current phase is ${status.phase}`);
}

/** `kubectl attach`: kubectl/pkg/cmd/attach. */
import type { Task } from "../../../core/task";
import { findOne, objectOf } from "../builder";
import type { Command, Context } from "../command";
import { Failure, NotModelled } from "../errors";
import { POD_RUNNING_TIMEOUT } from "../flag-sets";
import { attachablePods, chooseContainer, containerNames, hasContainer, runningTimeout } from "../pods";
import { runSession, terminalFor } from "../remote";

export const attach: Command = {
  name: "attach",
  summary: "Attach to a running container",
  usage: "attach (POD | TYPE/NAME) -c CONTAINER [options]",
  flags: [
    POD_RUNNING_TIMEOUT,
    { name: "container", short: "c", kind: "string", usage: "Container name." },
    { name: "detach-keys", kind: "string", usage: "Override the key sequence for detaching a container.", refused: true },
    { name: "quiet", short: "q", kind: "bool", usage: "Only print output from the remote session" },
    { name: "stdin", short: "i", kind: "bool", usage: "Pass stdin to the container" },
    { name: "tty", short: "t", kind: "bool", usage: "Stdin is a TTY" },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args, proc } = context;
  if (args.length === 0) throw new Failure("at least 1 argument is required for attach");
  if (args.length > 2) throw new Failure(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(" ")}]`);
  const timeout = runningTimeout(context);
  const info = yield* findOne(context, args, "pods");
  const [pod] = yield* attachablePods(context, objectOf(info), timeout);
  if (pod === undefined) throw new Failure("timed out waiting for the condition");
  if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") throw new Failure(`cannot attach a container in a completed pod; current phase is ${pod.status.phase}`);
  const quiet = flags.bool("quiet");
  const asked = flags.string("container");
  if (asked !== "" && !hasContainer(pod, asked)) throw new Failure(`cannot attach to the container: container ${asked} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);
  const container = yield* chooseContainer(context, pod, asked, quiet);
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const hasTty = [...containers, ...initContainers, ...ephemeralContainers].find(({ name }) => name === container)?.tty === true;
  if (flags.bool("tty") && !hasTty && !quiet) yield* proc.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
  const wish = yield* terminalFor(context, { stdin: flags.bool("stdin"), tty: hasTty }, quiet);
  if (context.runtime === undefined) throw new NotModelled("attach");
  if (!quiet) {
    yield* proc.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n");
    yield* proc.err("If you don't see a command prompt, try pressing enter.\n");
  }
  const status = yield* runSession(context, context.runtime.attach(pod.metadata.namespace ?? "", pod.metadata.name, { container, ...wish, stdout: true, stderr: !wish.tty }), wish);
  if (!quiet && wish.stdin && wish.tty && pod.spec.restartPolicy === "Always") {
    yield* proc.out(`Session ended, resume using 'kubectl attach ${pod.metadata.name} -c ${container} -i -t' command when the pod is running\n`);
  }
  return status;
}

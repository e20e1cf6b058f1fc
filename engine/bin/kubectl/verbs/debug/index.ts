/**
 * `kubectl debug`: a container put beside those of a running Pod, a copy of the Pod with changes,
 * or a Pod in the namespaces of a node. kubectl/pkg/cmd/debug/debug.go.
 */
import type { Task } from "../../../../core/task";
import type { Pod } from "../../../../kube/types";
import { find, objectOf } from "../../builder";
import type { Command, Context } from "../../command";
import { Failure, ServerError, throwAll } from "../../errors";
import { isImageName } from "../../image-name";
import type { FlagSpec } from "../../flags";
import { FILENAME } from "../../flag-sets";
import { debugByCopy } from "./copy";
import { debugByEphemeralContainer } from "./ephemeral";
import { debugNode } from "./node";
import { PROFILES } from "./profile";
import { type Debugging, stayWith } from "./stay";

const KEEP = "(This flag only works when used with '--copy-to')";

const FLAGS: readonly FlagSpec[] = [
  ...FILENAME.filter(({ name }) => name === "filename"),
  { name: "arguments-only", kind: "bool", usage: "If specified, everything after -- will be passed to the new container as Args instead of Command." },
  { name: "attach", kind: "bool", usage: "If true, wait for the container to start running, and then attach to it." },
  { name: "container", short: "c", kind: "string", usage: "Container name to use for debug container." },
  { name: "copy-to", kind: "string", usage: "Create a copy of the target Pod with this name." },
  { name: "custom", kind: "string", usage: "Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.", refused: true },
  { name: "env", kind: "array", usage: "Environment variables to set in the container." },
  { name: "image", kind: "string", usage: "Container image to use for debug container." },
  { name: "image-pull-policy", kind: "string", usage: "The image pull policy for the container." },
  { name: "keep-annotations", kind: "bool", usage: `If true, keep the original pod annotations.${KEEP}` },
  { name: "keep-init-containers", kind: "bool", default: "true", usage: `Run the init containers for the pod.${KEEP}` },
  { name: "keep-labels", kind: "bool", usage: `If true, keep the original pod labels.${KEEP}` },
  { name: "keep-liveness", kind: "bool", usage: `If true, keep the original pod liveness probes.${KEEP}` },
  { name: "keep-readiness", kind: "bool", usage: `If true, keep the original pod readiness probes.${KEEP}` },
  { name: "keep-startup", kind: "bool", usage: `If true, keep the original startup probes.${KEEP}` },
  { name: "profile", kind: "string", default: "general", usage: `Options are "general", "baseline", "restricted", "netadmin" or "sysadmin".` },
  { name: "quiet", short: "q", kind: "bool", usage: "If true, suppress informational messages." },
  { name: "replace", kind: "bool", usage: "When used with '--copy-to', delete the original Pod." },
  { name: "same-node", kind: "bool", usage: "When used with '--copy-to', schedule the copy of target Pod on the same node." },
  { name: "set-image", kind: "map", usage: "When used with '--copy-to', a list of name=image pairs for changing container images." },
  { name: "share-processes", kind: "bool", default: "true", usage: "When used with '--copy-to', enable process namespace sharing in the copy." },
  { name: "stdin", short: "i", kind: "bool", usage: "Keep stdin open on the container(s) in the pod, even if nothing is attached." },
  { name: "target", kind: "string", usage: "When using an ephemeral container, target processes in this container name." },
  { name: "tty", short: "t", kind: "bool", usage: "Allocate a TTY for the debugging container." },
];

export const debug: Command = {
  name: "debug",
  summary: "Create debugging sessions for troubleshooting workloads and nodes",
  usage: "debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ] [options]",
  flags: FLAGS,
  run,
};

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const names = flags.dash >= 0 ? args.slice(0, flags.dash) : args;
  const debugging: Debugging = { command: flags.dash >= 0 ? args.slice(flags.dash) : [], images: imagesOf(context) };
  yield* checkProfile(context);
  yield* validate(context, names, debugging);
  const { infos, errors } = yield* find(context, { args: names.map((name) => (name.includes("/") ? name : `pods/${name}`)), filenames: flags.list("filename") });
  const failed: Error[] = [...errors];
  for (const info of infos) {
    try {
      const object = objectOf(info);
      const { apiVersion = "", kind } = object as { apiVersion?: string; kind: string };
      if (kind !== "Pod" && kind !== "Node") throw new Failure(`"${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}" not supported by debug`);
      const [pod, container] = kind === "Node" ? yield* debugNode(context, info.name, debugging) : yield* onPod(context, object as unknown as Pod, debugging);
      if (attaches(context) && container !== "") yield* stayWith(context, pod, container);
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof Failure)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return 0;
}

function onPod(context: Context, pod: Pod, debugging: Debugging): Task<readonly [Pod, string]> {
  return context.flags.string("copy-to") === "" ? debugByEphemeralContainer(context, pod, debugging) : debugByCopy(context, pod, debugging);
}

function attaches({ flags }: Context): boolean {
  return flags.changed("attach") ? flags.bool("attach") : flags.bool("stdin");
}

function imagesOf({ flags, path }: Context): ReadonlyMap<string, string> {
  return new Map(
    flags.list("set-image").map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      if (equals < 0) throw new Failure(`invalid argument ${JSON.stringify(pair)} for "--set-image" flag: ${pair} must be formatted as key=value\nSee '${path} --help' for usage.`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function* checkProfile({ flags, proc }: Context): Task {
  const profile = flags.string("profile");
  if (!PROFILES.includes(profile)) throw new Failure(`unknown profile: ${profile}`);
  if (profile === "legacy") yield* proc.err('--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n');
}

function* validate(context: Context, names: readonly string[], { command, images }: Debugging): Task {
  const { flags } = context;
  const image = flags.string("image");
  const target = flags.string("target");
  if (flags.string("copy-to") !== "") {
    if (image === "" && images.size === 0 && command.length === 0) throw new Failure("you must specify --image, --set-image or command arguments.");
    if (command.length > 0 && flags.string("container") === "" && image === "") throw new Failure("you must specify an existing container or a new image when specifying args.");
  } else {
    if (flags.bool("replace")) throw new Failure("--replace may only be used with --copy-to.");
    if (flags.bool("same-node")) throw new Failure("--same-node may only be used with --copy-to.");
    if (images.size > 0) throw new Failure("--set-image may only be used with --copy-to.");
    if (image === "") throw new Failure("you must specify --image when not using --copy-to.");
  }
  if (image !== "" && !isImageName(image)) throw new Failure(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (names.length === 0 && flags.list("filename").length === 0) throw new Failure("NAME or filename is required for debug");
  const policy = flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(policy)) throw new Failure(`invalid image pull policy: ${policy}`);
  for (const [name, other] of images) if (!isImageName(other)) throw new Failure(`invalid image name ${JSON.stringify(other)} for container ${JSON.stringify(name)}: invalid reference format`);
  if (target !== "") {
    if (flags.string("copy-to") !== "") throw new Failure("--target is incompatible with --copy-to. Use --share-processes instead.");
    if (!flags.bool("quiet")) yield* context.proc.out(`Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`);
  }
  if (flags.bool("tty") && !flags.bool("stdin")) throw new Failure("-i/--stdin is required for containers with -t/--tty=true");
}

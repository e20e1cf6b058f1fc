/** `kubectl set image|env|selector|serviceaccount|resources`. */
import type { Task } from "../../../../core/task";
import type { Info } from "../../builder";
import type { Command, Context } from "../../command";
import { Failure, Failures, throwAll } from "../../errors";
import type { JsonMap } from "../../json";
import { changeAll, changeContainers, containerNamesOf, findForSet, matchesName, SET_FLAGS, withPodSpec } from "./template";

export const image: Command = {
  name: "image",
  summary: "Update the image of a pod template",
  usage: "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N [options]",
  flags: SET_FLAGS,
  run: setImage,
};

function* setImage(context: Context): Task<number> {
  const { args, flags } = context;
  const images = new Map(args.filter((arg) => arg.includes("=")).map((arg) => [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)] as const));
  const resources = args.filter((arg) => !arg.includes("="));
  const found = yield* findForSet(context, resources);
  const problems: string[] = [];
  if (resources.length === 0 && flags.list("filename").length === 0) problems.push("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (images.size === 0) problems.push("at least one image update is required");
  if (images.size > 1 && images.has("*")) problems.push("all containers are already specified by *, but saw more than one container_name=container_image pairs");
  if (problems.length > 0) {
    throwAll(found.errors);
    throw new Failures(problems.map((problem) => new Failure(problem)));
  }
  const missing: Error[] = [];
  const withImages = (object: JsonMap, info: Info): JsonMap =>
    withPodSpec(object, info.resource.kind, (spec) => {
      const names = containerNamesOf(spec);
      missing.push(...[...images.keys()].filter((name) => name !== "*" && !names.includes(name)).map((name) => new Failure(`error: unable to find container named ${JSON.stringify(name)}`)));
      return changeContainers(spec, (name) => images.has(name) || images.has("*"), (container) => ({ ...container, image: images.get(String(container.name)) ?? images.get("*") ?? "" }));
    });
  return yield* changeAll(context, { infos: found.infos, errors: found.errors }, "image updated", withImages, { failing: "failed to patch image update to pod template: ", also: missing });
}

export const serviceAccount: Command = {
  name: "serviceaccount",
  aliases: ["sa"],
  summary: "Update the service account of a resource",
  usage: "set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT [options]",
  flags: SET_FLAGS,
  *run(context): Task<number> {
    const account = context.args.at(-1);
    if (account === undefined) throw new Failure("serviceaccount is required");
    const found = yield* findForSet(context, context.args.slice(0, -1));
    return yield* changeAll(context, found, "serviceaccount updated", (object, info) => withPodSpec(object, info.resource.kind, (spec) => ({ ...spec, serviceAccountName: account })), { failing: "failed to patch ServiceAccountName ", evenIfSame: true });
  },
};

export const resources: Command = {
  name: "resources",
  summary: "Update resource requests/limits on objects with pod templates",
  usage: "set resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS] [options]",
  flags: [
    ...SET_FLAGS,
    { name: "containers", short: "c", kind: "string", default: "*", usage: "The names of containers in the selected pod templates to change." },
    { name: "limits", kind: "string", usage: "The resource requirement requests for this container." },
    { name: "requests", kind: "string", usage: "The resource requirement requests for this container." },
  ],
  run: setResources,
};

function* setResources(context: Context): Task<number> {
  const { flags, args } = context;
  const found = yield* findForSet(context, args);
  if (flags.string("limits") === "" && flags.string("requests") === "") throw new Failure("you must specify an update to requests or limits (in the form of --requests/--limits)");
  const [limits, requests] = [parseList(flags.string("limits")), parseList(flags.string("requests"))];
  const pattern = flags.string("containers");
  const change = (object: JsonMap, info: Info): JsonMap =>
    withPodSpec(object, info.resource.kind, (spec) => {
      const chosen = (name: string): boolean => matchesName(pattern, name);
      if (!containerNamesOf(spec).some(chosen)) throw new Failure(`error: unable to find container named ${pattern}`);
      return changeContainers(spec, chosen, (container) => ({ ...container, resources: merged(container.resources as JsonMap | undefined, limits, requests) }));
    });
  return yield* changeAll(context, found, "resource requirements updated", change, { failing: "failed to patch resources update to pod template " });
}

function merged(before: JsonMap | undefined, limits: JsonMap, requests: JsonMap): JsonMap {
  const one = (name: string, changes: JsonMap): JsonMap => {
    const all = { ...(before?.[name] as JsonMap | undefined), ...changes };
    return Object.keys(all).length === 0 ? {} : { [name]: all };
  };
  return { ...before, ...one("limits", limits), ...one("requests", requests) };
}

function parseList(written: string): JsonMap {
  const pairs = written.split(",").filter((part) => part !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = "", value, ...more] = pair.split("=");
      if (value === undefined || more.length > 0) throw new Failure(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      if (!/^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/.test(value)) throw new Failure("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
      return [name, value];
    }),
  );
}

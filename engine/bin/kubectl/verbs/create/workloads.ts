/** `kubectl create deployment|job|namespace|serviceaccount|poddisruptionbudget|priorityclass`. */
import type { Task } from "../../../../core/task";
import type { Command } from "../../command";
import { findAll } from "../../builder";
import { Failure } from "../../errors";
import type { Json, JsonMap, Obj } from "../../json";
import { labelSelectorOf } from "../../label-selector";
import { commandFrom, CREATE_FLAGS, finish, nameFrom } from "./finish";

export const createDeployment: Command = {
  name: "deployment",
  aliases: ["deploy"],
  summary: "Create a deployment with the specified name",
  usage: "create deployment NAME --image=image -- [COMMAND] [args...] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "image", kind: "list", usage: "Image names to run." },
    { name: "port", kind: "int", default: "-1", usage: "The containerPort that this deployment exposes." },
    { name: "replicas", short: "r", kind: "int", default: "1", usage: "Number of replicas to create." },
  ],
  required: ["image"],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const images = flags.list("image");
    const command = commandFrom(context);
    if (images.length > 1 && command.length > 0) throw new Failure("cannot specify multiple --image options and command");
    const port = flags.int("port");
    const containers = images.map((image, i) => ({
      name: containerName(image, images.length > 1),
      image,
      ...(command.length > 0 ? { command } : {}),
      // Only the first one's: as upstream has it.
      ...(port >= 0 && i === 0 ? { ports: [{ containerPort: port }] } : {}),
      resources: {},
    }));
    const labels = { app: name };
    const object = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels },
      spec: { replicas: flags.int("replicas"), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } },
      status: {},
    };
    return yield* finish(context, object as unknown as Obj, true, "failed to create deployment: ");
  },
};

/** "registry/team/web:1.2" is named web. */
function containerName(image: string, many: boolean): string {
  const name = (image.split("/").at(-1) ?? "").split(":")[0]?.split("@")[0] ?? "";
  void many;
  return name;
}

export const createJob: Command = {
  name: "job",
  summary: "Create a job with the specified name",
  usage: "create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]",
  flags: [...CREATE_FLAGS, { name: "image", kind: "string", usage: "Image name to run." }, { name: "from", kind: "string", usage: "The name of the resource to create a Job from (only cronjob is supported)."}],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const [image, from] = [context.flags.string("image"), context.flags.string("from")];
    if ((image === "") === (from === "")) throw new Failure("either --image or --from must be specified");
    const command = commandFrom(context);
    if (from !== "") {
      if (command.length > 0) throw new Failure("cannot specify --from and command");
      const [info] = yield* findAll(context, { args: [from] });
      throw new Failure(`unknown object type *v1.${info?.resource.kind ?? ""}`);
    }
    const container = { name, image, ...(command.length > 0 ? { command } : {}), resources: {} };
    const object = { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: "Never" } } }, status: {} };
    return yield* finish(context, object as unknown as Obj, true, "failed to create job: ");
  },
};

export const createNamespace: Command = {
  name: "namespace",
  aliases: ["ns"],
  summary: "Create a namespace with the specified name",
  usage: "create namespace NAME [--dry-run=server|client|none] [options]",
  flags: CREATE_FLAGS,
  *run(context): Task<number> {
    return yield* finish(context, { apiVersion: "v1", kind: "Namespace", metadata: { name: nameFrom(context) }, spec: {}, status: {} } as Obj, false);
  },
};

export const createServiceAccount: Command = {
  name: "serviceaccount",
  aliases: ["sa"],
  summary: "Create a service account with the specified name",
  usage: "create serviceaccount NAME [--dry-run=server|client|none] [options]",
  flags: CREATE_FLAGS,
  *run(context): Task<number> {
    return yield* finish(context, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: nameFrom(context) } } as Obj, true, "failed to create serviceaccount: ");
  },
};

export const createBudget: Command = {
  name: "poddisruptionbudget",
  aliases: ["pdb"],
  summary: "Create a pod disruption budget with the specified name",
  usage: "create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "selector", kind: "string", usage: "A label selector to use for this budget. Only equality-based selector requirements are supported." },
    { name: "min-available", kind: "string", usage: "The minimum number or percentage of available pods this budget requires." },
    { name: "max-unavailable", kind: "string", usage: "The maximum number or percentage of unavailable pods this budget requires." },
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const [selector, least, most] = [flags.string("selector"), flags.string("min-available"), flags.string("max-unavailable")];
    if (selector === "") throw new Failure("a selector must be specified");
    if (least === "" && most === "") throw new Failure("one of min-available or max-unavailable must be specified");
    if (least !== "" && most !== "") throw new Failure("min-available and max-unavailable cannot be both specified");
    if (!/^\d+%?$/.test(least || most)) throw new Failure(`invalid format specified for ${least === "" ? "max-unavailable" : "min-available"}`);
    const amount = (text: string): Json => (text.endsWith("%") ? text : Number(text));
    const spec = { ...(least === "" ? { maxUnavailable: amount(most) } : { minAvailable: amount(least) }), selector: labelSelectorOf(selector) } as JsonMap;
    const status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    return yield* finish(context, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec, status } as unknown as Obj, true, "failed to create poddisruptionbudgets: ");
  },
};

export const createPriorityClass: Command = {
  name: "priorityclass",
  aliases: ["pc"],
  summary: "Create a priority class with the specified name",
  usage: "create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "value", kind: "int", default: "0", usage: "the value of this priority class." },
    { name: "global-default", kind: "bool", usage: "global-default specifies whether this PriorityClass should be considered as the default priority." },
    { name: "description", kind: "string", usage: "description is an arbitrary string that usually provides guidelines on when this priority class should be used." },
    { name: "preemption-policy", kind: "string", default: "PreemptLowerPriority", usage: "preemption-policy is the policy for preempting pods with lower priority." },
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const object = {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: nameFrom(context) },
      value: flags.int("value"),
      ...(flags.bool("global-default") ? { globalDefault: true } : {}),
      ...(flags.string("description") === "" ? {} : { description: flags.string("description") }),
      preemptionPolicy: flags.string("preemption-policy"),
    };
    return yield* finish(context, object as unknown as Obj, false, "failed to create priorityclass: ");
  },
};

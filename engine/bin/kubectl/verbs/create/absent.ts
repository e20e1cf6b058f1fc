/**
 * `kubectl create quota|cronjob`: kinds this cluster's API does not serve. What `--dry-run=client -o yaml`
 * writes is kubectl's own doing; beyond that the server says that it has no such resource.
 */
import type { Task } from "../../../../core/task";
import type { Command } from "../../command";
import { Failure } from "../../errors";
import type { Json, Obj } from "../../json";
import { commandFrom, CREATE_FLAGS, finish, nameFrom } from "./finish";

export const createQuota: Command = {
  name: "quota",
  aliases: ["resourcequota"],
  summary: "Create a quota with the specified name",
  usage: "create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "hard", kind: "string", usage: "A comma-delimited set of resource=quantity pairs that define a hard limit." },
    { name: "scopes", kind: "string", usage: "A comma-delimited set of quota scopes that must all match each object tracked by the quota." },
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const pairs = flags.string("hard").split(",").filter((part) => part !== "").map((part): readonly [string, Json] => {
      const words = part.split("=");
      if (words.length !== 2) throw new Failure(`Invalid argument syntax ${part}, expected <resource>=<value>`);
      return [words[0] ?? "", words[1] ?? ""];
    });
    const scopes = flags.string("scopes") === "" ? [] : flags.string("scopes").split(",");
    const spec = { ...(pairs.length > 0 ? { hard: Object.fromEntries(pairs) } : {}), ...(scopes.length > 0 ? { scopes } : {}) };
    return yield* finish(context, { apiVersion: "v1", kind: "ResourceQuota", metadata: { name }, spec, status: {} } as unknown as Obj, true, "failed to create quota: ", "resourcequotas");
  },
};

export const createCronJob: Command = {
  name: "cronjob",
  aliases: ["cj"],
  summary: "Create a cron job with the specified name",
  usage: "create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "image", kind: "string", usage: "Image name to run." },
    { name: "schedule", kind: "string", usage: "A schedule in the Cron format the job should be run with." },
    { name: "restart", kind: "string", default: "OnFailure", usage: "job's restart policy. supported values: OnFailure, Never" },
  ],
  required: ["image", "schedule"],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const command = commandFrom(context);
    const container = { name, image: flags.string("image"), ...(command.length > 0 ? { command } : {}), resources: {} };
    const template = { metadata: {}, spec: { containers: [container], restartPolicy: flags.string("restart") } };
    const spec = { schedule: flags.string("schedule"), jobTemplate: { metadata: { name }, spec: { template } } };
    return yield* finish(context, { apiVersion: "batch/v1", kind: "CronJob", metadata: { name }, spec, status: {} } as unknown as Obj, true, "failed to create cronjob: ", "cronjobs");
  },
};

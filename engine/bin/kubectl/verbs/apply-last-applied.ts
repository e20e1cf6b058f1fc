/** `kubectl apply view-last-applied|set-last-applied|edit-last-applied`: the annotation that apply remembers by. */
import type { Task } from "../../../core/task";
import { find, findAll, objectOf } from "../builder";
import { type Command, dryRunOf } from "../command";
import { Failure } from "../errors";
import { ALL, DRY_RUN, FILENAME, PRINT, SELECTOR } from "../flag-sets";
import { compactJson, type Obj, prettyJson, withPath } from "../json";
import { LAST_APPLIED, patchObject, Reporter } from "../mutate";
import { getIfThere } from "../until";
import { toYaml } from "../yaml-writer";

export const viewLastApplied: Command = {
  name: "view-last-applied",
  summary: "View the latest last-applied-configuration annotations of a resource/object",
  usage: "apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]",
  flags: [...FILENAME, ALL, SELECTOR, { name: "output", short: "o", kind: "string", default: "yaml", usage: 'Output format. Must be one of (yaml, json)' }],
  *run(context): Task<number> {
    const { flags, args } = context;
    const output = flags.string("output");
    if (output !== "yaml" && output !== "json") throw new Failure(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json\nSee 'kubectl apply view-last-applied -h' for help and examples`);
    const infos = yield* findAll(context, { args, filenames: flags.list("filename"), all: flags.bool("all"), ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}) });
    for (const info of infos) {
      const remembered = objectOf(info).metadata.annotations?.[LAST_APPLIED];
      if (remembered === undefined) continue; // kubectl means to complain, and does not.
      const value: unknown = JSON.parse(remembered);
      yield* context.proc.out(output === "yaml" ? toYaml(value) : `${prettyJson(value).replaceAll("    ", "  ")}\n`);
    }
    return 0;
  },
};

export const setLastApplied: Command = {
  name: "set-last-applied",
  summary: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
  usage: "apply set-last-applied -f FILENAME [options]",
  flags: [...PRINT, ...FILENAME, DRY_RUN, { name: "create-annotation", kind: "bool", usage: "Will create 'last-applied-configuration' annotations if current objects doesn't have one" }],
  *run(context): Task<number> {
    const { flags } = context;
    const dryRun = dryRunOf(flags);
    const { infos } = yield* find(context, { args: [], filenames: flags.list("filename"), fromFile: true });
    if (infos.length === 0) throw new Failure("no objects passed to set-last-applied");
    const reporter = new Reporter(context, dryRun);
    for (const info of infos) {
      const live = yield* getIfThere(context, info);
      const missing = live?.metadata.annotations?.[LAST_APPLIED] === undefined;
      if (missing && !flags.bool("create-annotation")) throw new Failure(`no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`);
      const value = `${compactJson(withoutRemembered(objectOf(info)))}\n`;
      if (value === live?.metadata.annotations?.[LAST_APPLIED]) {
        yield* context.proc.out(`set-last-applied ${info.name}: no changes required.\n`);
        continue;
      }
      const patch = { metadata: { annotations: { [LAST_APPLIED]: value } } };
      const after = dryRun === "client" ? live : yield* patchObject(context, info, "merge", patch, { dryRun, manager: "kubectl-last-applied" });
      yield* reporter.say(after, "configured");
    }
    return 0;
  },
};

function withoutRemembered(object: Obj): Obj {
  return object.metadata.annotations?.[LAST_APPLIED] === undefined ? object : (withPath(object, ["metadata", "annotations", LAST_APPLIED], undefined) as Obj);
}

export const editLastApplied: Command = {
  name: "edit-last-applied",
  summary: "Edit latest last-applied-configuration annotations of a resource/object",
  usage: "apply edit-last-applied (RESOURCE/NAME | -f FILENAME) [options]",
};

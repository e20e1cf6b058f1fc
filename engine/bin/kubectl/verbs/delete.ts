/** `kubectl delete`: kubectl/pkg/cmd/delete. It returns when what was deleted is really gone, finalizers and all. */
import type { Task } from "../../../core/task";
import { apiVersionOf, kindName } from "../api-resource";
import { find, type Info } from "../builder";
import { resourcePath } from "../client";
import { type Command, type Context, type DryRun, dryRunOf, dryRunQuery, dryRunSuffix } from "../command";
import { aggregated, Failure, ServerError, throwAll } from "../errors";
import type { FlagSpec } from "../flags";
import { ALL, ALL_NAMESPACES, DRY_RUN, FIELD_SELECTOR, FILENAME, GRACE_PERIOD, SELECTOR } from "../flag-sets";
import { textAt } from "../json";
import { untilDeleted } from "../until";

export const CASCADE: FlagSpec = { name: "cascade", kind: "string", default: "background", bare: "background", usage: 'Must be "background", "orphan", or "foreground".' };

export const DELETE_FLAGS: readonly FlagSpec[] = [
  CASCADE,
  GRACE_PERIOD,
  { name: "force", kind: "bool", usage: "If true, immediately remove resources from API and bypass graceful deletion." },
  { name: "timeout", kind: "duration", usage: "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object" },
  { name: "wait", kind: "bool", default: "true", usage: "If true, wait for resources to be gone before returning. This waits for finalizers." },
];

export const deleteCommand: Command = {
  name: "delete",
  summary: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
  usage: "delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)]) [options]",
  flags: [
    ...FILENAME,
    ...DELETE_FLAGS,
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    SELECTOR,
    { name: "ignore-not-found", kind: "bool", usage: 'Treat "resource not found" as a successful delete.' },
    { name: "interactive", short: "i", kind: "bool", usage: "If true, delete resource only when user confirms." },
    { name: "now", kind: "bool", usage: "If true, resources are signaled for immediate shutdown (same as --grace-period=1)." },
    { name: "output", short: "o", kind: "string", usage: 'Output mode. Use "-o name" for shorter output (resource/name).' },
    { name: "raw", kind: "string", usage: "Raw URI to DELETE to the server.", refused: true },
  ],
  run,
};

export type Deletion = {
  readonly gracePeriod: number;
  readonly propagation: "Background" | "Orphan" | "Foreground";
  readonly dryRun: DryRun;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly nameOnly?: boolean;
  readonly quiet?: boolean;
  readonly ignoreNotFound?: boolean;
};

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const gracePeriod = graceOf(context);
  validate(context);
  if (gracePeriod === 0 && flags.bool("force")) {
    yield* context.proc.err("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
  }
  const selecting = flags.bool("all") || flags.string("selector") !== "" || flags.string("field-selector") !== "";
  const { infos, errors } = yield* find(context, {
    args,
    filenames: flags.list("filename"),
    recursive: flags.bool("recursive"),
    ...(flags.string("selector") === "" ? {} : { selector: flags.string("selector") }),
    ...(flags.string("field-selector") === "" ? {} : { fieldSelector: flags.string("field-selector") }),
    all: flags.bool("all"),
    allNamespaces: flags.bool("all-namespaces"),
    chunkSize: 500,
    local: true,
  });
  if (flags.bool("interactive") && !(yield* confirmed(context, infos))) {
    yield* context.proc.out("deletion is cancelled\n");
    return 0;
  }
  yield* deleteAll(context, infos, errors, {
    gracePeriod,
    propagation: propagationOf(context),
    dryRun: dryRunOf(flags),
    wait: flags.bool("wait"),
    timeoutMs: flags.duration("timeout"),
    nameOnly: flags.string("output") === "name",
    ignoreNotFound: flags.changed("ignore-not-found") ? flags.bool("ignore-not-found") : selecting,
  });
  return 0;
}

function graceOf({ flags }: Context): number {
  if (flags.bool("now") && flags.int("grace-period") !== -1) throw new Failure("--now and --grace-period cannot be specified together");
  const asked = flags.bool("now") ? 1 : flags.int("grace-period");
  if (flags.bool("force")) return Math.max(asked, 0);
  return asked === 0 ? 1 : asked;
}

function validate({ flags }: Context): void {
  const output = flags.string("output");
  if (output !== "" && output !== "name") throw new Failure(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (flags.bool("all") && flags.string("selector") !== "") throw new Failure("cannot set --all and --selector at the same time");
  if (flags.bool("all") && flags.string("field-selector") !== "") throw new Failure("cannot set --all and --field-selector at the same time");
  if (flags.int("grace-period") > 0 && flags.bool("force")) throw new Failure("--force and --grace-period greater than 0 cannot be specified together");
}

export function propagationOf({ flags }: Context): Deletion["propagation"] {
  switch (flags.string("cascade")) {
    case "background":
    case "true":
      return "Background";
    case "orphan":
    case "false":
      return "Orphan";
    case "foreground":
      return "Foreground";
    default:
      throw new Failure(`invalid cascade value (${flags.string("cascade")}). Must be "background", "foreground", or "orphan"`);
  }
}

function* confirmed(context: Context, infos: readonly Info[]): Task<boolean> {
  const { proc } = context;
  const names = infos.map(({ resource, name }) => `${kindName(resource.kind, apiVersionOf(resource))}/${name}\n`).join("");
  yield* proc.out(`You are about to delete the following ${infos.length} resource(s):\n${names}Do you want to continue? (y/N): `);
  return ((yield* proc.readLine()) ?? "").trim().toLowerCase() === "y";
}

/** Deletes these, says so, and waits for them to be gone. */
export function* deleteAll(context: Context, infos: readonly Info[], before: readonly Error[], how: Deletion): Task {
  const failed: Error[] = [];
  const gone: { readonly info: Info; readonly uid: string }[] = [];
  let warned = false;
  for (const info of infos) {
    if (context.namespaceGiven && !info.resource.namespaced && !warned && !how.quiet) {
      warned = true;
      yield* context.proc.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
    }
    try {
      const answer = how.dryRun === "client" ? undefined : yield* deleteOne(context, info, how);
      if (!how.quiet) yield* context.proc.out(said(info, how));
      gone.push({ info, uid: textAt(answer, "details", "uid") || textAt(answer, "metadata", "uid") });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (how.ignoreNotFound && error.reason === "NotFound") continue;
      failed.push(info.source === undefined ? error : error.from("deleting", info.source));
    }
  }
  throwAll([...failed, ...aggregated(before, failed)]);
  if (infos.length === 0 && !how.quiet) yield* context.proc.out("No resources found\n");
  if (how.wait && how.dryRun === "none") yield* untilDeleted(context, gone, how.timeoutMs);
}

function* deleteOne(context: Context, info: Info, how: Deletion): Task<unknown> {
  const options = {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(how.gracePeriod >= 0 ? { gracePeriodSeconds: how.gracePeriod } : {}),
    propagationPolicy: how.propagation,
    ...(how.dryRun === "server" ? { dryRun: ["All"] } : {}),
  };
  return yield* context.client.delete(resourcePath(info.resource, info.namespace, info.name), options, dryRunQuery(how.dryRun));
}

function said(info: Info, how: Deletion): string {
  const kind = kindName(info.resource.kind, apiVersionOf(info.resource));
  if (how.nameOnly) return `${kind}/${info.name}\n`;
  const where = info.resource.namespaced ? ` from ${info.namespace} namespace` : "";
  return `${kind} ${JSON.stringify(info.name)} ${how.gracePeriod === 0 ? "force deleted" : "deleted"}${where}${dryRunSuffix(how.dryRun)}\n`;
}

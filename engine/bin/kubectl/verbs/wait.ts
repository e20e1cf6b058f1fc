/** `kubectl wait`: kubectl/pkg/cmd/wait. */
import type { Task } from "../../../core/task";
import { find, type Info } from "../builder";
import type { Command, Context } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import { ALL, ALL_NAMESPACES, FIELD_SELECTOR, FILENAME, LOCAL, PRINT, SELECTOR } from "../flag-sets";
import { goPrint } from "../go-value";
import { at, listAt, type Obj, textAt } from "../json";
import { jsonPathValues } from "../jsonpath/evaluate";
import { JsonPathError, parseTemplate } from "../jsonpath/parse";
import { Reporter } from "../mutate";
import { relaxedPath } from "../printers/columns";
import { until } from "../until";

export const wait: Command = {
  name: "wait",
  summary: "Wait for a specific condition on one or many resources",
  usage: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]] [options]",
  flags: [
    ...PRINT,
    ...FILENAME,
    ALL,
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    LOCAL,
    SELECTOR,
    { name: "for", kind: "array", usage: "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]." },
    { name: "timeout", kind: "duration", default: "30s", usage: "The length of time to wait before giving up." },
  ],
  run,
};

type Condition = { readonly kind: "delete" | "create" } | { readonly kind: "object"; readonly met: (object: Obj) => boolean };

function* run(context: Context): Task<number> {
  const { flags } = context;
  const conditions = flags.list("for").map(parseCondition);
  if (conditions.length === 0) throw new Failure('unrecognized condition: []');
  const timeout = flags.duration("timeout");
  const deadline = context.proc.nowMs + (timeout < 0 ? 7 * 24 * 3_600_000 : timeout);
  const creating = conditions.some(({ kind }) => kind === "create");
  const deleting = conditions.some(({ kind }) => kind === "delete");
  const { infos, errors } = yield* findThem(context, { creating, deleting, deadline });
  if (infos.length === 0 && errors.length === 0 && !deleting) throw new Failure("no matching resources found");
  const reporter = new Reporter(context, "none");
  // One that fails keeps nobody from waiting for the others.
  const failed: Error[] = [];
  for (const info of infos) {
    try {
      for (const condition of conditions) {
        const object = yield* waitFor(context, info, { condition, timeout, deadline });
        yield* reporter.say(object ?? info.object, "condition met");
      }
    } catch (error) {
      if (!(error instanceof Failure || error instanceof ServerError)) throw error;
      failed.push(error);
    }
  }
  throwAll([...failed, ...errors]);
  return 0;
}

/** With --for=create, asks again until there is something. */
function* findThem(context: Context, { creating, deleting, deadline }: { readonly creating: boolean; readonly deleting: boolean; readonly deadline: number }): Task<{ readonly infos: readonly Info[]; readonly errors: readonly Error[] }> {
  const { flags, args, proc } = context;
  for (;;) {
    const { infos, errors } = yield* find(context, {
      args,
      filenames: flags.list("filename"),
      all: flags.bool("all"),
      allNamespaces: flags.bool("all-namespaces"),
      ...(flags.changed("selector") ? { selector: flags.string("selector") } : {}),
      ...(flags.changed("field-selector") ? { fieldSelector: flags.string("field-selector") } : {}),
    });
    const serious = errors.filter((error) => !(error instanceof ServerError && error.reason === "NotFound"));
    if (creating && serious.length === 0 && infos.length === 0) {
      if (proc.nowMs >= deadline) throw new Failure("timed out waiting for the condition");
      yield* proc.sleep(500);
      continue;
    }
    return { infos, errors: deleting || creating ? serious : errors };
  }
}

type Goal = { readonly condition: Condition; readonly timeout: number; readonly deadline: number };

function* waitFor(context: Context, info: Info, { condition, timeout, deadline }: Goal): Task<Obj | undefined> {
  if (condition.kind === "create") return info.object as Obj;
  const where = `${info.resource.name}/${info.name}`;
  // Whose turn comes when the time is over is not looked at any more.
  if (timeout > 0 && context.proc.nowMs >= deadline) throw new Failure(`timed out waiting for the condition on ${where}`);
  let last: Obj | undefined;
  let gone = false;
  const uid = textAt(info.object, "metadata", "uid");
  const met = (object: Obj | undefined): boolean => {
    if (condition.kind === "delete") return object === undefined || object.metadata.uid !== uid;
    if (object === undefined) {
      gone = true;
      return true;
    }
    last = object;
    return condition.kind === "object" && condition.met(object);
  };
  const ok = yield* until(context, info, deadline, met);
  if (gone) throw new ServerError({ reason: "NotFound", message: `${info.resource.name}${info.resource.group === "" ? "" : `.${info.resource.group}`} ${JSON.stringify(info.name)} not found` });
  if (!ok) throw new Failure(timeout === 0 ? `condition not met for ${where}` : `timed out waiting for the condition on ${where}`);
  return last;
}

function parseCondition(written: string): Condition {
  if (written.toLowerCase() === "delete") return { kind: "delete" };
  if (written.toLowerCase() === "create") return { kind: "create" };
  if (written.startsWith("condition=")) return { kind: "object", met: statusCondition(written.slice("condition=".length)) };
  if (written.startsWith("jsonpath=")) return { kind: "object", met: pathCondition(written.slice("jsonpath=".length)) };
  throw new Failure(`unrecognized condition: ${JSON.stringify(written)}`);
}

function statusCondition(written: string): (object: Obj) => boolean {
  const equals = written.indexOf("=");
  const name = (equals < 0 ? written : written.slice(0, equals)).toLowerCase();
  const value = (equals < 0 ? "true" : written.slice(equals + 1)).toLowerCase();
  return (object) => {
    const condition = listAt(object, "status", "conditions").find((one) => textAt(one, "type").toLowerCase() === name);
    if (condition === undefined) return false;
    const observed = at(condition, "observedGeneration") ?? at(object, "status", "observedGeneration");
    const { generation } = object.metadata;
    if (generation !== undefined && typeof observed === "number" && observed < generation) return false;
    return textAt(condition, "status").toLowerCase() === value;
  };
}

function pathCondition(written: string): (object: Obj) => boolean {
  const [expression = "", value, ...more] = splitOnce(written);
  if (more.length > 0) throw new Failure("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'");
  const path = relaxedPath(expression);
  if (path === "") throw new Failure("jsonpath expression cannot be empty");
  const wantedValue = value?.replaceAll(/^['"]+|['"]+$/g, "");
  if (wantedValue === "") throw new Failure("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
  checkPath(path);
  return (object) => {
    const found = jsonPathValues(path, object);
    if (found.length === 0) return false;
    if (found.length > 1) throw new Failure("given jsonpath expression matches more than one value");
    const [only] = found;
    if (wantedValue === undefined) return true;
    if (typeof only === "object" && only !== null) throw new Failure("jsonpath leads to a nested object or list which is not supported");
    return goPrint(only).trim() === wantedValue.trim();
  };
}

function checkPath(path: string): void {
  try {
    parseTemplate(path);
  } catch (error) {
    if (error instanceof JsonPathError) throw new Failure(error.message);
    throw error;
  }
}

/** At each single "="; a double one belongs to the expression. */
function splitOnce(text: string): readonly string[] {
  return text
    .replaceAll("==", "\u0000")
    .split("=")
    .map((part) => part.replaceAll("\u0000", "=="));
}

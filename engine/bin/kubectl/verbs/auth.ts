/** `kubectl auth can-i` and `whoami`: the server reviews, kubectl tells. */
import type { Task } from "../../../core/task";
import type { Command, Context } from "../command";
import { Exit, Failure, NotModelled } from "../errors";
import { ALL_NAMESPACES } from "../flag-sets";
import { at, listAt, mapAt, stringsAt, textAt } from "../json";
import { printerFor } from "../printers/printer";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";
import { PRINT } from "../flag-sets";

const canI: Command = {
  name: "can-i",
  summary: "Check whether an action is allowed",
  usage: "auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
  flags: [
    ALL_NAMESPACES,
    { name: "list", kind: "bool", usage: "If true, prints all allowed actions." },
    { name: "no-headers", kind: "bool", usage: "If true, prints allowed actions without headers" },
    { name: "quiet", short: "q", kind: "bool", usage: "If true, suppress output and just return the exit code." },
    { name: "subresource", kind: "string", usage: "SubResource such as pod/log or deployment/scale" },
  ],
  run: runCanI,
};

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "impersonate", "escalate", "*", "approve", "sign", "attest"];
const URL_VERBS = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

function* runCanI(context: Context): Task<number> {
  const { flags, args, proc } = context;
  if (flags.bool("list") && args.length > 0) throw new Failure("list option must be specified with no arguments");
  if (flags.bool("list")) return yield* listRules(context);
  if (args.length !== 2) throw new Failure("you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.");
  const [verb = "", target = ""] = args;
  if (!(target.startsWith("/") ? URL_VERBS : VERBS).includes(verb)) yield* proc.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  const spec = target.startsWith("/") ? { nonResourceAttributes: { verb, path: target } } : { resourceAttributes: yield* attributes(context, verb, target) };
  const answer = yield* context.client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", metadata: {}, spec });
  const allowed = at(answer, "status", "allowed") === true;
  const reason = textAt(answer, "status", "reason");
  if (!flags.bool("quiet")) yield* proc.out(allowed ? "yes\n" : `no${reason === "" ? "" : ` - ${reason}`}\n`);
  if (!allowed) throw new Exit(1);
  return 0;
}

function* attributes(context: Context, verb: string, target: string): Task<Readonly<Record<string, string>>> {
  const { flags, discovery, proc } = context;
  const [type = "", name = ""] = target.split("/");
  const dot = type.indexOf(".");
  const [shortName, group] = dot < 0 ? [type, ""] : [type.slice(0, dot), type.slice(dot + 1)];
  const everything = type === "*";
  const resource = everything ? undefined : yield* known(context, type);
  if (resource === undefined && !everything) yield* proc.err(`Warning: the server doesn't have a resource type '${shortName}'${group === "" ? "" : ` in group '${group}'`}\n\n`);
  if (resource?.namespaced === false && !flags.bool("all-namespaces")) yield* proc.err(`Warning: resource '${resource.name}' is not namespace scoped${resource.group === "" ? "" : ` in group '${resource.group}'`}\n\n`);
  void discovery;
  return {
    verb,
    resource: resource?.name ?? type,
    group: resource?.group ?? "",
    namespace: flags.bool("all-namespaces") ? "" : context.namespace,
    ...(name === "" ? {} : { name }),
    ...(flags.string("subresource") === "" ? {} : { subresource: flags.string("subresource") }),
  };
}

function* known(context: Context, type: string): Task<{ readonly name: string; readonly group: string; readonly namespaced: boolean } | undefined> {
  try {
    return yield* context.discovery.resource(type);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function* listRules(context: Context): Task<number> {
  const answer = yield* context.client.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", metadata: {}, spec: { namespace: context.namespace } });
  const rows: string[] = context.flags.bool("no-headers") ? [] : ["Resources\tNon-Resource URLs\tResource Names\tVerbs"];
  for (const rule of listAt(answer, "status", "resourceRules")) {
    const [group = ""] = stringsAt(rule, "apiGroups");
    for (const resource of stringsAt(rule, "resources")) rows.push(`${resource}${group === "" ? "" : `.${group}`}\t[]\t[${stringsAt(rule, "resourceNames").join(" ")}]\t[${stringsAt(rule, "verbs").join(" ")}]`);
  }
  for (const rule of listAt(answer, "status", "nonResourceRules")) rows.push(`\t[${stringsAt(rule, "nonResourceURLs").join(" ")}]\t[]\t[${stringsAt(rule, "verbs").join(" ")}]`);
  yield* context.proc.out(tabulate(`${rows.join("\n")}\n`, TABLE_LAYOUT));
  return 0;
}

const whoami: Command = {
  name: "whoami",
  summary: "Experimental: Check self subject attributes",
  usage: "auth whoami [options]",
  flags: PRINT,
  *run(context): Task<number> {
    const answer = yield* context.client.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {} });
    const printer = printerFor(context);
    if (context.flags.string("output") === "json") {
      // A Go struct: its fields in their order.
      const { username, uid: id, groups: all, extra } = mapAt(answer, "status", "userInfo");
      const shown = { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: mapAt(answer, "metadata"), status: { userInfo: { username, uid: id, groups: all, extra } } };
      yield* context.proc.out(`${JSON.stringify(shown, undefined, 4)}\n`);
      return 0;
    }
    if (printer !== undefined) {
      yield* context.proc.out(printer(answer));
      return 0;
    }
    const rows = ["ATTRIBUTE\tVALUE"];
    const [name, uid, groups] = [textAt(answer, "status", "userInfo", "username"), textAt(answer, "status", "userInfo", "uid"), stringsAt(answer, "status", "userInfo", "groups")];
    if (name !== "") rows.push(`Username\t${name}`);
    if (uid !== "") rows.push(`UID\t${uid}`);
    if (groups.length > 0) rows.push(`Groups\t[${groups.join(" ")}]`);
    yield* context.proc.out(tabulate(`${rows.join("\n")}\n`, TABLE_LAYOUT));
    return 0;
  },
};

const reconcile: Command = {
  name: "reconcile",
  summary: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
  usage: "auth reconcile -f FILENAME [options]",
  // Never yields: it only refuses
  *run(): Task<number> {
    throw new NotModelled("kubectl auth reconcile");
  },
};

export const auth: Command = { name: "auth", summary: "Inspect authorization", usage: "auth [flags] [options]", commands: [canI, reconcile, whoami] };

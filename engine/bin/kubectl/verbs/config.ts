/** `kubectl config`: what is in the kubeconfig, and which context is meant. */
import type { Task } from "../../../core/task";
import type { Command, Context } from "../command";
import { Failure, NotModelled, usageFailure } from "../errors";
import type { FlagSpec } from "../flags";
import { at, isMap, type Json, type JsonMap, listAt, prettyJson, textAt } from "../json";
import { withProperty } from "../config-property";
import { currentContext, entry, type KubeConfig, loadConfig } from "../kubeconfig";
import { saveConfig } from "../save-config";
import { jsonPath } from "../jsonpath/evaluate";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";
import { toYaml } from "../yaml-writer";

function load({ proc, flags, defaultNamespace, readYaml }: Context): KubeConfig {
  return loadConfig(proc, flags.string("kubeconfig"), defaultNamespace, readYaml);
}

function simple(name: string, summary: string, usage: string, flags: readonly FlagSpec[], run: (context: Context, config: KubeConfig) => Task<number>): Command {
  return { name, summary, usage: `config ${usage}`, flags, run: (context) => run(context, load(context)) };
}

const view = simple(
  "view",
  "Display merged kubeconfig settings or a specified kubeconfig file",
  "view [flags] [options]",
  [
    { name: "flatten", kind: "bool", usage: "Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)" },
    { name: "merge", kind: "bool", default: "true", usage: "Merge the full hierarchy of kubeconfig files" },
    { name: "minify", kind: "bool", usage: "Remove all information not used by current-context from the output" },
    { name: "output", short: "o", kind: "string", default: "yaml", usage: "Output format." },
    { name: "raw", kind: "bool", usage: "Display raw byte data and sensitive data" },
  ],
  function* view(context, config) {
    const { flags, proc } = context;
    const shown = minified(flags.bool("raw") ? config.content : redacted(config.content), flags.bool("minify"), config);
    const output = flags.string("output");
    if (output === "yaml") yield* proc.out(toYaml(shown));
    else if (output === "json") yield* proc.out(`${prettyJson(shown)}\n`);
    else if (output.startsWith("jsonpath=")) yield* proc.out(jsonPath(output.slice("jsonpath=".length), shown));
    else throw new NotModelled(`--output=${output}`);
    return 0;
  },
);

const SECRETS = ["certificate-authority-data", "client-certificate-data", "client-key-data", "token", "password"];

function redacted<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: Json) => redacted(item)) as T;
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, SECRETS.includes(key) ? (key.endsWith("data") ? "DATA+OMITTED" : "REDACTED") : redacted(item)])) as T;
}

function minified(content: JsonMap, wanted: boolean, config: KubeConfig): JsonMap {
  if (!wanted) return content;
  const name = currentContext(config);
  const context = entry(config, "contexts", name);
  const keep = (list: string, chosen: string): readonly Json[] => listAt(content, list).filter((item) => textAt(item, "name") === chosen);
  return { ...content, contexts: keep("contexts", name), clusters: keep("clusters", textAt(context, "context", "cluster")), users: keep("users", textAt(context, "context", "user")) };
}

const current = simple("current-context", "Display the current-context", "current-context [options]", [], function* current({ proc }, config) {
  if (currentContext(config) === "") throw new Failure("current-context is not set");
  yield* proc.out(`${currentContext(config)}\n`);
  return 0;
});

const getContexts = simple(
  "get-contexts",
  "Describe one or many contexts",
  "get-contexts [(-o|--output=)name)] [options]",
  [
    { name: "no-headers", kind: "bool", usage: "When using the default or custom-column output format, don't print headers (default print headers)." },
    { name: "output", short: "o", kind: "string", usage: "Output format. One of: (name)." },
  ],
  function* getContexts({ proc, flags, args }, config) {
    const output = flags.string("output");
    if (output !== "" && output !== "name") throw new Failure(`--output ${output} is not available in kubectl config get-contexts; resetting to default output format`);
    const all = listAt(config.content, "contexts");
    const missing = args.find((name) => entry(config, "contexts", name) === undefined);
    if (missing !== undefined && output === "" && !flags.bool("no-headers")) yield* proc.out(tabulate("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n", TABLE_LAYOUT));
    const chosen = args.length === 0 ? [...all].sort((a, b) => (textAt(a, "name") < textAt(b, "name") ? -1 : 1)) : args.map((name) => found(config, name));
    if (output === "name") {
      yield* proc.out(chosen.map((one) => `${textAt(one, "name")}\n`).join(""));
      return 0;
    }
    const rows = chosen.map((one) => [textAt(one, "name") === currentContext(config) ? "*" : "", textAt(one, "name"), textAt(one, "context", "cluster"), textAt(one, "context", "user"), textAt(one, "context", "namespace")].join("\t"));
    const header = flags.bool("no-headers") ? [] : ["CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE"];
    yield* proc.out(tabulate([...header, ...rows].map((row) => `${row}\n`).join(""), TABLE_LAYOUT));
    return 0;
  },
);

function found(config: KubeConfig, name: string): Json {
  const context = entry(config, "contexts", name);
  if (context === undefined) throw new Failure(`context ${name} not found`);
  return context;
}

const useContext = simple("use-context", "Set the current-context in a kubeconfig file", "use-context CONTEXT_NAME [options]", [], function* useContext(context, config) {
  const [name, ...more] = context.args;
  if (name === undefined || more.length > 0) throw usageFailure(context.path, `Unexpected args: [${context.args.join(" ")}]`);
  if (entry(config, "contexts", name) === undefined) throw new Failure(`no context exists with the name: ${JSON.stringify(name)}`);
  saveConfig(context.proc, config, { ...config.content, "current-context": name });
  yield* context.proc.out(`Switched to context ${JSON.stringify(name)}.\n`);
  return 0;
});

const setContext = simple(
  "set-context",
  "Set a context entry in kubeconfig",
  "set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace] [options]",
  [
    { name: "current", kind: "bool", usage: "Modify the current context" },
    { name: "cluster", kind: "string", usage: "cluster for the context entry in kubeconfig" },
    { name: "user", kind: "string", usage: "user for the context entry in kubeconfig" },
  ],
  function* setContext(context, config) {
    const { flags, args, proc } = context;
    if (flags.bool("current") && args.length > 0) throw new Failure("you cannot specify both a context name and --current");
    const name = flags.bool("current") ? currentContext(config) : (args[0] ?? "");
    if (args.length > 1) throw usageFailure(context.path, `Unexpected args: [${args.join(" ")}]`);
    if (name === "") throw new Failure(flags.bool("current") ? "no current context is set" : "you must specify a non-empty context name or --current");
    const before = entry(config, "contexts", name);
    const changed: Record<string, Json> = isMap(at(before, "context")) ? { ...(at(before, "context") as JsonMap) } : {};
    for (const key of ["cluster", "user", "namespace"]) if (flags.changed(key)) changed[key] = flags.string(key);
    const others = listAt(config.content, "contexts");
    const contexts = before === undefined ? [...others, { name, context: changed }] : others.map((one) => (one === before ? { name, context: changed } : one));
    saveConfig(proc, config, { ...config.content, contexts });
    yield* proc.out(`Context ${JSON.stringify(name)} ${before === undefined ? "created" : "modified"}.\n`);
    return 0;
  },
);

function names(name: string, summary: string, list: "clusters" | "users"): Command {
  return simple(name, summary, `${name} [options]`, [], function* listNames({ proc }, config) {
    yield* proc.out(`NAME\n${listAt(config.content, list).map((one) => `${textAt(one, "name")}\n`).sort().join("")}`);
    return 0;
  });
}

const renameContext = simple("rename-context", "Rename a context from the kubeconfig file", "rename-context CONTEXT_NAME NEW_NAME [options]", [], function* renameContext(context, config) {
  const [from = "", to = "", ...more] = context.args;
  if (to === "" || more.length > 0) throw usageFailure(context.path, `Unexpected args: [${context.args.join(" ")}]`);
  if (entry(config, "contexts", from) === undefined) throw new Failure(`cannot rename the context ${JSON.stringify(from)}, it's not in ${config.path}`);
  if (entry(config, "contexts", to) !== undefined) throw new Failure(`cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${config.path}`);
  const contexts = listAt(config.content, "contexts").map((one) => (textAt(one, "name") === from ? { ...(one as JsonMap), name: to } : one));
  const now = currentContext(config) === from ? to : currentContext(config);
  saveConfig(context.proc, config, { ...config.content, contexts, "current-context": now });
  yield* context.proc.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  return 0;
});

const deleteContext = simple("delete-context", "Delete the specified context from the kubeconfig", "delete-context NAME [options]", [], function* deleteContext(context, config) {
  const [name = ""] = context.args;
  if (name === "") throw usageFailure(context.path, "");
  if (entry(config, "contexts", name) === undefined) throw new Failure(`cannot delete context ${name}, not in ${config.path}`);
  if (currentContext(config) === name) yield* context.proc.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
  saveConfig(context.proc, config, { ...config.content, contexts: listAt(config.content, "contexts").filter((one) => textAt(one, "name") !== name) });
  yield* context.proc.out(`deleted context ${name} from ${config.path}\n`);
  return 0;
});

const setProperty = simple("set", "Set an individual value in a kubeconfig file", "set PROPERTY_NAME PROPERTY_VALUE [options]", [{ name: "set-raw-bytes", kind: "bool", usage: "When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.", refused: true }], function* set(context, config) {
  const [property, value, ...more] = context.args;
  if (property === undefined || value === undefined || more.length > 0) throw usageFailure(context.path, `Unexpected args: [${context.args.join(" ")}]`);
  saveConfig(context.proc, config, withProperty(config.content, property, value));
  yield* context.proc.out(`Property ${JSON.stringify(property)} set.\n`);
  return 0;
});

const unsetProperty = simple("unset", "Unset an individual value in a kubeconfig file", "unset PROPERTY_NAME [options]", [], function* unset(context, config) {
  const [property, ...more] = context.args;
  if (property === undefined || more.length > 0) throw usageFailure(context.path, `Unexpected args: [${context.args.join(" ")}]`);
  saveConfig(context.proc, config, withProperty(config.content, property, undefined));
  yield* context.proc.out(`Property ${JSON.stringify(property)} unset.\n`);
  return 0;
});

function refusedCommand(name: string, summary: string): Command {
  return {
    name,
    summary,
    usage: `config ${name} [options]`,
    // Never yields: it only refuses
    *run(): Task<number> {
      throw new NotModelled(`kubectl config ${name}`);
    },
  };
}

export const config: Command = {
  name: "config",
  summary: "Modify kubeconfig files",
  usage: "config SUBCOMMAND [options]",
  commands: [
    current,
    refusedCommand("delete-cluster", "Delete the specified cluster from the kubeconfig"),
    deleteContext,
    refusedCommand("delete-user", "Delete the specified user from the kubeconfig"),
    names("get-clusters", "Display clusters defined in the kubeconfig", "clusters"),
    getContexts,
    names("get-users", "Display users defined in the kubeconfig", "users"),
    renameContext,
    setProperty,
    refusedCommand("set-cluster", "Set a cluster entry in kubeconfig"),
    setContext,
    refusedCommand("set-credentials", "Set a user entry in kubeconfig"),
    unsetProperty,
    useContext,
    view,
  ],
};

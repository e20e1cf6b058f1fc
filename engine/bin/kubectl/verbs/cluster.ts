/** `kubectl api-resources`, `api-versions`, `version`, `cluster-info`, `options` and `top`. */
import type { Task } from "../../../core/task";
import { type ApiResource, apiVersionOf, groupResource } from "../api-resource";
import { type Command, type Context, usageError } from "../command";
import { Failure, NotModelled } from "../errors";
import { globalOptions } from "../help";
import { listAt, mapAt, textAt } from "../json";
import { entry, loadConfig, currentContext, SERVER } from "../kubeconfig";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";
import { toYaml } from "../yaml-writer";
import { BUILD, KUSTOMIZE_VERSION, VERSION } from "../version";

export const apiResources: Command = {
  name: "api-resources",
  summary: "Print the supported API resources on the server",
  usage: "api-resources [flags] [options]",
  flags: [
    { name: "api-group", kind: "string", usage: "Limit to resources in the specified API group." },
    { name: "cached", kind: "bool", usage: "Use the cached list of resources if available." },
    { name: "categories", kind: "list", usage: "Limit to resources that belong to the specified categories." },
    { name: "namespaced", kind: "bool", default: "true", usage: "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default." },
    { name: "no-headers", kind: "bool", usage: "When using the default or custom-column output format, don't print headers." },
    { name: "output", short: "o", kind: "string", usage: "Output format. One of: (json, yaml, name, wide)." },
    { name: "sort-by", kind: "string", usage: "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'." },
    { name: "verbs", kind: "list", usage: "Limit to resources that support the specified verbs." },
  ],
  run: listResources,
};

function* listResources(context: Context): Task<number> {
  const { flags, args, proc } = context;
  if (args.length > 0) throw usageError(context, `unexpected arguments: [${args.join(" ")}]`);
  const [sortBy, output] = [flags.string("sort-by"), flags.string("output")];
  if (!["", "name", "kind"].includes(sortBy)) throw new Failure("--sort-by accepts only name or kind");
  if (!["", "wide", "name"].includes(output)) throw output === "json" || output === "yaml" ? new NotModelled(`--output=${output}`) : new Failure(`unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,kyaml,name,wide,yaml`);
  const key = (one: ApiResource): string => (sortBy === "name" ? one.name : sortBy === "kind" ? one.kind : one.group);
  const all = (yield* context.discovery.all())
    .filter((one) => one.verbs.length > 0)
    .filter((one) => !flags.changed("api-group") || one.group === flags.string("api-group"))
    .filter((one) => !flags.changed("namespaced") || one.namespaced === flags.bool("namespaced"))
    .filter((one) => flags.list("verbs").every((verb) => one.verbs.includes(verb)) && flags.list("categories").every((category) => one.categories.includes(category)));
  const sorted = [...all].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (output === "name") {
    yield* proc.out(sorted.map((one) => `${groupResource(one)}\n`).join(""));
    return 0;
  }
  const wide = output === "wide";
  const header = `NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${wide ? "\tVERBS\tCATEGORIES" : ""}\n`;
  const rows = sorted.map((one) => [one.name, one.shortNames.join(","), apiVersionOf(one), String(one.namespaced), one.kind, ...(wide ? [one.verbs.join(","), one.categories.join(",")] : [])].join("\t"));
  yield* proc.out(tabulate((flags.bool("no-headers") ? "" : header) + rows.map((row) => `${row}\n`).join(""), TABLE_LAYOUT));
  return 0;
}

export const apiVersions: Command = {
  name: "api-versions",
  summary: 'Print the supported API versions on the server, in the form of "group/version"',
  usage: "api-versions [options]",
  *run(context): Task<number> {
    if (context.args.length > 0) throw usageError(context, `unexpected arguments: [${context.args.join(" ")}]`);
    const versions = (yield* context.discovery.groupVersions()).map(apiVersionOf).sort();
    yield* context.proc.out(versions.map((version) => `${version}\n`).join(""));
    return 0;
  },
};

export const version: Command = {
  name: "version",
  summary: "Print the client and server version information",
  usage: "version [flags] [options]",
  flags: [
    { name: "client", kind: "bool", usage: "If true, shows client version only (no server required)." },
    { name: "output", short: "o", kind: "string", usage: "One of 'yaml' or 'json'." },
  ],
  *run(context): Task<number> {
    const { flags, proc } = context;
    const output = flags.string("output");
    if (context.args.length > 0) throw new Failure(`extra arguments: [${context.args.join(" ")}]`);
    if (!["", "yaml", "json"].includes(output)) throw new Failure("--output must be 'yaml' or 'json'");
    const clientVersion = { major: "1", minor: VERSION.split(".")[1] ?? "", gitVersion: VERSION, ...BUILD };
    const serverVersion = flags.bool("client") ? undefined : yield* context.client.get("/version");
    const shown = { clientVersion, kustomizeVersion: KUSTOMIZE_VERSION, ...(serverVersion === undefined ? {} : { serverVersion }) };
    if (output === "yaml") yield* proc.out(`${toYaml(shown)}\n`);
    else if (output === "json") yield* proc.out(`${JSON.stringify(shown, null, 2)}\n`);
    else {
      yield* proc.out(`Client Version: ${VERSION}\nKustomize Version: ${KUSTOMIZE_VERSION}\n`);
      if (serverVersion !== undefined) yield* proc.out(`Server Version: ${textAt(serverVersion, "gitVersion")}\n`);
    }
    return 0;
  },
};

export const clusterInfo: Command = {
  name: "cluster-info",
  summary: "Display cluster information",
  usage: "cluster-info [flags] [options]",
  commands: [
    {
      name: "dump",
      summary: "Dump relevant information for debugging and diagnosis",
      usage: "cluster-info dump [flags] [options]",
      // Never yields: it only refuses
      *run(): Task<number> {
        throw new NotModelled("kubectl cluster-info dump");
      },
    },
  ],
  *run(context): Task<number> {
    const { proc, client, flags, readYaml } = context;
    const config = loadConfig(proc, flags.string("kubeconfig"), "default", readYaml);
    const cluster = textAt(entry(config, "contexts", flags.string("context") || currentContext(config)), "context", "cluster");
    const server = textAt(entry(config, "clusters", cluster), "cluster", "server") || SERVER;
    yield* proc.out(`Kubernetes control plane is running at ${server}\n`);
    const services = listAt(yield* client.get("/api/v1/namespaces/kube-system/services", { labelSelector: "kubernetes.io/cluster-service=true" }), "items");
    for (const service of services) {
      const name = textAt(service, "metadata", "name");
      const title = String(mapAt(service, "metadata", "labels")["kubernetes.io/name"] ?? name);
      const port = textAt(service, "spec", "ports", 0, "name");
      yield* proc.out(`${title} is running at ${server}/api/v1/namespaces/kube-system/services/${name}${port === "" ? "" : `:${port}`}/proxy\n`);
    }
    yield* proc.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    return 0;
  },
};

export const options: Command = {
  name: "options",
  summary: "Print the list of flags inherited by all commands",
  usage: "options [options]",
  *run(context): Task<number> {
    yield* context.proc.out(globalOptions());
    return 0;
  },
};

/** Metrics come from a metrics server; a cluster without one says so. */
function* metricsMissing(context: Context): Task<number> {
  if (!["", "cpu", "memory"].includes(context.flags.string("sort-by"))) throw new Failure("--sort-by accepts only cpu or memory");
  const groups = yield* context.discovery.groupVersions();
  if (groups.some(({ group }) => group === "metrics.k8s.io")) throw new NotModelled(context.path);
  throw new Failure("Metrics API not available");
}

export const top: Command = {
  name: "top",
  summary: "Display resource (CPU/memory) usage",
  usage: "top [flags] [options]",
  commands: [
    { name: "node", aliases: ["nodes", "no"], summary: "Display resource (CPU/memory) usage of nodes", usage: "top node [NAME | -l label] [options]", flags: topFlags(), run: metricsMissing },
    { name: "pod", aliases: ["pods", "po"], summary: "Display resource (CPU/memory) usage of pods", usage: "top pod [NAME | -l label] [options]", flags: topFlags(), run: metricsMissing },
  ],
};

function topFlags(): Command["flags"] & object {
  return [
    { name: "selector", short: "l", kind: "string", usage: "Selector (label query) to filter on" },
    { name: "field-selector", kind: "string", usage: "Selector (field query) to filter on" },
    { name: "no-headers", kind: "bool", usage: "If present, print output without headers." },
    { name: "sort-by", kind: "string", usage: "If non-empty, sort list using specified field." },
    { name: "all-namespaces", short: "A", kind: "bool", usage: "If present, list the requested object(s) across all namespaces." },
    { name: "containers", kind: "bool", usage: "If present, print usage of containers within a pod." },
    { name: "sum", kind: "bool", usage: "Print the sum of the resource usage" },
    { name: "show-capacity", kind: "bool", usage: "Print node resources based on Capacity instead of Allocatable(default) of the nodes." },
    { name: "use-protocol-buffers", kind: "bool", default: "true", usage: "Enables using protocol-buffers to access Metrics API." },
  ];
}


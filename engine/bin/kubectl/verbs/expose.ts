/** `kubectl expose`: a Service for what a Deployment, Pod, Service … already says of itself. */
import type { Task } from "../../../core/task";
import { findAll, type Info, objectOf } from "../builder";
import { type Command, type Context, dryRunOf } from "../command";
import { Failure } from "../errors";
import { DRY_RUN, FILENAME, fieldManager, PRINT, RECORD, SAVE_CONFIG } from "../flag-sets";
import { type Json, listAt, mapAt, numberAt, type Obj, textAt } from "../json";
import { createObject, managerOf, Reporter } from "../mutate";
import { withLastApplied } from "./apply";
import { resourceOf } from "./create/finish";
import { merged, overridesOf } from "./run-overrides";

export const expose: Command = {
  name: "expose",
  summary: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
  usage: "expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [options]",
  flags: [
    ...PRINT,
    ...FILENAME,
    DRY_RUN,
    RECORD,
    SAVE_CONFIG,
    fieldManager("kubectl-expose"),
    { name: "cluster-ip", kind: "string", usage: "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service." },
    { name: "external-ip", kind: "string", usage: "Additional external IP address (not managed by Kubernetes) to accept for the service." },
    { name: "labels", short: "l", kind: "string", usage: "Labels to apply to the service created by this call." },
    { name: "load-balancer-ip", kind: "string", usage: "IP to assign to the LoadBalancer." },
    { name: "name", kind: "string", usage: "The name for the newly created object." },
    { name: "override-type", kind: "string", default: "merge", usage: "The method used to override the generated object: json, merge, or strategic." },
    { name: "overrides", kind: "string", usage: "An inline JSON override for the generated object." },
    { name: "port", kind: "string", usage: "The port that the service should serve on. Copied from the resource being exposed, if unspecified" },
    { name: "protocol", kind: "string", usage: "The network protocol for the service to be created. Default is 'TCP'." },
    { name: "selector", kind: "string", usage: "A label selector to use for this service." },
    { name: "session-affinity", kind: "string", usage: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'" },
    { name: "target-port", kind: "string", usage: "Name or number for the port on the container that the service should direct traffic to. Optional." },
    { name: "type", kind: "string", usage: "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'." },
  ],
  run,
};

const EXPOSABLE = ["Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet"];

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  const dryRun = dryRunOf(flags);
  const infos = yield* findAll(context, { args, filenames: flags.list("filename"), recursive: flags.bool("recursive") });
  const reporter = new Reporter(context, dryRun, dryRun === "client");
  for (const info of infos) {
    const object = merged(serviceOf(context, info), overridesOf(context), flags.string("override-type"));
    if (dryRun === "client") {
      const shown = context.namespaceGiven ? ({ ...object, metadata: { ...object.metadata, namespace: context.namespace } } as Obj) : object;
      yield* reporter.say(shown, "exposed");
      continue;
    }
    const resource = yield* resourceOf(context, object);
    const written = flags.bool("save-config") ? withLastApplied(object) : object;
    yield* reporter.say(yield* createObject(context, { resource, namespace: context.namespace }, written, { dryRun, manager: managerOf(context, "kubectl-expose") }), "exposed");
  }
  return 0;
}

function serviceOf(context: Context, info: Info): Obj {
  const { flags } = context;
  const source = objectOf(info);
  if (!EXPOSABLE.includes(source.kind)) throw new Failure(`cannot expose a ${source.kind}${info.resource.group === "" ? "" : `.${info.resource.group}`}`);
  const name = flags.string("name") || info.name.slice(0, 63);
  const selector = flags.string("selector") === "" ? selectorOf(source) : labelsOf(flags.string("selector"));
  const labels = flags.string("labels") === "" ? mapAt(source, "metadata", "labels") : labelsOf(flags.string("labels"));
  const affinity = flags.string("session-affinity");
  if (!["", "None", "ClientIP"].includes(affinity)) throw new Failure(`unknown session affinity: ${affinity}`);
  const spec: Record<string, Json> = { ports: portsOf(context, source), selector };
  if (flags.string("type") !== "") spec.type = flags.string("type");
  if (flags.string("external-ip") !== "") spec.externalIPs = [flags.string("external-ip")];
  if (flags.string("load-balancer-ip") !== "") spec.loadBalancerIP = flags.string("load-balancer-ip");
  if (affinity !== "") spec.sessionAffinity = affinity;
  if (flags.string("cluster-ip") !== "") spec.clusterIP = flags.string("cluster-ip");
  const metadata = { name, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
  return { apiVersion: "v1", kind: "Service", metadata, spec, status: { loadBalancer: {} } } as unknown as Obj;
}

function selectorOf(source: Obj): Readonly<Record<string, Json>> {
  const fail = (why: string): Failure => new Failure(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  const selector = source.kind === "Pod" ? mapAt(source, "metadata", "labels") : source.kind === "Service" ? mapAt(source, "spec", "selector") : mapAt(source, "spec", "selector", "matchLabels");
  if (listAt(source, "spec", "selector", "matchExpressions").length > 0) throw fail("couldn't convert expressions - selectors with match expressions are not supported");
  if (Object.keys(selector).length === 0) throw fail(source.kind === "Pod" ? "the pod has no labels and cannot be exposed" : "the service has no pod selector set");
  return selector;
}

function labelsOf(written: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    written.split(",").map((pair) => {
      const [key = "", value, ...more] = pair.split("=");
      if (value === undefined || more.length > 0) throw new Failure(`unexpected label spec: ${pair}`);
      if (key === "") throw new Failure("unexpected empty label key");
      return [key, value];
    }),
  );
}

/** From --port, or every port the object's containers declare. */
function portsOf(context: Context, source: Obj): readonly Json[] {
  const { flags } = context;
  const declared = declaredPorts(source);
  const wanted = flags.string("port") === "" ? declared.map(({ port }) => port) : flags.string("port").split(",").map(portNumber);
  if (wanted.length === 0) throw new Failure("couldn't find port via --port flag or introspection");
  const target = flags.string("target-port");
  return wanted.map((port, i) => ({
    ...(wanted.length > 1 ? { name: `port-${i + 1}` } : {}),
    port,
    protocol: flags.string("protocol") || declared.find((one) => one.port === port)?.protocol || "TCP",
    targetPort: target === "" ? port : /^\d+$/.test(target) ? Number(target) : target,
  }));
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Failure(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function declaredPorts(source: Obj): readonly { readonly port: number; readonly protocol: string }[] {
  if (source.kind === "Service") return listAt(source, "spec", "ports").map((one) => ({ port: numberAt(one, "port"), protocol: textAt(one, "protocol") }));
  const spec = source.kind === "Pod" ? mapAt(source, "spec") : mapAt(source, "spec", "template", "spec");
  return listAt(spec, "containers").flatMap((container) => listAt(container, "ports").map((one) => ({ port: numberAt(one, "containerPort"), protocol: textAt(one, "protocol") })));
}

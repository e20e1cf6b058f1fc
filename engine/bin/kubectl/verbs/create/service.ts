/** `kubectl create service clusterip|nodeport|loadbalancer|externalname`. */
import type { Task } from "../../../../core/task";
import { portName, portNumber as portProblems } from "../../../../kube/validation/names";
import type { Command, Context } from "../../command";
import { Failure } from "../../errors";
import type { FlagSpec } from "../../flags";
import type { Json, Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

const TCP: FlagSpec = { name: "tcp", kind: "list", usage: "Port pairs can be specified as '<port>:<targetPort>'." };

function service(kind: { readonly name: string; readonly type: string; readonly summary: string; readonly flags: readonly FlagSpec[] }, extra: (context: Context) => Readonly<Record<string, Json>>): Command {
  return {
    name: kind.name,
    summary: kind.summary,
    usage: `create service ${kind.name} NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]`,
    flags: [...CREATE_FLAGS, TCP, ...kind.flags],
    *run(context): Task<number> {
      const name = nameFrom(context);
      const more = extra(context);
      const pairs = context.flags.list("tcp");
      const nodePort = context.flags.has("node-port") ? context.flags.int("node-port") : 0;
      if (pairs.length === 0 && kind.type !== "ExternalName" && more.clusterIP !== "None") throw new Failure("at least one tcp port specifier must be provided");
      const ports = pairs.map((pair) => parsePair(pair, nodePort));
      const labels = { app: name };
      const spec = { type: kind.type, selector: labels, ...(ports.length > 0 ? { ports } : {}), ...more };
      return yield* finish(context, { apiVersion: "v1", kind: "Service", metadata: { name, labels }, spec, status: { loadBalancer: {} } } as unknown as Obj, true, `failed to create ${kind.type} service: `);
    },
  };
}

/** "80:8080", "80", "80:http"; what stands behind a second colon does not count. */
function parsePair(pair: string, nodePort: number): Json {
  const [from = "", to = from] = pair.split(":");
  const port = portNumber(from);
  return { name: pair.replaceAll(":", "-"), port, protocol: "TCP", targetPort: pair.includes(":") ? targetPort(to) : port, ...(nodePort !== 0 ? { nodePort } : {}) };
}

function targetPort(written: string): number | string {
  const isNumber = /^[+-]?\d+$/.test(written);
  const problems = isNumber ? portProblems(Number(written)) : portName(written);
  if (problems.length > 0) throw new Failure(problems.join(","));
  return isNumber ? Number(written) : written;
}

/** strconv.ParseUint of 16 bits. */
function portNumber(written: string): number {
  if (!/^\d+$/.test(written)) throw new Failure(`strconv.ParseUint: parsing ${JSON.stringify(written)}: invalid syntax`);
  if (Number(written) > 65_535) throw new Failure(`strconv.ParseUint: parsing ${JSON.stringify(written)}: value out of range`);
  return Number(written);
}

const CLUSTER_IP: FlagSpec = { name: "clusterip", kind: "string", usage: "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing)." };

export const createService: Command = {
  name: "service",
  aliases: ["svc"],
  summary: "Create a service using a specified subcommand",
  usage: "create service [options]",
  commands: [
    service({ name: "clusterip", type: "ClusterIP", summary: "Create a ClusterIP service", flags: [CLUSTER_IP] }, ({ flags }) => (flags.string("clusterip") === "" ? {} : { clusterIP: flags.string("clusterip") })),
    service({ name: "externalname", type: "ExternalName", summary: "Create an ExternalName service", flags: [{ name: "external-name", kind: "string", usage: "External name of service" }] }, ({ flags }) => {
      const externalName = flags.string("external-name");
      if (!flags.changed("external-name")) throw new Failure('required flag(s) "external-name" not set');
      if (!/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(externalName)) throw new Failure(`invalid service external name ${externalName}`);
      return { externalName };
    }),
    service({ name: "loadbalancer", type: "LoadBalancer", summary: "Create a LoadBalancer service", flags: [] }, () => ({})),
    service({ name: "nodeport", type: "NodePort", summary: "Create a NodePort service", flags: [{ name: "node-port", kind: "int", default: "0", usage: "Port used to expose the service on each node in a cluster." }] }, () => ({})),
  ],
};

/** Which nodes will not do, and why, in the words of `FailedScheduling`: the default filter plugins in their order. */
import type { Store } from "../store";
import type { Pod } from "../types";
import { type NodeInfo, requestsOf, type SchedulerCache } from "./cache";
import { matchesNodeSelector, namedNodes, tolerates, UNSCHEDULABLE, untolerated } from "./node-affinity";
import { affinityCheck, type Check, spreadCheck } from "./topology";

/** `helpless`: preempting others would change nothing. */
export type Refusal = { readonly reasons: readonly string[]; readonly helpless: boolean };

export function filterFor(cache: SchedulerCache, store: Store, pod: Pod): (info: NodeInfo) => Refusal | undefined {
  const spread = spreadCheck(cache, pod);
  const affinity = affinityCheck(cache, store, pod);
  const requests = Object.entries(requestsOf(pod.spec).requests);
  const wanted = hostPorts(pod);
  const pinned = namedNodes(pod.spec);
  const filter = (info: NodeInfo): Refusal | undefined => byNode(pod, info) ?? byPorts(wanted, info) ?? byResources(requests, info) ?? byOthers(spread, info) ?? byOthers(affinity, info);
  return pinned === undefined ? filter : (info) => (pinned.has(info.node.metadata.name) ? filter(info) : NOT_NAMED);
}

const KEEPS_OFF = ["NoSchedule", "NoExecute"];

function byNode({ spec }: Pod, { node }: NodeInfo): Refusal | undefined {
  if (node.spec.unschedulable && !tolerates(spec.tolerations, UNSCHEDULABLE)) return helpless("node(s) were unschedulable");
  if (untolerated(spec, node, KEEPS_OFF) !== undefined) return helpless("node(s) had untolerated taint(s)");
  if (!matchesNodeSelector(spec, node)) return helpless("node(s) didn't match Pod's node affinity/selector");
  return undefined;
}

/** What NodeAffinity's PreFilter says of all nodes but those that a Pod asks for by name. */
const NOT_NAMED: Refusal = { reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], helpless: true };

function helpless(reason: string): Refusal {
  return { reasons: [reason], helpless: true };
}

type HostPort = { readonly ip: string; readonly port: number; readonly protocol: string };

function byPorts(wanted: readonly HostPort[], { pods }: NodeInfo): Refusal | undefined {
  if (wanted.length === 0) return undefined;
  const taken = [...pods.values()].flatMap(hostPorts);
  const clash = wanted.some((one) => taken.some((other) => one.port === other.port && one.protocol === other.protocol && (one.ip === other.ip || one.ip === "0.0.0.0" || other.ip === "0.0.0.0")));
  return clash ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], helpless: false } : undefined;
}

function hostPorts({ spec }: Pod): readonly HostPort[] {
  return spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort, hostIP = "0.0.0.0", protocol = "TCP" }) => (hostPort ? [{ ip: hostIP || "0.0.0.0", port: hostPort, protocol }] : [])));
}

function byResources(requests: readonly (readonly [name: string, amount: number])[], { allocatable, requested, pods }: NodeInfo): Refusal | undefined {
  const full = pods.size + 1 > (allocatable.pods ?? 0);
  if (!full && requests.length === 0) return undefined;
  const reasons = full ? ["Too many pods"] : [];
  let helpless = false;
  for (const [name, amount] of requests) {
    const all = allocatable[name] ?? 0;
    if (amount === 0 || amount <= all - (requested[name] ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    // More than there is of it altogether: nobody can make room for that.
    if (amount > all) helpless = true;
  }
  return reasons.length > 0 ? { reasons, helpless } : undefined;
}

function byOthers(check: Check | undefined, info: NodeInfo): Refusal | undefined {
  const reason = check?.(info);
  return reason === undefined ? undefined : { reasons: [reason], helpless: /missing required label|pod affinity rules/.test(reason) };
}

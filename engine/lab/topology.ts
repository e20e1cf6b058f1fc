/** The picture beside the terminal: nodes, the Pods on them, Services and whom they have found, and who sends to whom. */
import type { Topology } from "./contract";
import type { Evidence } from "./evidence";
import { type AnyObject, fieldAt } from "./goals";
import type { Ground } from "./ground";
import type { Lab } from "./lab";

type Node = Topology["nodes"][number];
type Edge = Topology["edges"][number];

const SYSTEM = new Set(["kube-system", "kube-flannel", "kube-public", "kube-node-lease"]);

export function topologyOf(ground: Ground, lab: Lab, evidence: Evidence): Topology {
  const pods = ground.list("Pod", {}).filter(({ metadata }) => !SYSTEM.has(metadata.namespace ?? ""));
  const services = ground.list("Service", {}).filter(({ metadata }) => !SYSTEM.has(metadata.namespace ?? "") && metadata.name !== "kubernetes");
  const nodes: Node[] = [...ground.list("Node", {}).map(nodeOf), ...pods.map(podOf), ...services.map((service) => serviceOf(service, ground))];
  const selects = services.flatMap((service) => endpointsOf(service, ground).map((pod): Edge => ({ from: idOf("service", service), to: `pod/${service.metadata.namespace}/${pod}`, kind: "selects", state: "ok" })));
  return { nodes, edges: [...selects, ...flowsOf(lab, ground, evidence, services)] };
}

function idOf(kind: string, { metadata }: AnyObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function nodeOf(object: AnyObject): Node {
  const addresses = (fieldAt(object, "status.addresses") ?? []) as readonly { readonly type: string; readonly address: string }[];
  const ready = isReady(object);
  return { id: `node/${object.metadata.name}`, kind: "node", title: object.metadata.name ?? "", detail: addresses.find(({ type }) => type === "InternalIP")?.address ?? "", state: ready ? "ok" : "failing" };
}

function podOf(object: AnyObject): Node {
  const node = fieldAt(object, "spec.nodeName");
  const state = fieldAt(object, "metadata.deletionTimestamp") !== undefined ? "waiting" : isReady(object) ? "ok" : fieldAt(object, "status.phase") === "Pending" ? "waiting" : "failing";
  return { id: idOf("pod", object), kind: "pod", title: object.metadata.name ?? "", detail: String(fieldAt(object, "status.podIP") ?? fieldAt(object, "status.phase") ?? ""), state, ...(typeof node === "string" && { parent: `node/${node}` }) };
}

function serviceOf(object: AnyObject, ground: Ground): Node {
  return { id: idOf("service", object), kind: "service", title: object.metadata.name ?? "", detail: String(fieldAt(object, "spec.clusterIP") ?? ""), state: endpointsOf(object, ground).length > 0 ? "ok" : "failing" };
}

function isReady(object: AnyObject): boolean {
  const conditions = (fieldAt(object, "status.conditions") ?? []) as readonly { readonly type: string; readonly status: string }[];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

/** The names of the ready Pods behind a Service. */
function endpointsOf({ metadata }: AnyObject, ground: Ground): readonly string[] {
  const slices = ground.list("EndpointSlice", { namespace: metadata.namespace ?? "", selector: `kubernetes.io/service-name=${metadata.name}` });
  return slices.flatMap((slice) => ((slice["endpoints"] ?? []) as readonly { readonly conditions?: { readonly ready?: boolean }; readonly targetRef?: { readonly name?: string } }[]).flatMap(({ conditions, targetRef }) => (conditions?.ready === false || targetRef?.name === undefined ? [] : [targetRef.name])));
}

/** An arrow from each Pod a flow starts from to the Service it asks for. */
function flowsOf(lab: Lab, ground: Ground, evidence: Evidence, services: readonly AnyObject[]): readonly Edge[] {
  return lab.flows.flatMap((flow): readonly Edge[] => {
    const [name, namespace] = /^http:\/\/([^/:.]+)\.?([^/:.]*)/.exec(flow.url)?.slice(1) ?? [];
    const service = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    if (service === undefined || flow.from.kind !== "pod") return [];
    const { from } = flow;
    const state = evidence.last(flow.id)?.answered === false ? "failing" : "ok";
    return ground.list("Pod", { namespace: from.namespace, selector: from.selector }).map((pod) => ({ from: idOf("pod", pod), to: idOf("service", service), kind: "sends", state }));
  });
}

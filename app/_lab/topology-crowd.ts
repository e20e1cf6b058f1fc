/**
 * Many Pods in few boxes: where a picture would grow out of sight, the Pods of one owner on one machine that are in the same state
 * stand in one box, with their number. A few Pods are drawn one by one.
 */
import type { Topology } from "@/engine";

type Node = Topology["nodes"][number];
type Edge = Topology["edges"][number];

/** As many as are read at a glance. */
const MOST_PODS = 18;

export function gathered(topology: Topology): Topology {
  const pods = topology.nodes.filter(({ kind }) => kind === "pod");
  if (pods.length <= MOST_PODS) return topology;
  const crowds = new Map<string, Node[]>();
  for (const pod of pods) {
    const key = JSON.stringify([pod.parent, ownerOf(pod), pod.state]);
    crowds.set(key, [...(crowds.get(key) ?? []), pod]);
  }
  const boxOf = new Map<string, Node>();
  for (const [key, members] of crowds) {
    const [first] = members;
    if (!first) continue;
    const box = members.length === 1 ? first : { ...first, id: `crowd ${key}`, title: `${members.length} × ${ownerOf(first)}`, detail: "" };
    for (const member of members) boxOf.set(member.id, box);
  }
  const edges = new Map<string, Edge>();
  for (const edge of topology.edges) {
    const moved = { ...edge, from: boxOf.get(edge.from)?.id ?? edge.from, to: boxOf.get(edge.to)?.id ?? edge.to };
    const key = JSON.stringify([moved.from, moved.to, moved.kind]);
    // One that fails is what somebody looks for.
    if (edges.get(key)?.state !== "failing") edges.set(key, moved);
  }
  return { nodes: [...new Set(topology.nodes.map((node) => boxOf.get(node.id) ?? node))], edges: [...edges.values()] };
}

/** "payments-7d9f4c5b6-x2x7k" of a Deployment, "agent-5kd2p" of a DaemonSet, "db-0" of a StatefulSet. */
function ownerOf({ title }: Node): string {
  return title.replace(/(-[a-z0-9]{6,10})?-[a-z0-9]{5}$|-\d+$/, "");
}

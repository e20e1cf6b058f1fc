"use client";

import { useEffect, useMemo, useRef, useState } from "react";
import type { Topology } from "@/engine";
import { gathered } from "./topology-crowd";
import styles from "./topology.module.css";

type TopologyNode = Topology["nodes"][number];
type Edge = Topology["edges"][number];
type Line = Edge & { readonly path: string };

/** The world as it is now: Services on the left, machines with their Pods on the right, and who sends to whom. */
export function TopologyView({ topology: whole }: { readonly topology: Topology }) {
  const topology = useMemo(() => gathered(whole), [whole]);
  const picture = useRef<HTMLDivElement>(null);
  const [lines, setLines] = useState<readonly Line[]>([]);

  useEffect(() => {
    const host = picture.current;
    if (!host) return;
    const draw = () => setLines(topology.edges.filter((edge) => edge.kind !== "wire").flatMap((edge) => lineOf(host, edge)));
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(host);
    return () => observer.disconnect();
  }, [topology]);

  const { nodes } = topology;
  const services = nodes.filter((node) => node.kind === "service");
  const machines = nodes.filter((node) => node.kind === "node" || node.kind === "outside");
  const orphans = nodes.filter((node) => node.kind === "pod" && !machines.some((machine) => machine.id === node.parent));
  return (
    <div ref={picture} className={styles.picture}>
      <svg className={styles.lines} aria-hidden>
        {lines.map((line) => (
          <path key={`${line.from}>${line.to}/${line.kind}`} d={line.path} data-kind={line.kind} data-state={line.state} />
        ))}
      </svg>
      <ul className={styles.services} aria-label="Services">
        {services.map((node) => <Box key={node.id} node={node} topology={topology} />)}
      </ul>
      <ul className={styles.machines} aria-label="Machines and their Pods">
        {machines.map((machine) => (
          <li key={machine.id} className={styles.machine} data-state={machine.state}>
            <p><strong>{machine.title}</strong> <span>{machine.detail}</span></p>
            <ul>
              {nodes.filter((node) => node.parent === machine.id).map((node) => <Box key={node.id} node={node} topology={topology} />)}
            </ul>
          </li>
        ))}
        {orphans.length > 0 && (
          <li className={styles.machine}>
            <p><strong>on no node yet</strong></p>
            <ul>{orphans.map((node) => <Box key={node.id} node={node} topology={topology} />)}</ul>
          </li>
        )}
      </ul>
      <p className={styles.legend}>
        <span data-kind="selects">selects</span> <span data-kind="sends">sends to</span> <span data-state="failing">fails</span>
      </p>
    </div>
  );
}

function Box({ node, topology }: { readonly node: TopologyNode; readonly topology: Topology }) {
  const name = (id: string) => topology.nodes.find((other) => other.id === id)?.title ?? id;
  const said = topology.edges.filter((edge) => edge.from === node.id && edge.kind !== "wire").map((edge) => `${edge.kind} ${edge.kind === "sends" ? "to " : ""}${name(edge.to)}${edge.state === "failing" ? " and fails" : ""}`);
  return (
    <li className={styles.box} data-node={node.id} data-kind={node.kind} data-state={node.state}>
      <strong>{node.title}</strong>
      {node.detail && <span>{node.detail}</span>}
      <span className="visually-hidden">
        {node.state === "ok" ? "" : `, ${node.state}`}
        {said.length > 0 && `: ${said.join(", ")}`}
      </span>
    </li>
  );
}

/** A curve from one box's edge to the other's; nothing when one of them is not in the picture. */
function lineOf(host: HTMLElement, edge: Edge): readonly Line[] {
  const frame = host.getBoundingClientRect();
  const [from, to] = [edge.from, edge.to].map((id) => host.querySelector(`[data-node="${CSS.escape(id)}"]`)?.getBoundingClientRect());
  if (!from || !to) return [];
  const rightward = from.left < to.left;
  const x1 = (rightward ? from.right : from.left) - frame.left;
  const y1 = from.top + from.height / 2 - frame.top + offsetOf(edge);
  const x2 = (rightward ? to.left : to.right) - frame.left;
  const y2 = to.top + to.height / 2 - frame.top + offsetOf(edge);
  const bend = (x2 - x1) / 2;
  return [{ ...edge, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }];
}

/** A Pod may be selected by the Service it sends to: the two lines run side by side. */
function offsetOf(edge: Edge): number {
  return edge.kind === "selects" ? -4 : 4;
}

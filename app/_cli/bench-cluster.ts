/**
 * A large cluster: how long it takes to come up and to settle, what it holds in memory, what an
 * hour costs in which nothing happens, and a rolling update with the time in between skipped.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ClusterLoad } from "@/engine";
import type { Figure } from "./commands/bench";
import { median, timed } from "./measure";

const SIZE = { nodes: 200, services: 1000, pods: 5000 };
const REPLICAS = 100;
const HOUR_MS = 3_600_000;
const ROLLOUTS = 3;

export function cluster(): readonly Figure[] {
  const load = new ClusterLoad(SIZE);
  const boot = timed(() => load.boot());
  const fill = timed(() => load.fill());
  collectGarbage();
  const { heapUsed } = process.memoryUsage();
  const idle = timed(() => load.idle(HOUR_MS));
  load.deploy(REPLICAS);
  const worldMs: number[] = [];
  const rollOut = median(Array.from({ length: ROLLOUTS }, () => timed(() => worldMs.push(load.rollOut()))));
  return [
    { name: `${SIZE.nodes} nodes come up`, value: boot, unit: "ms" },
    { name: `${SIZE.pods.toLocaleString("en-US")} Pods, ${SIZE.services.toLocaleString("en-US")} Services settle`, value: fill, unit: "ms" },
    { name: "memory held then", value: heapUsed / 1e6, unit: "MB" },
    { name: "an hour in which nothing happens", value: idle, unit: "ms" },
    { name: `rolling update of ${REPLICAS} replicas`, value: rollOut, unit: "ms" },
    { name: "the same in the world's time", value: median(worldMs) / 1000, unit: "s" },
  ];
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

import { expect, test } from "vitest";
import type { Topology } from "@/engine";
import { gathered } from "./topology-crowd";

type State = Topology["nodes"][number]["state"];

const node = (id: string): Topology["nodes"][number] => ({ id, kind: "node", title: id, detail: "", state: "ok" });
const pod = (title: string, parent: string, state: State = "ok"): Topology["nodes"][number] => ({ id: `pod/${title}`, kind: "pod", title, detail: "10.244.1.2", parent, state });
const web = (i: number): string => `web-7d9f4c5b6-${String(i).padStart(5, "x")}`;

function world(count: number): Topology {
  const pods = Array.from({ length: count }, (_, i) => pod(web(i), `node-${i % 2}`, i === 3 ? "failing" : "ok"));
  return {
    nodes: [node("node-0"), node("node-1"), ...pods, pod("db-0", "node-0")],
    edges: [...pods.map(({ id }, i): Topology["edges"][number] => ({ from: "svc", to: id, kind: "selects", state: i === 4 ? "failing" : "ok" })), { from: "pod/db-0", to: "svc", kind: "sends", state: "ok" }],
  };
}

test("a few Pods are drawn one by one", () => {
  expect(gathered(world(17))).toEqual(world(17));
});

test("many stand together: by machine, owner and state; a line that fails is not lost among the others", () => {
  const { nodes, edges } = gathered(world(40));
  expect(nodes.map(({ title, parent, state }) => `${title} ${parent ?? "-"} ${state}`)).toEqual(["node-0 - ok", "node-1 - ok", "20 × web node-0 ok", "19 × web node-1 ok", `${web(3)} node-1 failing`, "db-0 node-0 ok"]);
  expect(edges.map(({ from, to, state }) => `${titleOf(nodes, from)} ${titleOf(nodes, to)} ${state}`)).toEqual(["svc 20 × web failing", "svc 19 × web ok", `svc ${web(3)} ok`, "db-0 svc ok"]);
});

function titleOf(nodes: Topology["nodes"], id: string): string {
  return nodes.find((each) => each.id === id)?.title ?? id;
}

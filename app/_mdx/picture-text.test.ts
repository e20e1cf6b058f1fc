import { expect, test } from "vitest";
import { parseFlow, parseTopology } from "./picture-text";

test("a flow is boxes and the arrows between them", () => {
  expect(parseFlow("debug-pod (10.244.1.7) --SYN--> *node-1 (PREROUTING) --> !payments\n")).toEqual([
    {
      boxes: [
        { title: "debug-pod", detail: "10.244.1.7", tone: "plain" },
        { title: "node-1", detail: "PREROUTING", tone: "main" },
        { title: "payments", detail: "", tone: "failed" },
      ],
      arrows: ["SYN", ""],
    },
  ]);
});

test("a topology nests by indentation", () => {
  expect(parseTopology("node-1 (192.168.50.11)\n  debug-pod\n    curl\n  web\nnode-2\n")).toEqual([
    {
      title: "node-1",
      detail: "192.168.50.11",
      tone: "plain",
      within: [
        { title: "debug-pod", detail: "", tone: "plain", within: [{ title: "curl", detail: "", tone: "plain", within: [] }] },
        { title: "web", detail: "", tone: "plain", within: [] },
      ],
    },
    { title: "node-2", detail: "", tone: "plain", within: [] },
  ]);
});

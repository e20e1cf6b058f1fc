import { expect, test } from "vitest";
import { printFieldError } from "../field-error";
import { readLabelSelector } from "../label-selector-parser";
import { validateContainers } from "./container";

const problems = (container: object, terminationGracePeriodSeconds?: number): readonly string[] =>
  validateContainers({ spec: { containers: [{ name: "a", image: "b", ...container }], terminationGracePeriodSeconds } as never, volumes: new Set() }, "spec").map(printFieldError);

test("a resource that nobody counts is told of twice, as upstream does", () => {
  expect(problems({ resources: { limits: { gpu: "1" } } })).toEqual([
    'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
    'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
  ]);
  expect(problems({ resources: { limits: { "example.com/gpu": "1", memory: "1Mi" } } })).toEqual([]);
});

test("a hook may not sleep for longer than the Pod is given to end", () => {
  const container = { lifecycle: { preStop: { sleep: { seconds: 31 } } } };
  expect(problems(container, 30)).toEqual(["spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)"]);
  expect(problems(container, 31)).toEqual([]);
});

test.each([
  ["metadata.name", []],
  ["metadata.labels['app']", []],
  ["spec.containers", ['Invalid value: "spec.containers": error converting fieldPath: field label not supported: spec.containers']],
  ["metadata.name['x']", [`Invalid value: "metadata.name['x']": error converting fieldPath: field label does not support subscript: metadata.name['x']`]],
  ["status.phase", ['Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"']],
])("a variable from field %s", (fieldPath, expected) => {
  expect(problems({ env: [{ name: "A", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } }] })).toEqual(expected.map((why) => `spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: ${why}`));
});

test.each([
  ["a in (,b)", [{ key: "a", operator: "in", values: ["", "b"] }]],
  ["in notin (in),!x,y", [{ key: "in", operator: "notin", values: ["in"] }, { key: "x", operator: "!", values: [] }, { key: "y", operator: "exists", values: [] }]],
  ["a=,b!=c", [{ key: "a", operator: "=", values: [""] }, { key: "b", operator: "!=", values: ["c"] }]],
])("the selector %s", (written, requirements) => {
  expect(readLabelSelector(written)).toEqual(requirements);
});

test.each([
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["a,", "found '', expected: identifier after ','"],
  ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  ["a>x", `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`],
])("no selector: %s", (written, why) => {
  expect(() => readLabelSelector(written)).toThrow(why);
});

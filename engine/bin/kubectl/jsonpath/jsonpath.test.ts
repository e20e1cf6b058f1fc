import { expect, test } from "vitest";
import { jsonPath } from "./evaluate";

const LIST = {
  kind: "List",
  items: [
    { kind: "Pod", metadata: { name: "web-1", labels: { app: "web", "a.b/c": "x" } }, spec: { containers: [{ image: "nginx", ports: [80, 443] }, { image: "side" }], replicas: 2 }, ok: true, none: null },
    { kind: "Service", metadata: { name: "web" }, spec: { ports: [{ port: 80, targetPort: "http" }] } },
  ],
};

/** Outputs as kubectl v1.32.4 prints them. */
test.each([
  ["{.items[0].metadata.name}", "web-1"],
  ["{.items[*].metadata.name}", "web-1 web"],
  ["{.items[-1].metadata.name}", "web"],
  ["{.items[-1:].metadata.name}", "web"],
  ["{.items[0:1].kind}", "Pod"],
  ["{.items[0].spec.containers[-1].image}", "side"],
  ["{..image}", "nginx side"],
  ["{.items[0].metadata.labels}", '{"a.b/c":"x","app":"web"}'],
  ["{.items[0].metadata.labels['app']}", "web"],
  ["{.items[0].metadata.labels.a\\.b/c}", "x"],
  ["{.items[0].spec.containers[0].ports}", "[80,443]"],
  ["{.items[0].ok} {.items[0].none}", "true null"],
  ['{range .items[*]}{.kind}/{.metadata.name}{"\\n"}{end}', "Pod/web-1\nService/web\n"],
  ['{range .items[*]}[{range .spec.containers[*]}{.image},{end}]{end}', "[nginx,side,][]"],
  ['{.items[?(@.kind=="Service")].spec.ports[0].port}', "80"],
  ["{.items[?(@.kind=='Pod')].metadata.name}", "web-1"],
  ["{.items[?(@.spec.replicas>1)].metadata.name}", "web-1"],
  ["{.items[?(@.spec.replicas)].metadata.name}", "web-1"],
  ["{.items[*]['kind','metadata']}", 'Pod Service {"labels":{"a.b/c":"x","app":"web"},"name":"web-1"} {"name":"web"}'],
  ["{.items[0].metadata.nope}", ""],
  ["{.items[0].nope.deeper}", ""],
  ["text {'quoted'} {\"a\\tb\"}", "text quoted a\tb"],
  ["{range .nope[*]}a{end}b", "b"],
  ["{$.kind}{@.kind}", "ListList"],
  ["{1}{true}", "1true"],
])("%s", (template, output) => {
  expect(jsonPath(template, LIST)).toBe(output);
});

test.each([
  ["{.items", "unclosed action"],
  ["{foo}", "unrecognized identifier foo"],
  ["{end}", "not in range, nothing to end"],
  ["{.items[9]}", "array index out of bounds: index 9, length 2"],
  ["{.kind[0]}", "string is not array or slice"],
  ['{.items[*]["kind"]}', 'invalid array index "kind"'],
])("%s is refused", (template, message) => {
  expect(() => jsonPath(template, LIST)).toThrow(message);
});

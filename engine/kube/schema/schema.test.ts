import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decode, DecodeError } from "./decode";
import { structNames, structOf } from "./grammar";
import { canonicalQuantity, milliValue, wholeValue } from "./quantity";

const GROUPS = ["core", "apps", "batch", "discovery", "networking", "policy", "coordination", "rbac", "scheduling", "meta"];

/** The interfaces of one of kubernetes-types' files, and their fields. */
function interfacesOf(group: string): readonly (readonly [string, readonly string[]])[] {
  const source = readFileSync(new URL(`../../../node_modules/kubernetes-types/${group}/v1.d.ts`, import.meta.url), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...source.matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)].map(([, name = "", body = ""]) => [name, [...body.matchAll(/^\s+"?([\w$]+)"?\??:/gm)].map(([, field = ""]) => field)]);
}

/** Taken out of the API since 1.30, which kubernetes-types describes. */
const GONE = ["PodResourceClaim.source"];

/** Two types of the same name in two groups; ours are told apart by a prefix. */
const OTHER_GROUP: Readonly<Record<string, string>> = { "core EndpointPort": "core.EndpointPort" };

test.each(GROUPS)("every field that kubernetes-types has in %s/v1 is known", (group) => {
  const known = new Set(structNames());
  const missing = interfacesOf(group).flatMap(([name, fields]) => {
    const ours = OTHER_GROUP[`${group} ${name}`] ?? name;
    if (!known.has(ours)) return [];
    const struct = structOf(ours);
    return fields.filter((field) => !struct.fields.has(field) && !(struct.typeMeta && (field === "kind" || field === "apiVersion"))).map((field) => `${name}.${field}`).filter((field) => !GONE.includes(field));
  });
  expect(missing).toEqual([]);
});

test("a decoded object has known fields only, in the API's order, without zero values", () => {
  const { value, unknown } = decode("Pod", {
    spec: { containers: [{ image: "nginx", name: "web", nonsense: 1, env: [], stdin: false, resources: { requests: { memory: "1024Mi", cpu: 0.5 } } }], hostNetwork: false, replicas: 3 },
    kind: "Pod",
    apiVersion: "v1",
    metadata: { labels: { b: "2", a: "1" }, name: "web" },
  });
  expect(unknown).toEqual(["spec.containers[0].nonsense", "spec.replicas"]);
  expect(JSON.stringify(value)).toBe(
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","labels":{"a":"1","b":"2"}},"spec":{"containers":[{"name":"web","image":"nginx","resources":{"requests":{"cpu":"500m","memory":"1Gi"}}}]},"status":{}}',
  );
});

test.each([
  [{ spec: { containers: "web" } }, "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container"],
  [{ spec: { containers: [{ name: 1 }] } }, "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string"],
  [{ metadata: { labels: { a: 1 } } }, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"],
  [{ spec: { hostNetwork: "yes" } }, "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"],
  [{ spec: { containers: [{ resources: { limits: { cpu: "lots" } } }] } }, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
])("wrong types are refused in Go's words: %j", (given, message) => {
  expect(() => decode("Pod", given)).toThrow(new DecodeError(message));
});

test.each([
  ["1000m", "1", 1000, 1],
  ["0.1", "100m", 100, 1],
  [2, "2", 2000, 2],
  ["1.5Gi", "1536Mi", 1_610_612_736_000, 1_610_612_736],
  ["1024Ki", "1Mi", 1_048_576_000, 1_048_576],
  ["1e3", "1e3", 1_000_000, 1000],
  ["500k", "500k", 500_000_000, 500_000],
  ["nonsense", undefined, 0, 0],
])("quantity %s is written %s", (written, canonical, milli, whole) => {
  expect([canonicalQuantity(written), milliValue(written), wholeValue(written)]).toEqual([canonical, milli, whole]);
});

import { expect, test } from "vitest";
import { decodeProtobuf } from "./protobuf";

/** What kubectl 1.32 sends for `kubectl create configmap x --from-literal=a=b`, written out. */
function message(...fields: readonly (readonly [number, string | readonly number[] | number])[]): readonly number[] {
  return fields.flatMap(([number, value]) => {
    if (typeof value === "number") return [...varint(number << 3), value];
    const bytes = typeof value === "string" ? [...value].map((c) => c.charCodeAt(0)) : value;
    return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
  });
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function envelope(apiVersion: string, kind: string, raw: readonly number[]): Uint8Array {
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, ...message([1, message([1, apiVersion], [2, kind])], [2, raw], [3, ""], [4, ""])]);
}

test("a ConfigMap comes out as its JSON would have", () => {
  const metadata = message([1, "x"], [3, "default"], [8, []]);
  expect(decodeProtobuf(envelope("v1", "ConfigMap", message([1, metadata], [2, message([1, "a"], [2, "b"])], [2, message([1, "c"], [2, "d"])])))).toEqual({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "x", namespace: "default", creationTimestamp: null },
    data: { a: "b", c: "d" },
  });
});

test("numbers, names for ports, embedded structs and quantities", () => {
  const probe = message([1, message([2, message([1, "/healthz"], [2, message([1, 1], [3, "http"])])])], [4, 10]);
  const resources = message([2, message([1, "cpu"], [2, message([1, "100m"])])]);
  const container = message([1, "web"], [2, "nginx"], [8, resources], [11, probe], [18, 1]);
  expect(decodeProtobuf(envelope("v1", "Pod", message([2, message([2, container], [3, "Always"])])))).toMatchObject({
    spec: {
      restartPolicy: "Always",
      containers: [{ name: "web", image: "nginx", tty: true, resources: { requests: { cpu: "100m" } }, readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10 } }],
    },
  });
});

test("what is not protobuf is refused, and a kind that is not kept is nothing", () => {
  expect(() => decodeProtobuf(Uint8Array.of(1, 2, 3))).toThrow("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  expect(decodeProtobuf(envelope("authorization.k8s.io/v1", "SelfSubjectAccessReview", []))).toBeUndefined();
});

import { expect, test } from "vitest";
import recorded from "./yaml-writer.recorded.json";
import { byYamlKey } from "./yaml-order";
import { toYaml } from "./yaml-writer";

test("strings of every awkward kind are quoted, folded and escaped as the real kubectl does it", () => {
  expect(toYaml(recorded.object)).toBe(recorded.yaml);
});

test("lists stand under their key without an indent, and maps in them go on beside the dash", () => {
  expect(toYaml({ items: [{ b: [1, 2], a: {} }, ["x", []]], empty: [], none: null })).toBe("empty: []\nitems:\n- a: {}\n  b:\n  - 1\n  - 2\n- - x\n  - []\nnone: null\n");
});

test("keys are ordered as go-yaml orders them", () => {
  expect(["port10", "port2", "a-b", "ab", "B", "1", "", "a.b"].sort(byYamlKey)).toEqual(["", "1", "B", "a-b", "a.b", "ab", "port2", "port10"]);
});

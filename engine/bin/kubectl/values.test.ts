import { expect, test } from "vitest";
import { durationMs, goDuration, humanDuration } from "./duration";
import { fromBase64, toBase64 } from "./base64";
import { jsonProblem } from "./json-syntax";
import { formatQuantity, parseQuantity } from "./quantity";
import { sortObjects } from "./sort";
import { unifiedDiff } from "./unified-diff";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

test.each([
  [-5 * S, "<invalid>"],
  [0, "0s"],
  [119 * S, "119s"],
  [2 * M, "2m"],
  [9 * M + 59 * S, "9m59s"],
  [10 * M + 5 * S, "10m"],
  [179 * M, "179m"],
  [3 * H, "3h"],
  [7 * H + 30 * M, "7h30m"],
  [8 * H + 30 * M, "8h"],
  [2 * D, "2d"],
  [3 * D + 5 * H, "3d5h"],
  [8 * D + 5 * H, "8d"],
  [3 * 365 * D, "3y"],
  [3 * 365 * D + 7 * D, "3y7d"],
])("an age of %d ms is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test("Go's durations are read and written", () => {
  expect([durationMs("1h2m3.5s"), durationMs("-500ms"), durationMs("5"), durationMs("0"), goDuration(3_723_500), goDuration(1500), goDuration(5)]).toEqual([3_723_500, -500, undefined, 0, "1h2m3.5s", "1.5s", "5ms"]);
});

test.each([
  ["{bad", "invalid character 'b' looking for beginning of object key string"],
  ['{"a":1', "unexpected end of JSON input"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{"a":b}', "invalid character 'b' looking for beginning of value"],
  ['{"a":1}}', "invalid character '}' after top-level value"],
  ['{"a":[1,2,{"b":null}]}', undefined],
])("what is wrong with %s", (text, problem) => {
  expect(jsonProblem(text)).toBe(problem);
});

test("quantities, base64, order", () => {
  expect([parseQuantity("500m"), parseQuantity("128Mi"), parseQuantity("1e3"), parseQuantity("x")]).toEqual([0.5, 134_217_728, 1000, undefined]);
  expect([formatQuantity(0.5, "cpu"), formatQuantity(2, "cpu"), formatQuantity(134_217_728, "binary")]).toEqual(["500m", "2", "128Mi"]);
  expect([toBase64(Uint8Array.of(104, 105)), fromBase64("aGk="), fromBase64("a")]).toEqual(["aGk=", Uint8Array.of(104, 105), undefined]);
  const names = ["web2", "web10", "web"].map((name) => ({ name }));
  expect(sortObjects(names, ".name")).toEqual([{ name: "web" }, { name: "web10" }, { name: "web2" }]);
});

test("a unified diff has hunks with three lines around each change", () => {
  expect(unifiedDiff("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nX\ne\nf\ng\nh\n", 3)).toBe("@@ -1,7 +1,7 @@\n a\n b\n c\n-d\n+X\n e\n f\n g\n");
  expect([unifiedDiff("a\n", "a\n", 3), unifiedDiff("", "a\nb\n", 3)]).toEqual(["", "@@ -0,0 +1,2 @@\n+a\n+b\n"]);
});

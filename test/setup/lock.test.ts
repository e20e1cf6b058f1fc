/** `npm ci` must accept package-lock.json on every platform, though npm writes no entry for packages it could not find. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fill, missingFrom } from "@/app/_cli/fill-lock.mjs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const wanted = JSON.parse(readFileSync("package.json", "utf8"));

test("no optional package is missing from the lock (node app/_cli/fill-lock.mjs adds them)", () => {
  expect(missingFrom(lock)).toEqual([]);
});

test("package.json and the lock ask for the same", () => {
  const { dependencies, devDependencies } = lock.packages[""];
  expect({ dependencies, devDependencies }).toEqual({ dependencies: wanted.dependencies, devDependencies: wanted.devDependencies });
});

test("a missing package is added for its platform only", () => {
  const holey = { packages: { "": {}, "node_modules/tool": { version: "1.0.0", dev: true, optionalDependencies: { "@tool/darwin-arm64": "1.2.3", "@tool/linux-x64": "1.2.3" } }, "node_modules/@tool/linux-x64": { version: "1.2.3" } } };
  expect(fill(holey).packages["node_modules/@tool/darwin-arm64"]).toEqual({ version: "1.2.3", optional: true, dev: true, os: ["darwin"], cpu: ["arm64"] });
  expect(missingFrom(fill(holey))).toEqual([]);
});

/** Runs every line of programs.txt in the real jq (`jq -n -c LINE`) and writes what came out into recorded.json. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const programs = readFileSync(join(here, "programs.txt"), "utf8").split("\n").slice(0, -1);
const env = { PATH: process.env.PATH, HOME: "/root" };
const cases = programs.map((program) => {
  const { stdout, stderr, status } = spawnSync("jq", ["-n", "-c", program], { env, encoding: "utf8", input: "", timeout: 10_000 });
  return { program, stdout, stderr, exit: status };
});
const version = spawnSync("jq", ["--version"], { encoding: "utf8" }).stdout.trim();
writeFileSync(join(here, "recorded.json"), `${JSON.stringify({ recordedWith: version, cases }, null, 1)}\n`);
console.log(`${cases.length} programs recorded with ${version}`);

/**
 * Runs every script of cases/*.sh in the real bash with the real tools and writes what they printed
 * into recorded.json. Scripts are separated by lines of "###"; each runs in an empty directory.
 *   node test/conformance/shell/record.mjs
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const recorded = [];
for (const file of readdirSync(join(here, "cases")).sort()) {
  for (const script of readFileSync(join(here, "cases", file), "utf8").split(/^###\n/m)) {
    const folder = mkdtempSync("/tmp/case-");
    const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8" };
    const ran = spawnSync("bash", ["-c", script], { cwd: folder, env, encoding: "utf8", input: "", timeout: 20_000 });
    const plain = (text) => text.replaceAll(folder, "/work").replaceAll("‘", "'").replaceAll("’", "'");
    recorded.push({ file, script, stdout: plain(ran.stdout), stderr: plain(ran.stderr), exit: ran.status ?? 128 + constants.signals[ran.signal] });
    rmSync(folder, { recursive: true, force: true });
  }
}
const version = spawnSync("bash", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
writeFileSync(join(here, "recorded.json"), `${JSON.stringify({ recordedWith: version, cases: recorded }, null, 1)}\n`);
console.log(`${recorded.length} cases recorded with ${version}`);

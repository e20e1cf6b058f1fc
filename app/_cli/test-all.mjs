// Every kind of test there is, from nothing: types, lint, and then vitest, which runs units, transcripts, the course and the
// browser's story. What this machine cannot run is named and skipped; with CI=true that is a failure.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { prepareBuild, prepareClient, preparePackages, problem, root, run, say } from "./setup.mjs";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const BIN = "node_modules";

export async function test(args) {
  await preparePackages();
  await prepareClient();
  const missing = whatIsMissing();
  for (const { what, why } of missing) say(`skipped: ${what} (${why})`);
  if (process.env.CI === "true" && missing.length > 0) throw problem("With CI=true everything must run: .ci/run installs what is missing.");

  await prepareBuild(); // First: it also writes the types of Next's own files.
  if (args.length === 0) {
    await check("types", [`${BIN}/typescript/bin/tsc`, "--noEmit"]);
    await check("types of the engine", [`${BIN}/typescript/bin/tsc`, "--noEmit", "-p", "engine"]);
    await check("lint", [`${BIN}/@biomejs/biome/bin/biome`, "lint", "app", "content", "engine", "prisma", "test", "proxy.ts"]);
  }
  if (args.length > 0) return vitest(args);
  say("testing all but the browser's story");
  const status = await vitest(["--exclude", "test/e2e/**"]);
  if (status !== 0) return status;
  // By itself, so that a page does not wait for a processor that others keep busy.
  say("testing in the browser");
  return vitest(["test/e2e"]);
}

function whatIsMissing() {
  const missing = [];
  const chromium = process.env.CHROMIUM ?? CHROMIUM.find((file) => existsSync(file));
  if (chromium && existsSync(chromium)) process.env.CHROMIUM = chromium;
  else missing.push({ what: "the tests in a browser", why: "no Chromium: apt-get install chromium, or say where it is with CHROMIUM=…" });
  if (process.platform !== "linux" || process.getuid?.() !== 0) missing.push({ what: "the tests against the real kernel", why: "not root on Linux" });
  return missing;
}

async function check(what, args) {
  say(`checking ${what}`);
  await run([process.execPath, ...args]);
}

function vitest(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`${BIN}/vitest/vitest.mjs`, "run", ...args], { cwd: root, stdio: "inherit", env: process.env });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

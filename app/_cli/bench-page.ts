/**
 * What a browser has to fetch, and how long a learner waits: the engine's two pieces, and the time
 * from a click on a lab to its prompt, in a real Chromium on the built site.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import type { Figure } from "./commands/bench";
import { median } from "./measure";
import { freePort } from "./free-port";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CLICKS = 9;
/** A hand that has found the link, and has not pressed yet. */
const HAND_MS = 150;
const STARTING_MS = 30_000;

export async function bundle(root: string): Promise<readonly Figure[]> {
  const { bundleEngine } = await import("../_lab/engine-build.mjs");
  const { first, later } = await bundleEngine(root);
  const kilobytes = (pieces: typeof first, size: (text: Uint8Array) => number) => pieces.reduce((sum, { text }) => sum + size(text), 0) / 1000;
  const gzipped = (text: Uint8Array) => gzipSync(text, { level: 9 }).length;
  return [
    { name: "before the prompt, minified", value: kilobytes(first, (text) => text.length), unit: "kB" },
    { name: "before the prompt, gzip -9", value: kilobytes(first, gzipped), unit: "kB" },
    { name: "the tools, meanwhile, gzip -9", value: kilobytes(later, gzipped), unit: "kB" },
    { name: "both, gzip -9", value: kilobytes([...first, ...later], gzipped), unit: "kB" },
  ];
}

/** Without a browser or a built site it says why on standard error, and measures nothing. */
export async function prompt(root: string): Promise<readonly Figure[]> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUM.find((file) => existsSync(file));
  const playwright = await import("playwright-core").catch(() => undefined);
  const missing = !executablePath ? "no Chromium" : !playwright ? "no playwright-core" : existsSync(path.join(root, ".next/BUILD_ID")) ? undefined : "the site is not built: npm start builds it";
  if (missing !== undefined || !playwright || !executablePath) {
    console.error(`podpath: bench: prompt is skipped: ${missing}`);
    return [];
  }
  const { address, server } = await serve(root);
  let browser: Browser | undefined;
  try {
    browser = await playwright.chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    const [first = Number.NaN, ...others] = await clicks(browser, address);
    return [
      { name: "the first click after the server's start", value: first, unit: "ms" },
      { name: `later ones, new visitors, median of ${others.length}`, value: median(others), unit: "ms" },
      { name: "the fastest of them", value: Math.min(...others), unit: "ms" },
    ];
  } finally {
    await browser?.close();
    server.kill("SIGTERM");
  }
}

async function clicks(browser: Browser, address: string): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let i = 0; i < CLICKS; i++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    taken.push(await click(await context.newPage(), address));
    await context.close();
  }
  return taken;
}

/** One visitor: reads the list of labs, reaches for the first, clicks, and sees a prompt. */
async function click(page: Page, address: string): Promise<number> {
  await page.addInitScript(WATCH);
  await page.goto(`${address}/labs`, { waitUntil: "networkidle" });
  await page.waitForTimeout(1500);
  const link = page.locator('a[href="/labs/payments"]').first();
  await link.hover();
  await page.waitForTimeout(HAND_MS);
  await link.click();
  const taken = await page.waitForFunction(() => (globalThis as { promptAfterMs?: number }).promptAfterMs, undefined, { timeout: STARTING_MS });
  return (await taken.jsonValue()) ?? Number.NaN;
}

/** In the page: from the click to the frame in which the terminal shows a prompt. */
const WATCH = `
  let clickedAt;
  addEventListener("click", () => { clickedAt ??= performance.now(); }, true);
  const look = () => {
    const text = clickedAt === undefined ? "" : document.querySelector("[data-terminal] .xterm-rows")?.textContent ?? "";
    if (/[$#]/.test(text)) window.promptAfterMs = performance.now() - clickedAt;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

/** The built site, with a database of its own. */
async function serve(root: string): Promise<{ readonly address: string; readonly server: ChildProcess }> {
  const database = `file:${path.join(mkdtempSync(path.join(tmpdir(), "podpath-bench-")), "bench.db")}`;
  const env = { ...process.env, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1", DATABASE_URL: database };
  await ended(spawn(process.execPath, ["prisma/deploy.mjs"], { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] }));
  const port = await freePort();
  const address = `http://localhost:${port}`;
  const server = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", String(port), "-H", "127.0.0.1"], { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  for (const began = performance.now(); performance.now() - began < STARTING_MS; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await fetch(`http://127.0.0.1:${port}/api/health`).then(({ ok }) => ok, () => false)) return { address, server };
  }
  server.kill("SIGTERM");
  throw new Error("the built site does not answer");
}

function ended(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once("exit", resolve));
}

/**
 * The site as a reader meets it: the built pages served with a database of their own, and a real Chromium. Where there is no
 * Chromium or no build the tests are skipped by name; with CI=true that is a failure (app/_cli/test-all.mjs says so first).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { deploy } from "@/prisma/deploy.mjs";
import { freePort } from "../../app/_cli/free-port";

const CHROMIUM = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => existsSync(file));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** Chromium's advice on Next's own preloading. */
const HARMLESS = /was preloaded using link preload but not used/;
const OUT = join(import.meta.dirname, "../.out");

export const canBrowse = process.env.CI === "true" || (CHROMIUM !== undefined && existsSync(".next/BUILD_ID"));

export type Visit = { readonly page: Page; readonly context: BrowserContext; readonly complaints: string[]; readonly requests: string[] };

export class Site {
  #server: ChildProcess | undefined;
  #browser: Browser | undefined;
  #port = 0;
  readonly #database = `file:${join(mkdtempSync(join(tmpdir(), "podpath-e2e-")), "e2e.db")}`;

  get address(): string {
    return `http://localhost:${this.#port}`;
  }

  async start(): Promise<void> {
    if (!CHROMIUM) throw new Error("there is no Chromium: apt-get install chromium");
    deploy(this.#database);
    this.#port = await freePort();
    await this.#serve();
    this.#browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#halt();
  }

  /** As when the machine is rebooted: the same database, another process. */
  async restart(): Promise<void> {
    await this.#halt();
    await this.#serve();
  }

  /** Somebody new. What the page complains about, and what it asks of whom, is kept for the test to look at. */
  async visitor(options: { readonly width?: number; readonly height?: number; readonly colours?: "light" | "dark" } = {}): Promise<Visit> {
    const context = await (this.#browser as Browser).newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
      colorScheme: options.colours ?? "light",
      baseURL: this.address,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && !HARMLESS.test(message.text()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    return { page, context, complaints, requests };
  }

  async #serve(): Promise<void> {
    this.#server = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", String(this.#port), "-H", "127.0.0.1"], {
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", DATABASE_URL: this.#database },
      stdio: ["ignore", "ignore", "inherit"],
    });
    for (let tries = 0; tries < 300; tries++) {
      if (await fetch(`http://127.0.0.1:${this.#port}/api/health`).then((response) => response.ok, () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the server does not answer");
  }

  async #halt(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await gone;
  }
}

/** A picture for people to look at, under test/.out. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  await page.screenshot({ path: join(OUT, `${name}.png`) });
}

/** What the shown terminal shows, without the blanks at the ends of lines. */
export async function screen(page: Page): Promise<string> {
  const rows = page.locator("[data-terminal]:not([hidden]) .xterm-rows > div");
  return (await rows.allTextContents()).map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n");
}

/** Waits until the terminal shows it, and says what it showed instead. */
export async function shows(page: Page, text: string | RegExp, withinMs = 20_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (let shown = ""; ; await page.waitForTimeout(100)) {
    shown = await screen(page);
    if (typeof text === "string" ? shown.includes(text) : text.test(shown)) return;
    if (Date.now() > until) throw new Error(`the terminal does not show ${text}, but:\n${shown}`);
  }
}

/** What axe holds against the page as it is now; terminals draw letters of their own. */
export async function seriously(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page: page as never }).exclude(".xterm").analyze();
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" ")}`);
}

export async function openLab(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator("[data-terminal] textarea").first().waitFor({ state: "attached", timeout: 20_000 });
  await shows(page, /[$#] ?$/m);
}

export async function type(page: Page, line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

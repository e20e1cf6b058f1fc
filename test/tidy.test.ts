/** The rules of the house that a type checker cannot know. Each failure names its file and its remedy. */
import { expect, test } from "vitest";

const sources = import.meta.glob<string>("/{app,content,engine,test}/**/*.{ts,tsx,mjs}", { query: "?raw", import: "default", eager: true });

/** The engine, from the ground up. A folder may import itself and those named here; this table is the architecture. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ["core"],
  link: ["core", "wire"],
  net: ["core", "wire", "link"],
  netfilter: ["core", "wire", "link", "net"],
  ipvs: ["core", "wire", "net", "netfilter"],
  host: ["core", "wire", "link", "net", "netfilter", "ipvs"],
  kube: ["core", "wire"],
  apps: ["core", "wire", "net", "host", "kube"],
  node: ["core", "wire", "link", "net", "netfilter", "ipvs", "host", "kube", "apps"],
  shell: ["core", "host"],
  bin: ["core", "wire", "link", "net", "netfilter", "ipvs", "host", "kube", "node", "shell"],
  lab: ["core", "wire", "link", "net", "netfilter", "ipvs", "host", "kube", "node", "apps", "shell", "bin"],
};

/** Small, synchronous, pure packages (law 4); type-only imports cost nothing and are free. */
const PACKAGES = ["yaml", "@noble/hashes/sha2.js", "@noble/hashes/legacy.js"];

/** Whatever would let the outside world, or the machine it happens to run on, into the engine. */
const BANNED_IN_ENGINE: readonly (readonly [RegExp, string])[] = [
  [/\b(async\s+(function|\(|\w+\s*=>)|await\s|Promise\b)/, "a Task (core/task.ts)"],
  [/\b(setTimeout|setInterval|queueMicrotask)\b/, "scheduler.after()"],
  [/\b(new Date|Date\.now|Date\.UTC|performance\.)/, "world.scheduler.nowMs, core/date.ts"],
  [/\b(Math\.random|crypto\.)/, "rng.fork(name)"],
  [/\b(localeCompare|Intl\.|toLocaleString|toLocaleUpperCase|toLocaleLowerCase)\b/, "compare() (core/order.ts): locales differ between machines"],
  [/\b(console\.|globalThis\.)|["']node:/, "nothing: the engine has no outside (engine/tsconfig.json keeps DOM and Node out)"],
  [/\bMath\.(sin|cos|tan|exp|log|log2|log10|pow|cbrt|sinh|cosh|tanh|atan2?|asin|acos)\b/, "integer arithmetic: these may differ in the last bit between browsers"],
];

/** awk's own arithmetic is floating point by definition; its results are printed with six digits. */
const MAY_USE_FLOATING_POINT = /^\/engine\/(bin\/(awk|coreutils|jq)|shell)\//;

/** For Node, which has the whole engine at once; for a page, which fetches it in two pieces. */
const DOORS = ["/engine/index.ts", "/engine/page.ts", "/engine/tools.ts"];

const MAX_LINES = 500;

const code = Object.entries(sources).filter(([path]) => !path.includes("/generated/"));
const engine = code.filter(([path]) => path.startsWith("/engine/") && !path.endsWith(".test.ts"));

function imports(source: string): readonly { specifier: string; typeOnly: boolean }[] {
  return [...source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s)?["']([^"']+)["']/gm)].map(([, type, specifier = ""]) => ({ specifier, typeOnly: type !== undefined }));
}

test.each(engine)("%s imports only what lies beneath it", (path, source) => {
  const folder = path.split("/")[2] ?? "";
  for (const { specifier, typeOnly } of imports(source)) {
    if (!specifier.startsWith(".")) {
      if (!typeOnly) expect(PACKAGES, `engine/ may not use the package ${specifier}`).toContain(specifier);
      continue;
    }
    const target = new URL(specifier, `file://${path}`).pathname.split("/")[2] ?? "";
    if (DOORS.includes(path)) expect(target).toBe("lab");
    else expect([folder, ...(MAY_IMPORT[folder] ?? [])], `${folder}/ must not know ${target}/ (${specifier})`).toContain(target);
  }
});

test.each(engine)("%s keeps the outside out", (path, source) => {
  const bare = withoutCommentsAndTexts(source);
  for (const [banned, instead] of BANNED_IN_ENGINE) {
    if (instead.startsWith("integer") && MAY_USE_FLOATING_POINT.test(path)) continue;
    expect(bare.match(banned)?.[0], `use ${instead}`).toBeUndefined();
  }
});

test.each(code.filter(([path]) => /^\/(app|content)\//.test(path) && !/\.test\.tsx?$/.test(path)))("%s enters the engine by its front door", (path, source) => {
  for (const { specifier } of imports(source)) {
    const target = specifier.startsWith("@/") ? specifier.slice(1) : specifier.startsWith(".") ? new URL(specifier, `file://${path}`).pathname : "";
    if (target.startsWith("/engine")) expect(["/engine", ...DOORS.flatMap((door) => [door, door.replace(".ts", "")])], "import from @/engine").toContain(target);
    if (target.startsWith("/test")) expect.fail("app/ must not know test/");
  }
});

test.each(code)(`%s is at most ${MAX_LINES} lines long`, (_, source) => {
  expect(source.split("\n").length, "one idea a file: cut it").toBeLessThanOrEqual(MAX_LINES + 1);
});

test.each(engine)("%s says what it is before it begins", (_, source) => {
  expect(source.startsWith("/**"), "a header comment: what this is in the real world").toBe(true);
});

test.each(code)("%s leaves nothing undone", (path, source) => {
  if (path === "/test/tidy.test.ts") return;
  expect(source.match(/\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)/)?.[0]).toBeUndefined();
  expect(withoutCommentsAndTexts(source).match(/\b(it|test|describe)\.(only|todo)\b|\bas any\b/)?.[0]).toBeUndefined();
});

/** Texts are what tools print, and may say "await"; comments may say anything. */
function withoutCommentsAndTexts(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (text) => (text.startsWith('"node:') ? text : '""'))
    .replace(/`(?:[^`\\$]|\\.|\$(?!\{))*`/g, "``")
    .replace(/\/\/.*/g, "");
}

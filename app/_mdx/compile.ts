/**
 * From an author's MDX to something React can render on the server. Compiled code is kept by the hash of what it was made from, in
 * memory and under .cache/mdx, so that a lesson costs half a second once and nothing afterwards.
 */
import "server-only";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import rehypeShiki from "@shikijs/rehype/core";
import { bundleMDX } from "mdx-bundler";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { fences } from "./fences";
import { type Heading, headingsInto } from "./headings";
import { highlighter, THEME } from "./highlight";
import { LessonProblem, vocabularyCheck } from "./vocabulary-check";

export type Compiled = { readonly key: string; readonly code: string; readonly headings: readonly Heading[] };

/** Changes whenever what is made from the same source changes. */
const RECIPE = "3";
const memory = new Map<string, Promise<Compiled>>();

/** Throws LessonProblem, with file and line, for what an author may not write. */
export function compile(source: string, path: string): Promise<Compiled> {
  const key = createHash("sha256").update(`${RECIPE}\0${path}\0${source}`).digest("hex").slice(0, 24);
  const known = memory.get(key);
  if (known) return known;
  const compiled = fromDiskOr(key, () => bundle(key, source, path));
  memory.set(key, compiled);
  compiled.catch(() => memory.delete(key));
  return compiled;
}

async function fromDiskOr(key: string, make: () => Promise<Compiled>): Promise<Compiled> {
  const folder = join(/* turbopackIgnore: true */ process.cwd(), ".cache/mdx");
  const file = join(folder, `${key}.json`);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    const compiled = await make();
    await mkdir(folder, { recursive: true })
      .then(() => writeFile(`${file}.${process.pid}`, JSON.stringify(compiled)))
      .then(() => rename(`${file}.${process.pid}`, file))
      .catch(() => {}); // A disk that cannot be written costs speed, not the page.
    return compiled;
  }
}

async function bundle(key: string, source: string, path: string): Promise<Compiled> {
  const shiki = await highlighter();
  const headings: Heading[] = [];
  // Lessons are checked before esbuild sees them, whose reports would bury what is wrong.
  let refused: unknown;
  const remembering = (plugin: () => (tree: never) => void) => () => {
    const run = plugin();
    return (tree: never) => {
      try {
        run(tree);
      } catch (problem) {
        refused ??= problem;
        throw problem;
      }
    };
  };
  try {
    const { code } = await bundleMDX({
      source: withoutFrontMatter(source),
      mdxOptions(options) {
        // First, before the bundler's own plugins put an export of the front matter in.
        options.remarkPlugins = [remarkGfm, remembering(vocabularyCheck(path)), remembering(fences(path)), ...(options.remarkPlugins ?? [])];
        options.rehypePlugins = [...(options.rehypePlugins ?? []), rehypeSlug, headingsInto(headings), [rehypeShiki as never, shiki, { theme: THEME, fallbackLanguage: "text" }]];
        return options;
      },
      esbuildOptions(options) {
        options.target = "es2022";
        options.minify = false;
        options.logLevel = "silent";
        return options;
      },
    });
    return { key, code, headings };
  } catch (problem) {
    throw refused ?? new LessonProblem(explain(problem, path), { cause: problem });
  }
}

/** Blank lines in its place, so that a line's number is the one the author sees. */
function withoutFrontMatter(source: string): string {
  return source.replace(/^---\n[\s\S]*?\n---\n/, (head) => "\n".repeat(head.split("\n").length - 1));
}

/** esbuild wraps what the parser said: "Cannot process MDX file with esbuild:\n  1:1: Expected a closing tag for `<Gotcha>` (3:1-3:9)". */
function explain(problem: unknown, path: string): string {
  const [first] = (problem as { errors?: { text: string }[] }).errors ?? [];
  const said = first?.text ?? (problem instanceof Error ? problem.message : String(problem));
  const [, at = "1", message = said] = /(\d+):\d+: ([\s\S]*)$/.exec(said) ?? [];
  const line = /\((\d+):\d+/.exec(message)?.[1] ?? at;
  return `${path}:${line}: ${message}`;
}

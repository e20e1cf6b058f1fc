/**
 * The course as the site sees it: content/course.yaml, the front matter of each lesson, cards, glossary and labs, read and
 * checked once and again whenever a file under content/ has changed. A mistake is said with its file.
 */
import "server-only";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { type LabFiles, type LabSummary, labSummary } from "@/engine";
import { type ContentFiles, readContent, signatureOf } from "./content-files";

const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case words joined by hyphens");
const level = z.enum(["L0", "L1", "L2", "L3"]);

const courseYaml = z.strictObject({
  title: z.string(),
  summary: z.string(),
  modules: z.array(
    z.strictObject({
      slug,
      title: z.string(),
      summary: z.string(),
      lessons: z.array(z.union([slug.transform((name) => ({ slug: name, needs: [] })), z.strictObject({ slug, needs: z.array(z.string()).default([]) })])),
    }),
  ),
});

const frontMatter = z.strictObject({
  title: z.string(),
  summary: z.string(),
  level,
  minutes: z.number().int().positive(),
  topics: z.array(z.string()).default([]),
  related: z.array(z.string()).default([]),
});

const cardsYaml = z.array(z.strictObject({ id: slug, front: z.string(), back: z.string(), tags: z.array(z.string()).default([]) }));

export type Card = { readonly id: string; readonly front: string; readonly back: string; readonly tags: readonly string[] };

export type Lesson = z.output<typeof frontMatter> & {
  /** "module/lesson" */
  readonly id: string;
  readonly module: { readonly slug: string; readonly title: string };
  readonly needs: readonly string[];
  readonly source: string;
  readonly path: string;
  readonly cards: readonly Card[];
  readonly labs: readonly string[];
  readonly referredBy: readonly string[];
};

export type CourseModule = { readonly slug: string; readonly title: string; readonly summary: string; readonly lessons: readonly Lesson[] };

export type LabEntry = { readonly summary: LabSummary; readonly files: LabFiles; readonly debrief: string | undefined; readonly path: string; readonly lesson: string | undefined };

export type Course = {
  readonly title: string;
  readonly summary: string;
  readonly modules: readonly CourseModule[];
  readonly lessons: readonly Lesson[];
  readonly labs: readonly LabEntry[];
  readonly glossary: Readonly<Record<string, string>>;
  /** What the front page's terminal shows, and the lab it was typed in. */
  readonly home: { readonly lab: LabEntry; readonly transcript: string } | undefined;
};

export class ContentProblem extends Error {}

const FRESH_MS = 1000;
let kept: { readonly signature: string; readonly course: Course; lookedAt: number } | undefined;

/** The course as it is on disk; the disk is asked at most once a second. */
export async function loadCourse(): Promise<Course> {
  if (kept && Date.now() - kept.lookedAt < FRESH_MS) return kept.course;
  const root = join(/* turbopackIgnore: true */ process.cwd(), "content");
  const signature = await signatureOf(root);
  if (kept?.signature !== signature) kept = { signature, course: readCourse(await readContent(root)), lookedAt: 0 };
  kept.lookedAt = Date.now();
  return kept.course;
}

export async function findLesson(id: string): Promise<Lesson | undefined> {
  return (await loadCourse()).lessons.find((lesson) => lesson.id === id);
}

export async function findLab(id: string): Promise<LabEntry | undefined> {
  return (await loadCourse()).labs.find((lab) => lab.summary.id === id);
}

/** Pure: the texts of content/ in, the course out. */
export function readCourse(files: ContentFiles): Course {
  const { modules, ...head } = shaped(courseYaml, "course.yaml", yaml(files, "course.yaml"));
  const labs = readLabs(files);
  const plain = modules.map((module) => ({ ...module, lessons: module.lessons.map((entry) => readLesson(files, module, entry, labs)) }));
  const all = plain.flatMap((module) => module.lessons);
  mustBeKnown(all);
  const withLinks = (lesson: Lesson): Lesson => ({ ...lesson, referredBy: all.filter((other) => other.id !== lesson.id && other.source.includes(`/course/${lesson.id}`)).map((other) => other.id) });
  const linked = plain.map((module) => ({ ...module, lessons: module.lessons.map(withLinks) }));
  const glossary = files["glossary.yaml"] === undefined ? {} : shaped(z.record(z.string(), z.string()), "glossary.yaml", yaml(files, "glossary.yaml"));
  return { ...head, modules: linked, lessons: linked.flatMap((module) => module.lessons), labs, glossary, home: readHome(files, labs) };
}

/** home.transcript names its world in its first line: "// … world: payments". */
function readHome(files: ContentFiles, labs: readonly LabEntry[]): Course["home"] {
  const transcript = files["home.transcript"];
  if (transcript === undefined) return undefined;
  const world = /^\/\/.*\bworld: (\S+)/.exec(transcript)?.[1];
  const lab = labs.find(({ summary }) => summary.id === world);
  if (!lab) throw new ContentProblem("home.transcript:1: the first line names the lab it is typed in: // world: payments");
  return { lab, transcript };
}

function readLesson(files: ContentFiles, module: { slug: string; title: string }, entry: { slug: string; needs: string[] }, labs: readonly LabEntry[]): Lesson {
  const id = `${module.slug}/${entry.slug}`;
  const path = `${id}/lesson.mdx`;
  const source = files[path];
  if (source === undefined) throw new ContentProblem(`course.yaml: ${id} has no ${path}`);
  const head = /^---\n([\s\S]*?)\n---\n/.exec(source)?.[1];
  if (head === undefined) throw new ContentProblem(`${path}:1: the front matter (--- title, summary, level, minutes ---) is missing`);
  const cards = files[`${id}/cards.yaml`] === undefined ? [] : shaped(cardsYaml, `${id}/cards.yaml`, yaml(files, `${id}/cards.yaml`));
  const twice = cards.find((card, i) => cards.findIndex((other) => other.id === card.id) !== i);
  if (twice) throw new ContentProblem(`${id}/cards.yaml: two cards are called ${twice.id}`);
  return {
    ...shaped(frontMatter, path, parsedYaml(path, head)),
    id,
    module: { slug: module.slug, title: module.title },
    needs: entry.needs,
    source,
    path,
    cards,
    labs: labs.filter((lab) => lab.lesson === id).map((lab) => lab.summary.id),
    referredBy: [],
  };
}

/** Every folder with a lab.yaml is a lab; the one in a lesson's folder belongs to that lesson. */
function readLabs(files: ContentFiles): readonly LabEntry[] {
  const folders = Object.keys(files).flatMap((path) => /^(.*)\/lab\.yaml$/.exec(path)?.[1] ?? []);
  return folders.map((folder) => {
    const within = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`));
    const lab = Object.fromEntries(within.map(([path, text]) => [path.slice(folder.length + 1), text]));
    try {
      return { summary: labSummary(lab), debrief: lab["debrief.mdx"], files: lab, path: folder, lesson: /^([^/]+\/[^/]+)\/lab(\/|$)/.exec(folder)?.[1] };
    } catch (cause) {
      throw new ContentProblem(`${folder}/${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  });
}

function mustBeKnown(lessons: readonly Lesson[]): void {
  for (const [at, lesson] of lessons.entries()) {
    const unknown = [...lesson.needs, ...lesson.related].find((id) => !lessons.some((other) => other.id === id));
    if (unknown) throw new ContentProblem(`${lesson.path}: it names the lesson ${unknown}, which is not in course.yaml`);
    const later = lesson.needs.find((id) => lessons.findIndex((other) => other.id === id) >= at);
    if (later) throw new ContentProblem(`course.yaml: ${lesson.id} needs ${later}, which comes after it`);
  }
}

function yaml(files: ContentFiles, path: string): unknown {
  const text = files[path];
  if (text === undefined) throw new ContentProblem(`${path}: this file is missing`);
  return parsedYaml(path, text);
}

function parsedYaml(path: string, text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new ContentProblem(`${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function shaped<Schema extends z.ZodType>(schema: Schema, path: string, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ContentProblem(`${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
}

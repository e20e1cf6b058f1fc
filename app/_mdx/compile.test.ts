import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { readCourse } from "@/app/_server/course";
import { compile } from "./compile";
import { components } from "./components";
import { evaluate } from "./evaluate";

const COURSE = readCourse({ "course.yaml": "title: T\nsummary: S\nmodules: []\n", "glossary.yaml": "ClusterIP: An address that **no machine** has.\n" });
const CARDS = [{ id: "what", front: "What is `it`?", back: "That.", tags: [] }];

async function rendered(source: string): Promise<string> {
  const Prose = evaluate(await compile(source, "content/a/b/lesson.mdx"));
  return renderToStaticMarkup(createElement(Prose, { components: components({ path: "content/a/b/lesson.mdx", lesson: "a/b", cards: CARDS, course: COURSE, solved: new Set() }) }));
}

test.each([
  ["an import", 'import x from "fs"\n', "2: import and export are not allowed"],
  ["an export", "export const x = 1\n", "2: import and export are not allowed"],
  ["an expression", "\n1 + 1 = {1 + 1}\n", "3: a { } expression is not allowed"],
  ["HTML", "\n<script>alert(1)</script>\n", "3: <script>: raw HTML is not allowed"],
  ["HTML inside a word", "<Gotcha>\n\n<img src='x' onerror='y' />\n\n</Gotcha>\n", "4: <img>: raw HTML is not allowed"],
  ["an unknown word", "<Gotch>x</Gotch>\n", "2: <Gotch>: no such word; there are Aim, "],
  ["an unknown attribute", '<Gotcha colour="red">x</Gotcha>\n', '2: <Gotcha>: it takes no attribute "colour"; it takes title'],
  ["an expression as an attribute", "<Gotcha title={1}>x</Gotcha>\n", '2: <Gotcha>: "title" takes a text in quotes'],
  ["attributes spread in", "<Gotcha {...props}>x</Gotcha>\n", "2: <Gotcha>: { } is not allowed among its attributes"],
  ["a missing attribute", "<LabCard />\n", '2: <LabCard>: the attribute "id" is missing'],
  ["a word out of its place", "<Hint>x</Hint>\n", "2: <Hint> stands inside <Exercise>"],
  ["a link that runs", "[x](javascript:alert)\n", '2: a link to "javascript:alert": links begin with'],
  ["a picture from elsewhere", "![x](https://example.com/x.png)\n", "2: pictures come from this site"],
  ["an unknown word after console", "```console colour=red\nbastion$ ls\n```\n", '2: ```console does not know "colour=red"'],
])("%s is refused, with its line", async (_, source, message) => {
  await expect(compile(`\n${source}`, "lesson.mdx")).rejects.toThrow(`lesson.mdx:${message}`);
});

test("lines are counted from the top of the file, front matter included", async () => {
  await expect(compile("---\ntitle: x\n---\n\n<b>x</b>\n", "lesson.mdx")).rejects.toThrow("lesson.mdx:5: <b>");
});

test("what is not closed is told with its line", async () => {
  await expect(compile("\n\n<Gotcha>\n\nx\n", "lesson.mdx")).rejects.toThrow(/^lesson\.mdx:\d+: .*(closing|Gotcha)/);
});

test("headings are collected for the contents of the page", async () => {
  const { headings } = await compile("## One `of` them\n\n### Deeper\n\n## Two\n", "lesson.mdx");
  expect(headings).toEqual([
    { id: "one-of-them", text: "One of them", depth: 2 },
    { id: "deeper", text: "Deeper", depth: 3 },
    { id: "two", text: "Two", depth: 2 },
  ]);
});

test("a console block shows places, commands, output and status, and leads to the workbench", async () => {
  const html = await rendered("```console world=payments title=\"Who?\"\nbastion$ curl web\ncurl: (7) refused\n[exit 7]\n```\n");
  expect(html).toContain("Who?");
  expect(html).toContain('href="/labs/payments?from=a/b&amp;block=1"');
  expect(html).toContain("curl: (7) refused");
  expect(html).toContain("exit status 7");
});

test("every word of the vocabulary is rendered", async () => {
  const html = await rendered(`
<Aim>

- aim

</Aim>

<Exercise title="Do it">

<Hint>look</Hint>

<Solution>so</Solution>

</Exercise>

<Quiz question="Why?">
<Choice right because="yes">this</Choice>
</Quiz>

A <Term>ClusterIP</Term>. <Claim by="x.test.ts">true</Claim>

<PacketWalk>
<Hop at="node-1" packet="a > b" verdict="DNAT">there</Hop>
</PacketWalk>

<Flashcards ids="what" />

\`\`\`flow
a --b--> !c
\`\`\`
`);
  for (const text of ["aim", "Do it", "look", "Why?", "this", "no machine", "checked by x.test.ts", "DNAT", "What is", "failed"]) expect(html).toContain(text);
});

test("a term that the glossary does not have is an error", async () => {
  await expect(rendered("<Term>nothing</Term>\n")).rejects.toThrow("glossary.yaml does not have it");
});

/** Every page an author wrote is rendered with the site's own words, and every link in it leads somewhere. */
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { compile } from "@/app/_mdx/compile";
import { components } from "@/app/_mdx/components";
import { evaluate } from "@/app/_mdx/evaluate";
import { type Card, loadCourse } from "@/app/_server/course";

type Page = { readonly path: string; readonly source: string; readonly cards: readonly Card[]; readonly lesson?: string };

const course = await loadCourse();
const pages: readonly Page[] = [
  ...course.lessons.map(({ path, source, cards, id }) => ({ path, source, cards, lesson: id })),
  ...course.labs.map(({ path, summary }) => ({ path: `${path}/lab.yaml (story)`, source: summary.story, cards: [] })),
  ...course.labs.flatMap(({ path, debrief }) => (debrief === undefined ? [] : [{ path: `${path}/debrief.mdx`, source: debrief, cards: [] }])),
];

const addresses = new Set([
  ...["/", "/course", "/labs", "/practice", "/glossary", "/settings"],
  ...course.lessons.map(({ id }) => `/course/${id}`),
  ...course.labs.map(({ summary }) => `/labs/${summary.id}`),
]);

test.each(pages)("$path", async ({ path, source, cards, lesson }) => {
  const compiled = await compile(source, path);
  const words = components({ path, cards, course, solved: new Set(), ...(lesson ? { lesson } : {}) });
  const html = renderToStaticMarkup(createElement(evaluate(compiled), { components: words }));
  const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));
  const headings = new Set(compiled.headings.map(({ id }) => `#${id}`));
  const dead = links.filter((href) => (href.startsWith("/") ? !addresses.has(href.replace(/[?#].*/, "")) : href.startsWith("#") && !headings.has(href)));
  expect(dead).toEqual([]);
});

test("no two labs have the same name", () => {
  const ids = course.labs.map(({ summary }) => summary.id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

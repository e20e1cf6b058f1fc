import { expect, test } from "vitest";
import { readCourse } from "./course";

const COURSE = `
title: Course
summary: About
modules:
  - slug: services
    title: Services
    summary: Promises
    lessons:
      - first
      - { slug: second, needs: [services/first] }
`;
const lesson = (title: string, extra = "", body = "Text.") => `---\ntitle: ${title}\nsummary: s\nlevel: L0\nminutes: 5\n${extra}---\n\n${body}\n`;
const FILES = {
  "course.yaml": COURSE,
  "services/first/lesson.mdx": lesson("First"),
  "services/first/cards.yaml": "- { id: a, front: f, back: b }\n",
  "services/second/lesson.mdx": lesson("Second", "", "As in [the first](/course/services/first)."),
};

test("lessons come in the order of course.yaml, with their cards and who links to them", () => {
  const { lessons } = readCourse(FILES);
  expect(lessons.map(({ id, needs, cards, referredBy }) => ({ id, needs, cards: cards.length, referredBy }))).toEqual([
    { id: "services/first", needs: [], cards: 1, referredBy: ["services/second"] },
    { id: "services/second", needs: ["services/first"], cards: 0, referredBy: [] },
  ]);
});

test.each([
  ["a lesson without a file", { "services/first/lesson.mdx": undefined }, "course.yaml: services/first has no services/first/lesson.mdx"],
  ["a lesson without front matter", { "services/first/lesson.mdx": "Text." }, "services/first/lesson.mdx:1: the front matter"],
  ["an unknown level", { "services/first/lesson.mdx": lesson("First").replace("L0", "L9") }, "services/first/lesson.mdx: level"],
  ["a key nobody knows", { "services/first/lesson.mdx": lesson("First", "colour: red\n") }, 'services/first/lesson.mdx: : Unrecognized key: "colour"'],
  ["two cards of one name", { "services/first/cards.yaml": "- { id: a, front: f, back: b }\n- { id: a, front: f, back: b }\n" }, "services/first/cards.yaml: two cards are called a"],
  ["a related lesson that is not there", { "services/first/lesson.mdx": lesson("First", "related: [services/none]\n") }, "it names the lesson services/none, which is not in course.yaml"],
  ["a need that comes later", { "course.yaml": COURSE.replace("- first", "- { slug: first, needs: [services/second] }") }, "course.yaml: services/first needs services/second, which comes after it"],
  ["broken YAML", { "course.yaml": "modules: [" }, "course.yaml: "],
])("%s is told with its file", (_, change, message) => {
  const files = Object.fromEntries(Object.entries({ ...FILES, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined));
  expect(() => readCourse(files)).toThrow(message);
});

test("a broken lab is told with its folder", () => {
  expect(() => readCourse({ ...FILES, "services/first/lab/lab.yaml": "id: x\n" })).toThrow(/^services\/first\/lab\/lab\.yaml/);
});

import { beforeEach, expect, test, vi } from "vitest";
import { freshDatabase } from "@/test/support/database";
import { asGuest } from "@/test/support/guest";

vi.mock("next/headers", () => import("@/test/support/guest"));
vi.stubEnv("DATABASE_URL", freshDatabase());

const { loadCourse } = await import("./course");
const { setNewPerDay } = await import("./own-data");
const { answer, practice, undo } = await import("./practice");
const { markRead } = await import("./progress");

const HOUR_MS = 3600_000;
const NOW = new Date("2026-11-20T12:00:00Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);
const [lesson] = (await loadCourse()).lessons.filter(({ cards }) => cards.length > 1);
if (!lesson) throw new Error("no lesson has cards");

beforeEach(() => asGuest(new Map()));

test("cards come with the lesson that was read, not before", async () => {
  expect((await practice(NOW)).due).toEqual([]);
  await markRead(lesson.id, true);
  expect((await practice(NOW)).due.map((card) => card.id)).toEqual(lesson.cards.map((card) => card.id));
});

test("a card that was known goes away for days; one that was not is back in minutes", async () => {
  await markRead(lesson.id, true);
  const [known, unknown] = (await practice(NOW)).due;
  await answer(known?.key ?? "", 4, NOW);
  await answer(unknown?.key ?? "", 1, NOW);
  const dueAt = async (at: Date) => (await practice(at)).due.filter((card) => !card.isNew).map((card) => card.key);
  expect(await dueAt(NOW)).toEqual([unknown?.key]);
  expect(await dueAt(later(24 * HOUR_MS))).toEqual([unknown?.key]);
  expect(new Set(await dueAt(later(90 * 24 * HOUR_MS)))).toEqual(new Set([unknown?.key, known?.key]));
});

test("undo puts the card back where it was", async () => {
  await markRead(lesson.id, true);
  const before = await practice(NOW);
  await answer(before.due[0]?.key ?? "", 3, NOW);
  await answer(before.due[0]?.key ?? "", 3, later(1000));
  await undo(later(2000));
  await undo(later(3000));
  expect((await practice(NOW)).due).toEqual(before.due);
  await undo(later(4000)); // Nothing is left to take back.
});

test("the day's new cards are limited", async () => {
  await markRead(lesson.id, true);
  await setNewPerDay(1);
  const { due } = await practice(NOW);
  expect(due).toHaveLength(1);
  await answer(due[0]?.key ?? "", 4, NOW);
  expect((await practice(NOW)).due).toEqual([]);
});

test("an answer to a card that does not exist changes nothing", async () => {
  await markRead(lesson.id, true);
  await answer("services/none#nothing", 3, NOW);
  expect((await practice(NOW)).reviewedToday).toBe(0);
});

/** What a learner has read and where they are. "Not yet anybody" is an empty answer, never an error. */
import "server-only";
import { cache } from "react";
import { db } from "./db";
import { viewer, viewerForWriting } from "./viewer";

export type Progress = {
  /** Lessons marked as read. */
  readonly read: ReadonlySet<string>;
  readonly solved: ReadonlySet<string>;
  /** The lesson last looked at and not yet read, and the heading there. */
  readonly resume: { readonly lesson: string; readonly place: string } | undefined;
  readonly places: ReadonlyMap<string, string>;
};

export const progress = cache(async (): Promise<Progress> => {
  const learner = await viewer();
  if (!learner) return { read: new Set(), solved: new Set(), resume: undefined, places: new Map() };
  const client = await db();
  const [lessons, completed] = await Promise.all([
    client.lessonProgress.findMany({ where: { learnerId: learner.id }, orderBy: { visitedAt: "desc" } }),
    client.completion.findMany({ where: { learnerId: learner.id } }),
  ]);
  return {
    read: new Set(lessons.filter((row) => row.readAt).map((row) => row.lesson)),
    solved: new Set(completed.map((row) => row.labId)),
    resume: lessons.find((row) => !row.readAt),
    places: new Map(lessons.map((row) => [row.lesson, row.place])),
  };
});

/** Remembers the heading somebody is at. */
export async function visit(lesson: string, place: string): Promise<void> {
  const { id: learnerId } = await viewerForWriting();
  const seen = { place, visitedAt: new Date() };
  await (await db()).lessonProgress.upsert({ where: { learnerId_lesson: { learnerId, lesson } }, create: { learnerId, lesson, ...seen }, update: seen });
}

export async function markRead(lesson: string, read: boolean): Promise<void> {
  const { id: learnerId } = await viewerForWriting();
  const readAt = read ? new Date() : null;
  await (await db()).lessonProgress.upsert({ where: { learnerId_lesson: { learnerId, lesson } }, create: { learnerId, lesson, readAt }, update: { readAt } });
}

/** Everything the site knows about a guest, for them to take away. */
import "server-only";
import { db } from "./db";
import { viewer, viewerForWriting } from "./viewer";

export async function exported(): Promise<object> {
  const learner = await viewer();
  if (!learner) return { format: 1, learner: null };
  const where = { learnerId: learner.id };
  const client = await db();
  const [lessons, attempts, completions, cards, reviews] = await Promise.all([
    client.lessonProgress.findMany({ where }),
    client.attempt.findMany({ where, include: { pieces: { orderBy: { first: "asc" } } } }),
    client.completion.findMany({ where }),
    client.cardState.findMany({ where }),
    client.review.findMany({ where, orderBy: { id: "asc" } }),
  ]);
  const worlds = attempts.map(({ pieces, labId, seed, engineVersion, endUs, endEvents, goalsMet, createdAt, completedAt }) => ({
    goalsMet: JSON.parse(goalsMet),
    createdAt,
    completedAt,
    journal: { format: 1, lab: labId, engineVersion, seed, entries: pieces.flatMap((piece) => JSON.parse(piece.entries)), endUs, endEvents },
  }));
  const anonymous = <Row extends { learnerId: string }>(rows: readonly Row[]) => rows.map(({ learnerId: _, ...row }) => row);
  return {
    format: 1,
    learner: { createdAt: learner.createdAt, newPerDay: learner.newPerDay },
    lessons: anonymous(lessons),
    labs: worlds,
    completions: anonymous(completions),
    cards: anonymous(cards),
    reviews: anonymous(reviews),
  };
}

export async function setNewPerDay(newPerDay: number): Promise<void> {
  const { id } = await viewerForWriting();
  await (await db()).learner.update({ where: { id }, data: { newPerDay } });
}

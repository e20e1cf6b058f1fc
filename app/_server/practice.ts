/**
 * Flashcards over time. A lesson's cards join the practice when the lesson is marked as read; after that FSRS (ts-fsrs) says when
 * each comes back. Every answer is kept with the state before it, so the last one can be taken back.
 */
import "server-only";
import { type CardInput, createEmptyCard, fsrs, type Grade, type State } from "ts-fsrs";
import { inWords } from "@/app/_ui/durations";
import type { CardState } from "@/prisma/generated/client";
import { type Card, loadCourse } from "./course";
import { db } from "./db";
import { progress } from "./progress";
import { viewer, viewerForWriting } from "./viewer";

export type DueCard = Card & {
  /** "module/lesson#card" */
  readonly key: string;
  readonly lesson: { readonly id: string; readonly title: string };
  readonly isNew: boolean;
  /** What each answer would do: "10 min", "3 days". */
  readonly intervals: Readonly<Record<1 | 2 | 3 | 4, string>>;
};

export type Practice = { readonly due: readonly DueCard[]; readonly nextDue: Date | undefined; readonly known: number; readonly reviewedToday: number; readonly canUndo: boolean };

const scheduler = fsrs({ enable_fuzz: true });
const UNDO_MS = 3600_000;
const LEARN_AHEAD_MS = 60_000;

export async function practice(now = new Date()): Promise<Practice> {
  const [learner, { read }, course] = await Promise.all([viewer(), progress(), loadCourse()]);
  if (!learner) return { due: [], nextDue: undefined, known: 0, reviewedToday: 0, canUndo: false };
  const client = await db();
  const [states, today] = await Promise.all([
    client.cardState.findMany({ where: { learnerId: learner.id } }),
    client.review.findMany({ where: { learnerId: learner.id, reviewedAt: { gte: startOfDay(now) } }, orderBy: { id: "desc" } }),
  ]);
  const byKey = new Map(states.map((state) => [state.card, state]));
  const cards = course.lessons.filter((lesson) => read.has(lesson.id)).flatMap((lesson) => lesson.cards.map((card) => ({ ...card, key: `${lesson.id}#${card.id}`, lesson: { id: lesson.id, title: lesson.title } })));

  const startedToday = new Set(today.filter((review) => review.before === "").map((review) => review.card)).size;
  const soon = new Date(now.getTime() + LEARN_AHEAD_MS);
  const seen = cards.flatMap((card) => byKey.get(card.key) ?? []);
  const again = cards.filter((card) => (byKey.get(card.key)?.due ?? Infinity) <= soon).sort((a, b) => Number(byKey.get(a.key)?.due) - Number(byKey.get(b.key)?.due));
  const fresh = cards.filter((card) => !byKey.has(card.key)).slice(0, Math.max(0, learner.newPerDay - startedToday));
  const later = seen.map((state) => state.due).filter((due) => due > soon).sort((a, b) => Number(a) - Number(b));
  return {
    due: [...again, ...fresh].map((card) => ({ ...card, isNew: !byKey.has(card.key), intervals: intervalsOf(byKey.get(card.key), now) })),
    nextDue: later[0],
    known: seen.length,
    reviewedToday: today.length,
    canUndo: today.some((review) => now.getTime() - review.reviewedAt.getTime() < UNDO_MS),
  };
}

export async function answer(key: string, rating: Grade, now = new Date()): Promise<void> {
  const course = await loadCourse();
  if (!course.lessons.some((lesson) => lesson.cards.some((card) => `${lesson.id}#${card.id}` === key))) return;
  const { id: learnerId } = await viewerForWriting();
  await (await db()).$transaction(async (tx) => {
    const state = await tx.cardState.findUnique({ where: { learnerId_card: { learnerId, card: key } } });
    const { card: next } = scheduler.next(cardOf(state, now), now, rating);
    const fields = {
      due: next.due,
      stability: next.stability,
      difficulty: next.difficulty,
      scheduledDays: next.scheduled_days,
      learningSteps: next.learning_steps,
      reps: next.reps,
      lapses: next.lapses,
      state: next.state,
      lastReview: next.last_review ?? null,
    };
    await tx.cardState.upsert({ where: { learnerId_card: { learnerId, card: key } }, create: { learnerId, card: key, ...fields }, update: fields });
    await tx.review.create({ data: { learnerId, card: key, rating, reviewedAt: now, before: state ? JSON.stringify(state) : "" } });
  });
}

/** Takes the last answer back, if it was given within the hour. */
export async function undo(now = new Date()): Promise<void> {
  const { id: learnerId } = await viewerForWriting();
  await (await db()).$transaction(async (tx) => {
    const last = await tx.review.findFirst({ where: { learnerId, reviewedAt: { gte: new Date(now.getTime() - UNDO_MS) } }, orderBy: { id: "desc" } });
    if (!last) return;
    await tx.review.delete({ where: { id: last.id } });
    const where = { learnerId_card: { learnerId, card: last.card } };
    if (last.before === "") await tx.cardState.delete({ where });
    else await tx.cardState.update({ where, data: JSON.parse(last.before) });
  });
}

function cardOf(state: CardState | null | undefined, now: Date): CardInput {
  if (!state) return createEmptyCard(now);
  return {
    due: state.due,
    stability: state.stability,
    difficulty: state.difficulty,
    elapsed_days: 0, // Deprecated in ts-fsrs: it goes by last_review.
    scheduled_days: state.scheduledDays,
    learning_steps: state.learningSteps,
    reps: state.reps,
    lapses: state.lapses,
    state: state.state as State,
    ...(state.lastReview ? { last_review: state.lastReview } : {}),
  };
}

function intervalsOf(state: CardState | undefined, now: Date): DueCard["intervals"] {
  const preview = scheduler.repeat(cardOf(state, now), now);
  const after = (rating: Grade) => inWords(preview[rating].card.due.getTime() - now.getTime());
  return { 1: after(1), 2: after(2), 3: after(3), 4: after(4) };
}

function startOfDay(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}

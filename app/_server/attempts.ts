/**
 * A learner's worlds. The journal only ever grows, in pieces: a piece is taken when it begins exactly where the stored journal ends,
 * so two tabs cannot tear it, and a piece sent twice is stored once.
 */
import "server-only";
import { ENGINE_VERSION, type GoalState, type Journal } from "@/engine";
import type { Attempt } from "@/prisma/generated/client";
import { findLab } from "./course";
import { db } from "./db";
import { Refused } from "./guard";
import { verify } from "./verify";
import { viewer, viewerForWriting } from "./viewer";

export const MOST_JOURNAL_BYTES = 4_000_000;

/** What has come to a journal since the last time: entries from the index `first` on, and how far the world has come. */
export type JournalTail = Pick<Journal, "entries" | "endUs" | "endEvents"> & { readonly first: number };

export type Saved = { readonly id: string; readonly journal: Journal; readonly goalsMet: readonly string[]; readonly completedAt: string | null };

/** The world to go on with: the last one that was begun. */
export async function lastAttempt(labId: string): Promise<Saved | undefined> {
  const learner = await viewer();
  if (!learner) return undefined;
  const client = await db();
  const attempt = await client.attempt.findFirst({ where: { learnerId: learner.id, labId }, orderBy: { createdAt: "desc" } });
  return attempt ? { id: attempt.id, journal: await journalOf(attempt), goalsMet: JSON.parse(attempt.goalsMet), completedAt: attempt.completedAt?.toISOString() ?? null } : undefined;
}

/** A new world for the lab; earlier ones of the same lab are let go, what was earned in them stays. */
export async function begin(labId: string, seed: number): Promise<string> {
  if (!(await findLab(labId))) throw new Refused(404, "There is no such lab.");
  const { id: learnerId } = await viewerForWriting();
  const client = await db();
  return client.$transaction(async (tx) => {
    await tx.attempt.deleteMany({ where: { learnerId, labId } });
    return (await tx.attempt.create({ data: { learnerId, labId, seed, engineVersion: ENGINE_VERSION } })).id;
  });
}

/** Appends to the journal. Answers how long it is now; a Refused 409 says that another tab has gone on with it. */
export async function append(id: string, { first, entries, endUs, endEvents }: JournalTail): Promise<number> {
  const attempt = await mine(id);
  const text = JSON.stringify(entries);
  return (await db()).$transaction(async (tx) => {
    const { entries: stored, bytes } = await tx.attempt.findUniqueOrThrow({ where: { id: attempt.id } });
    if (first + entries.length <= stored && entries.length > 0) return stored; // Sent twice.
    if (first !== stored) throw new Refused(409, "This lab has gone on in another tab.");
    if (bytes + text.length > MOST_JOURNAL_BYTES) throw new Refused(413, "This world has grown too large to be saved.");
    if (entries.length > 0) await tx.journalPiece.create({ data: { attemptId: id, first, entries: text } });
    const length = stored + entries.length;
    await tx.attempt.update({ where: { id }, data: { entries: length, bytes: bytes + text.length, endUs, endEvents } });
    return length;
  });
}

/** Replays what is stored and remembers what that shows. The only way to a completion. */
export async function judge(id: string): Promise<{ readonly goals: readonly GoalState[]; readonly completed: boolean; readonly score: number }> {
  const attempt = await mine(id);
  const lab = await findLab(attempt.labId);
  if (!lab) throw new Refused(404, "There is no such lab.");
  const shown = await verify(lab.files, await journalOf(attempt), attempt.learnerId);
  const client = await db();
  const goalsMet = JSON.stringify(shown.goals.filter((goal) => goal.met).map((goal) => goal.id));
  await client.attempt.update({ where: { id }, data: { goalsMet, ...(shown.completed && !attempt.completedAt ? { completedAt: new Date() } : {}) } });
  if (shown.completed) {
    const { learnerId, labId, engineVersion } = attempt;
    const earned = { engineVersion, stateHash: shown.stateHash, score: shown.score };
    await client.completion.upsert({ where: { learnerId_labId: { learnerId, labId } }, create: { learnerId, labId, ...earned }, update: {} });
  }
  return { goals: shown.goals, completed: shown.completed, score: shown.score };
}

async function mine(id: string): Promise<Attempt> {
  const [learner, client] = await Promise.all([viewer(), db()]);
  const attempt = learner && (await client.attempt.findFirst({ where: { id, learnerId: learner.id } }));
  if (!attempt) throw new Refused(404, "There is no such attempt.");
  return attempt;
}

async function journalOf(attempt: Attempt): Promise<Journal> {
  const pieces = await (await db()).journalPiece.findMany({ where: { attemptId: attempt.id }, orderBy: { first: "asc" } });
  const { labId: lab, engineVersion, seed, endUs, endEvents } = attempt;
  return { format: 1, lab, engineVersion, seed, entries: pieces.flatMap((piece) => JSON.parse(piece.entries)), endUs, endEvents };
}

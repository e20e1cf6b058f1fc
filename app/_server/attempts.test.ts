import { beforeEach, expect, test, vi } from "vitest";
import { type Journal, openSession, type Session, typeLine } from "@/engine";
import { freshDatabase } from "@/test/support/database";
import { asGuest } from "@/test/support/guest";

vi.mock("next/headers", () => import("@/test/support/guest"));
vi.stubEnv("DATABASE_URL", freshDatabase());

const { append, begin, judge, lastAttempt, MOST_JOURNAL_BYTES } = await import("./attempts");
const { findLab } = await import("./course");
const { progress } = await import("./progress");

const SEED = 7;
const key = (atUs: number, text: string): Journal["entries"][number] => ({ atUs, afterEvents: 0, input: { kind: "keys", terminal: "t1", text } });
const tail = (first: number, ...texts: readonly string[]) => ({ first, entries: texts.map((text, i) => key(i, text)), endUs: 1000, endEvents: 10 });

beforeEach(() => asGuest(new Map()));

async function solved(): Promise<Session> {
  const lab = await findLab("payments");
  if (!lab) throw new Error("the payments lab is gone");
  const session = openSession(lab.files, { seed: SEED });
  typeLine(session, "bastion", `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`);
  for (let seconds = 0; seconds < 30 && !session.completed; seconds++) session.run(1000);
  return session;
}

test("a journal comes back as it was sent, in whatever pieces", async () => {
  const id = await begin("payments", SEED);
  expect(await append(id, tail(0, "a", "b"))).toBe(2);
  expect(await append(id, tail(2, "c"))).toBe(3);
  expect((await lastAttempt("payments"))?.journal.entries.map(({ input }) => input.kind === "keys" && input.text)).toEqual(["a", "b", "c"]);
});

test("a piece sent twice is stored once; one that does not fit is refused", async () => {
  const id = await begin("payments", SEED);
  await append(id, tail(0, "a", "b"));
  expect(await append(id, tail(0, "a", "b"))).toBe(2);
  await expect(append(id, tail(1, "x", "y"))).rejects.toMatchObject({ status: 409 });
  await expect(append(id, tail(5, "x"))).rejects.toMatchObject({ status: 409 });
});

test("a journal does not grow without end", async () => {
  const id = await begin("payments", SEED);
  await expect(append(id, tail(0, "x".repeat(MOST_JOURNAL_BYTES)))).rejects.toMatchObject({ status: 413 });
});

test("nobody touches the attempt of another guest", async () => {
  const id = await begin("payments", SEED);
  asGuest(new Map());
  await expect(append(id, tail(0, "a"))).rejects.toMatchObject({ status: 404 });
  await expect(judge(id)).rejects.toMatchObject({ status: 404 });
  expect(await lastAttempt("payments")).toBeUndefined();
});

test("a lab that does not exist cannot be begun", async () => {
  await expect(begin("nothing", SEED)).rejects.toMatchObject({ status: 404 });
});

test("what the replay shows is awarded", async () => {
  const { entries, endUs, endEvents } = (await solved()).journal();
  const id = await begin("payments", SEED);
  await append(id, { first: 0, entries, endUs, endEvents });
  expect((await judge(id)).completed).toBe(true);
  expect([...(await progress()).solved]).toEqual(["payments"]);
});

test("a journal that solves nothing earns nothing", async () => {
  const id = await begin("payments", SEED);
  const session = openSession((await findLab("payments"))?.files ?? {}, { seed: SEED });
  session.run(2000);
  const { entries, endUs, endEvents } = session.journal();
  await append(id, { first: 0, entries, endUs, endEvents });
  const { completed, goals } = await judge(id);
  expect({ completed, customers: goals.find((goal) => goal.id === "customers")?.met }).toEqual({ completed: false, customers: false });
});

test("a journal that leads nowhere is refused, not believed", async () => {
  const id = await begin("payments", SEED);
  await append(id, { ...tail(0, "a"), endEvents: Number.MAX_SAFE_INTEGER });
  await expect(judge(id)).rejects.toMatchObject({ status: 422 });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JournalEntry } from "@/engine";
import type { Saving, Verdict } from "./lab-store";
import { Saver } from "./saver";

type Call = { readonly path: string; readonly body: { first?: number; entries?: readonly JournalEntry[] } };

let calls: Call[] = [];
let answers: (number | "no network")[] = [];
let said: (Saving | Verdict | undefined)[] = [];

beforeEach(() => {
  calls = [];
  answers = [];
  said = [];
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const status = answers.shift() ?? 200;
    if (status === "no network") throw new TypeError("Failed to fetch");
    calls.push({ path, body: JSON.parse(String(init.body)) });
    return Response.json({ id: "a1", completed: true }, { status });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function saver(attempt?: string): Saver {
  return new Saver("payments", 7, attempt, ({ saving, verdict }) => said.push(saving ?? verdict));
}

function tail(first: number, ...texts: readonly string[]) {
  const entries = texts.map((text, i): JournalEntry => ({ atUs: first + i, afterEvents: 0, input: { kind: "keys", terminal: "t1", text } }));
  return { first, entries, endUs: first + texts.length, endEvents: 0 };
}

const typed = () => calls.filter(({ path }) => path.endsWith("/journal")).map(({ body }) => [body.first, ...(body.entries ?? []).map(({ input }) => input.kind === "keys" && input.text)]);

test("an attempt begins with the first key, not with opening the page", async () => {
  const mine = saver();
  mine.keep({ ...tail(0), entries: [{ atUs: 0, afterEvents: 0, input: { kind: "open", terminal: "t1", place: "bastion", columns: 80, rows: 24 } }] });
  await vi.advanceTimersByTimeAsync(1000);
  expect(calls).toEqual([]);
  mine.keep(tail(1, "l"));
  await mine.flush();
  expect(calls.map(({ path }) => path)).toEqual(["/api/attempts", "/api/attempts/a1/journal"]);
  expect(calls[1]?.body.entries).toHaveLength(2);
});

test("what comes while a piece is under way is the next piece", async () => {
  const mine = saver("a1");
  mine.keep(tail(0, "a", "b"));
  mine.keep(tail(2, "c"));
  await mine.flush();
  expect(typed()).toEqual([[0, "a", "b"], [2, "c"]]);
  expect(said.at(-1)).toBe("saved");
});

test("a lost network is waited out, and nothing is lost with it", async () => {
  answers = ["no network", "no network"];
  const mine = saver("a1");
  mine.keep(tail(0, "a"));
  await vi.advanceTimersByTimeAsync(1000);
  expect(said.at(-1)).toBe("offline");
  mine.keep(tail(1, "b"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(typed()).toEqual([[0, "a", "b"]]);
  expect(said.at(-1)).toBe("saved");
});

test.each([
  [409, "elsewhere"],
  [404, "gone"],
  [413, "too large"],
] as const)("after a %i nothing more is sent: %s", async (status, saving) => {
  answers = [status];
  const mine = saver("a1");
  mine.keep(tail(0, "a"));
  await mine.flush();
  mine.keep(tail(1, "b"));
  await mine.flush();
  expect(said.at(-1)).toBe(saving);
  expect(typed()).toEqual([[0, "a"]]);
});

test.each([
  [429, "crowded", 60_000],
  [500, "trouble", 4000],
] as const)("after a %i it says %s, and tries again", async (status, saving, afterMs) => {
  answers = [status];
  const mine = saver();
  mine.keep(tail(0, "a"));
  await vi.advanceTimersByTimeAsync(afterMs - 1);
  expect(said.at(-1)).toBe(saving);
  expect(typed()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(typed()).toEqual([[0, "a"]]);
  expect(said.at(-1)).toBe("saved");
});

test("the server judges what is stored, not what is on the way", async () => {
  const mine = saver("a1");
  mine.keep(tail(0, "a"));
  await mine.judge();
  expect(calls.map(({ path }) => path)).toEqual(["/api/attempts/a1/journal", "/api/attempts/a1/judge"]);
  expect(said.at(-1)).toBe("confirmed");
});

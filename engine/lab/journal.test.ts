import { expect, test } from "vitest";
import { readJournal } from "./journal";

const GOOD = { format: 1, lab: "payments", engineVersion: "0.1.0", seed: 1, endUs: 20, endEvents: 9, entries: [{ atUs: 10, afterEvents: 7, input: { kind: "line", place: "bastion", text: "ls" } }] };

test("a journal is read as it was written", () => {
  expect(readJournal(JSON.stringify(GOOD))).toEqual(GOOD);
});

test.each([
  ["nonsense", "{", "journal: this is not JSON"],
  ["another format", JSON.stringify({ ...GOOD, format: 2 }), "journal.format: expected format 1"],
  ["a claim it could not make itself", JSON.stringify({ ...GOOD, completed: true }), 'journal: unknown key "completed"; known here: format, lab, engineVersion, seed, entries, endUs, endEvents'],
  ["time that runs backwards", JSON.stringify({ ...GOOD, entries: [...GOOD.entries, { ...GOOD.entries[0], atUs: 9 }] }), "journal.entries[1].atUs: expected entries in the order of time, and none after the end"],
  ["an endless world", JSON.stringify({ ...GOOD, endUs: 1e18 }), "journal.endUs: expected a time of at most thirty days"],
  ["an unknown doing", JSON.stringify({ ...GOOD, entries: [{ atUs: 1, afterEvents: 0, input: { kind: "cheat" } }] }), "journal.entries[0].input.kind: expected one of open, keys, resize, close, line, interrupt, hangup, edited, hint"],
])("%s is refused", (_, text, message) => {
  expect(() => readJournal(text)).toThrow(message);
});

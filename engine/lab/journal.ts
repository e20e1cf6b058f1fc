/**
 * The journal: every input with its moment. Seed and journal are the whole saved state, so what
 * comes from outside (a browser, a file) is read with suspicion and bounded.
 */
import { type Input, type Journal, type JournalEntry, LabProblem } from "./contract";
import { Shape } from "./shape";

/** A learner who types for a week writes less than this. */
const MOST_ENTRIES = 200_000;
const MOST_TEXT = 1 << 20;
/** Thirty days of the world's time. */
const LONGEST_US = 30 * 86_400 * 1_000_000;

/** From JSON text. Throws LabProblem. */
export function readJournal(text: string): Journal {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new LabProblem("journal: this is not JSON");
  }
  return checkJournal(parsed);
}

/** From parsed JSON. Throws LabProblem. */
export function checkJournal(value: unknown): Journal {
  const top = new Shape(value, "journal").fields(["format", "lab", "engineVersion", "seed", "entries", "endUs", "endEvents"]);
  if (top.format.value !== 1) top.format.fail("expected format 1");
  const entries = top.entries.list();
  if (entries.length > MOST_ENTRIES) top.entries.fail(`expected at most ${MOST_ENTRIES} entries`);
  const endUs = top.endUs.number();
  if (endUs < 0 || endUs > LONGEST_US) top.endUs.fail("expected a time of at most thirty days");
  let lastUs = 0;
  const read = entries.map((entry): JournalEntry => {
    const { atUs, afterEvents, input } = entry.fields(["atUs", "afterEvents", "input"]);
    const at = atUs.number();
    if (at < lastUs || at > endUs) atUs.fail("expected entries in the order of time, and none after the end");
    lastUs = at;
    return { atUs: at, afterEvents: afterEvents.number(), input: readInput(input) };
  });
  return { format: 1, lab: top.lab.text(), engineVersion: top.engineVersion.text(), seed: top.seed.number(), entries: read, endUs, endEvents: top.endEvents.number() };
}

function readInput(shape: Shape): Input {
  const all = shape.fields(["kind", "terminal", "place", "columns", "rows", "text", "id"]);
  const bounded = (text: Shape): string => {
    const value = typeof text.value === "string" ? text.value : text.fail("expected a text");
    return value.length > MOST_TEXT ? text.fail("this text is too long") : value;
  };
  const kind = all.kind.oneOf(["open", "keys", "resize", "close", "line", "interrupt", "hangup", "edited", "hint"]);
  switch (kind) {
    case "open":
      return { kind, terminal: all.terminal.text(), place: all.place.text(), columns: all.columns.number(), rows: all.rows.number() };
    case "keys":
      return { kind, terminal: all.terminal.text(), text: bounded(all.text) };
    case "resize":
      return { kind, terminal: all.terminal.text(), columns: all.columns.number(), rows: all.rows.number() };
    case "close":
      return { kind, terminal: all.terminal.text() };
    case "line":
      return { kind, place: all.place.text(), text: bounded(all.text) };
    case "interrupt":
    case "hangup":
      return { kind, place: all.place.text() };
    case "edited":
      return { kind, id: all.id.text(), text: all.text.value === null ? null : bounded(all.text) };
    case "hint":
      return { kind, id: all.id.text() };
  }
}

/// <reference lib="webworker" />
/**
 * The Web Worker the engine lives in. It owns the only real clock: every 16 ms it lets the world live as long as has passed, in
 * slices short enough that a keystroke is never far, and posts what came of it. When the page cannot draw as fast as the world
 * prints, the world waits.
 */
import { type Output, openSession, type Session, typeLine } from "@/engine";
import type { FromWorker, OpenTerminal, Printed, ScriptStep, ToWorker } from "./protocol";
import { terminalsOf } from "./terminals-of";

const TICK_MS = 16;
/** Wall time a tick may take; the rest of it is for messages. */
const BUDGET_MS = 11;
const SLICE_EVENTS = 1500;
/** What a world that is too busy falls behind is forgotten: it runs slower, it does not pile up. */
const MOST_DEBT_MS = 250;
const MOST_UNDRAWN = 400_000;
const TAIL_EVERY_MS = 1000;
const CLOCK_EVERY_MS = 250;
/** A tab that was forgotten must not grow a journal that takes minutes to replay. */
const IDLE_MS = 15 * 60_000;

let session: Session | undefined;
let speed = 1;
let lastTickAt = 0;
let debtMs = 0;
let skipMs = 0;
let undrawn = 0;
let sent = { entries: 0, at: 0, endUs: 0 };
let clockAt = 0;
let doneAt = 0;

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  try {
    receive(data);
  } catch (problem) {
    post({ kind: "problem", message: messageOf(problem), atReplay: data.kind === "open" && data.journal !== undefined });
    session = undefined;
  }
});

function receive(data: ToWorker): void {
  if (data.kind !== "drawn") doneAt = performance.now();
  switch (data.kind) {
    case "open":
      return open(data);
    case "input":
      return session?.apply(data.input);
    case "speed":
      speed = data.speed;
      return;
    case "skip":
      skipMs += data.ms;
      return;
    case "drawn":
      undrawn = Math.max(0, undrawn - data.characters);
      return;
    case "journal":
      if (session) post({ kind: "journal", request: data.request, journal: session.journal(), stateHash: session.stateHash() });
  }
}

function open({ files, seed, journal, script }: Extract<ToWorker, { kind: "open" }>): void {
  const began = performance.now();
  session = openSession(files, { seed, ...(journal ? { journal } : {}) });
  const printed = script.flatMap((step) => play(session as Session, step));
  const opened = session.journal();
  const terminals: readonly OpenTerminal[] = terminalsOf(opened);
  sent = { entries: opened.entries.length, at: performance.now(), endUs: opened.endUs };
  lastTickAt = performance.now();
  debtMs = 0;
  skipMs = 0;
  undrawn = 0;
  post({ kind: "ready", terminals, bootMs: performance.now() - began, printed, journal: opened });
}

function play(world: Session, step: ScriptStep): readonly Printed[] {
  if (step.kind === "wait") {
    for (let done = false; !done; ) done = world.run(step.ms).done;
    return [];
  }
  let text = "";
  typeLine(world, step.place, step.line, (stdout, stderr) => {
    text += stdout + stderr;
  });
  return [{ place: step.place, line: step.line, text }];
}

setInterval(() => {
  if (!session) return;
  try {
    tick(session);
  } catch (problem) {
    post({ kind: "problem", message: messageOf(problem), atReplay: false });
    session = undefined;
  }
}, TICK_MS);

function tick(world: Session): void {
  const began = performance.now();
  debtMs = Math.min(debtMs + (began - lastTickAt) * speed, MOST_DEBT_MS * Math.max(1, speed));
  lastTickAt = began;
  if (speed > 0 && began - doneAt > IDLE_MS) {
    speed = 0;
    post({ kind: "idle" });
  }
  const outputs: Output[] = [];
  while (undrawn < MOST_UNDRAWN && performance.now() - began < BUDGET_MS) {
    const dueMs = skipMs > 0 ? skipMs : debtMs;
    const from = world.nowMs;
    const { outputs: some, done } = world.run(dueMs, SLICE_EVENTS);
    for (const output of some) {
      outputs.push(output);
      if (output.kind === "screen") undrawn += output.text.length;
    }
    const lived = done ? dueMs : world.nowMs - from;
    if (skipMs > 0) skipMs = Math.max(0, skipMs - lived);
    else debtMs = Math.max(0, debtMs - lived);
    if (done && skipMs === 0) break;
  }
  if (outputs.length > 0) post({ kind: "outputs", outputs: joined(outputs) });
  // A goal that was met shall be in what the server replays.
  report(world, began, outputs.some((output) => output.kind === "goals"));
}

/** Consecutive pieces for the same terminal become one: a message costs more than its text. */
function joined(outputs: readonly Output[]): readonly Output[] {
  const kept: Output[] = [];
  for (const output of outputs) {
    const last = kept.at(-1);
    if (output.kind === "screen" && last?.kind === "screen" && last.terminal === output.terminal) kept[kept.length - 1] = { ...last, text: last.text + output.text };
    else kept.push(output);
  }
  return kept;
}

/** The clock for the page, and what has come to the journal for the server. */
function report(world: Session, now: number, atOnce: boolean): void {
  if (now - clockAt >= CLOCK_EVERY_MS) {
    clockAt = now;
    post({ kind: "clock", nowMs: world.nowMs, skipping: skipMs > 0 });
  }
  if (!atOnce && now - sent.at < TAIL_EVERY_MS) return;
  const { entries, endUs, endEvents } = world.journal();
  if (entries.length > sent.entries || endUs > sent.endUs) post({ kind: "tail", tail: { first: sent.entries, entries: entries.slice(sent.entries), endUs, endEvents } });
  sent = { entries: entries.length, at: now, endUs };
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

function post(message: FromWorker): void {
  postMessage(message);
}

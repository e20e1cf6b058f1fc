/// <reference lib="webworker" />
/**
 * The Web Worker the engine lives in. It owns the only real clock: every 16 ms it lets the world live as long as has passed, in
 * slices short enough that a keystroke is never far, and posts what came of it. When the page cannot draw as fast as the world
 * prints, the world waits. The tools people type are fetched while the world boots; what is typed before they are there waits too.
 */
import { type Output, type Session, type Tools, typeLine } from "@/engine/page";
import { EarlyWorld } from "./early-world";
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

type Opening = Extract<ToWorker, { kind: "open" }>;

let tools: Tools | undefined;
let world: EarlyWorld | undefined;
let opening: Opening | undefined;
let openedAt = 0;
/** What came before the tools and needs them, and all that came after it. */
const held: ToWorker[] = [];
let speed = 1;
let lastTickAt = 0;
let debtMs = 0;
let skipMs = 0;
let undrawn = 0;
let sent = { entries: 0, at: 0, endUs: 0 };
let clockAt = 0;
let doneAt = 0;

import("@/engine/tools").then(
  ({ allTools }) => guarded(() => bring(allTools)),
  () => post({ kind: "problem", message: "The tools could not be fetched from the server.", atReplay: false }),
);

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => guarded(() => receive(data)));

/** Whatever goes wrong is told, and ends the world. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (problem) {
    post({ kind: "problem", message: messageOf(problem), atReplay: opening?.journal !== undefined });
    world = opening = undefined;
  }
}

function receive(data: ToWorker): void {
  if (data.kind !== "drawn") doneAt = performance.now();
  if (tools === undefined && (held.length > 0 || needsTools(data))) {
    held.push(data);
    return;
  }
  const session = world?.session;
  switch (data.kind) {
    case "open":
      return open(data);
    case "input":
      session?.apply(data.input);
      // What is typed is answered at once, not at the next tick.
      return world && tick(world);
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

/** A world can be opened, and a terminal drawn, without any. */
function needsTools(data: ToWorker): boolean {
  if (data.kind === "input") return world?.session === undefined || (data.input.kind !== "open" && data.input.kind !== "resize");
  return data.kind === "skip" || data.kind === "journal" || (data.kind === "open" && data.script.length > 0);
}

function bring(all: Tools): void {
  tools = all;
  world?.bring(all);
  if (opening) begin(opening);
  for (const data of held.splice(0)) receive(data);
}

function open(data: Opening): void {
  opening = data;
  openedAt = performance.now();
  world = new EarlyWorld(data, tools);
  begin(data);
}

/** Hands the world over to the page, as soon as there is one. */
function begin({ script }: Opening): void {
  const session = world?.session;
  if (!session) return;
  const printed = script.flatMap((step) => play(session, step));
  const opened = session.journal();
  const terminals: readonly OpenTerminal[] = terminalsOf(opened);
  sent = { entries: opened.entries.length, at: performance.now(), endUs: opened.endUs };
  lastTickAt = performance.now();
  debtMs = 0;
  skipMs = 0;
  undrawn = 0;
  opening = undefined;
  post({ kind: "ready", terminals, bootMs: performance.now() - openedAt, printed, journal: opened });
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

setInterval(() => guarded(() => world && tick(world)), TICK_MS);

function tick(world: EarlyWorld): void {
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
    const from = world.session?.nowMs;
    const { outputs: some, done } = world.run(dueMs, SLICE_EVENTS);
    if (from === undefined || !world.session) break;
    for (const output of some) {
      outputs.push(output);
      if (output.kind === "screen") undrawn += output.text.length;
    }
    const lived = done ? dueMs : world.session.nowMs - from;
    if (skipMs > 0) skipMs = Math.max(0, skipMs - lived);
    else debtMs = Math.max(0, debtMs - lived);
    if (done && skipMs === 0) break;
  }
  if (outputs.length > 0) post({ kind: "outputs", outputs: joined(outputs) });
  // A goal that was met shall be in what the server replays.
  if (world.session) report(world.session, began, outputs.some((output) => output.kind === "goals"));
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

/**
 * One lab on the page: worker, store and saver tied together. What the buttons of the workbench do is here; what they look like is
 * not. Opening another world (reset, step back) replaces worker and saver and keeps the store.
 */
import type { Input, Journal, LabFiles, LabSummary } from "@/engine";
import { EngineClient } from "./engine-client";
import { LabStore } from "./lab-store";
import type { FromWorker, OpenTerminal, Printed, ScriptStep } from "./protocol";
import { Saver } from "./saver";
import { beforeLastLine } from "./terminals-of";

export type SavedAttempt = { readonly id: string; readonly journal: Journal; readonly completed: boolean };

export type LabToOpen = {
  readonly summary: LabSummary;
  readonly files: LabFiles;
  readonly seed: number;
  readonly attempt: SavedAttempt | undefined;
  /** Typed first; such a world is not saved. */
  readonly script: readonly ScriptStep[];
};

const START_SIZE = { columns: 80, rows: 24 };
const MOST_SEED = 0x7fff_ffff;
const NOTICE_MS = 10_000;

export class RunningLab {
  readonly store = new LabStore();
  #client: EngineClient | undefined;
  #saver: Saver | undefined;
  #judgeWithNextTail = false;
  #judged = false;
  #lastTerminal = 0;
  /** Which world this is: terminals are drawn anew when it changes. */
  #world = 0;

  constructor(readonly lab: LabToOpen) {
    const goals = lab.summary.goals.map((goal) => ({ ...goal, met: false, broken: false, detail: "" }));
    this.store.reset(goals, lab.script.length > 0 ? "never" : lab.attempt ? "saved" : "nothing yet");
  }

  get client(): EngineClient {
    if (!this.#client) throw new Error("the lab is not open");
    return this.#client;
  }

  get world(): number {
    return this.#world;
  }

  /** Begins, and returns what ends it. */
  start(): () => void {
    const { attempt, seed, script } = this.lab;
    this.#open(attempt?.journal.seed ?? seed, attempt?.journal, script, attempt?.id);
    this.#judged = attempt?.completed ?? false;
    if (this.#judged) this.store.set({ verdict: "confirmed" });
    const leave = () => this.#saver?.leave();
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
      this.#saver?.stop();
      this.#client?.close();
      this.#client = undefined;
    };
  }

  /** A new world, as broken as the first. */
  reset(): void {
    this.#replace(Math.floor(Math.random() * MOST_SEED), undefined);
  }

  /** The same world, without the last line that was typed. */
  async stepBack(): Promise<void> {
    const { journal } = await this.client.journal();
    const before = beforeLastLine(journal);
    if (before) this.#replace(before.seed, before);
    else this.store.set({ notice: "No line has been typed yet." });
  }

  /** Seed and journal, as text: enough for anybody to see what you saw. */
  async bugReport(): Promise<string> {
    const { journal, stateHash } = await this.client.journal();
    return JSON.stringify({ ...journal, stateHash });
  }

  input(input: Input): void {
    this.client.input(input);
  }

  openTerminal(place: string): string {
    const id = `t${++this.#lastTerminal}`;
    this.input({ kind: "open", terminal: id, place, ...START_SIZE });
    this.store.set({ terminals: [...this.store.read().terminals, { id, place }] });
    return id;
  }

  closeTerminal(id: string): void {
    this.input({ kind: "close", terminal: id });
    this.store.set({ terminals: this.store.read().terminals.filter((terminal) => terminal.id !== id) });
  }

  answerEdit(id: string, text: string | null): void {
    this.store.set({ edits: this.store.read().edits.filter((edit) => edit.id !== id) });
    this.input({ kind: "edited", id, text });
  }

  setSpeed(speed: number): void {
    this.client.speed(speed);
    this.store.set({ speed, notice: "" });
  }

  skip(ms: number): void {
    this.client.skip(ms);
  }

  judge(): void {
    void this.#saver?.judge();
  }

  #replace(seed: number, journal: Journal | undefined): void {
    this.#saver?.stop();
    this.#client?.close();
    this.#judged = false;
    this.store.reset(this.store.read().goals.map((goal) => ({ ...goal, met: false, broken: false, detail: "" })), "nothing yet");
    this.#open(seed, journal, [], undefined);
    // The server has none of this journal yet: it begins a new attempt with the whole of it.
    if (journal) this.#saver?.keep({ ...journal, first: 0 });
  }

  #open(seed: number, journal: Journal | undefined, script: readonly ScriptStep[], attempt: string | undefined): void {
    this.#world++;
    const client = new EngineClient((message) => this.#client === client && this.#receive(message));
    this.#client = client;
    this.#saver = script.length > 0 ? undefined : new Saver(this.lab.summary.id, seed, attempt, (change) => this.store.set(change));
    client.open(this.lab.files, seed, journal, script);
  }

  #receive(message: FromWorker): void {
    const completedBefore = this.store.read().completed;
    this.store.receive(message);
    if (message.kind === "ready") this.#ready(message.terminals, message.journal, message.printed);
    if (message.kind === "outputs" && this.store.read().completed && !completedBefore && !this.#judged) this.#judgeWithNextTail = true;
    if (message.kind === "outputs" && message.outputs.some((output) => output.kind === "failed")) this.#fadeNotice();
    if (message.kind !== "tail") return;
    this.#saver?.keep(message.tail);
    if (!this.#judgeWithNextTail) return;
    this.#judgeWithNextTail = false;
    this.#judged = true;
    this.judge();
  }

  #fadeNotice(): void {
    const { notice } = this.store.read();
    setTimeout(() => this.store.read().notice === notice && this.store.set({ notice: "" }), NOTICE_MS);
  }

  #ready(terminals: readonly OpenTerminal[], journal: Journal, printed: readonly Printed[]): void {
    this.store.ignoreEdits(journal.entries.flatMap(({ input }) => (input.kind === "edited" ? [input.id] : [])));
    const numbers = journal.entries.map(({ input }) => (input.kind === "open" ? Number(/^t(\d+)$/.exec(input.terminal)?.[1] ?? 0) : 0));
    this.#lastTerminal = numbers.reduce((most, number) => Math.max(most, number), 0);
    if (terminals.length > 0) return;
    const place = printed.at(-1)?.place ?? this.lab.summary.places[0]?.id;
    if (place === undefined) return;
    const id = this.openTerminal(place);
    if (printed.length > 0) this.client.prefill(id, printed);
  }
}

/**
 * A lab being put on: the world is built, the manifests applied, what is to be broken broken,
 * and then traffic begins. From there on goals and hints are looked at a few times a second.
 */
import { unixMs } from "../core/date";
import type { Later } from "../core/later";
import { Rng } from "../core/rng";
import { Scheduler } from "../core/scheduler";
import { Signal, type Task } from "../core/task";
import { Trace } from "../core/trace";
import type { World } from "../core/world";
import type { EditHook } from "../bin/kubectl/command";
import type { Tools } from "../bin/tools";
import { SysError } from "../core/errno";
import { type Input, LabProblem, type Output } from "./contract";
import { Evidence } from "./evidence";
import { GoalBoard } from "./goals";
import { Ground } from "./ground";
import { HintBoard } from "./hint-board";
import type { Lab } from "./lab";
import { parseDuration } from "./shape";
import { Terminals } from "./terminals";
import { topologyOf } from "./topology";
import { startTraffic } from "./traffic";
import type { Step } from "./transcript";

/** A Saturday morning: what every clock in every lab shows when it begins. */
const EPOCH_MS = unixMs(2026, 11, 21, 9, 0, 0);
const LOOK_EVERY_MS = 250;
const MOMENT_MS = 100;
const PICTURE_EVERY_MS = 1000;
const MOST_WAITING_OUTPUTS = 100_000;

type Editing = { text: string | null | undefined; readonly answered: Signal };

export class Stage {
  readonly world: World;
  readonly ground: Ground;
  readonly evidence = new Evidence();
  readonly board: GoalBoard;
  readonly hints: HintBoard;
  readonly #terminals: Terminals;
  readonly #editing = new Map<string, Editing>();
  #outputs: Output[] = [];
  #edits = 0;
  #beganMs = 0;
  #picture = "";

  constructor(
    private readonly lab: Lab,
    seed: number,
    tools: Later<Tools>,
    epochMs = EPOCH_MS,
  ) {
    this.world = { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs };
    this.board = new GoalBoard(lab.goals);
    this.hints = new HintBoard(lab.hints);
    this.ground = new Ground(this.world, lab, tools, this.#edit);
    this.#terminals = new Terminals(this.world, (place) => this.ground.machineAt(this.#hostOf(place)), (output) => this.#emit(output));
    this.#begin();
  }

  #begin(): void {
    if (!this.ground.settle()) throw new LabProblem(`${this.lab.summary.id}: the world does not come to rest`);
    for (const { path, text } of this.lab.manifests) {
      this.ground.apply(path, text);
      // A namespace gets its service account a moment later, and no Pod is admitted before that.
      this.world.scheduler.run(MOMENT_MS);
    }
    if (this.lab.manifests.length > 0 && !this.ground.settle()) throw new LabProblem(`${this.lab.summary.id}: the manifests do not come to rest`);
    for (const step of this.lab.breaking) this.#break(step);
    this.#outputs = [];
    this.#beganMs = this.world.scheduler.nowMs;
    startTraffic(this.world, this.lab.flows, (from) => this.ground.sources(from), this.evidence);
    this.#look();
    this.world.scheduler.spawn(this.#looking());
  }

  /** One step of break.transcript; what it prints is checked by nobody, how it ends is. */
  #break(step: Step): void {
    if (step.kind === "directive" && step.verb === "wait") this.world.scheduler.run(parseDuration(step.argument) ?? 0);
    if (step.kind !== "command") return;
    const problem = this.#terminals.line(step.place, step.line);
    if (problem !== undefined) throw new LabProblem(`break.transcript: ${problem}`);
    while (!this.#outputs.some((output) => output.kind === "printed" && output.exit !== undefined)) {
      const next = this.world.scheduler.nextMs;
      if (next === undefined) throw new LabProblem(`break.transcript: "${step.line}" never ends`);
      this.world.scheduler.runUntil(next);
    }
    const printed = this.takeOutputs().filter((output) => output.kind === "printed");
    const exit = printed.at(-1)?.exit;
    if (exit !== step.exit) throw new LabProblem(`break.transcript: "${step.line}" ended with ${exit}, not ${step.exit}: ${printed.map(({ stdout, stderr }) => stdout + stderr).join("")}`);
  }

  act(input: Input): void {
    const problem = this.#act(input);
    if (problem !== undefined) this.#emit({ kind: "failed", message: problem });
  }

  #act(input: Input): string | undefined {
    switch (input.kind) {
      case "open":
        return this.#terminals.open(input.terminal, input.place, input.columns, input.rows);
      case "keys":
        return this.#terminals.keys(input.terminal, input.text);
      case "resize":
        return void this.#terminals.resize(input.terminal, input.columns, input.rows);
      case "close":
        return void this.#terminals.close(input.terminal);
      case "line":
        this.evidence.recordTyped({ atMs: this.world.scheduler.nowMs, place: input.place, line: input.text });
        return this.#terminals.line(input.place, input.text);
      case "interrupt":
        return void this.#terminals.interrupt(input.place);
      case "hangup":
        return void this.#terminals.hangUp(input.place);
      case "edited":
        return this.#edited(input.id, input.text);
      case "hint":
        if (!this.hints.open(input.id)) return `there is no hint "${input.id}" to open`;
        this.#emit({ kind: "hints", hints: this.hints.states });
        return undefined;
    }
  }

  takeOutputs(): readonly Output[] {
    const taken = this.#outputs;
    this.#outputs = [];
    return taken;
  }

  #emit(output: Output): void {
    const last = this.#outputs.at(-1);
    // A screenful comes in many small pieces; one longer piece is cheaper for everybody.
    if (output.kind === "screen" && last?.kind === "screen" && last.terminal === output.terminal && last.text.length < 65_536) this.#outputs[this.#outputs.length - 1] = { ...last, text: last.text + output.text };
    else if (this.#outputs.length < MOST_WAITING_OUTPUTS) this.#outputs.push(output);
  }

  #hostOf(place: string): string {
    return this.lab.places.find(({ id }) => id === place)?.host ?? place;
  }

  *#looking(): Task {
    let nextMs = this.world.scheduler.nowMs;
    for (let looks = 1; ; looks++) {
      nextMs += LOOK_EVERY_MS;
      yield { deadlineMs: nextMs };
      this.#look();
      if ((looks * LOOK_EVERY_MS) % PICTURE_EVERY_MS === 0) this.#draw();
    }
  }

  #look(): void {
    const { nowMs } = this.world.scheduler;
    const changed = this.board.look(this.evidence, this.ground, nowMs);
    if (changed) this.#emit({ kind: "goals", goals: this.board.states, completed: this.board.completedMs !== undefined });
    if (this.hints.look(this.evidence, this.board.states, nowMs - this.#beganMs)) this.#emit({ kind: "hints", hints: this.hints.states });
  }

  #draw(): void {
    const topology = topologyOf(this.ground, this.lab, this.evidence);
    const picture = JSON.stringify(topology);
    if (picture === this.#picture) return;
    this.#picture = picture;
    this.#emit({ kind: "topology", topology });
  }

  readonly #edit: EditHook = (request, proc) => this.#openEditor(request, proc);

  /** Asks the page for its editor; where nobody watches there is none, and kubectl says so. */
  *#openEditor(request: Parameters<EditHook>[0], proc: Parameters<EditHook>[1]): Task<string | undefined> {
    if (!this.#terminals.isWatched(proc.tty)) throw new SysError("ENOENT");
    const id = `edit-${++this.#edits}`;
    const editing: Editing = { text: undefined, answered: new Signal() };
    this.#editing.set(id, editing);
    try {
      this.#emit({ kind: "edit", id, title: request.title, language: request.language, text: request.text, ...(request.message !== undefined && { message: request.message }) });
      while (editing.text === undefined) yield { on: editing.answered };
      return editing.text ?? undefined;
    } finally {
      this.#editing.delete(id);
    }
  }

  #edited(id: string, text: string | null): string | undefined {
    const editing = this.#editing.get(id);
    if (editing === undefined) return "nobody waits for that text any more";
    editing.text = text;
    editing.answered.notify();
    return undefined;
  }
}

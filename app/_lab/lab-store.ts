/**
 * What the screen knows of a running lab: a fold over what the worker says. React reads it with useSyncExternalStore; the text of
 * terminals does not pass through here.
 */
import type { GoalState, HintState, Output, Topology } from "@/engine";
import type { FromWorker, OpenTerminal } from "./protocol";

export type EditRequest = { readonly id: string; readonly title: string; readonly language: string; readonly text: string; readonly message?: string };
export type Saving = "nothing yet" | "saving" | "saved" | "offline" | "trouble" | "crowded" | "elsewhere" | "gone" | "too large" | "never";
export type Verdict = "none" | "asking" | "confirmed" | { readonly refused: string };

export type LabState = {
  readonly phase: "booting" | "ready" | { readonly problem: string; readonly atReplay: boolean };
  readonly terminals: readonly OpenTerminal[];
  readonly goals: readonly GoalState[];
  readonly completed: boolean;
  readonly hints: readonly HintState[];
  readonly topology: Topology;
  readonly edits: readonly EditRequest[];
  readonly nowMs: number;
  readonly skipping: boolean;
  readonly speed: number;
  readonly saving: Saving;
  readonly verdict: Verdict;
  /** The last thing the world could not do, in its own words. */
  readonly notice: string;
};

const START: LabState = {
  phase: "booting",
  terminals: [],
  goals: [],
  completed: false,
  hints: [],
  topology: { nodes: [], edges: [] },
  edits: [],
  nowMs: 0,
  skipping: false,
  speed: 1,
  saving: "nothing yet",
  verdict: "none",
  notice: "",
};

export class LabStore {
  #state = START;
  /** Editors that the journal has answered: a replay asks for them once more. */
  #answered: string[] = [];
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): LabState => this.#state;

  set(change: Partial<LabState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** The next request for this editor is old. */
  ignoreEdits(ids: readonly string[]): void {
    this.#answered = [...ids];
  }

  reset(goals: LabState["goals"], saving: Saving): void {
    this.set({ ...START, goals, saving });
  }

  receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        return this.set({ phase: "ready", terminals: message.terminals });
      case "clock":
        return this.set({ nowMs: message.nowMs, skipping: message.skipping });
      case "problem":
        return this.set({ phase: { problem: message.message, atReplay: message.atReplay } });
      case "outputs":
        return this.set(message.outputs.filter((output) => !this.#isAnswered(output)).reduce(fold, this.#state));
      case "idle":
        return this.set({ speed: 0, notice: "Time stands still, because nobody has typed for a while. Let it go on above." });
      case "tail":
      case "journal":
    }
  }

  #isAnswered(output: Output): boolean {
    const at = output.kind === "edit" ? this.#answered.indexOf(output.id) : -1;
    if (at >= 0) this.#answered.splice(at, 1);
    return at >= 0;
  }
}

function fold(state: LabState, output: Output): LabState {
  switch (output.kind) {
    case "goals":
      return { ...state, goals: output.goals, completed: output.completed };
    case "hints":
      return { ...state, hints: output.hints };
    case "topology":
      return { ...state, topology: output.topology };
    case "edit":
      return { ...state, edits: [...state.edits.filter((edit) => edit.id !== output.id), output] };
    case "failed":
      return { ...state, notice: output.message };
    case "ended":
      return { ...state, terminals: state.terminals.filter((terminal) => terminal.id !== output.terminal) };
    case "screen":
    case "printed":
      return state;
  }
}

/**
 * The page's end of the wire to the engine. Holds no state of the world: that lives in the worker. Hands terminal text to whoever
 * draws that terminal, everything else to its listeners, and lets long pastes through at a pace a reader can interrupt.
 */
import type { Input, Journal, LabFiles } from "@/engine";
import type { FromWorker, Printed, ScriptStep, ToWorker } from "./protocol";
import { takeWorker } from "./spare-worker";

const PASTE_CHARACTERS = 2048;
const PASTE_EVERY_MS = 16;
const INTERRUPT = "\u0003";
const MOST_HISTORY = 200_000;

type Draw = (text: string, drawn: () => void) => void;

export class EngineClient {
  readonly #worker = takeWorker();
  readonly #terminals = new Map<string, Draw>();
  /** The last of what each terminal was sent, for whoever comes to draw it later, or anew. */
  readonly #history = new Map<string, string>();
  readonly #requests = new Map<number, (answer: { journal: Journal; stateHash: string }) => void>();
  #pasting = new Map<string, string>();
  #pump: ReturnType<typeof setInterval> | undefined;
  #lastRequest = 0;

  constructor(onMessage: (message: FromWorker) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "outputs") for (const output of data.outputs) if (output.kind === "screen") this.#show(output.terminal, output.text);
      if (data.kind === "journal") this.#requests.get(data.request)?.(data);
      onMessage(data);
    };
    this.#worker.onerror = (event) => onMessage({ kind: "problem", message: event.message || "The engine could not be started.", atReplay: false });
  }

  open(files: LabFiles, seed: number, journal: Journal | undefined, script: readonly ScriptStep[]): void {
    this.#post({ kind: "open", files, seed, script, ...(journal ? { journal } : {}) });
  }

  input(input: Input): void {
    this.#post({ kind: "input", input });
  }

  /** Keys, or a paste of any length. Ctrl-C drops what has not been let through yet. */
  keys(terminal: string, text: string): void {
    const waiting = this.#pasting.get(terminal);
    if (text === INTERRUPT) this.#pasting.delete(terminal);
    if (text === INTERRUPT || (waiting === undefined && text.length <= PASTE_CHARACTERS)) return this.input({ kind: "keys", terminal, text });
    this.#pasting.set(terminal, (waiting ?? "") + text);
    this.#pump ??= setInterval(() => this.#letThrough(), PASTE_EVERY_MS);
  }

  speed(speed: number): void {
    this.#post({ kind: "speed", speed });
  }

  skip(ms: number): void {
    this.#post({ kind: "skip", ms });
  }

  journal(): Promise<{ readonly journal: Journal; readonly stateHash: string }> {
    const request = ++this.#lastRequest;
    this.#post({ kind: "journal", request });
    return new Promise((resolve) => {
      this.#requests.set(request, (answer) => {
        this.#requests.delete(request);
        resolve(answer);
      });
    });
  }

  /** From now on `draw` gets the terminal's text, beginning with what has come before it. */
  attach(terminal: string, draw: Draw): () => void {
    this.#terminals.set(terminal, draw);
    const before = this.#history.get(terminal);
    if (before !== undefined) draw(before, () => {});
    return () => this.#terminals.get(terminal) === draw && this.#terminals.delete(terminal);
  }

  /** Shows what a script has typed, before the terminal's own first prompt. It is a picture only: the terminal was not there. */
  prefill(terminal: string, printed: readonly Printed[]): void {
    const text = printed.map(({ place, line, text }) => `\u001b[2m${place}$ ${line}\u001b[22m\r\n${text.replace(/\r?\n/g, "\r\n")}`).join("");
    this.#history.set(terminal, text + (this.#history.get(terminal) ?? ""));
  }

  close(): void {
    clearInterval(this.#pump);
    this.#worker.terminate();
  }

  #show(terminal: string, text: string): void {
    this.#history.set(terminal, ((this.#history.get(terminal) ?? "") + text).slice(-MOST_HISTORY));
    const drawn = () => this.#post({ kind: "drawn", characters: text.length });
    const draw = this.#terminals.get(terminal);
    if (draw) draw(text, drawn);
    else drawn();
  }

  #letThrough(): void {
    for (const [terminal, text] of this.#pasting) {
      this.input({ kind: "keys", terminal, text: text.slice(0, PASTE_CHARACTERS) });
      if (text.length > PASTE_CHARACTERS) this.#pasting.set(terminal, text.slice(PASTE_CHARACTERS));
      else this.#pasting.delete(terminal);
    }
    if (this.#pasting.size > 0) return;
    clearInterval(this.#pump);
    this.#pump = undefined;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

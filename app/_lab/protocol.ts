/** What the page and the engine's worker say to each other. */
import type { Input, Journal, LabFiles, Output } from "@/engine";

/** A line typed, or a wait, before the learner gets the world: how a lesson's console block is opened where it stands. */
export type ScriptStep = { readonly kind: "command"; readonly place: string; readonly line: string } | { readonly kind: "wait"; readonly ms: number };

export type ToWorker =
  | { readonly kind: "open"; readonly files: LabFiles; readonly seed: number; readonly journal?: Journal; readonly script: readonly ScriptStep[] }
  | { readonly kind: "input"; readonly input: Input }
  /** 0 stands still. */
  | { readonly kind: "speed"; readonly speed: number }
  | { readonly kind: "skip"; readonly ms: number }
  /** The page has drawn that much of what it was sent. */
  | { readonly kind: "drawn"; readonly characters: number }
  | { readonly kind: "journal"; readonly request: number };

export type JournalTail = Pick<Journal, "entries" | "endUs" | "endEvents"> & { readonly first: number };

export type FromWorker =
  | { readonly kind: "ready"; readonly terminals: readonly OpenTerminal[]; readonly bootMs: number; readonly printed: readonly Printed[]; readonly journal: Journal }
  | { readonly kind: "outputs"; readonly outputs: readonly Output[] }
  | { readonly kind: "clock"; readonly nowMs: number; readonly skipping: boolean }
  /** Nobody has done anything for a long time: the world stands still until somebody does. */
  | { readonly kind: "idle" }
  | { readonly kind: "tail"; readonly tail: JournalTail }
  | { readonly kind: "journal"; readonly request: number; readonly journal: Journal; readonly stateHash: string }
  /** The world cannot be opened, or has broken down; nothing more comes. */
  | { readonly kind: "problem"; readonly message: string; readonly atReplay: boolean };

export type OpenTerminal = { readonly id: string; readonly place: string };

/** What a script's line printed. */
export type Printed = { readonly place: string; readonly line: string; readonly text: string };

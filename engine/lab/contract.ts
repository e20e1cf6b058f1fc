/**
 * The front door's vocabulary: plain data in, plain data out. The browser's worker, the command
 * line, the tests and the server's verification all speak exactly this.
 */

import type { KubeApi } from "../kube/api";
export type { ApiRequest, ApiResponse, KubeApi, WatchEvent, WatchStream } from "../kube/api";
export type { ExecSession, LogOptions } from "../kube/runtime";
import type { PodRuntime } from "../kube/runtime";

/** A lab's folder as texts: "lab.yaml", "manifests/payments.yaml", "solutions/selector.transcript". */
export type LabFiles = Readonly<Record<string, string>>;

export type Level = "L0" | "L1" | "L2" | "L3";

/** Where a terminal can be opened: "bastion", "node-1", … */
export type PlaceInfo = { readonly id: string; readonly title: string };

export type HintInfo = { readonly id: string; readonly title: string };

/** What a page needs to know about a lab before it is opened. */
export type LabSummary = {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly level: Level;
  readonly minutes: number;
  readonly topics: readonly string[];
  readonly needs: readonly string[];
  /** Markdown. */
  readonly story: string;
  readonly goals: readonly { readonly id: string; readonly title: string }[];
  readonly places: readonly PlaceInfo[];
  /** Questions an interviewer asks that this lab lets one answer. */
  readonly interview: readonly string[];
  /** The namespace the learner's kubectl uses unless told otherwise. */
  readonly namespace: string;
};

/** The world's Kubernetes for real clients: what `--serve` puts behind HTTP. */
export type ClusterAccess = { readonly api: KubeApi; readonly runtime: PodRuntime | undefined };

/** A learner's doing, or the page's on their behalf. Journalled with its moment, then acted on. */
export type Input =
  | { readonly kind: "open"; readonly terminal: string; readonly place: string; readonly columns: number; readonly rows: number }
  | { readonly kind: "keys"; readonly terminal: string; readonly text: string }
  | { readonly kind: "resize"; readonly terminal: string; readonly columns: number; readonly rows: number }
  | { readonly kind: "close"; readonly terminal: string }
  /** A whole line, typed where nobody watches the keys: `podpath lab --run`, transcripts. */
  | { readonly kind: "line"; readonly place: string; readonly text: string }
  /** Ctrl-C where lines are typed. */
  | { readonly kind: "interrupt"; readonly place: string }
  /** The window where lines are typed is closed, and everything in it ends. */
  | { readonly kind: "hangup"; readonly place: string }
  /** The editor's answer to an "edit" output: the saved text, or null when it was cancelled. */
  | { readonly kind: "edited"; readonly id: string; readonly text: string | null }
  | { readonly kind: "hint"; readonly id: string };

export type GoalState = {
  readonly id: string;
  readonly title: string;
  readonly met: boolean;
  /** A goal that forbids something, and it has happened: only a reset helps. */
  readonly broken: boolean;
  /** What the world's own traffic shows at the moment, in words: "0 of 20 answered: Connection refused". */
  readonly detail: string;
  /** When it was met for good, in milliseconds of the world's time. */
  readonly sinceMs?: number;
};

export type HintState = { readonly id: string; readonly title: string; readonly available: boolean; readonly opened: boolean; readonly text?: string };

/** Machines and links for the picture; ids are stable while the thing exists. */
export type Topology = {
  readonly nodes: readonly { readonly id: string; readonly kind: "node" | "pod" | "service" | "outside"; readonly title: string; readonly detail: string; readonly parent?: string; readonly state: "ok" | "waiting" | "failing" }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly kind: "wire" | "selects" | "sends"; readonly state: "ok" | "failing" }[];
};

export type Output =
  | { readonly kind: "screen"; readonly terminal: string; readonly text: string }
  | { readonly kind: "ended"; readonly terminal: string }
  /** What a "line" input printed; `exit` is there with the last piece. */
  | { readonly kind: "printed"; readonly place: string; readonly stdout: string; readonly stderr: string; readonly exit?: number }
  /** A program asks for the editor (kubectl edit). Answer with an "edited" input. */
  | { readonly kind: "edit"; readonly id: string; readonly title: string; readonly language: string; readonly text: string; readonly message?: string }
  | { readonly kind: "goals"; readonly goals: readonly GoalState[]; readonly completed: boolean }
  | { readonly kind: "hints"; readonly hints: readonly HintState[] }
  | { readonly kind: "topology"; readonly topology: Topology }
  | { readonly kind: "failed"; readonly message: string };

/** When: the world's time in microseconds, and after how many of its events (time alone can stand still). */
export type JournalEntry = { readonly atUs: number; readonly afterEvents: number; readonly input: Input };

/** Seed and inputs are the whole saved state; a bug report is one of these. */
export type Journal = {
  readonly format: 1;
  readonly lab: string;
  readonly engineVersion: string;
  readonly seed: number;
  readonly entries: readonly JournalEntry[];
  /** How far the world had come, in microseconds of its time and in events. */
  readonly endUs: number;
  readonly endEvents: number;
};

export type Verification = {
  readonly goals: readonly GoalState[];
  readonly completed: boolean;
  /** 100, less 10 for each hint that was opened, not below 40; 0 while a goal is unmet. */
  readonly score: number;
  readonly hintsOpened: number;
  readonly stateHash: string;
  readonly endUs: number;
};

export type SessionOptions = {
  readonly seed: number;
  /** Replayed before the session is handed over. */
  readonly journal?: Journal;
  /** Most events the replay may take; more throws LabProblem. */
  readonly maxEvents?: number;
  /** What the world's clocks show at its beginning, where not the usual Saturday: for clients that read their own. No journal keeps it. */
  readonly epochMs?: number;
};

/** One running lab. Everything is synchronous; `run` is the only thing that lets time pass. */
export interface Session {
  readonly lab: LabSummary;
  /** Undefined in a world without Kubernetes. */
  readonly cluster: ClusterAccess | undefined;
  readonly nowMs: number;
  /** Journals the input at this moment and acts on it. Unknown terminals and oversized texts are ignored with a "failed" output. */
  apply(input: Input): void;
  /** Lets the world live `ms` more and returns what came of it, and false in `done` if `maxEvents` did not suffice. */
  run(ms: number, maxEvents?: number): { readonly outputs: readonly Output[]; readonly done: boolean; readonly events: number };
  /** How long nothing will happen by itself: what a "skip" may jump over without losing anything. */
  readonly nextEventMs: number | undefined;
  journal(): Journal;
  goals(): readonly GoalState[];
  hints(): readonly HintState[];
  /** Every goal was met at the same time, at some moment; that stays true. */
  readonly completed: boolean;
  stateHash(): string;
}

/** Something wrong with a lab's files, a journal, or a request; the message names the file and the place in it. */
export class LabProblem extends Error {}

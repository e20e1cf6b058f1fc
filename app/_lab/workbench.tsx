"use client";

import { Bug, Check, CircleAlert, Cloud, CloudOff, RotateCcw, StepBack } from "lucide-react";
import { Tabs } from "radix-ui";
import { type ReactNode, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Confirm } from "@/app/_ui/confirm";
import { EditDialog } from "./edit-dialog";
import { focusTerminal } from "./focus-terminal";
import { Goals } from "./goals";
import { Hints } from "./hints";
import type { LabState, Saving } from "./lab-store";
import { type LabToOpen, RunningLab } from "./running-lab";
import { Terminals } from "./terminals";
import { TimeControls } from "./time-controls";
import { TopologyView } from "./topology";
import styles from "./workbench.module.css";

type Props = { readonly lab: LabToOpen; readonly story: ReactNode; readonly debrief: ReactNode };

/** A lab as a learner meets it: what is wrong on the one side, the terminal on the other, the time of the world above. */
export function Workbench({ lab: toOpen, story, debrief }: Props) {
  const [lab] = useState(() => new RunningLab(toOpen));
  const state = useSyncExternalStore(lab.store.subscribe, lab.store.read, lab.store.read);
  const [tab, setTab] = useState("story");
  const frame = useRef<HTMLDivElement>(null);
  const [edit] = state.edits;

  useEffect(() => lab.start(), [lab]);
  useEffect(() => {
    if (state.completed && debrief) setTab("debrief");
  }, [state.completed, debrief]);

  const answerEdit = useCallback((text: string | null) => edit && lab.answerEdit(edit.id, text), [lab, edit]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: F6 goes round the panes, wherever the focus is among them.
    <div className={styles.workbench} ref={frame} onKeyDown={(event) => event.key === "F6" && goRound(event, frame.current)}>
      <Toolbar lab={lab} state={state} />
      <Problem lab={lab} state={state} />
      <aside className={styles.paper} aria-label="The task">
        {state.goals.length > 0 && <Goals goals={state.goals} />}
        {state.completed && <Solved state={state} onRetry={() => lab.judge()} />}
        <Tabs.Root value={tab} onValueChange={setTab}>
          <Tabs.List className={styles.tabs} aria-label="About this lab">
            <Tabs.Trigger value="story" data-pane>Story</Tabs.Trigger>
            {state.goals.length > 0 && <Tabs.Trigger value="hints">Hints{fresh(state)}</Tabs.Trigger>}
            <Tabs.Trigger value="map">Map</Tabs.Trigger>
            {state.completed && debrief && <Tabs.Trigger value="debrief">Debrief</Tabs.Trigger>}
          </Tabs.List>
          <Tabs.Content value="story" className={`prose ${styles.text}`}>{story}</Tabs.Content>
          <Tabs.Content value="hints"><Hints hints={state.hints} onOpen={(id) => lab.input({ kind: "hint", id })} /></Tabs.Content>
          <Tabs.Content value="map"><TopologyView topology={state.topology} /></Tabs.Content>
          <Tabs.Content value="debrief" className={`prose ${styles.text}`}>{debrief}</Tabs.Content>
        </Tabs.Root>
      </aside>
      <div className={styles.right}>
        <Terminals lab={lab} state={state} />
        <p className={styles.foot}>
          <span><kbd>F6</kbd> leaves the terminal. <kbd>Ctrl</kbd>+<kbd>C</kbd> copies a selection, otherwise it interrupts.</span>
          {state.notice && <span role="status">{state.notice}</span>}
        </p>
      </div>
      {edit && <EditDialog key={`${lab.world}/${edit.id}/${edit.message ?? ""}`} request={edit} onAnswer={answerEdit} />}
    </div>
  );
}

function Toolbar({ lab, state }: { readonly lab: RunningLab; readonly state: LabState }) {
  const [copied, setCopied] = useState(false);
  const ready = state.phase === "ready";

  async function copyReport(): Promise<void> {
    await navigator.clipboard.writeText(await lab.bugReport());
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <div className={styles.toolbar} role="toolbar" aria-label="Lab">
      <h1>{lab.lab.summary.title}</h1>
      <SavingState saving={state.saving} />
      <TimeControls lab={lab} state={state} />
      <button type="button" className={styles.tool} disabled={!ready} onClick={() => lab.stepBack()} title="Back to before the last line" aria-label="Back to before the last line">
        <StepBack aria-hidden size={15} />
      </button>
      <button type="button" className={styles.tool} disabled={!ready} onClick={copyReport} title={copied ? "Copied" : "Copy a bug report: seed and journal"} aria-label="Copy a bug report">
        {copied ? <Check aria-hidden size={15} /> : <Bug aria-hidden size={15} />}
        <span className="visually-hidden" role="status">{copied ? "Copied" : ""}</span>
      </button>
      <Confirm title="Begin again?" text="You get a new world, as broken as the first. What you did in this one is gone; a lab that you have solved stays solved." yes="Begin again" onYes={() => lab.reset()}>
        <button type="button" className={styles.tool} title="Reset" aria-label="Reset">
          <RotateCcw aria-hidden size={15} />
        </button>
      </Confirm>
    </div>
  );
}

const SAVING: Readonly<Record<Saving, string>> = {
  "nothing yet": "",
  saving: "Saved",
  saved: "Saved",
  offline: "Not saved: no connection",
  trouble: "Not saved: the server has trouble; trying again",
  crowded: "Not saved: too many newcomers from your network; trying again",
  elsewhere: "Not saved: gone on in another tab",
  gone: "Not saved: the server no longer has this attempt; begin again to be saved",
  "too large": "Not saved: too large",
  never: "Not saved: opened from a lesson",
};

function SavingState({ saving }: { readonly saving: Saving }) {
  const text = SAVING[saving];
  const safe = text === "Saved";
  return (
    <p className={styles.saving} role="status" data-saving={saving}>
      {text && (safe ? <Cloud aria-hidden size={14} /> : <CloudOff aria-hidden size={14} />)}
      {text}
    </p>
  );
}

function Problem({ lab, state }: { readonly lab: RunningLab; readonly state: LabState }) {
  if (typeof state.phase === "string") return null;
  const { problem, atReplay } = state.phase;
  return (
    <div className={styles.problem} role="alert">
      <CircleAlert aria-hidden size={18} />
      <p>
        {atReplay ? "This world was begun with an older version and cannot be opened any more. What you earned in it is kept. " : "The world has stopped. "}
        <small>{problem}</small>
      </p>
      <button type="button" className="button quiet" onClick={() => lab.reset()}>Begin a fresh one</button>
    </div>
  );
}

function Solved({ state, onRetry }: { readonly state: LabState; readonly onRetry: () => void }) {
  const { verdict } = state;
  return (
    <div className={styles.solved} role="status">
      <p>
        <strong>Solved.</strong>{" "}
        {verdict === "confirmed" && "The server has replayed your world and seen it too."}
        {verdict === "asking" && "The server is replaying your world …"}
        {verdict === "none" && "The debrief tells what happened, packet by packet."}
        {typeof verdict === "object" && verdict.refused}
      </p>
      {typeof verdict === "object" && <button type="button" className="button quiet" onClick={onRetry}>Ask again</button>}
    </div>
  );
}

/** How many hints wait to be opened. */
function fresh({ hints }: LabState): ReactNode {
  const count = hints.filter((hint) => hint.available && !hint.opened).length;
  return count > 0 ? <span className={styles.count}>{count}<span className="visually-hidden"> available</span></span> : null;
}

/** F6: from the terminal to the task and back. */
function goRound(event: React.KeyboardEvent, frame: HTMLElement | null): void {
  event.preventDefault();
  const inTerminal = (event.target as Element).closest("[data-terminal]") !== null;
  const task = frame?.querySelector<HTMLElement>('[role="tab"][data-state="active"]');
  if (inTerminal) task?.focus();
  else focusTerminal(frame ?? document);
}

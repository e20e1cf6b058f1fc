"use client";

import { FastForward, Pause, Play } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { LabState } from "./lab-store";
import type { RunningLab } from "./running-lab";
import styles from "./workbench.module.css";

const SPEEDS = [1, 2, 5, 10];
const SKIPS = [
  { label: "10 seconds", ms: 10_000 },
  { label: "1 minute", ms: 60_000 },
  { label: "10 minutes", ms: 600_000 },
];

/** The world's time belongs to the learner: it stands still, runs faster, or is skipped. */
export function TimeControls({ lab, state }: { readonly lab: RunningLab; readonly state: LabState }) {
  const paused = state.speed === 0;
  const disabled = state.phase !== "ready";
  return (
    <fieldset className={styles.time} aria-label="The world's time">
      <button type="button" className={styles.tool} disabled={disabled} onClick={() => lab.setSpeed(paused ? 1 : 0)} aria-label={paused ? "Let time go on" : "Stop time"} title={paused ? "Let time go on" : "Stop time"}>
        {paused ? <Play aria-hidden size={15} /> : <Pause aria-hidden size={15} />}
      </button>
      <time className={styles.clock} title="Time in this world">{clock(state.nowMs)}</time>
      <label>
        <span className="visually-hidden">Speed</span>
        <select value={paused ? 1 : state.speed} disabled={disabled || paused} onChange={(event) => lab.setSpeed(Number(event.target.value))} title="Speed">
          {SPEEDS.map((speed) => <option key={speed} value={speed}>{speed}×</option>)}
        </select>
      </label>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger className={styles.tool} disabled={disabled || state.skipping} aria-label="Skip time" title="Skip time" aria-busy={state.skipping}>
          <FastForward aria-hidden size={15} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className={styles.menu} sideOffset={6}>
            {SKIPS.map(({ label, ms }) => (
              <DropdownMenu.Item key={ms} className={styles.item} onSelect={() => lab.skip(ms)}>
                Skip {label}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </fieldset>
  );
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

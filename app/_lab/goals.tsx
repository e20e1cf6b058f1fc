"use client";

import { Check, X } from "lucide-react";
import { Inline } from "@/app/_mdx/inline";
import type { GoalState } from "@/engine";
import styles from "./panels.module.css";

/** The goals tick by themselves, when the world's own traffic says so. */
export function Goals({ goals }: { readonly goals: readonly GoalState[] }) {
  const met = goals.filter((goal) => goal.met).length;
  return (
    <section className={styles.goals} aria-label="Goals">
      <h2>
        Goals
        <span>
          {met} of {goals.length}
        </span>
      </h2>
      <ul>
        {goals.map((goal) => (
          <li key={goal.id} data-goal={goal.id} data-state={goal.broken ? "broken" : goal.met ? "met" : "open"}>
            <span className={styles.tick}>
              {goal.met && <Check aria-hidden size={13} strokeWidth={3.5} />}
              {goal.broken && <X aria-hidden size={13} strokeWidth={3.5} />}
            </span>
            <span>
              <Inline text={goal.title} />
              <span className="visually-hidden">{goal.met ? " (met)" : goal.broken ? " (cannot be met any more)" : " (not met yet)"}</span>
              {goal.detail && <small>{goal.detail}</small>}
              {goal.broken && <small>This cannot be mended in this world any more: reset the lab to try again.</small>}
            </span>
          </li>
        ))}
      </ul>
      <p className="visually-hidden" aria-live="polite">
        {goals.filter((goal) => goal.met).map((goal) => `Goal met: ${goal.title}`).join(" ")}
      </p>
    </section>
  );
}

"use client";

import { Check, X } from "lucide-react";
import { createContext, type ReactNode, use, useId, useState } from "react";
import styles from "./practice.module.css";

type Answers = { readonly chosen: string | undefined; readonly choose: (id: string, right: boolean) => void };
const AnswersContext = createContext<Answers>({ chosen: undefined, choose: () => {} });

/** One question; the answers say at once whether, and why. */
export function Quiz({ question, children }: { readonly question: string; readonly children: ReactNode }) {
  const [chosen, setChosen] = useState<{ id: string; right: boolean }>();
  const heading = useId();
  return (
    <section className={styles.card} aria-labelledby={heading}>
      <p className={styles.kind}>Question</p>
      <p id={heading} className={styles.question}>
        {question}
      </p>
      <AnswersContext value={{ chosen: chosen?.id, choose: (id, right) => setChosen({ id, right }) }}>
        <div className={styles.choices}>{children}</div>
      </AnswersContext>
      <p aria-live="polite" className="visually-hidden">
        {chosen ? (chosen.right ? "That is right." : "That is not it.") : ""}
      </p>
    </section>
  );
}

export function Choice({ right = false, because, children }: { readonly right?: boolean; readonly because?: string; readonly children: ReactNode }) {
  const id = useId();
  const { chosen, choose } = use(AnswersContext);
  const mine = chosen === id;
  return (
    <div className={styles.choice} data-state={mine ? (right ? "right" : "wrong") : undefined}>
      <button type="button" aria-pressed={mine} onClick={() => choose(id, right)}>
        <span className={styles.mark}>{mine && (right ? <Check aria-hidden size={14} /> : <X aria-hidden size={14} />)}</span>
        <span>{children}</span>
      </button>
      {mine && because && <p className={styles.because}>{because}</p>}
    </div>
  );
}

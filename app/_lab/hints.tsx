"use client";

import { Lightbulb } from "lucide-react";
import { Inline } from "@/app/_mdx/inline";
import type { HintState } from "@/engine";
import styles from "./panels.module.css";

/** Hints come when the world says they may; each that is opened costs a little of the score, and stays open. */
export function Hints({ hints, onOpen }: { readonly hints: readonly HintState[]; readonly onOpen: (id: string) => void }) {
  const offered = hints.filter((hint) => hint.available || hint.opened);
  const later = hints.length - offered.length;
  return (
    <div className={styles.hints}>
      {offered.map((hint) => (
        <div key={hint.id} className={styles.hint}>
          {hint.opened ? (
            <>
              <h3><Lightbulb aria-hidden size={15} /> {hint.title}</h3>
              <div aria-live="polite"><Inline text={hint.text ?? ""} /></div>
            </>
          ) : (
            <button type="button" onClick={() => onOpen(hint.id)}>
              <Lightbulb aria-hidden size={15} /> {hint.title}
            </button>
          )}
        </div>
      ))}
      <p className={styles.aside}>
        {later > 0 && (offered.length > 0 ? `${later} more may come as you look around. ` : "No hint yet: look around first, hints come with what you do. ")}
        {hints.length > 0 && "Each hint you open takes 10 of 100 points."}
        {hints.length === 0 && "This world has no hints."}
      </p>
    </div>
  );
}

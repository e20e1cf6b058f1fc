"use client";

import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Inline } from "./inline";
import styles from "./practice.module.css";

type Card = { readonly id: string; readonly front: string; readonly back: string };

/** A check inside the text: say the answer, turn the card, go on. What was shaky comes round again. */
export function FlashcardCheck({ cards, title }: { readonly cards: readonly Card[]; readonly title: string }) {
  const [queue, setQueue] = useState(cards);
  const [turned, setTurned] = useState(false);
  const [card] = queue;

  function answer(known: boolean): void {
    setQueue(([first, ...rest]) => (known || !first ? rest : [...rest, first]));
    setTurned(false);
  }

  return (
    <section className={styles.card} aria-label={title}>
      <p className={styles.kind}>
        {title}
        <span>{card ? `${cards.length - queue.length} of ${cards.length}` : "all known"}</span>
      </p>
      {card ? (
        <>
          <div className={styles.question}><Inline text={card.front} /></div>
          <div aria-live="polite">{turned && <div className={styles.back}><Inline text={card.back} /></div>}</div>
          <p className={styles.actions}>
            {turned ? (
              <>
                <button type="button" className="button" onClick={() => answer(true)}>I knew it</button>
                <button type="button" className="button quiet" onClick={() => answer(false)}>Ask me again</button>
              </>
            ) : (
              <button type="button" className="button" onClick={() => setTurned(true)}>Show the answer</button>
            )}
          </p>
        </>
      ) : (
        <>
          <p className={styles.question}>That was the last one.</p>
          <p className={styles.actions}>
            <button type="button" className="button quiet" onClick={() => setQueue(cards)}>
              <RotateCcw aria-hidden size={15} /> Once more
            </button>
          </p>
        </>
      )}
    </section>
  );
}

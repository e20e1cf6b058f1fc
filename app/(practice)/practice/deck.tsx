"use client";

import { Undo2 } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useEffect, useState, useTransition } from "react";
import { Inline } from "@/app/_mdx/inline";
import type { DueCard } from "@/app/_server/practice";
import { answerAction, undoAction } from "./actions";
import styles from "./practice.module.css";

type Rating = 1 | 2 | 3 | 4;
const RATINGS: readonly { readonly rating: Rating; readonly label: string }[] = [
  { rating: 1, label: "Again" },
  { rating: 2, label: "Hard" },
  { rating: 3, label: "Good" },
  { rating: 4, label: "Easy" },
];

type Props = { readonly due: readonly DueCard[]; readonly canUndo: boolean; readonly reviewedToday: number; readonly children: ReactNode };

/** One card at a time: Space turns it, 1 to 4 answer, U takes the last answer back. What is due is always the server's word. */
export function Deck({ due, canUndo, reviewedToday, children }: Props) {
  const [card] = due;
  const [turned, setTurned] = useState<string>();
  const [busy, start] = useTransition();
  const face = `${card?.key}/${reviewedToday}`; // The same card may come twice: it comes face up each time.
  const open = card !== undefined && turned === face;

  const answer = (rating: Rating) => card && start(() => answerAction(card.key, rating));
  const takeBack = () => start(() => undoAction());

  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (busy || event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input, textarea, select")) return;
      const onButton = (event.target as Element).closest("button, a") !== null;
      const rating = Number(event.key);
      if (event.key === " " && card && !open && !onButton) setTurned(face);
      else if (open && (rating === 1 || rating === 2 || rating === 3 || rating === 4)) answer(rating);
      else if (event.key === "u" && canUndo) takeBack();
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return (
    <>
      {card ? (
        <section className={styles.card} aria-label="Flashcard" aria-busy={busy}>
          <p className={styles.from}>
            <Link href={`/course/${card.lesson.id}`}>{card.lesson.title}</Link>
            <span>{card.isNew ? "new" : "again"}</span>
            <span>{due.length} to go</span>
          </p>
          <div className={styles.front} aria-live="polite">
            <Inline text={card.front} />
          </div>
          <div aria-live="polite">
            {open && <div className={styles.back}><Inline text={card.back} /></div>}
          </div>
          {open ? (
            <fieldset className={styles.ratings} aria-label="How well did you know it?">
              {RATINGS.map(({ rating, label }) => (
                <button key={rating} type="button" data-rating={rating} disabled={busy} onClick={() => answer(rating)}>
                  <span>{label}</span>
                  <small>{card.intervals[rating]}</small>
                  <kbd>{rating}</kbd>
                </button>
              ))}
            </fieldset>
          ) : (
            <button type="button" className={`button ${styles.turn}`} onClick={() => setTurned(face)}>
              Show the answer <kbd>Space</kbd>
            </button>
          )}
        </section>
      ) : (
        children
      )}
      {canUndo && (
        <p className={styles.undo}>
          <button type="button" disabled={busy} onClick={takeBack}>
            <Undo2 aria-hidden size={15} /> Take the last answer back <kbd>U</kbd>
          </button>
        </p>
      )}
    </>
  );
}

/** Flashcards that are due. */
import type { Metadata } from "next";
import Link from "next/link";
import { loadCourse } from "@/app/_server/course";
import { practice } from "@/app/_server/practice";
import { progress } from "@/app/_server/progress";
import { inWords } from "@/app/_ui/durations";
import { Deck } from "./deck";
import styles from "./practice.module.css";

export const metadata: Metadata = { title: "Practice" };

export default async function PracticePage() {
  const [{ due, nextDue, known, reviewedToday, canUndo }, { read }, course] = await Promise.all([practice(), progress(), loadCourse()]);
  const [first] = course.lessons;
  return (
    <main id="main" className="page">
      <h1>Practice</h1>
      <p className="lead">The cards of the lessons you have read, each shortly before you would forget it.</p>
      <Deck due={due} canUndo={canUndo} reviewedToday={reviewedToday}>
        {read.size === 0 ? (
          <section className={styles.empty}>
            <h2>No cards yet</h2>
            <p>When you mark a lesson as read, its flashcards come here.</p>
            {first && <Link className="button" href={`/course/${first.id}`}>Read “{first.title}”</Link>}
          </section>
        ) : (
          <section className={styles.empty}>
            <h2>Done for now</h2>
            <p>
              {reviewedToday > 0 && `${reviewedToday} ${reviewedToday === 1 ? "answer" : "answers"} today, ${known} ${known === 1 ? "card" : "cards"} in your head. `}
              {nextDue ? `The next card comes in ${inWords(nextDue.getTime() - Date.now())}.` : "New cards come tomorrow, or with the next lesson you read."}
            </p>
            <Link className="button quiet" href="/course">Go on with the course</Link>
          </section>
        )}
      </Deck>
    </main>
  );
}

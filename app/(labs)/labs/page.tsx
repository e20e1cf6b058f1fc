/** All labs, and the worlds without a task. */
import { Check } from "lucide-react";
import type { Metadata } from "next";
import { LabLink } from "@/app/_lab/lab-link";
import { type LabEntry, loadCourse } from "@/app/_server/course";
import { progress } from "@/app/_server/progress";
import { LEVELS } from "@/app/_ui/levels";
import styles from "./labs.module.css";

export const metadata: Metadata = { title: "Labs" };

export default async function LabsPage() {
  const [course, { solved }] = await Promise.all([loadCourse(), progress()]);
  const broken = course.labs.filter((lab) => lab.summary.goals.length > 0);
  const playgrounds = course.labs.filter((lab) => lab.summary.goals.length === 0);
  return (
    <main id="main" className="page">
      <h1>Labs</h1>
      <p className="lead">Each is a cluster of its own, broken in one way. It runs in this page: nothing to install, nothing that expires.</p>
      <ul className={styles.labs}>
        {broken.map((lab) => <LabRow key={lab.summary.id} lab={lab} solved={solved.has(lab.summary.id)} />)}
      </ul>
      {playgrounds.length > 0 && (
        <>
          <h2 className={styles.heading}>Playgrounds</h2>
          <p className={styles.about}>Healthy worlds without a task, to try things in.</p>
          <ul className={styles.labs}>
            {playgrounds.map((lab) => <LabRow key={lab.summary.id} lab={lab} solved={false} />)}
          </ul>
        </>
      )}
    </main>
  );
}

function LabRow({ lab: { summary }, solved }: { readonly lab: LabEntry; readonly solved: boolean }) {
  return (
    <li>
      <LabLink href={`/labs/${summary.id}`} className={styles.lab}>
        <strong>
          {summary.title}
          {solved && <span className={styles.solved}><Check aria-hidden size={14} strokeWidth={3} /> solved</span>}
        </strong>
        <span>{summary.summary}</span>
        <small>
          {[summary.goals.length > 0 && LEVELS[summary.level].title, summary.goals.length > 0 && `${summary.minutes} minutes`, ...summary.topics].filter(Boolean).join(" · ")}
        </small>
      </LabLink>
    </li>
  );
}

/** The contents of the course: what there is, in which order, and how far the reader is. */
import { Check, FlaskConical } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { LabLink } from "@/app/_lab/lab-link";
import { type Course, type Lesson, loadCourse } from "@/app/_server/course";
import { type Progress, progress } from "@/app/_server/progress";
import { LEVELS } from "@/app/_ui/levels";
import styles from "./course.module.css";

export const metadata: Metadata = { title: "Course" };

export default async function CoursePage() {
  const [course, done] = await Promise.all([loadCourse(), progress()]);
  return (
    <main id="main" className="page">
      <h1>Course</h1>
      <p className="lead">{course.summary}</p>
      {course.modules.map((module) => {
        const read = module.lessons.filter((lesson) => done.read.has(lesson.id)).length;
        return (
          <section key={module.slug} className={styles.module} aria-labelledby={module.slug}>
            <header className={styles.head}>
              <h2 id={module.slug}>{module.title}</h2>
              <p>{module.summary}</p>
              <p className={styles.count}>
                {read} of {module.lessons.length} read
              </p>
            </header>
            <ol className={styles.lessons}>
              {module.lessons.map((lesson) => (
                <LessonRow key={lesson.id} lesson={lesson} course={course} done={done} />
              ))}
            </ol>
          </section>
        );
      })}
      <p className={styles.foot}>
        Words that need a sentence have one in the <Link href="/glossary">glossary</Link>.
      </p>
    </main>
  );
}

function LessonRow({ lesson, course, done }: { readonly lesson: Lesson; readonly course: Course; readonly done: Progress }) {
  const read = done.read.has(lesson.id);
  const needed = lesson.needs.flatMap((id) => course.lessons.find((other) => other.id === id) ?? []);
  const labs = course.labs.filter((lab) => lesson.labs.includes(lab.summary.id));
  return (
    <li className={styles.lesson} data-read={read || undefined}>
      <span className={styles.state}>{read ? <Check aria-hidden size={15} strokeWidth={3} /> : null}</span>
      <div>
        <h3>
          <Link href={`/course/${lesson.id}`}>{lesson.title}</Link>
          {read && <span className="visually-hidden"> (read)</span>}
        </h3>
        <p>{lesson.summary}</p>
        <p className={styles.meta}>
          <span title={LEVELS[lesson.level].about}>{LEVELS[lesson.level].title}</span>
          <span>{lesson.minutes} minutes</span>
          <span>{needed.length === 0 ? "Needs nothing before it" : <>Needs {needed.map((other, i) => <span key={other.id}>{i > 0 && ", "}<Link href={`/course/${other.id}`}>{other.title}</Link></span>)}</>}</span>
        </p>
        {labs.map(({ summary }) => (
          <p key={summary.id} className={styles.lab}>
            <FlaskConical aria-hidden size={15} />
            <LabLink href={`/labs/${summary.id}`}>Lab: {summary.title}</LabLink>
            <span>{summary.minutes} minutes{done.solved.has(summary.id) && ", solved"}</span>
          </p>
        ))}
      </div>
    </li>
  );
}

/** A lesson: the curriculum on one side, the text, its own contents on the other. */
import { ArrowLeft, ArrowRight, Check } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { compile } from "@/app/_mdx/compile";
import { components } from "@/app/_mdx/components";
import { evaluate } from "@/app/_mdx/evaluate";
import { LessonProblem } from "@/app/_mdx/vocabulary-check";
import { type Course, findLesson, type Lesson, loadCourse } from "@/app/_server/course";
import { type Progress, progress } from "@/app/_server/progress";
import { LEVELS } from "@/app/_ui/levels";
import { ContentMistake } from "@/app/content-mistake";
import { markReadAction } from "../../actions";
import { Contents } from "./contents";
import styles from "./lesson.module.css";
import { ReadingSwitch } from "./reading-switch";

type Props = { readonly params: Promise<{ module: string; lesson: string }> };

async function lessonOf({ params }: Props): Promise<Lesson> {
  const { module, lesson } = await params;
  return (await findLesson(`${module}/${lesson}`)) ?? notFound();
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const { title, summary } = await lessonOf(props);
  return { title, description: summary };
}

export default async function LessonPage(props: Props) {
  const [lesson, course, done] = await Promise.all([lessonOf(props), loadCourse(), progress()]);
  const compiled = await compile(lesson.source, `content/${lesson.path}`).catch(mistake);
  if (typeof compiled === "string") return <ContentMistake message={compiled} />;
  const Prose = evaluate(compiled);
  const read = done.read.has(lesson.id);
  const place = compiled.headings.find((heading) => heading.id === done.places.get(lesson.id));
  return (
    <div className={styles.layout}>
      <Rail course={course} current={lesson.id} done={done} />
      <main id="main" className={styles.main}>
        <article>
          <header className={styles.head}>
            <p className={styles.crumbs}>
              <Link href="/course">Course</Link>
              <span aria-hidden>/</span>
              <Link href={`/course#${lesson.module.slug}`}>{lesson.module.title}</Link>
              <ReadingSwitch />
            </p>
            <h1>{lesson.title}</h1>
            <p className={styles.summary}>{lesson.summary}</p>
            <p className={styles.meta}>
              <span className="chip" title={LEVELS[lesson.level].about}>{LEVELS[lesson.level].title}</span>
              <span className="chip">{lesson.minutes} minutes</span>
              {lesson.needs.map((id) => (
                <Link key={id} className="chip" href={`/course/${id}`}>Needs: {titleOf(course, id)}</Link>
              ))}
              {read && <span className="chip"><Check aria-hidden size={13} /> Read</span>}
            </p>
            {place && !read && (
              <p className={styles.resume}>
                You were at <a href={`#${place.id}`}>{place.text}</a>.
              </p>
            )}
          </header>
          <div className="prose">
            <Prose components={components({ path: `content/${lesson.path}`, lesson: lesson.id, cards: lesson.cards, course, solved: done.solved })} />
          </div>
        </article>
        <form className={styles.done} action={markReadAction}>
          <input type="hidden" name="lesson" value={lesson.id} />
          <input type="hidden" name="read" value={read ? "no" : "yes"} />
          <button type="submit" className={read ? "button quiet" : "button"}>
            {read ? "Mark as not read" : "Mark as read"}
          </button>
          <p>{read ? <>Its {lesson.cards.length} flashcards are in your <Link href="/practice">practice</Link>.</> : <>Its {lesson.cards.length} flashcards then come back in your practice, each when you are about to forget it.</>}</p>
        </form>
        <Links lesson={lesson} course={course} />
      </main>
      <Contents lesson={lesson.id} headings={compiled.headings} />
    </div>
  );
}

/** What its author did wrong is for the page to say; all else is ours. */
function mistake(problem: unknown): string {
  if (problem instanceof LessonProblem) return problem.message;
  throw problem;
}

function Rail({ course, current, done }: { readonly course: Course; readonly current: string; readonly done: Progress }) {
  return (
    <nav className={styles.rail} aria-label="Curriculum">
      {course.modules.map((module) => (
        <section key={module.slug}>
          <p className={styles.railTitle}>{module.title}</p>
          <ol>
            {module.lessons.map((lesson) => (
              <li key={lesson.id}>
                <Link href={`/course/${lesson.id}`} aria-current={lesson.id === current ? "page" : undefined}>
                  <span className={styles.tick} data-read={done.read.has(lesson.id) || undefined}>
                    {done.read.has(lesson.id) && <Check aria-hidden size={11} strokeWidth={3.5} />}
                  </span>
                  <span>
                    {lesson.title}
                    {done.read.has(lesson.id) && <span className="visually-hidden"> (read)</span>}
                  </span>
                </Link>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </nav>
  );
}

function Links({ lesson, course }: { readonly lesson: Lesson; readonly course: Course }) {
  const at = course.lessons.findIndex((other) => other.id === lesson.id);
  const previous = course.lessons[at - 1];
  const next = course.lessons[at + 1];
  const more = [
    { title: "Related", ids: lesson.related },
    { title: "Pages that lead here", ids: lesson.referredBy },
  ].filter(({ ids }) => ids.length > 0);
  return (
    <>
      {more.map(({ title, ids }) => (
        <section key={title} className={styles.more}>
          <h2>{title}</h2>
          <ul>
            {ids.map((id) => (
              <li key={id}><Link href={`/course/${id}`}>{titleOf(course, id)}</Link></li>
            ))}
          </ul>
        </section>
      ))}
      <nav className={styles.turn} aria-label="Previous and next lesson">
        {previous ? <Link href={`/course/${previous.id}`} rel="prev"><small><ArrowLeft aria-hidden size={14} /> Previous</small>{previous.title}</Link> : <Link href="/course"><small><ArrowLeft aria-hidden size={14} /> All lessons</small>{course.title}</Link>}
        {next && <Link href={`/course/${next.id}`} rel="next"><small>Next <ArrowRight aria-hidden size={14} /></small>{next.title}</Link>}
      </nav>
    </>
  );
}

function titleOf(course: Course, id: string): string {
  return course.lessons.find((lesson) => lesson.id === id)?.title ?? id;
}

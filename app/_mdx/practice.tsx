/** Things to do in a lesson that need no script: exercises, the cheat sheet, the way into a lab, a term explained. */
import { ArrowRight, FlaskConical, Lightbulb, ListChecks, PencilLine } from "lucide-react";
import type { ReactNode } from "react";
import { LabLink } from "@/app/_lab/lab-link";
import type { LabSummary } from "@/engine";
import { Inline } from "./inline";
import styles from "./practice.module.css";

export function Exercise({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={`Exercise: ${title}`}>
      <p className={styles.kind}>
        <PencilLine aria-hidden size={15} />
        Exercise
      </p>
      <p className={styles.question}>{title}</p>
      {children}
    </section>
  );
}

export function Hint({ children }: { readonly children: ReactNode }) {
  return (
    <details className={styles.fold}>
      <summary>
        <Lightbulb aria-hidden size={15} /> Hint
      </summary>
      <div>{children}</div>
    </details>
  );
}

export function Solution({ children }: { readonly children: ReactNode }) {
  return (
    <details className={styles.fold}>
      <summary>
        <ListChecks aria-hidden size={15} /> Solution
      </summary>
      <div>{children}</div>
    </details>
  );
}

export function CheatSheet({ title = "Cheat sheet", children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <section className={styles.sheet} aria-label={title}>
      <p className={styles.kind}>{title}</p>
      {children}
    </section>
  );
}

export function LabCard({ lab, done }: { readonly lab: LabSummary; readonly done: boolean }) {
  return (
    <LabLink className={styles.lab} href={`/labs/${lab.id}`}>
      <FlaskConical aria-hidden size={22} />
      <span>
        <strong>{lab.title}</strong>
        <span>{lab.summary}</span>
        <small>
          Lab · {lab.level} · {lab.minutes} minutes{done && " · solved"}
        </small>
      </span>
      <ArrowRight aria-hidden size={18} />
    </LabLink>
  );
}

/** A term of the glossary: its explanation shows on hover and on focus. Phrasing content only, since it stands inside a paragraph. */
export function Term({ id, explanation, children }: { readonly id: string; readonly explanation: string; readonly children: ReactNode }) {
  return (
    <span className={styles.term}>
      <button type="button" aria-describedby={id}>
        {children}
      </button>
      <span role="tooltip" id={id} className={styles.explanation}>
        <Inline text={explanation} />
      </span>
    </span>
  );
}

/** Wide tables scroll by themselves, by keyboard too. */
export function Table({ children }: { readonly children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="table" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </section>
  );
}

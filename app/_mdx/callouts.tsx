/** The boxes that stand out of a lesson's text. Each has a purpose, a name and a sign; the reader learns them once. */
import { BookOpenCheck, Crosshair, Flag, Goal, Landmark, type LucideIcon, MessagesSquare, Microscope, Pin, Shapes, Siren, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./callouts.module.css";

type Kind = { readonly label: string; readonly icon: LucideIcon; readonly tone: "calm" | "deep" | "warn" | "story" | "mark" };
type Props = { readonly title?: string; readonly children: ReactNode };

function callout(kind: Kind) {
  return function Callout({ title, children }: Props) {
    return <Box {...kind} title={title}>{children}</Box>;
  };
}

function Box({ label, icon: Icon, tone, title, children }: Kind & { readonly title: string | undefined; readonly children: ReactNode }) {
  return (
    <aside className={styles.callout} data-tone={tone} aria-label={title ? `${label}: ${title}` : label}>
      <p className={styles.label}>
        <Icon aria-hidden size={16} />
        <span>{label}</span>
        {title && <strong>{title}</strong>}
      </p>
      {children}
    </aside>
  );
}

export const MentalModel = callout({ label: "Mental model", icon: Shapes, tone: "calm" });
export const UnderTheHood = callout({ label: "Under the hood", icon: Microscope, tone: "deep" });
export const Gotcha = callout({ label: "Gotcha", icon: TriangleAlert, tone: "warn" });
export const Trivia = callout({ label: "Trivia", icon: Landmark, tone: "deep" });
export const WarStory = callout({ label: "War story", icon: Siren, tone: "story" });
export const Remember = callout({ label: "Remember", icon: Pin, tone: "mark" });
export const InterviewBridge = callout({ label: "In an interview", icon: MessagesSquare, tone: "calm" });
export const Aim = callout({ label: "You will be able to", icon: Goal, tone: "mark" });
export const Takeaways = callout({ label: "Takeaways", icon: BookOpenCheck, tone: "mark" });

export function Mission({ title, children }: Props) {
  return <Story label="Your mission" icon={Crosshair} title={title}>{children}</Story>;
}

export function MissionSolved({ title, children }: Props) {
  return <Story label="Mission solved" icon={Flag} title={title}>{children}</Story>;
}

function Story({ label, icon: Icon, title, children }: { readonly label: string; readonly icon: LucideIcon; readonly title: string | undefined; readonly children: ReactNode }) {
  return (
    <section className={styles.mission} aria-label={label}>
      <p className={styles.missionLabel}>
        <Icon aria-hidden size={18} />
        {label}
      </p>
      {title && <p className={styles.missionTitle}>{title}</p>}
      {children}
    </section>
  );
}

/** A sentence that a test answers for. */
export function Claim({ by, children }: { readonly by: string; readonly children: ReactNode }) {
  return (
    <span className={styles.claim}>
      {children}{" "}
      <span className={styles.proof} title={`Checked on every change by ${by}`}>
        <BookOpenCheck aria-hidden size={13} />
        <span className="visually-hidden">(checked by {by})</span>
      </span>
    </span>
  );
}

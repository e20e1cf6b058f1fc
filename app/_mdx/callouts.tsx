/** The boxes that stand out of a lesson's text. Each has a purpose, a name and a sign; the reader learns them once. */
import { BookOpenCheck, Crosshair, Flag, Goal, Landmark, type LucideIcon, MessagesSquare, Microscope, Pin, Shapes, Siren, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./callouts.module.css";

type Kind = { readonly label: string; readonly icon: LucideIcon; readonly tone: "calm" | "deep" | "warn" | "story" | "mark" };
type Props = { readonly title?: string; readonly children: ReactNode };

function Box({ kind: { label, icon: Icon, tone }, title, children }: Props & { readonly kind: Kind }) {
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

export const MentalModel = (props: Props) => <Box kind={{ label: "Mental model", icon: Shapes, tone: "calm" }} {...props} />;
export const UnderTheHood = (props: Props) => <Box kind={{ label: "Under the hood", icon: Microscope, tone: "deep" }} {...props} />;
export const Gotcha = (props: Props) => <Box kind={{ label: "Gotcha", icon: TriangleAlert, tone: "warn" }} {...props} />;
export const Trivia = (props: Props) => <Box kind={{ label: "Trivia", icon: Landmark, tone: "deep" }} {...props} />;
export const WarStory = (props: Props) => <Box kind={{ label: "War story", icon: Siren, tone: "story" }} {...props} />;
export const Remember = (props: Props) => <Box kind={{ label: "Remember", icon: Pin, tone: "mark" }} {...props} />;
export const InterviewBridge = (props: Props) => <Box kind={{ label: "In an interview", icon: MessagesSquare, tone: "calm" }} {...props} />;
export const Aim = (props: Props) => <Box kind={{ label: "You will be able to", icon: Goal, tone: "mark" }} {...props} />;
export const Takeaways = (props: Props) => <Box kind={{ label: "Takeaways", icon: BookOpenCheck, tone: "mark" }} {...props} />;

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

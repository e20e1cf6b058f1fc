/**
 * The terminal beside the lesson, as a picture. What is typed in it is the first solution of the course's first lab, which
 * the tests play on every change; the goals are that lab's goals.
 */
import { Check } from "lucide-react";
import { type Command, parseTranscript } from "@/engine";
import styles from "./home.module.css";
import type { Course } from "./_server/course";

const MOST_LINES = 5;

export function HomePicture({ course }: { readonly course: Course }) {
  const lab = course.labs.find((entry) => entry.lesson !== undefined);
  const [path, text] = Object.entries(lab?.files ?? {}).find(([name]) => name.startsWith("solutions/")) ?? [];
  if (!lab || !path || text === undefined) return null;
  const commands = parseTranscript(text, path).filter((step): step is Command => step.kind === "command");
  return (
    <figure className={styles.picture} aria-label={`The lab ${lab.summary.title}, solved`}>
      <div className={styles.paper}>
        <p className={styles.paperTitle}>{lab.summary.title}</p>
        <p>{lab.summary.summary}</p>
        <ul>
          {lab.summary.goals.map((goal, i) => (
            <li key={goal.id} style={{ animationDelay: `${2.6 + i * 0.5}s` }}>
              <span className={styles.tick} style={{ animationDelay: `${2.6 + i * 0.5}s` }}><Check aria-hidden size={12} strokeWidth={3.5} /></span>
              {goal.title}
            </li>
          ))}
        </ul>
      </div>
      <div className={styles.terminal}>
        {commands.map((command, i) => (
          <div key={command.line} className={styles.typed} style={{ animationDelay: `${0.3 + i * 0.8}s` }}>
            <p><span>{command.place}$ </span>{command.line}</p>
            {command.output.slice(0, MOST_LINES).map((line) => <p key={line}>{line}</p>)}
          </div>
        ))}
      </div>
    </figure>
  );
}

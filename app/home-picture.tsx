/**
 * The terminal beside the lesson, as a picture of the real thing: content/home.transcript, which the tests play on every change, and
 * the goals of the lab it is played in.
 */
import { type Command, parseTranscript } from "@/engine";
import styles from "./home.module.css";
import type { Course } from "./_server/course";

export function HomePicture({ home }: { readonly home: Course["home"] }) {
  if (!home) return null;
  const { summary } = home.lab;
  const commands = parseTranscript(home.transcript, "home.transcript").filter((step): step is Command => step.kind === "command");
  return (
    <figure className={styles.picture} aria-label={`The beginning of the lab “${summary.title}”`}>
      <div className={styles.paper}>
        <p className={styles.paperTitle}>{summary.title}</p>
        <p>{summary.summary}</p>
        <ul>
          {summary.goals.map((goal) => (
            <li key={goal.id}>
              <span className={styles.tick} />
              {goal.title}
            </li>
          ))}
        </ul>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={styles.terminal} aria-label="Transcript" tabIndex={0}>
        {commands.map((command, i) => (
          <div key={command.line} className={styles.typed} style={{ animationDelay: `${0.3 + i * 0.9}s` }}>
            <p><span>{command.place}$ </span>{command.line}</p>
            {command.output.length > 0 && <p>{command.output.join("\n")}</p>}
          </div>
        ))}
        <p className={styles.prompt}><span>{commands.at(-1)?.place}$ </span></p>
      </section>
    </figure>
  );
}

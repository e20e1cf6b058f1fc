/**
 * A terminal's transcript inside a lesson. What it shows was played by the tests; its commands can be copied, or the whole block
 * opened in the workbench: the blocks before it in the same world are typed first, so the reader arrives at exactly that state.
 */
import { SquareTerminal } from "lucide-react";
import { LabLink } from "@/app/_lab/lab-link";
import { CopyButton } from "@/app/_ui/copy-button";
import { parseTranscript } from "@/engine";
import styles from "./console.module.css";

type Props = { readonly source: string; readonly world?: string; readonly title?: string; readonly block?: string; readonly lesson?: string };

export function Console({ source, world, title, block, lesson }: Props) {
  const steps = parseTranscript(source, "console");
  const commands = steps.flatMap((step) => (step.kind === "command" ? [step.line] : []));
  const name = title ?? "Terminal";
  return (
    <figure className={styles.console}>
      <figcaption className={styles.bar}>
        <SquareTerminal aria-hidden size={15} />
        <span className={styles.title}>{name}</span>
        <CopyButton text={commands.join("\n")} label={commands.length === 1 ? "Copy the command" : "Copy the commands"} />
        {world && (
          <LabLink className={styles.open} href={`/labs/${world}${lesson && block ? `?from=${lesson}&block=${block}` : ""}`} prefetch={false}>
            Open in the workbench
          </LabLink>
        )}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={styles.screen} aria-label={`${name}, transcript`} tabIndex={0}>
        {steps.map((step, i) => {
          const key = `${i}`;
          if (step.kind === "remark") return step.text === "" ? <br key={key} /> : <p key={key} className={styles.remark}>{step.text.replace(/^\/\/ ?/, "# ")}</p>;
          if (step.kind === "directive") return step.verb === "wait" ? <p key={key} className={styles.remark}># {step.argument} later</p> : null;
          return (
            <div key={key} className={styles.step}>
              <p className={styles.command}>
                <span className={styles.prompt}>{step.place}$ </span>
                {step.line}
              </p>
              {step.output.length > 0 && <p className={styles.output}>{step.output.join("\n")}</p>}
              {step.exit !== 0 && <p className={styles.exit}>exit status {step.exit}</p>}
            </div>
          );
        })}
      </section>
    </figure>
  );
}

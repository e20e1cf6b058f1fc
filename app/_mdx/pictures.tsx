/** Diagrams as text that is laid out: they reflow on a phone, and a screen reader reads them in order. */
import type { ReactNode } from "react";
import { type Box, type Nested, parseFlow, parseTopology } from "./picture-text";
import styles from "./pictures.module.css";

export function Flow({ source, title }: { readonly source: string; readonly title?: string }) {
  return (
    <Figure title={title}>
      {parseFlow(source).map(({ boxes, arrows }) => (
        <ol key={boxes.map((box) => box.title).join()} className={styles.chain}>
          {boxes.map((box, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed text; the same box may stand in it twice.
            <li key={i} className={styles.link}>
              {i > 0 && <span className={styles.arrow}>{arrows[i - 1]}</span>}
              <BoxView box={box} />
            </li>
          ))}
        </ol>
      ))}
    </Figure>
  );
}

export function Topology({ source, title }: { readonly source: string; readonly title?: string }) {
  return (
    <Figure title={title}>
      <NestedView boxes={parseTopology(source)} />
    </Figure>
  );
}

function NestedView({ boxes }: { readonly boxes: readonly Nested[] }) {
  return (
    <ul className={styles.nest}>
      {boxes.map((box) => (
        <li key={box.title} className={box.within.length > 0 ? styles.outer : undefined} data-tone={box.tone}>
          <BoxView box={box} />
          {box.within.length > 0 && <NestedView boxes={box.within} />}
        </li>
      ))}
    </ul>
  );
}

function BoxView({ box }: { readonly box: Box }) {
  return (
    <span className={styles.box} data-tone={box.tone}>
      <span className={styles.name}>{box.title}</span>
      {box.detail && <span className={styles.detail}>{box.detail}</span>}
    </span>
  );
}

function Figure({ title, children }: { readonly title: string | undefined; readonly children: ReactNode }) {
  return (
    <figure className={styles.figure}>
      {children}
      {title && <figcaption>{title}</figcaption>}
    </figure>
  );
}

/** A packet's journey: one Hop after another, each with its place, what the packet looks like there, and what is decided. */
export function PacketWalk({ title, children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <Figure title={title}>
      <ol className={styles.walk}>{children}</ol>
    </Figure>
  );
}

export function Hop({ at, packet, verdict, children }: { readonly at: string; readonly packet?: string; readonly verdict?: string; readonly children?: ReactNode }) {
  return (
    <li className={styles.hop}>
      <p className={styles.at}>
        {at}
        {verdict && <span className={styles.verdict}>{verdict}</span>}
      </p>
      {packet && <p className={styles.packet}>{packet}</p>}
      {children}
    </li>
  );
}

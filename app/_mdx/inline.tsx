/** Short texts from YAML (cards, glossary, goals): `code`, **bold**, and paragraphs parted by blank lines. Nothing else is marked up. */
import { Fragment, type ReactNode } from "react";

export function Inline({ text }: { readonly text: string }): ReactNode {
  const paragraphs = text.trim().split(/\n\s*\n/);
  if (paragraphs.length === 1) return <Marked text={paragraphs[0] ?? ""} />;
  // biome-ignore lint/suspicious/noArrayIndexKey: the paragraphs of a fixed text never change places.
  return paragraphs.map((paragraph, i) => <p key={i}><Marked text={paragraph} /></p>);
}

function Marked({ text }: { readonly text: string }): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece, i) => {
    const key = `${i}${piece}`;
    if (piece.startsWith("`")) return <code key={key}>{piece.slice(1, -1)}</code>;
    if (piece.startsWith("**")) return <strong key={key}>{piece.slice(2, -2)}</strong>;
    return <Fragment key={key}>{piece}</Fragment>;
  });
}

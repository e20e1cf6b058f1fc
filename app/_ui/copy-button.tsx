"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";

const SHOWN_MS = 1600;

/** Copies a text and says so. */
export function CopyButton({ text, label, className }: { readonly text: string; readonly label: string; readonly className?: string }) {
  const [copied, setCopied] = useState(false);

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  }

  return (
    <button type="button" className={className} onClick={copy} aria-label={label} title={label}>
      {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
      <span aria-live="polite" className="visually-hidden">
        {copied ? "Copied" : ""}
      </span>
    </button>
  );
}

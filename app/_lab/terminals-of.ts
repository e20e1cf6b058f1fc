import type { Journal } from "@/engine";
import type { OpenTerminal } from "./protocol";

/** The terminals that are open at the end of a journal, in the order they were opened. */
export function terminalsOf(journal: Journal): readonly OpenTerminal[] {
  const open = new Map<string, OpenTerminal>();
  for (const { input } of journal.entries) {
    if (input.kind === "open") open.set(input.terminal, { id: input.terminal, place: input.place });
    if (input.kind === "close") open.delete(input.terminal);
  }
  return [...open.values()];
}

/**
 * The journal as it was just before the last line was typed: back to the first key after the Enter before it. Undefined when there
 * is no such line.
 */
export function beforeLastLine(journal: Journal): Journal | undefined {
  const { entries } = journal;
  const isEnter = (at: number) => {
    const input = entries[at]?.input;
    return input?.kind === "keys" && /[\r\n]/.test(input.text);
  };
  const last = entries.findLastIndex((_, at) => isEnter(at));
  if (last < 0) return undefined;
  const previous = entries.findLastIndex((_, at) => at < last && isEnter(at));
  const cut = entries.findIndex((entry, at) => at > previous && entry.input.kind === "keys");
  const first = entries[cut];
  return first && { ...journal, entries: entries.slice(0, cut), endUs: first.atUs, endEvents: first.afterEvents };
}

/** Whether a shell would run the text now, or ask for more of it (an open quote, a loop, a here-document). */
import { incomplete } from "../shell/interactive";

export function isCompleteLine(text: string): boolean {
  return !incomplete(text, new Map());
}

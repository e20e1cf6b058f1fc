/** A figure that belongs to a number of Services; `kernel` is this machine's own, where it was measured beside. */
import type { Figure } from "./commands/bench";

export function ofServices(count: number, name: string, value: number, unit: string, kernel?: number): Figure {
  return { name: `${count.toLocaleString("en-US")} Services: ${name}`, value, unit, ...(kernel !== undefined && { kernel }) };
}

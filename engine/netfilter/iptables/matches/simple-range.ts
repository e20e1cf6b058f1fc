/** Options of the form min[:max], for -m length and -m tcpmss. */
import { parseNumber } from "../extension";
import { fail } from "../problem";
import type { PortRange } from "../ports";

export function parseRange(extension: string, option: string, text: string): PortRange {
  if (text === "") return { min: 0, max: 0 };
  const [left = "", right, more] = text.split(":");
  if (more !== undefined) fail(`${extension}: Too many components for option "--${option}" (max: 2)\n`);
  const one = (part: string): number => parseNumber(part, 0, 65_535) ?? fail(`${extension}: bad value for option "--${option}" near "${part}", or out of range (0-65535).\n`);
  const min = left === "" && right !== undefined ? 0 : one(left);
  const max = right === undefined ? min : right === "" ? 65_535 : one(right);
  return { min, max };
}

export const rangeText = ({ min, max }: PortRange): string => (min === max ? String(min) : `${min}:${max}`);

/** Options of the form min[:max], for -m length and -m tcpmss. */
import { integer } from "../extension";
import type { PortRange } from "../ports";

export function parseRange(extension: string, option: string, text: string): PortRange {
  const [left = "", right] = text.split(":");
  const min = left === "" && right !== undefined ? 0 : integer(extension, option, left, 0, 65_535);
  const max = right === undefined ? min : right === "" ? 65_535 : integer(extension, option, right, 0, 65_535);
  return { min, max };
}

export const rangeText = ({ min, max }: PortRange): string => (min === max ? String(min) : `${min}:${max}`);

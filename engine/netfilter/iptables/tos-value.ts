/** The TOS field as -m tos and -j TOS take it: a value under a mask, or one of five old names. tos_values.c. */
import { parseNumber } from "./extension";
import { fail } from "./problem";

export type TosValue = { readonly value: number; readonly mask: number };

const NAMES: Readonly<Record<string, number>> = { "minimize-delay": 0x10, "maximize-throughput": 8, "maximize-reliability": 4, "minimize-cost": 2, "normal-service": 0 };
const SHOWN: ReadonlyMap<number, string> = new Map([[0x10, "Minimize-Delay"], [8, "Maximize-Throughput"], [4, "Maximize-Reliability"], [2, "Minimize-Cost"], [0, "Normal-Service"]]);

/** What a name leaves alone are the two bits of ECN. */
export const NAME_MASK = 0x3f;

/** xtopt_parse_tosmask: what does not begin with a number of one byte is taken for a name. */
export function parseTos(text: string): TosValue {
  const digits = /^\s*\+?(?:0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i.exec(text)?.[0] ?? "";
  const value = parseNumber(digits, 0, 255);
  if (value === undefined) return { value: NAMES[text.toLowerCase()] ?? fail(`Symbolic name "${text}" is unknown`), mask: NAME_MASK };
  const rest = text.slice(digits.length);
  if (rest === "") return { value, mask: 0xff };
  const mask = rest.startsWith("/") ? parseNumber(rest.slice(1), 0, 255) : undefined;
  return { value, mask: mask ?? fail(`Illegal value: "${text}"`) };
}

export const hexByte = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

/** The name under which -L without -n shows it. */
export const tosName = ({ value, mask }: TosValue): string | undefined => (mask === NAME_MASK ? SHOWN.get(value) : undefined);

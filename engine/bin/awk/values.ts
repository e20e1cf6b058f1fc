/**
 * awk's values: a number, a string, or a string from the input that looks like a number and is
 * compared as one ("strnum", POSIX "Expressions in awk").
 */
export class StrNum {
  constructor(
    readonly text: string,
    readonly value: number,
  ) {}
}

/** Undefined is a variable nobody has set: "" and 0 at once. */
export type Value = number | string | StrNum | undefined;

const LOOKS_NUMERIC = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const NUMBER_IN_FRONT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;

export function fromInput(text: string): Value {
  return LOOKS_NUMERIC.test(text) ? new StrNum(text, Number(text)) : text;
}

export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  if (value instanceof StrNum) return value.value;
  const front = NUMBER_IN_FRONT.exec(value)?.[0];
  return front === undefined ? 0 : Number(front);
}

/** CONVFMT or OFMT for what is not whole; "%.6g" unless the program says otherwise. */
export function toText(value: Value, convfmt: (value: number) => string): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof StrNum) return value.text;
  if (Number.isInteger(value)) return BigInt(value).toString();
  if (Number.isNaN(value)) return "-nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return convfmt(value);
}

export function isTrue(value: Value): boolean {
  if (value === undefined) return false;
  if (typeof value === "string") return value !== "";
  return toNumber(value) !== 0;
}

/** Numbers with numbers; as soon as one is a string, as strings. */
export function compareValues(a: Value, b: Value, convfmt: (value: number) => string): number {
  const numeric = (value: Value): boolean => typeof value !== "string";
  if (numeric(a) && numeric(b)) {
    const [x, y] = [toNumber(a), toNumber(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const [x, y] = [toText(a, convfmt), toText(b, convfmt)];
  return x < y ? -1 : x > y ? 1 : 0;
}

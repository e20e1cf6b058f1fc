/**
 * printf(3) formats, for awk, printf(1), jq's @text and whoever else prints by pattern. One
 * directive at a time: what a value is, and what a missing one means, is the caller's business.
 */
export type Directive = { readonly flags: string; readonly width: number | "*" | undefined; readonly precision: number | "*" | undefined; readonly conversion: string };
export type Piece = string | Directive;

/** Literal text and directives in turn; "%%" is text. */
export function parseFormat(format: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const directive = /%(?:%|([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|q|j|z|t)?([a-zA-Z]))/g;
  let at = 0;
  for (const match of format.matchAll(directive)) {
    if (match.index > at) pieces.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[0] === "%%") pieces.push("%");
    else {
      const [, flags = "", width, precision, conversion = ""] = match;
      pieces.push({ flags, width: size(width), precision: precision === undefined ? undefined : size(precision === "" ? "0" : precision), conversion });
    }
  }
  if (at < format.length) pieces.push(format.slice(at));
  return pieces;
}

function size(written: string | undefined): number | "*" | undefined {
  if (written === undefined || written === "*") return written;
  return Math.min(Number(written), 10_000);
}

export type Sized = { readonly flags: string; readonly width: number; readonly precision: number | undefined; readonly conversion: string };

export function formatString(value: string, { flags, width, precision }: Sized): string {
  const cut = precision === undefined ? value : [...value].slice(0, precision).join("");
  return pad(cut, flags.replace("0", ""), width);
}

/** d i u o x X c-less integers; f F e E g G. */
export function formatNumber(value: number, sized: Sized): string {
  const { flags, width, precision, conversion } = sized;
  if (!Number.isFinite(value)) return pad(Number.isNaN(value) ? "-nan" : value > 0 ? "inf" : "-inf", flags.replace("0", ""), width);
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const digits = "diouxX".includes(conversion) ? integerDigits(value, sized) : floatDigits(Math.abs(value), conversion, precision ?? 6, flags.includes("#"));
  const zeros = flags.includes("0") && !flags.includes("-") && !("diouxX".includes(conversion) && precision !== undefined);
  const signed = "ouxX".includes(conversion) ? "" : sign === "-" && /^0*$/.test(digits) && "di".includes(conversion) ? "" : sign;
  return zeros ? signed + digits.padStart(width - signed.length, "0") : pad(signed + digits, flags, width);
}

function integerDigits(value: number, { flags, precision, conversion }: Sized): string {
  let whole = Math.trunc(value);
  if (conversion === "d" || conversion === "i") whole = Math.abs(whole);
  const big = BigInt(whole) < 0n ? BigInt.asUintN(64, BigInt(whole)) : BigInt(whole);
  const radix = conversion === "o" ? 8 : conversion === "x" || conversion === "X" ? 16 : 10;
  let digits = big.toString(radix).padStart(precision ?? 1, "0");
  if (flags.includes("#") && radix === 16 && big !== 0n) digits = `0x${digits}`;
  if (flags.includes("#") && radix === 8 && !digits.startsWith("0")) digits = `0${digits}`;
  return conversion === "X" ? digits.toUpperCase() : digits;
}

function floatDigits(value: number, conversion: string, precision: number, alternate: boolean): string {
  const kind = conversion.toLowerCase();
  const places = Math.min(precision, 100);
  let digits: string;
  if (kind === "f") digits = value.toFixed(places);
  else if (kind === "e") digits = exponent(value.toExponential(places));
  else digits = general(value, places === 0 ? 1 : places, alternate);
  return conversion === conversion.toUpperCase() ? digits.toUpperCase() : digits;
}

function general(value: number, precision: number, alternate: boolean): string {
  if (value === 0) return "0";
  const written = value.toExponential(precision - 1);
  const power = Number(written.slice(written.indexOf("e") + 1));
  const trimmed = (digits: string): string => (alternate || !digits.includes(".") ? digits : digits.replace(/\.?0+$/, ""));
  if (power < -4 || power >= precision) {
    const [mantissa = "", tail = ""] = exponent(written).split("e");
    return `${trimmed(mantissa)}e${tail}`;
  }
  return trimmed(value.toFixed(precision - 1 - power));
}

/** C writes at least two digits of exponent. */
function exponent(written: string): string {
  return written.replace(/e([+-])(\d)$/, "e$10$2");
}

function pad(text: string, flags: string, width: number): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return flags.includes("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}

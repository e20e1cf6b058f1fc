/**
 * resource.Quantity: "100m", "1.5Gi", 2. Parsed to a whole number of nanos (as infDec would hold
 * it), printed in canonical form: the largest suffix that leaves no fraction.
 */
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const NANO = 1_000_000_000n;

export type Format = "BinarySI" | "DecimalSI" | "DecimalExponent";
export type Quantity = { readonly nanos: bigint; readonly format: Format };

/** Undefined if it is not one: the API says why in its own words. */
export function parseQuantity(written: string | number): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(String(written).trim());
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  let numerator = BigInt(`${whole}${fraction}`) * NANO;
  let denominator = 10n ** BigInt(fraction.length);
  let format: Format = "DecimalSI";
  const binary = BINARY.indexOf(suffix as (typeof BINARY)[number]);
  const decimal = DECIMAL.indexOf(suffix as (typeof DECIMAL)[number]);
  if (binary > 0) {
    numerator *= 1024n ** BigInt(binary);
    format = "BinarySI";
  } else if (decimal >= 0) {
    if (decimal < 3) denominator *= 1000n ** BigInt(3 - decimal);
    else numerator *= 1000n ** BigInt(decimal - 3);
  } else {
    const exponent = Number(suffix.slice(1));
    if (Math.abs(exponent) > 30) return undefined;
    if (exponent < 0) denominator *= 10n ** BigInt(-exponent);
    else numerator *= 10n ** BigInt(exponent);
    format = "DecimalExponent";
  }
  // Finer than a nano is rounded up, as ParseQuantity does.
  const nanos = (numerator + denominator - 1n) / denominator;
  return { nanos: sign === "-" ? -nanos : nanos, format };
}

export function printQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return "0";
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  if (format === "BinarySI" && size % NANO === 0n && size >= 1024n * NANO) {
    let value = size / NANO;
    let at = 0;
    while (value % 1024n === 0n && at < BINARY.length - 1) {
      value /= 1024n;
      at++;
    }
    return `${sign}${value}${BINARY[at]}`;
  }
  let value = size;
  let at = 0;
  while (value % 1000n === 0n && at < DECIMAL.length - 1) {
    value /= 1000n;
    at++;
  }
  if (format !== "DecimalExponent") return `${sign}${value}${DECIMAL[at]}`;
  const exponent = (at - 3) * 3;
  return exponent === 0 ? `${sign}${value}` : `${sign}${value}e${exponent}`;
}

/** Canonical text; undefined if it is no quantity. */
export function canonicalQuantity(written: string | number): string | undefined {
  const quantity = parseQuantity(written);
  return quantity && printQuantity(quantity);
}

/** Thousandths, rounded up: how the scheduler counts CPU. */
export function milliValue(written: string | number | undefined): number {
  const quantity = written === undefined ? undefined : parseQuantity(written);
  return quantity === undefined ? 0 : Number((quantity.nanos + 999_999n) / 1_000_000n);
}

/** Whole units, rounded up: how the scheduler counts bytes. */
export function wholeValue(written: string | number | undefined): number {
  const quantity = written === undefined ? undefined : parseQuantity(written);
  return quantity === undefined ? 0 : Number((quantity.nanos + NANO - 1n) / NANO);
}

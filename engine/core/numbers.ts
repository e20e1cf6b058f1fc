/**
 * Logarithms that are the same to the last bit everywhere. The standard leaves Math.log and its
 * kin to the browser; the four operations and comparison it does not.
 */

/** The exponent of the greatest power of two that is not above `value`; −1 for what is below one. */
export function floorLog2(value: number): number {
  let exponent = -1;
  for (let power = 1; power <= value; power *= 2) exponent++;
  return exponent;
}

const LN2 = 0.6931471805599453;

/** ln(value) for value ≥ 1, by 2·artanh((m−1)/(m+1)) of the mantissa m in [1, 2). */
export function naturalLog(value: number): number {
  const exponent = floorLog2(value);
  let mantissa = value;
  for (let i = 0; i < exponent; i++) mantissa /= 2;
  const z = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  let term = z;
  for (let n = 1; n < 60; n += 2) {
    sum += term / n;
    term *= z * z;
  }
  return exponent * LN2 + 2 * sum;
}

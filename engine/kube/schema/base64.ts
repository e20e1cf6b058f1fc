/** Base64 with padding (RFC 4648 §4): how JSON carries the bytes of a Secret. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += `${ALPHABET[bits >> 18]}${ALPHABET[(bits >> 12) & 63]}${b === undefined ? "=" : ALPHABET[(bits >> 6) & 63]}${c === undefined ? "=" : ALPHABET[bits & 63]}`;
  }
  return out;
}

/** The bytes again; what is no base64 is read as far as it goes. */
export function fromBase64(written: string): Uint8Array {
  const digits = [...written].map((c) => ALPHABET.indexOf(c)).filter((digit) => digit >= 0);
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  for (let i = 0; i < bytes.length; i++) {
    const at = Math.floor((i * 8) / 6);
    const shift = (i * 8) % 6;
    bytes[i] = (((digits[at] ?? 0) << (2 + shift)) | ((digits[at + 1] ?? 0) >> (4 - shift))) & 255;
  }
  return bytes;
}

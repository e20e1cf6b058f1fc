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

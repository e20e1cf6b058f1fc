/** Base64 (RFC 4648), as Secrets are written. What is not base64 ends the text there. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function fromBase64(written: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of written) {
    const digit = ALPHABET.indexOf(letter);
    if (letter === "\n") continue;
    if (digit < 0) break;
    value = ((value << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) bytes.push((value >> (bits -= 8)) & 255);
  }
  return new Uint8Array(bytes);
}

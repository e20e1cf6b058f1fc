/** Base64 (RFC 4648), for Secrets. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function toBase64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const three = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    out += ALPHABET.charAt(three >> 18) + ALPHABET.charAt((three >> 12) & 63);
    out += left > 1 ? ALPHABET.charAt((three >> 6) & 63) : "=";
    out += left > 2 ? ALPHABET.charAt(three & 63) : "=";
  }
  return out;
}

/** Undefined if it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const body = text.replaceAll(/[\r\n]/g, "");
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  const digits = body.replace(/=+$/, "");
  const out = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = (held << 6) | ALPHABET.indexOf(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = (held >> bits) & 0xff;
  }
  return out;
}

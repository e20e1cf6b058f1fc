/** SHA-256 (FIPS 180-4) and base32 (RFC 4648): what kube-proxy names its chains with, and what a state hash is. */
import { sha256 as digest } from "@noble/hashes/sha2.js";
import { utf8 } from "./bytes";

export function sha256(message: string | Uint8Array): Uint8Array {
  return digest(typeof message === "string" ? utf8(message) : message);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Without padding: callers cut it anyway. */
export function base32(bytes: Uint8Array): string {
  let out = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits === 0 ? out : out + BASE32[(value << (5 - bits)) & 31];
}

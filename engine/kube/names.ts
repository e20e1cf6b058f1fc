/** Names the API server makes up: uids that look like RFC 4122's version 4, and the letters after a generateName. */
import type { Rng } from "../core/rng";

/** k8s.io/apimachinery/pkg/util/rand: no vowels, so that no word can come out, and no 0, 1, 3. */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const LONGEST_NAME = 63;
const RANDOM_LETTERS = 5;

export function randomLetters(rng: Rng, count: number): string {
  let out = "";
  for (let i = 0; i < count; i++) out += LETTERS[rng.below(LETTERS.length)];
  return out;
}

/** rand.SafeEncodeString: the same letters, from a number's digits. */
export function safeEncode(written: string): string {
  return [...written].map((c) => LETTERS[c.charCodeAt(0) % LETTERS.length]).join("");
}

export function generateName(rng: Rng, base: string): string {
  return base.slice(0, LONGEST_NAME - RANDOM_LETTERS) + randomLetters(rng, RANDOM_LETTERS);
}

export function makeUid(rng: Rng): string {
  const hex = (n: number): string => n.toString(16).padStart(8, "0");
  const a = hex(rng.u32());
  const b = hex(((rng.u32() & 0xffff0fff) | 0x00004000) >>> 0);
  const c = hex(((rng.u32() & 0x3fffffff) | 0x80000000) >>> 0);
  const d = hex(rng.u32());
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}

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
  const [a, b, c, d] = [rng.u32(), ((rng.u32() & 0xffff_0fff) | 0x4000) >>> 0, ((rng.u32() & 0x3fff_ffff) | 0x8000_0000) >>> 0, rng.u32()];
  // Joined, so that it is one string and not a tree of pieces: there are as many as objects.
  return [hex4(a >>> 16), hex4(a & 0xffff), "-", hex4(b >>> 16), "-", hex4(b & 0xffff), "-", hex4(c >>> 16), "-", hex4(c & 0xffff), hex4(d >>> 16), hex4(d & 0xffff)].join("");
}

function hex4(n: number): string {
  return (n + 0x1_0000).toString(16).slice(1);
}

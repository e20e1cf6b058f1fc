/**
 * SHA-512 (FIPS 180-4): what CoreDNS says its configuration's is.
 *
 * Of our own because it is needed before the first prompt, and this is a tenth of the library's size;
 * it is slow, and there is one short text to hash. Its constants are worked out as the standard defines them.
 */
import { utf8 } from "./bytes";

const BLOCK = 128;
const ROUNDS = 80;
const MASK = (1n << 64n) - 1n;

export function sha512(message: string | Uint8Array): Uint8Array {
  const bytes = typeof message === "string" ? utf8(message) : message;
  const primes = firstPrimes(ROUNDS);
  const constants = primes.map((prime) => rootOf(BigInt(prime), 3n) & MASK);
  const state = primes.slice(0, 8).map((prime) => rootOf(BigInt(prime), 2n) & MASK);
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  write64(padded, padded.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < padded.length; at += BLOCK) compress(state, constants, padded, at);
  const digest = new Uint8Array(64);
  state.forEach((word, i) => write64(digest, i * 8, word));
  return digest;
}

function compress(state: bigint[], constants: readonly bigint[], bytes: Uint8Array, at: number): void {
  const words: bigint[] = [];
  for (let i = 0; i < 16; i++) words.push(read64(bytes, at + i * 8));
  const word = (i: number): bigint => words[i] ?? 0n;
  for (let i = 16; i < ROUNDS; i++) {
    const [w15, w2] = [word(i - 15), word(i - 2)];
    const s0 = turn(w15, 1n) ^ turn(w15, 8n) ^ (w15 >> 7n);
    const s1 = turn(w2, 19n) ^ turn(w2, 61n) ^ (w2 >> 6n);
    words.push((word(i - 16) + s0 + word(i - 7) + s1) & MASK);
  }
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
  for (let i = 0; i < ROUNDS; i++) {
    const t1 = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & MASK & g)) + (constants[i] ?? 0n) + word(i);
    const t2 = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = ((state[i] ?? 0n) + value) & MASK));
}

function turn(word: bigint, by: bigint): bigint {
  return ((word >> by) | (word << (64n - by))) & MASK;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** The root with 64 binary places, rounded down. */
function rootOf(value: bigint, degree: bigint): bigint {
  const scaled = value << (64n * degree);
  let root = 0n;
  for (let bit = 1n << 72n; bit > 0n; bit >>= 1n) if ((root | bit) ** degree <= scaled) root |= bit;
  return root;
}

function read64(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

function write64(bytes: Uint8Array, at: number, value: bigint): void {
  for (let i = 7, left = value; i >= 0; i--, left >>= 8n) bytes[at + i] = Number(left & 0xffn);
}

/** Sequence numbers: 32 bits that wrap around, compared by their distance (RFC 9293 §3.4, before() and after()). */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0;
}

export function add(seq: number, bytes: number): number {
  return (seq + bytes) >>> 0;
}

/** How far `b` is behind `a`; negative when it is ahead. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

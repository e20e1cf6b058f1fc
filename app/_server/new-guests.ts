/**
 * How many guests may be made: each is a row in the database, and a script could ask for any number of them. A school behind one
 * address is let in; what a single address, or all of them together, may ask for in an hour has an end.
 */
const HOUR_MS = 3_600_000;
const PER_ADDRESS = 120;
const IN_ALL = 5000;

export class NewGuests {
  #since = 0;
  #total = 0;
  readonly #made = new Map<string, number>();

  /** Counts one more, or says that this is too many. Forgets everything once an hour, so it never holds more than an hour's addresses. */
  admit(address: string, nowMs: number): boolean {
    if (nowMs - this.#since >= HOUR_MS) {
      this.#since = nowMs;
      this.#total = 0;
      this.#made.clear();
    }
    const made = this.#made.get(address) ?? 0;
    if (made >= PER_ADDRESS || this.#total >= IN_ALL) return false;
    this.#made.set(address, made + 1);
    this.#total++;
    return true;
  }
}

/** What the server, or the last proxy before it, saw; earlier entries are whatever somebody has written there. */
export function addressOf(headers: { get(name: string): string | null }): string {
  return headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() || "unknown";
}

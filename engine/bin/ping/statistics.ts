/** What ping keeps count of, and its last words (finish() in ping_common.c). Times in microseconds. */
export class Statistics {
  transmitted = 0;
  received = 0;
  duplicates = 0;
  errors = 0;
  startMs = 0;
  lastSentMs = 0;
  #pipe = 0;
  #min = Number.MAX_SAFE_INTEGER;
  #max = 0;
  #sum = 0;
  #squares = 0;
  /** The moving average of the round trip, times eight. */
  #smoothed = 0;
  #last = 0;

  /** Something came back about this one: how many were under way then. */
  acknowledge(seq: number): void {
    this.#last = Math.max(this.#last, seq);
    this.#pipe = Math.max(this.#pipe, this.transmitted - seq + 1);
  }

  time(us: number): void {
    this.#min = Math.min(this.#min, us);
    this.#max = Math.max(this.#max, us);
    this.#sum += us;
    this.#squares += us * us;
    this.#smoothed = this.#smoothed === 0 ? us * 8 : this.#smoothed + us - Math.floor(this.#smoothed / 8);
  }

  get smoothedUs(): number {
    return Math.floor(this.#smoothed / 8);
  }

  /** Sent after the last one that anything came back about (in_flight()). */
  get underway(): number {
    return this.transmitted - this.#last;
  }

  get slowestUs(): number {
    return this.#max;
  }

  print(name: string, timing: boolean, paced = false): string {
    const { transmitted, received, duplicates, errors } = this;
    const loss = transmitted > 0 ? `, ${general(((transmitted - received) * 100) / transmitted)}% packet loss, time ${Math.floor(this.lastSentMs - this.startMs)}ms` : "";
    let out = `\n--- ${name} ping statistics ---\n${transmitted} packets transmitted, ${received} received${duplicates > 0 ? `, +${duplicates} duplicates` : ""}${errors > 0 ? `, +${errors} errors` : ""}${loss}\n`;
    let comma = "";
    if (received > 0 && timing) {
      const count = received + duplicates;
      const average = Math.floor(this.#sum / count);
      const deviation = Math.floor(Math.sqrt(Math.max(0, Math.floor(this.#squares / count) - average * average)));
      out += `rtt min/avg/max/mdev = ${[this.#min, average, this.#max, deviation].map(millis).join("/")} ms`;
      comma = ", ";
    }
    if (this.#pipe > 1) {
      out += `${comma}pipe ${this.#pipe}`;
      comma = ", ";
    }
    if (received > 0 && paced && transmitted > 1) out += `${comma}ipg/ewma ${millis(Math.floor(((this.lastSentMs - this.startMs) * 1000) / (transmitted - 1)))}/${millis(this.smoothedUs)} ms`;
    return `${out}\n`;
  }

  /** What SIGQUIT shows in between. */
  printBrief(): string {
    const { transmitted, received } = this;
    const loss = transmitted > 0 ? `, ${Math.floor(((transmitted - received) * 100) / transmitted)}% loss` : "";
    const times = received > 0 ? `, min/avg/ewma/max = ${[this.#min, Math.floor(this.#sum / received), this.smoothedUs, this.#max].map(millis).join("/")} ms` : "";
    return `\r${received}/${transmitted} packets${loss}${times}\n`;
  }
}

const millis = (us: number): string => `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;

/** %g: six digits at most, no trailing zeros. */
function general(n: number): string {
  return String(Number(n.toPrecision(6)));
}

/** Fewer decimals the longer it took. */
export function printTime(us: number): string {
  if (us >= 99_950) return `${Math.floor((us + 500) / 1000)}`;
  if (us >= 9995) return `${Math.floor((us + 50) / 1000)}.${Math.floor(((us + 50) % 1000) / 100)}`;
  if (us >= 1000) return `${Math.floor((us + 5) / 1000)}.${String(Math.floor(((us + 5) % 1000) / 10)).padStart(2, "0")}`;
  return millis(us);
}

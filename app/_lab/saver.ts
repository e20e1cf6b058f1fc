/**
 * Sends the journal's growth to the server, one piece after the other. Nothing is asked of the server before the learner has done
 * something. A lost network is waited out; another tab that went on with the same lab is said, not fought.
 */
import type { JournalTail } from "./protocol";
import type { Saving, Verdict } from "./lab-store";

const RETRY_MS = 4000;
/** A server that has said "too many" is not asked again at once. */
const RETRY_CROWDED_MS = 60_000;
/** What a browser lets through while a page goes away. */
const MOST_KEEPALIVE_BYTES = 60_000;

type Outcome = "stored" | "offline" | "trouble" | "crowded" | "elsewhere" | "gone" | "too large";
type Report = (change: { readonly saving?: Saving; readonly verdict?: Verdict }) => void;

export class Saver {
  #id: string | undefined;
  #waiting: JournalTail | undefined;
  #sending: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly lab: string,
    private readonly seed: number,
    attempt: string | undefined,
    private readonly report: Report,
  ) {
    this.#id = attempt;
  }

  /** Takes a tail that begins where the last one ended. */
  keep(tail: JournalTail): void {
    if (this.#stopped) return;
    const before = this.#waiting;
    this.#waiting = before ? { ...tail, first: before.first, entries: [...before.entries, ...tail.entries] } : tail;
    if (!this.#id && this.#waiting.entries.every(({ input }) => input.kind === "open" || input.kind === "resize")) return; // Nobody has done anything yet.
    void this.flush();
  }

  /** Resolves when all that was kept is stored, or cannot be. */
  async flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  /** Has the server replay what it has stored, and look at the goals itself. */
  async judge(): Promise<void> {
    await this.flush();
    if (!this.#id || this.#stopped) return;
    this.report({ verdict: "asking" });
    try {
      const response = await post(`/api/attempts/${this.#id}/judge`, {});
      const answer = await response.json();
      if (!response.ok) return this.report({ verdict: { refused: answer.error ?? `The server answered ${response.status}.` } });
      this.report({ verdict: answer.completed ? "confirmed" : "none" });
    } catch {
      this.report({ verdict: { refused: "The server cannot be reached; your completion is confirmed when you come back." } });
    }
  }

  /** The page goes away: what is waiting is sent without waiting for an answer. */
  leave(): void {
    const tail = this.#waiting;
    if (!this.#id || !tail || this.#sending) return;
    const body = JSON.stringify(tail);
    if (body.length <= MOST_KEEPALIVE_BYTES) void fetch(`/api/attempts/${this.#id}/journal`, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting && !this.#stopped) {
      this.report({ saving: "saving" });
      const tail = this.#waiting;
      const outcome = await this.#send(tail);
      if (outcome === "stored") {
        const added = this.#waiting.entries.slice(tail.entries.length);
        const moved = this.#waiting.endUs > tail.endUs;
        this.#waiting = added.length > 0 || moved ? { ...this.#waiting, first: tail.first + tail.entries.length, entries: added } : undefined;
        this.report({ saving: "saved" });
        continue;
      }
      this.report({ saving: outcome });
      if (outcome === "elsewhere" || outcome === "gone" || outcome === "too large") return this.stop();
      await new Promise((resolve) => setTimeout(resolve, outcome === "crowded" ? RETRY_CROWDED_MS : RETRY_MS));
    }
  }

  async #send(tail: JournalTail): Promise<Outcome> {
    try {
      if (!this.#id) {
        const begun = await post("/api/attempts", { lab: this.lab, seed: this.seed });
        if (!begun.ok) return begun.status === 429 ? "crowded" : "trouble";
        this.#id = (await begun.json()).id;
      }
      const { status, ok } = await post(`/api/attempts/${this.#id}/journal`, tail);
      if (ok) return "stored";
      if (status === 409) return "elsewhere";
      if (status === 404) return "gone";
      if (status === 413 || status === 400) return "too large";
      return status === 429 ? "crowded" : "trouble";
    } catch {
      return "offline";
    }
  }
}

function post(address: string, body: unknown): Promise<Response> {
  return fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

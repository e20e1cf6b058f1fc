/**
 * Waiting, in one idea: a Task is a generator that yields only when it must wait.
 *
 * Everything with a life of its own (a shell, curl, CoreDNS, the kubelet) is a Task. The
 * scheduler resumes it when one of its signals fires or its deadline passes, so the whole
 * world runs synchronously and in one order, in a Web Worker and in a test alike.
 */
export type Task<T = void> = Generator<Wait, T, Wake>;

/** What a Task waits for. Neither given: it lets everybody else run once, and goes on. */
export type Wait = { readonly on?: Signal | readonly Signal[]; readonly deadlineMs?: number };
export type Wake = "signalled" | "timeout";

/** Whoever waits at a Signal: for the scheduler only. */
export interface Sleeper {
  wake(): void;
}

/** A place to wait. It carries no value: whoever wakes up looks again for what it wanted. */
export class Signal {
  #sleepers: Sleeper[] | undefined;

  notify(): void {
    const woken = this.#sleepers;
    if (woken === undefined || woken.length === 0) return;
    // Mostly one waits; its place is kept for the next time.
    if (woken.length === 1) return woken.pop()?.wake();
    this.#sleepers = undefined;
    for (const sleeper of woken) sleeper.wake();
  }

  /** For the scheduler only; a Task says `yield { on: signal }`. */
  park(sleeper: Sleeper): void {
    if (this.#sleepers === undefined) this.#sleepers = [sleeper];
    else this.#sleepers.push(sleeper);
  }

  leave(sleeper: Sleeper): void {
    const at = this.#sleepers?.indexOf(sleeper) ?? -1;
    if (at >= 0) this.#sleepers?.splice(at, 1);
  }
}

/** Blocks until `poll` finds something. Every blocking system call is this loop. */
export function* waitFor<T>(on: Signal | readonly Signal[], deadlineMs: number, poll: () => T | undefined): Task<T | undefined> {
  for (;;) {
    const found = poll();
    if (found !== undefined) return found;
    if ((yield { on, deadlineMs }) === "timeout") return poll();
  }
}

/** Sleeps until the clock shows `deadlineMs`. */
export function* sleepUntil(deadlineMs: number): Task {
  while ((yield { deadlineMs }) !== "timeout");
}

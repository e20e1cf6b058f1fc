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

/** A place to wait. It carries no value: whoever wakes up looks again for what it wanted. */
export class Signal {
  #sleepers: Set<() => void> | undefined;

  notify(): void {
    const woken = this.#sleepers;
    if (woken === undefined || woken.size === 0) return;
    this.#sleepers = undefined;
    for (const wake of woken) wake();
  }

  /** For the scheduler only; a Task says `yield { on: signal }`. Returns how to leave again. */
  park(wake: () => void): () => void {
    this.#sleepers ??= new Set();
    this.#sleepers.add(wake);
    return () => this.#sleepers?.delete(wake);
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

/** Runs a Task, and something else at certain moments while it waits: a meter that shows every second. */
import type { Task } from "../../core/task";

/** A Task that is woken for no reason of its own looks again and waits on; so every tick wakes it. */
export function* ticking<T>(task: Task<T>, nextMs: () => number, tick: () => Task): Task<T> {
  try {
    let step = task.next("signalled");
    while (!step.done) {
      const wait = step.value;
      const at = nextMs();
      if (at >= (wait.deadlineMs ?? Number.POSITIVE_INFINITY) || (wait.on === undefined && wait.deadlineMs === undefined)) {
        step = task.next(yield wait);
        continue;
      }
      const wake = yield { ...wait, deadlineMs: at };
      if (wake === "timeout") yield* tick();
      step = task.next("signalled");
    }
    return step.value;
  } finally {
    task.return(undefined as T);
  }
}

/** Waiting, but not for ever: runs a Task until it is done or the clock shows a deadline. */
import type { Signal, Task, Wait, Wake } from "../core/task";
import type { World } from "../core/world";

/** Undefined when the deadline came first; the Task is then ended where it waited. */
export function* within<T>(world: World, task: Task<T>, deadlineMs: number): Task<T | undefined> {
  let wake: Wake = "signalled";
  try {
    for (;;) {
      const step = task.next(wake);
      if (step.done) return step.value;
      const own = step.value.deadlineMs ?? (step.value.on === undefined ? world.scheduler.nowMs : Number.POSITIVE_INFINITY);
      wake = yield { ...step.value, deadlineMs: Math.min(own, deadlineMs) };
      if (wake === "timeout" && world.scheduler.nowMs >= deadlineMs && own > deadlineMs) return undefined;
    }
  } finally {
    task.return(undefined as T);
  }
}

/**
 * Runs a Task that `look` may interrupt: whenever `woken` fires, and at every other step, `look` is
 * asked; what it returns is thrown into the Task where it waits.
 */
export function* interruptible<T>(task: Task<T>, woken: Signal, look: () => unknown): Task<T> {
  let wake: Wake = "signalled";
  try {
    for (;;) {
      const thrown = look();
      const step: IteratorResult<Wait, T> = thrown === undefined ? task.next(wake) : task.throw(thrown);
      if (step.done) return step.value;
      const { on, deadlineMs }: Wait = step.value;
      if (on === undefined && deadlineMs === undefined) wake = yield step.value;
      else wake = yield { on: on === undefined ? woken : "park" in on ? [on as Signal, woken] : [...(on as readonly Signal[]), woken], ...(deadlineMs === undefined ? {} : { deadlineMs }) };
    }
  } finally {
    task.return(undefined as T);
  }
}

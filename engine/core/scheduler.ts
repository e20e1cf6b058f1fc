/**
 * The one clock and the one order of events.
 *
 * Time is kept in whole microseconds, so that adding it up never rounds; everybody else sees
 * milliseconds. Two queues: `soon` is first-in-first-out and costs next to nothing (a frame on
 * a veth), the heap holds what lies ahead. What is due now runs before time moves on.
 */
import type { Signal, Task, Wait, Wake } from "./task";

export type Timer = { cancel(): void; readonly dueMs: number };

/** A running Task, as seen by whoever started it. */
export interface TaskHandle<T = unknown> {
  readonly done: boolean;
  /** What the Task returned; undefined while it runs and after a kill. */
  readonly result: T | undefined;
  /** Ends the Task where it waits: its `finally` blocks run, and must not wait. */
  kill(): void;
}

type Event = { readonly us: number; readonly seq: number; fn: (() => void) | undefined };

export class Scheduler {
  #us = 0;
  #seq = 0;
  #heap: Event[] = [];
  #soon: (() => void)[] = [];
  #soonAt = 0;
  #events = 0;

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#us / 1000;
  }

  /** Whole microseconds since the world began. */
  get nowUs(): number {
    return this.#us;
  }

  /** How many events have run so far: what a budget counts. */
  get events(): number {
    return this.#events;
  }

  /** When the next event is due; undefined when nothing will ever happen again by itself. */
  get nextMs(): number | undefined {
    if (this.#soonAt < this.#soon.length) return this.nowMs;
    this.#dropCancelled();
    const next = this.#heap[0];
    return next && next.us / 1000;
  }

  /** Runs `fn` after everything that is already due now. */
  soon(fn: () => void): void {
    this.#soon.push(fn);
  }

  after(delayMs: number, fn: () => void): Timer {
    return this.at(this.nowMs + delayMs, fn);
  }

  at(dueMs: number, fn: () => void): Timer {
    const us = Math.max(this.#us, Math.round(dueMs * 1000));
    const event: Event = { us, seq: this.#seq++, fn };
    push(this.#heap, event);
    return { dueMs: us / 1000, cancel: () => void (event.fn = undefined) };
  }

  /** Runs all that is due until `untilMs`, at most `maxEvents` of it; false if that was not enough. */
  runUntil(untilMs: number, maxEvents = Number.POSITIVE_INFINITY): boolean {
    const untilUs = Math.round(untilMs * 1000);
    const stopAt = this.#events + maxEvents;
    while (this.#events < stopAt) {
      const fn = this.#next(untilUs);
      if (fn === undefined) {
        this.#us = Math.max(this.#us, untilUs);
        return true;
      }
      this.#events++;
      fn();
    }
    return false;
  }

  /**
   * For a replay: runs on until exactly so many events have run since the beginning, then sets
   * the clock to where it stood. False if the world came to rest before, and so is another one.
   */
  replayTo(us: number, events: number): boolean {
    this.runUntil(us / 1000, events - this.#events);
    if (this.#events !== events || this.#us > us) return false;
    this.#us = us;
    return true;
  }

  run(forMs: number, maxEvents?: number): boolean {
    return this.runUntil(this.nowMs + forMs, maxEvents);
  }

  #next(untilUs: number): (() => void) | undefined {
    const soon = this.#soon[this.#soonAt];
    if (soon !== undefined) {
      if (++this.#soonAt === this.#soon.length) {
        this.#soon = [];
        this.#soonAt = 0;
      } else if (this.#soonAt > 4096) {
        this.#soon = this.#soon.slice(this.#soonAt);
        this.#soonAt = 0;
      }
      return soon;
    }
    this.#dropCancelled();
    const due = this.#heap[0];
    if (due === undefined || due.us > untilUs) return undefined;
    pop(this.#heap);
    this.#us = due.us;
    return due.fn;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].fn === undefined) pop(this.#heap);
  }

  /** Starts a Task; its first step runs soon, never inside this call. */
  spawn<T>(task: Task<T>, onEnd?: (result: T | undefined) => void): TaskHandle<T> {
    const running = new Running(this, task, onEnd);
    this.soon(() => running.resume("signalled"));
    return running;
  }
}

class Running<T> implements TaskHandle<T> {
  done = false;
  result: T | undefined;
  #parked: (() => void)[] = [];
  #stepping = false;
  #killed = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly task: Task<T>,
    private readonly onEnd: ((result: T | undefined) => void) | undefined,
  ) {}

  resume(wake: Wake): void {
    if (this.done) return;
    this.#unpark();
    this.#stepping = true;
    let step: IteratorResult<Wait, T>;
    try {
      step = this.task.next(wake);
    } catch (error) {
      // A programmer's error ends this Task only; whoever started it is told, and it is not hidden.
      this.#stepping = false;
      this.#end(undefined);
      throw error;
    }
    this.#stepping = false;
    if (this.#killed) return this.#end(undefined);
    if (step.done) return this.#end(step.value);
    this.#park(step.value);
  }

  kill(): void {
    if (this.done || this.#killed) return;
    this.#killed = true;
    if (this.#stepping) return; // It kills itself: resume() sees to the rest when the step is over.
    this.#end(undefined);
  }

  #park({ on, deadlineMs }: Wait): void {
    let woken = false;
    const wake = (how: Wake) => () => {
      if (woken) return;
      woken = true;
      this.#unpark();
      this.scheduler.soon(() => this.resume(how));
    };
    for (const signal of signalsOf(on)) this.#parked.push(signal.park(wake("signalled")));
    if (deadlineMs !== undefined && deadlineMs !== Number.POSITIVE_INFINITY) {
      const timer = this.scheduler.at(deadlineMs, wake("timeout"));
      this.#parked.push(timer.cancel);
    } else if (on === undefined) this.scheduler.soon(() => this.resume("timeout"));
  }

  #unpark(): void {
    for (const leave of this.#parked) leave();
    this.#parked = [];
  }

  #end(result: T | undefined): void {
    if (this.done) return;
    this.done = true;
    this.result = result;
    this.#unpark();
    this.task.return(undefined as T);
    this.onEnd?.(result);
  }
}

function signalsOf(on: Signal | readonly Signal[] | undefined): readonly Signal[] {
  if (on === undefined) return [];
  return "park" in on ? [on as Signal] : (on as readonly Signal[]);
}

function before(a: Event, b: Event): boolean {
  return a.us < b.us || (a.us === b.us && a.seq < b.seq);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Event;
    if (!before(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
    if (!before(heap[child] as Event, last)) break;
    heap[at] = heap[child] as Event;
    at = child;
  }
  heap[at] = last;
}

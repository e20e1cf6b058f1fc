/**
 * The one clock and the one order of events.
 *
 * Time is kept in whole microseconds, so that adding it up never rounds; everybody else sees
 * milliseconds. Two queues: `soon` is first-in-first-out and costs next to nothing (a frame on
 * a veth), the heap holds what lies ahead. What is due now runs before time moves on.
 */
import type { Signal, Sleeper, Task, Wait, Wake } from "./task";

export type Timer = { cancel(): void; readonly dueMs: number };

/** A running Task, as seen by whoever started it. */
export interface TaskHandle<T = unknown> {
  readonly done: boolean;
  /** What the Task returned; undefined while it runs and after a kill. */
  readonly result: T | undefined;
  /** Ends the Task where it waits: its `finally` blocks run, and must not wait. */
  kill(): void;
}

/** So much that is over may lie in a queue before it is cut off. */
const MOST_DONE = 1024;

/** What lies ahead: an entry of the heap, and at the same time the timer its maker holds. */
class Event implements Timer {
  constructor(
    readonly us: number,
    readonly seq: number,
    /** Undefined when it is over, or cancelled. */
    public fn: (() => void) | undefined,
    private readonly onCancel: () => void,
  ) {}

  get dueMs(): number {
    return this.us / 1000;
  }

  cancel(): void {
    if (this.fn === undefined) return;
    this.fn = undefined;
    this.onCancel();
  }
}

export class Scheduler {
  #us = 0;
  #seq = 0;
  #heap: Event[] = [];
  #cancelled = 0;
  /** Filled from the front, emptied from the front; its room is used again rather than given back. */
  readonly #soon: ((() => void) | undefined)[] = [];
  #soonAt = 0;
  #soonEnd = 0;
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
    if (this.#soonAt < this.#soonEnd) return this.nowMs;
    this.#dropCancelled();
    const next = this.#heap[0];
    return next && next.us / 1000;
  }

  /** Runs `fn` after everything that is already due now. */
  soon(fn: () => void): void {
    this.#soon[this.#soonEnd++] = fn;
  }

  /** Does now what would have been done then, with the clock of then. It must not set timers. */
  asOf(us: number, work: () => void): void {
    const now = this.#us;
    this.#us = us;
    work();
    this.#us = now;
  }

  after(delayMs: number, fn: () => void): Timer {
    return this.at(this.nowMs + delayMs, fn);
  }

  /** Never before its time: what is due between two microseconds comes at the later one. A thousandth of one is what adding up has rounded. */
  at(dueMs: number, fn: () => void): Timer {
    const us = dueMs > this.nowMs ? Math.max(this.#us + 1, Math.ceil(dueMs * 1000 - 1e-3)) : this.#us;
    const event = new Event(us, this.#seq++, fn, this.#onCancel);
    push(this.#heap, event);
    return event;
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
    if (this.#soonAt < this.#soonEnd) return this.#nextSoon();
    this.#dropCancelled();
    const due = this.#heap[0];
    if (due === undefined || due.us > untilUs) return undefined;
    pop(this.#heap);
    this.#us = due.us;
    const { fn } = due;
    due.fn = undefined;
    return fn;
  }

  #nextSoon(): (() => void) | undefined {
    const fn = this.#soon[this.#soonAt];
    this.#soon[this.#soonAt++] = undefined;
    if (this.#soonAt === this.#soonEnd) this.#soonAt = this.#soonEnd = 0;
    else if (this.#soonAt > MOST_DONE) {
      this.#soon.splice(0, this.#soonAt);
      this.#soonEnd -= this.#soonAt;
      this.#soonAt = 0;
    }
    return fn;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].fn === undefined) {
      pop(this.#heap);
      this.#cancelled--;
    }
  }

  /** Most timers are cancelled long before they are due; when they are more than the others, all of them leave at once. */
  readonly #onCancel = (): void => {
    if (++this.#cancelled < MOST_DONE || this.#cancelled * 2 < this.#heap.length) return;
    const left = this.#heap.filter(({ fn }) => fn !== undefined);
    this.#heap = [];
    for (const event of left) push(this.#heap, event);
    this.#cancelled = 0;
  };

  /** Starts a Task; its first step runs soon, never inside this call. */
  spawn<T>(task: Task<T>, onEnd?: (result: T | undefined) => void): TaskHandle<T> {
    const running = new Running(this, task, onEnd);
    this.soon(() => running.resume("signalled"));
    return running;
  }
}

const NONE: readonly Signal[] = [];

class Running<T> implements TaskHandle<T>, Sleeper {
  done = false;
  result: T | undefined;
  /** Where it sleeps, and until when at most. */
  #signals: readonly Signal[] = NONE;
  #timer: Timer | undefined;
  #asleep = false;
  #how: Wake = "signalled";
  #stepping = false;
  #killed = false;
  readonly #resume = (): void => this.resume(this.#how);
  readonly #timeout = (): void => this.wake("timeout");

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
    this.#asleep = true;
    if (on !== undefined) {
      this.#signals = "park" in on ? [on as Signal] : (on as readonly Signal[]);
      for (const signal of this.#signals) signal.park(this);
    }
    if (deadlineMs !== undefined && deadlineMs !== Number.POSITIVE_INFINITY) this.#timer = this.scheduler.at(deadlineMs, this.#timeout);
    else if (on === undefined) this.wake("timeout");
  }

  /** The first to wake it says how; it goes on after everything that is already due. */
  wake(how: Wake = "signalled"): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#unpark();
    this.#how = how;
    this.scheduler.soon(this.#resume);
  }

  #unpark(): void {
    for (const signal of this.#signals) signal.leave(this);
    this.#signals = NONE;
    this.#timer?.cancel();
    this.#timer = undefined;
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

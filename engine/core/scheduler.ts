/**
 * The one clock and the one order of events.
 *
 * Time is kept in whole microseconds, so that adding it up never rounds; everybody else sees
 * milliseconds. Three queues: what devices have handed over (`softirq`) comes before anything else, `soon` is
 * first-in-first-out and costs next to nothing (a Task that was woken), the heap holds what lies ahead. What is due now
 * runs before time moves on.
 *
 * A Task that sends does not go on before its frames have been received, as far as they come without a delay: see bhEnable().
 */
import { Softirqs, WorkQueue } from "./softirq";
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

/** So many cancelled timers may lie in the heap before all of them leave. */
const MOST_CANCELLED = 1024;
/** net.core.netdev_budget: so many frames in one go; then the program goes on, and the rest comes when it waits. */
const NETDEV_BUDGET = 300;

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
  readonly #soon = new WorkQueue();
  readonly #softirqs = new Softirqs();
  /** A Task is running, or somebody outside of this world acts like one; rather than a timer or a frame's way in. */
  #inProcess = true;
  /** local_bh_disable(): how many times over. */
  #bhDisabled = 0;
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
    if (this.#soon.pending || this.#softirqs.pending) return this.nowMs;
    this.#dropCancelled();
    const next = this.#heap[0];
    return next && next.us / 1000;
  }

  /** Runs `fn` after everything that is already due now. */
  soon(fn: () => void): void {
    this.#soon.push(fn);
  }

  /** A device hands over a frame: `fn` receives it, before any Task goes on. */
  softirq(fn: () => void): void {
    this.#softirqs.raise(fn);
  }

  /** A tunnel hands over all that it has unwrapped, when the frames that came before have been received. */
  napi(poll: () => void): void {
    this.#softirqs.schedule(poll);
  }

  /** Frames handed over from here on wait for bhEnable(). */
  bhDisable(): void {
    this.#bhDisabled++;
  }

  /** local_bh_enable(): a Task that has sent something takes the time to receive it, here and now, with all that follows from it. */
  bhEnable(): void {
    if (--this.#bhDisabled > 0 || !this.#inProcess || !this.#softirqs.pending) return;
    this.#inProcess = false;
    for (let i = 0; i < NETDEV_BUDGET; i++) {
      const work = this.#softirqs.next();
      if (work === undefined) break;
      this.#events++;
      work();
    }
    this.#inProcess = true;
  }

  /** For Tasks: a step of one begins, and ends. */
  enterProcess(): void {
    this.#inProcess = true;
    this.#bhDisabled = 0;
  }

  leaveProcess(): void {
    this.#inProcess = false;
  }

  /** Does now what would have been done then, with the clock of then. It must not set timers. */
  asOf(us: number, work: () => void): void {
    const now = this.#us;
    this.#us = us;
    try {
      work();
    } finally {
      this.#us = now;
    }
  }

  after(delayMs: number, fn: () => void): Timer {
    return this.at(this.nowMs + delayMs, fn);
  }

  /** Never before its time: what is due between two microseconds comes at the later one. A thousandth of one is what adding up has rounded. */
  at(dueMs: number, fn: () => void): Timer {
    const us = dueMs > this.nowMs ? Math.max(this.#us + 1, Math.ceil(dueMs * 1000 - 1e-3)) : this.#us;
    return this.#put(us, this.#seq++, fn);
  }

  /** A timer of the kernel's: of those that are due at once, the one that was set last comes first (enqueue_timer(), expire_timers()). */
  wheelTimer(us: number, fn: () => void): Timer {
    return this.#put(Math.max(us, this.#us), -this.#seq++, fn);
  }

  #put(us: number, seq: number, fn: () => void): Timer {
    const event = new Event(us, seq, fn, this.#onCancel);
    push(this.#heap, event);
    return event;
  }

  /** Runs all that is due until `untilMs`, at most `maxEvents` of it; false if that was not enough. */
  runUntil(untilMs: number, maxEvents = Number.POSITIVE_INFINITY): boolean {
    this.#inProcess = false;
    try {
      return this.#runUntil(Math.round(untilMs * 1000), this.#events + maxEvents);
    } finally {
      this.#inProcess = true;
    }
  }

  #runUntil(untilUs: number, stopAt: number): boolean {
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
    const now = this.#softirqs.next() ?? this.#soon.shift();
    if (now !== undefined) return now;
    this.#dropCancelled();
    const due = this.#heap[0];
    if (due === undefined || due.us > untilUs) return undefined;
    pop(this.#heap);
    this.#us = due.us;
    const { fn } = due;
    due.fn = undefined;
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
    if (++this.#cancelled < MOST_CANCELLED || this.#cancelled * 2 < this.#heap.length) return;
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
    this.scheduler.enterProcess();
    let step: IteratorResult<Wait, T>;
    try {
      step = this.task.next(wake);
      this.scheduler.leaveProcess();
    } catch (error) {
      // A programmer's error ends this Task only; whoever started it is told, and it is not hidden.
      this.scheduler.leaveProcess();
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

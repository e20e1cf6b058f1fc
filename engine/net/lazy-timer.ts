/**
 * A timer that is set far more often than it fires: a retransmission timer is moved by every
 * acknowledgement. Moving it later costs nothing; the event that was scheduled first finds, when
 * it comes, that it is too early, and goes to sleep again. In Linux: mod_timer().
 */
import type { Scheduler, Timer } from "../core/scheduler";

const NEVER = Number.POSITIVE_INFINITY;

export class LazyTimer {
  #dueUs = NEVER;
  #setAtUs = 0;
  #delayMs = 0;
  #armed: Timer | undefined;
  #armedUs = NEVER;
  /** Made when it is first armed: most keep-alive timers never are. */
  #onFire: (() => void) | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly onDue: () => void,
    /** When one that is set now fires, in microseconds: to the point, or as the kernel's timer wheel has it (jiffies.ts). */
    private readonly dueUs: (nowUs: number, delayMs: number) => number = toThePoint,
  ) {}

  #fire(): void {
    this.#armed = undefined;
    this.#armedUs = NEVER;
    if (this.#dueUs === NEVER) return;
    if (this.#dueUs > this.scheduler.nowUs) return this.#arm();
    this.#dueUs = NEVER;
    this.onDue();
  }

  get pending(): boolean {
    return this.#dueUs !== NEVER;
  }

  /** What it was set for on the world's clock, in milliseconds, as ss shows it; undefined when it is not set. */
  get dueMs(): number | undefined {
    return this.#dueUs === NEVER ? undefined : this.#setAtUs / 1000 + this.#delayMs;
  }

  set(delayMs: number): void {
    const { nowUs } = this.scheduler;
    this.#setAtUs = nowUs;
    this.#delayMs = delayMs;
    this.#dueUs = this.dueUs(nowUs, delayMs);
    if (this.#dueUs < this.#armedUs) this.#arm();
  }

  clear(): void {
    this.#dueUs = NEVER;
  }

  /** For good: nothing stays in the scheduler. */
  stop(): void {
    this.#dueUs = NEVER;
    this.#armed?.cancel();
    this.#armed = undefined;
    this.#armedUs = NEVER;
  }

  #arm(): void {
    this.#armed?.cancel();
    this.#armedUs = this.#dueUs;
    this.#onFire ??= () => this.#fire();
    this.#armed = this.scheduler.wheelTimer(this.#dueUs, this.#onFire);
  }
}

function toThePoint(nowUs: number, delayMs: number): number {
  return nowUs + Math.round(delayMs * 1000);
}

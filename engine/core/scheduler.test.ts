import { expect, test } from "vitest";
import { Scheduler } from "./scheduler";
import { Signal, type Task, waitFor } from "./task";

test("what is due runs in the order of time, then in the order it was asked for", () => {
  const scheduler = new Scheduler();
  const log: string[] = [];
  scheduler.after(2, () => log.push("c"));
  scheduler.after(1, () => log.push("a"));
  scheduler.after(1, () => log.push("b"));
  scheduler.soon(() => log.push("soon"));
  scheduler.runUntil(1);
  expect(log).toEqual(["soon", "a", "b"]);
  scheduler.runUntil(2);
  expect(log).toEqual(["soon", "a", "b", "c"]);
  expect(scheduler.nowMs).toBe(2);
});

test("time does not pass while something is due now", () => {
  const scheduler = new Scheduler();
  const seen: number[] = [];
  scheduler.after(1, () => scheduler.soon(() => seen.push(scheduler.nowMs)));
  scheduler.after(1.5, () => seen.push(scheduler.nowMs));
  scheduler.runUntil(10);
  expect(seen).toEqual([1, 1.5]);
});

test("a cancelled timer does not run and is not waited for", () => {
  const scheduler = new Scheduler();
  const timer = scheduler.after(5, () => expect.fail("ran"));
  timer.cancel();
  expect(scheduler.nextMs).toBeUndefined();
  scheduler.runUntil(10);
});

test("a budget of events stops a world that never comes to rest, and it can go on", () => {
  const scheduler = new Scheduler();
  const again = (): void => scheduler.soon(again);
  again();
  expect(scheduler.runUntil(1, 1000)).toBe(false);
  expect(scheduler.nowMs).toBe(0);
  expect(scheduler.runUntil(1, 1000)).toBe(false);
});

test("a Task waits for a signal or for its deadline, whichever comes first", () => {
  const scheduler = new Scheduler();
  const signal = new Signal();
  const box: { mail?: string } = {};
  const results: (string | undefined)[] = [];
  const reader = function* (deadlineMs: number): Task {
    results.push(yield* waitFor(signal, deadlineMs, () => box.mail));
  };
  scheduler.spawn(reader(5));
  scheduler.spawn(reader(50));
  scheduler.after(10, () => {
    box.mail = "hello";
    signal.notify();
  });
  scheduler.runUntil(100);
  expect(results).toEqual([undefined, "hello"]);
});

test("a killed Task cleans up where it waits, and is heard of no more", () => {
  const scheduler = new Scheduler();
  const log: string[] = [];
  const task = function* (): Task<string> {
    try {
      yield { deadlineMs: 100 };
      return "done";
    } finally {
      log.push("cleaned up");
    }
  };
  const handle = scheduler.spawn(task(), (result) => log.push(`ended with ${result}`));
  scheduler.runUntil(1);
  handle.kill();
  scheduler.runUntil(200);
  expect(log).toEqual(["cleaned up", "ended with undefined"]);
  expect(handle.done).toBe(true);
});

test("a Task may kill itself while it runs", () => {
  const scheduler = new Scheduler();
  const log: string[] = [];
  const task = function* (): Task {
    try {
      yield {};
      handle.kill();
      yield {};
      log.push("went on");
    } finally {
      log.push("cleaned up");
    }
  };
  const handle = scheduler.spawn(task());
  scheduler.runUntil(1);
  expect(log).toEqual(["cleaned up"]);
});

test("microseconds add up without rounding", () => {
  const scheduler = new Scheduler();
  let steps = 0;
  const step = (): void => {
    if (++steps < 100_000) scheduler.after(0.01, step);
  };
  scheduler.after(0.01, step);
  scheduler.runUntil(2000);
  expect(steps).toBe(100_000);
});

test("a deadline within this microsecond is the next one, so that who waits for the rest of it does not wait for ever", () => {
  const scheduler = new Scheduler();
  let turns = 0;
  const task = function* (): Task {
    const deadlineMs = scheduler.nowMs + 5.0004;
    while (scheduler.nowMs < deadlineMs) {
      turns++;
      yield { deadlineMs };
    }
  };
  scheduler.spawn(task());
  expect(scheduler.runUntil(6, 100)).toBe(true);
  expect(turns).toBe(1);
});

test("a deadline between two microseconds comes at the later one, so that who then looks at the clock sees it passed", () => {
  const scheduler = new Scheduler();
  const deadlineMs = 0.0123;
  let looks = 0;
  scheduler.spawn(
    (function* (): Task {
      while (scheduler.nowMs < deadlineMs) {
        looks++;
        yield { deadlineMs };
      }
    })(),
  );
  scheduler.runUntil(1);
  expect(looks).toBe(1);
  const times: number[] = [];
  for (const ms of [0.1 + 0.2 + 1, 1.7000000000000002, 2.0001]) scheduler.at(ms, () => times.push(scheduler.nowUs));
  scheduler.runUntil(3);
  expect(times).toEqual([1300, 1700, 2001]);
});

import { expect, test } from "vitest";
import { timerDueUs, wholeJiffies } from "./jiffies";

/** Recorded on Linux 6.18, CONFIG_HZ=250: a lost segment again and again, its times in jiffies 51, 51, 102, 204, 408. */
test("a retransmission timer fires where the kernel's wheel has its bucket: 208, 208, 416 to 440, 832, 1664 ms", () => {
  for (const [startUs, pauses] of [[0, [208, 208, 416, 832, 1664]], [4_000, [208, 208, 412, 832, 1664]], [16_000, [208, 208, 432, 832, 1664]]] as const) {
    let now: number = startUs;
    const seen = [204, 204, 408, 816, 1632].map((delay) => {
      const due = timerDueUs(now, delay);
      const pause = (due - now) / 1000;
      now = due;
      return pause;
    });
    expect(seen).toEqual(pauses);
  }
});

test.each([
  [4, 0, 8],
  [4, 3.999, 8],
  [40, 0, 44],
  [248, 0, 252],
  [252, 0, 256],
  [1000, 0, 1024],
  [1000, 23.9, 1024],
  [1000, 24, 1056],
  [2000, 0, 2016],
  [4000, 0, 4096],
  [16_000, 0, 16_128],
  [32_000, 0, 32_768],
  [120_000, 0, 120_832],
  [7_200_000, 0, 7_208_960],
])("a timer of %d ms set at %d ms fires at %d ms", (delay, now, due) => {
  expect(timerDueUs(now * 1000, delay)).toBe(due * 1000);
});

test("times are rounded up to jiffies of 4 ms", () => {
  expect([0, 0.1, 4, 4.001, 200.05].map(wholeJiffies)).toEqual([0, 4, 4, 8, 204]);
});

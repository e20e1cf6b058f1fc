import { expect, test } from "vitest";
import type { Input, Journal } from "@/engine";
import { beforeLastLine, terminalsOf } from "./terminals-of";

function journal(...inputs: readonly Input[]): Journal {
  const entries = inputs.map((input, i) => ({ atUs: i * 10, afterEvents: i, input }));
  return { format: 1, lab: "payments", engineVersion: "0.1.0", seed: 1, entries, endUs: 1000, endEvents: 100 };
}

const open = (terminal: string, place = "bastion"): Input => ({ kind: "open", terminal, place, columns: 80, rows: 24 });
const keys = (text: string): Input => ({ kind: "keys", terminal: "t1", text });

test("terminals that were closed are not there any more", () => {
  expect(terminalsOf(journal(open("t1"), open("t2", "node-1"), { kind: "close", terminal: "t1" }))).toEqual([{ id: "t2", place: "node-1" }]);
});

test("one step back ends where the last line's first key was pressed", () => {
  const before = beforeLastLine(journal(open("t1"), keys("l"), keys("s\r"), keys("p"), keys("w"), keys("d"), keys("\r"), keys("x")));
  expect(before).toEqual({ ...journal(open("t1"), keys("l"), keys("s\r")), endUs: 30, endEvents: 3 });
});

test("the only line goes altogether", () => {
  expect(beforeLastLine(journal(open("t1"), keys("ls\r")))?.entries).toHaveLength(1);
});

test("where nothing was entered there is no step back", () => {
  expect(beforeLastLine(journal(open("t1"), keys("ls")))).toBeUndefined();
});

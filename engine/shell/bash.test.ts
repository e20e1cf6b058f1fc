import { expect, test } from "vitest";
import { run, testMachine } from "@/test/support/machine";
import { bash, sh } from "./bash";

test("a loop in a pipeline prints as it goes and ends with its input", () => {
  const ran = run(testMachine([bash, sh]), ["bash", "-c", "for i in {1..3}; do echo $i; done | while read x; do echo got $x; done"]);
  expect(ran).toMatchObject({ stdout: "got 1\ngot 2\ngot 3\n", stderr: "", exit: 0 });
});

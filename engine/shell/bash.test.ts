import { expect, test } from "vitest";
import { run, testMachine } from "@/test/support/machine";
import { coreutils } from "@/engine/bin/index";
import { bash, sh } from "./bash";

test("a loop in a pipeline prints as it goes and ends with its input", () => {
  const ran = run(testMachine([bash, sh]), ["bash", "-c", "for i in {1..3}; do echo $i; done | while read x; do echo got $x; done"]);
  expect(ran).toMatchObject({ stdout: "got 1\ngot 2\ngot 3\n", stderr: "", exit: 0 });
});

test.each([
  ["seq 3 2>/dev/null | head -1", "1\n"],
  ["exec seq 2 2>/dev/null", "1\n2\n"],
  ["{ exec echo in; } 2>/dev/null | cat", "in\n"],
])("what a redirection has put aside is closed when the shell becomes the program: %s", (line, stdout) => {
  // The outer cat sees the end only when nobody holds its pipe any more, on 1 or put aside from 2.
  const ran = run(testMachine([bash, sh, ...coreutils]), ["bash", "-c", `bash -c '${line}' 2>&1 | cat; exec echo over >/dev/null`]);
  expect(ran).toMatchObject({ stdout, stderr: "", exit: 0 });
});

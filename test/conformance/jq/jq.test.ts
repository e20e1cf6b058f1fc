/** jq against jq 1.6: what it printed for each line of programs.txt (`record.mjs`). Known differences must go on differing. */
import { expect, test } from "vitest";
import { jq } from "@/engine/bin/jq/jq";
import { run, testMachine } from "@/test/support/machine";
import known from "./known-different.json";
import recorded from "./recorded.json";

test.each(recorded.cases)("$program", ({ program, stdout, stderr, exit }) => {
  const ran = run(testMachine([jq]), ["jq", "-n", "-c", program]);
  const got = { stdout: ran.stdout, stderr: ran.stderr, exit: ran.exit };
  if ((known as string[]).includes(program)) expect(got, "agrees now: take it off known-different.json").not.toEqual({ stdout, stderr, exit });
  else expect(got).toEqual({ stdout, stderr, exit });
});

/**
 * The shell and the text tools against the real ones: what cases/*.sh printed when record.mjs ran them.
 * A case in known-different.json must differ still: when it begins to agree, it is taken off the list.
 */
import { expect, test } from "vitest";
import { allPrograms } from "@/engine/bin/index";
import { bash, sh } from "@/engine/shell/index";
import { run, testMachine } from "@/test/support/machine";
import known from "./known-different.json";
import recorded from "./recorded.json";

const programs = [...new Map([bash, sh, ...allPrograms].map((program) => [program.name, program])).values()];

test.each(recorded.cases)("$file: $script", ({ script, stdout, stderr, exit }) => {
  const machine = testMachine(programs);
  machine.fs.mkdir("/work", { parents: true });
  const ran = run(machine, ["bash", "-c", script], { cwd: "/work", forMs: 20_000 });
  const got = { stdout: ran.stdout, stderr: ran.stderr, exit: ran.exit };
  if ((known as string[]).includes(script)) expect(got, "agrees now: take it off known-different.json").not.toEqual({ stdout, stderr, exit });
  else expect(got).toEqual({ stdout, stderr, exit });
});

import { test } from "vitest";
import { writeFileSync } from "node:fs";
import { allPrograms } from "@/engine/bin/index";
import { bash, sh } from "@/engine/shell/index";
import { run, testMachine } from "@/test/support/machine";
import recorded from "./recorded.json";
const programs = [...new Map([bash, sh, ...allPrograms].map((program) => [program.name, program])).values()];
test("scratch", () => {
  let out = "";
  for (const { file, script, stdout, stderr, exit } of recorded.cases) {
    const machine = testMachine(programs);
    machine.fs.mkdir("/work", { parents: true });
    const ran = run(machine, ["bash", "-c", script], { cwd: "/work", forMs: 20_000 });
    if (ran.stdout === stdout && ran.stderr === stderr && ran.exit === exit) continue;
    out += `##### ${file}: ${script}\n`;
    for (const [name, a, b] of [["out", stdout, ran.stdout], ["err", stderr, ran.stderr], ["exit", `${exit}\n`, `${ran.exit}\n`]] as const) {
      if (a === b) continue;
      const [x, y] = [a.split("\n"), b.split("\n")];
      for (let i = 0; i < Math.max(x.length, y.length); i++) if (x[i] !== y[i]) out += `${name}${i} real: ${JSON.stringify(x[i])}\n${name}${i} ours: ${JSON.stringify(y[i])}\n`;
    }
  }
  writeFileSync("/tmp/diffs.txt", out);
});

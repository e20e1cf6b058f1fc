import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runProgram } from "@/test/support/programs";
import { grep } from "./grep";

const TEXT = `apiVersion: v1
kind: Service
metadata:
  name: payments
spec:
  clusterIP: 10.96.45.12
  ports:
  - port: 80
    targetPort: 8080
  selector:
    app: payments-api
`;

const CASES: readonly (readonly string[])[] = [
  ["payments"],
  ["-i", "SERVICE"],
  ["-v", "o"],
  ["-c", "port"],
  ["-n", "port"],
  ["-o", "[0-9][0-9]*"],
  ["-E", "-o", "[0-9]+(\\.[0-9]+){3}"],
  ["-A", "1", "kind"],
  ["-B1", "selector"],
  ["-C1", "ports"],
  ["-1", "-n", "name"],
  ["-w", "port"],
  ["-x", "spec:"],
  ["-F", "10.96.45.12"],
  ["-E", "^(kind|spec)"],
  ["kind\\|spec"],
  ["-e", "kind", "-e", "spec"],
  ["-m1", "p"],
  ["-q", "payments"],
  ["nothing"],
  ["[[:upper:]]"],
  ["--color=always", "port"],
  ["-on", "a[a-z]*"],
  ["-l", "port"],
  ["-L", "port"],
  ["-H", "kind"],
  [""],
  ["-E", "a{2}|e{1,}r"],
  ["\\<port\\>"],
  ["-A1", "-B1", "-n", "-e", "kind", "-e", "targetPort"],
];

test.each(CASES.map((args) => [args.join(" "), args] as const))("grep %s prints what GNU grep prints", (_, args) => {
  const real = spawnSync("grep", args, { input: TEXT, encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } });
  expect(runProgram(grep, args, { stdin: TEXT })).toEqual({ stdout: real.stdout, stderr: real.stderr, exit: real.status });
});

test.each([[["-Z9", "x"], "grep: invalid option -- 'Z'"], [["[", "x"], "grep: Unmatched [, [^, [:, [., or [="], [["-P", "x"], "grep: not modelled: -P"], [["x", "nowhere"], "grep: nowhere: No such file or directory"]])("grep %j says so", (args, words) => {
  const { stderr, exit } = runProgram(grep, args, { stdin: "x\n" });
  expect([stderr.split("\n")[0], exit]).toEqual([words, 2]);
});

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runProgram } from "@/test/support/programs";
import { sed } from "./sed";

const TEXT = "apiVersion: v1\nkind: Service\nmetadata:\n  name: payments\nspec:\n  selector:\n    app: payments-api\n";

const CASES: readonly (readonly string[])[] = [
  ["s/payments/web/"],
  ["s/e/E/g"],
  ["s/e/E/2"],
  ["s/e/E/2g"],
  ["-n", "s/kind/KIND/p"],
  ["-n", "2p"],
  ["-n", "2,4p"],
  ["-n", "$p"],
  ["2d"],
  ["/kind/,/name/d"],
  ["/spec/,$d"],
  ["-n", "/name/{s/ *//;p}"],
  ["-E", "s/^( *)(app): (.*)$/\\1\\2: [\\3]/"],
  ["s/\\(app\\): \\(.*\\)/\\2 = \\1/"],
  ["s#payments#a/b#"],
  ["s|a|x|;s|x|y|"],
  ["1i\\first"],
  ["$a last"],
  ["2c changed"],
  ["2,3c changed"],
  ["y/abc/ABC/"],
  ["-n", "="],
  ["1!G;h;$!d"],
  ["N;s/\\n/ + /"],
  ["-n", "1~2p"],
  ["-n", "/kind/,+1p"],
  ["2q"],
  ["3q5"],
  [":a;N;$!ba;s/\\n/,/g"],
  ["s/payments-api$/payments/"],
  ["-E", "s/[[:space:]]+/ /g"],
  ["s/a/&&/"],
  ["-n", "/^ /!p"],
  ["-e", "s/a/1/", "-e", "s/b/2/"],
  ["s/.*/\\U&/"],
  ["s/x*/-/g"],
  ["/kind/{n;d}"],
  ["s/I/x/I"],
  ["# only a remark"],
  ["/name/s//NAME/"],
  ["s/[/]/x/"],
];

test.each(CASES.map((args) => [args.join(" "), args] as const))("sed %s prints what GNU sed prints", (_, args) => {
  const real = spawnSync("sed", args, { input: TEXT, encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } });
  expect(runProgram(sed, args, { stdin: TEXT })).toEqual({ stdout: real.stdout, stderr: real.stderr, exit: real.status });
});

test.each([["s/a/b"], ["k"], ["/a"], ["{p"], ["p}"], ["s/a/b/q"], ["y/ab/c/"], ["b nowhere"], ["2,p"], ["s/a/b/0"]])("sed %s is refused in sed's words", (script) => {
  const real = spawnSync("sed", [script], { input: TEXT, encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8" } });
  const ours = runProgram(sed, [script], { stdin: TEXT });
  expect(ours.exit).toBe(real.status);
  expect(ours.stderr.replace(/char \d+/, "char N")).toBe(real.stderr.replace(/char \d+/, "char N"));
});

test("a file without a last newline stays without one", () => {
  expect(runProgram(sed, ["s/a/b/"], { stdin: "a\na" }).stdout).toBe("b\nb");
});

test("a missing file is told, and the others are edited", () => {
  expect(runProgram(sed, ["p", "nowhere", "f"], { files: { f: "x\n" } })).toEqual({ stdout: "x\nx\n", stderr: "sed: can't read nowhere: No such file or directory\n", exit: 2 });
});

test("-i changes the file and prints nothing", () => {
  expect(runProgram(sed, ["-i", "s/x/y/;w copy", "f"], { files: { f: "x\n" } })).toEqual({ stdout: "", stderr: "", exit: 0 });
});

test("a loop in a script does not stop the world", () => {
  expect(() => runProgram(sed, [":a;ba"], { stdin: "x\n", forMs: 50 })).toThrow("did not end");
});

import { expect, test } from "vitest";
import { testMachine } from "@/test/support/machine";
import { defineProgram } from "./define";
import { bash, sh } from "./bash";
import { Terminal } from "./terminal";

const sleep = defineProgram("sleep", "", function* (proc) {
  yield* proc.sleep(Number(proc.args[0]) * 1000);
  return 0;
});
const cat = defineProgram("cat", "", function* (proc) {
  for (;;) {
    const line = yield* proc.readLine();
    if (line === undefined) return 0;
    yield* proc.out(`${line}\n`);
  }
});

/** A window of 40 columns; `type` sends keys and lets 100 ms go by. */
function open() {
  let screen = "";
  const machine = testMachine([bash, sh, sleep, cat]);
  const terminal = new Terminal({ machine, columns: 40, rows: 10, prompt: "$ ", onOutput: (text) => (screen += text) });
  const { scheduler } = machine.world;
  const type = (keys: string, forMs = 100): string => {
    screen = "";
    terminal.input(keys);
    scheduler.run(forMs);
    return screen.replaceAll("\x1b[?2004h", "").replaceAll("\x1b[?2004l\r", "");
  };
  type("");
  return { type, terminal, machine };
}

test("jobs of a subshell are nobody's business; those of the shell are told when they are over", () => {
  const { type } = open();
  expect(type("(sleep 1 &)\r")).toBe("(sleep 1 &)\r\n\r\x1b[J$ ");
  expect(type("sleep 1 &\r")).toMatch(/^sleep 1 &\r\n\[1\] \d+\r\n/);
  type("", 1000);
  expect(type("wait\r")).toBe("wait\r\n[1]+  Done                    sleep 1\r\n\r\x1b[J$ ");
});

test("a typed line is echoed, run, and followed by a new prompt", () => {
  const { type } = open();
  expect(type("echo hi")).toBe("echo hi");
  expect(type("\r")).toBe("\r\nhi\r\n\r\x1b[J$ ");
});

test("^C at the prompt gives the line up", () => {
  const { type } = open();
  type("rm -rf /");
  expect(type("\x03")).toBe("^C\r\n\r\x1b[J$ ");
  expect(type("echo $?\r")).toBe("echo $?\r\n130\r\n\r\x1b[J$ ");
});

test("^C ends a program in the foreground, and the list it was in", () => {
  const { type } = open();
  type("sleep 100; echo never\r");
  expect(type("\x03")).toBe("^C\r\n\r\x1b[J$ ");
  expect(type("echo $?\r")).toBe("echo $?\r\n130\r\n\r\x1b[J$ ");
});

test.each([["while true; do :; done"], ["while :; do sleep 0.01; done"], ["f() { f2; }; f2() { :; }; for ((;;)); do f; done"], ["until false; do x=$((x+1)); done"], ["sleep 100 | cat"], ["cat"], ["read x"], ["wait $(sleep 1000)"]])("^C ends: %s", (line) => {
  const { type } = open();
  type(`${line}\r`, 2000);
  type("\x03", 50);
  expect(type("echo still here\r")).toContain("still here\r\n\r\x1b[J$ ");
});

test("^Z stops a job, bg and fg go on with it", () => {
  const { type } = open();
  type("sleep 5\r");
  expect(type("\x1a")).toBe("^Z\r\n[1]+  Stopped                 sleep 5\r\n\r\x1b[J$ ");
  expect(type("bg\r")).toBe("bg\r\n[1]+ sleep 5 &\r\n\r\x1b[J$ ");
  expect(type("jobs\r")).toBe("jobs\r\n[1]+  Running                 sleep 5 &\r\n\r\x1b[J$ ");
  expect(type("\r", 6000)).toBe("\r\n\r\x1b[J$ ");
  expect(type("\r")).toBe("\r\n[1]+  Done                    sleep 5\r\n\r\x1b[J$ ");
});

test("lines are edited with readline's keys", () => {
  const { type } = open();
  expect(type("eco hi\x1b[D\x1b[D\x1b[D\x1b[Dh\x05 there\r")).toContain("\r\nhi there\r\n");
  expect(type("\x1b[A\x01X\x0b\x19\r")).toContain("bash: Xecho: command not found");
  expect(type("\x12hi t\x12\r")).toContain("\r\nhi there\r\n");
});

test("Tab completes commands, files and variables", () => {
  const { type } = open();
  type("echo > /tmp/some-file; mkdir -p /tmp/some-folder 2>/dev/null\r");
  expect(type("unali\t")).toBe("unali\x07".replace("\x07", "as "));
  type("\x15");
  expect(type("cat /tmp/so\t")).toBe("cat /tmp/some-file ");
  type("\x15");
  expect(type("echo $HOSTN\t\r")).toContain("\r\nnode-1\r\n");
});

test("a paste of ten megabytes ends in a bell, and the shell goes on", () => {
  const { type } = open();
  const began = performance.now();
  type(`\x1b[200~${"x".repeat(10_000_000)}\x1b[201~`);
  type("\x03");
  expect(type("echo alive\r")).toContain("\r\nalive\r\n");
  expect(performance.now() - began).toBeLessThan(3000);
});

test("a pasted block of lines is one entry until Enter is pressed", () => {
  const { type } = open();
  expect(type("\x1b[200~echo one\necho two\n\x1b[201~")).toBe("\r\x1b[J$ echo one\r\necho two");
  expect(type("\r")).toBe("\r\none\r\ntwo\r\n\r\x1b[J$ ");
});

test("^D on an empty line ends the shell", () => {
  const { type, terminal } = open();
  expect(type("\x04")).toBe("exit\r\n");
  expect(terminal.exited).toBe(true);
});

test("what is typed while a program runs is for whoever reads next", () => {
  const { type } = open();
  type("sleep 1\r");
  expect(type("echo later\r")).toBe("echo later\r\n");
  expect(type("", 1000)).toContain("later\r\n\r\x1b[J$ ");
});

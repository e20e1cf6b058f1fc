import { expect, test } from "vitest";
import { run, testMachine } from "@/test/support/machine";
import { bash, sh } from "../shell/bash";
import { allPrograms } from "./index";

const sudo = (...args: readonly string[]) => run(testMachine([bash, sh, ...allPrograms]), ["sudo", ...args]);

test.each([
  [["echo", "hi"], "hi\n", "", 0],
  [["-E", "-n", "-u", "root", "A=b", "printenv", "A"], "b\n", "", 0],
  [["-i", "echo", "a", "b"], "a b\n", "", 0],
  [["-s", "exit 3"], "", "", 3],
  [["nosuch"], "", "sudo: nosuch: command not found\n", 1],
  [["-u", "nobody", "id"], "", "sudo: not modelled: -u nobody\n", 2],
  [["-l"], "", "sudo: not modelled: -l\n", 2],
  [["-k"], "", "", 0],
] as const)("sudo %j", (args, stdout, stderr, exit) => {
  expect(sudo(...args)).toMatchObject({ stdout, stderr, exit });
});

test("sudo without a command tells how it is used", () => {
  expect(sudo()).toMatchObject({ stdout: "", exit: 1, stderr: expect.stringMatching(/^usage: sudo -h \| -K \| -k \| -V\n/) });
  expect(sudo("-Z").stderr).toMatch(/^sudo: invalid option -- 'Z'\nusage: /);
});

test.each([
  ["telnet payments 80", "telnet: not modelled: use nc -v HOST PORT\n"],
  ["netstat -tlnp", "netstat: not modelled: net-tools; use ss -tunap, ip route or nstat\n"],
  ["vi x", "vi: not modelled: a full-screen editor; write files with cat > FILE, sed -i, or the workbench's editor\n"],
])("what is not here names what is: %s", (line, stderr) => {
  expect(run(testMachine([bash, sh, ...allPrograms]), ["bash", "-c", line])).toMatchObject({ stdout: "", stderr, exit: 2 });
});

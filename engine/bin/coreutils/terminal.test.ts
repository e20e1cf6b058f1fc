import { expect, test } from "vitest";
import { testMachine } from "@/test/support/machine";
import { bash, sh, ShellSession, Terminal } from "../../shell/index";
import { text } from "../../core/bytes";
import { allPrograms } from "../index";

const programs = [bash, sh, ...allPrograms];

function open() {
  let screen = "";
  const machine = testMachine(programs);
  const terminal = new Terminal({ machine, columns: 60, rows: 6, prompt: "$ ", onOutput: (written) => (screen += written) });
  const type = (keys: string, forMs = 100): string => {
    screen = "";
    terminal.input(keys);
    machine.world.scheduler.run(forMs);
    return screen.replaceAll("\x1b[?2004h", "").replaceAll("\x1b[?2004l\r", "");
  };
  type("");
  return { type, machine, terminal };
}

test("watch redraws the whole screen, marks what changed, and leaves it as it was at ^C", () => {
  const { type } = open();
  expect(type("watch -n 1 -d 'echo $SECONDS; date +%S'\r")).toBe("watch -n 1 -d 'echo $SECONDS; date +%S'\r\n\x1b[?1049h\x1b[H\x1b[2J\x1b[HEvery 1.0s: echo $SECOND... node-1: Sat Nov 21 09:00:00 2026\x1b[K\r\n\x1b[K\r\n0\x1b[K\r\n00\x1b[K\x1b[J");
  expect(type("", 1000)).toContain("\r\n0\x1b[K\r\n0\x1b[7m1\x1b[27m\x1b[K\x1b[J");
  expect(type("\x03")).toBe("\x1b[?1049l\x1b[?25h\r\n\r\x1b[J$ ");
});

test("less shows a screen at a time and finds words", () => {
  const { type } = open();
  expect(type("seq 20 | less\r")).toBe("seq 20 | less\r\n\x1b[?1049h\x1b[H1\x1b[K\r\n2\x1b[K\r\n3\x1b[K\r\n4\x1b[K\r\n5\x1b[K\r\n:\x1b[K");
  expect(type(" ")).toBe("\x1b[H6\x1b[K\r\n7\x1b[K\r\n8\x1b[K\r\n9\x1b[K\r\n10\x1b[K\r\n:\x1b[K");
  expect(type("G")).toBe("\x1b[H16\x1b[K\r\n17\x1b[K\r\n18\x1b[K\r\n19\x1b[K\r\n20\x1b[K\r\n\x1b[7m(END)\x1b[27m\x1b[K");
  type("g/12\r");
  expect(type("q")).toBe("\x1b[?1049l\r\x1b[J$ ");
});

test("ls shows columns on a terminal and one name a line elsewhere", () => {
  const { type } = open();
  type("mkdir /tmp/x; cd /tmp/x; touch alpha beta gamma delta epsilon zeta eta theta iota kappa\r");
  expect(type("ls\r")).toBe("ls\r\nalpha  delta    eta    iota   theta\r\nbeta   epsilon  gamma  kappa  zeta\r\n\r\x1b[J$ ");
  expect(type("ls | head -2\r")).toContain("\r\nalpha\r\nbeta\r\n");
});

test("tail -f prints what is added, dmesg -w what the kernel says", () => {
  const { type, machine } = open();
  type("echo one > /tmp/log; tail -f /tmp/log\r");
  machine.fs.writeFile("/tmp/log", "two\n", { append: true });
  expect(type("")).toBe("two\r\n");
  type("\x03");
  type("dmesg -w\r");
  machine.kernel.log("eth0: renamed");
  expect(type("")).toMatch(/^\[ +\d+\.\d{6}\] eth0: renamed\r\n$/);
});

test.each([["yes"], ["cat /dev/zero"], ["tail -f /dev/null"], ["seq 1e9"], ["while :; do echo x; done"], ["yes | cat | cat > /dev/null"], ["find / -exec sleep 1 \\;"], ["xargs -I{} echo {}"], ["awk 'BEGIN { while (1) x++ }'"], ["sed ':a;ba' /etc/passwd"], [":(){ :|:& };:"], ["watch date"], ["timeout 1000 sleep 1000"], ["diff - -"], ["sort"], ["jq -n 'range(1e9)'"]])("^C ends %s, and the world has not stood still", (line) => {
  const { type } = open();
  const began = performance.now();
  type(`${line}\r`, 300);
  type("\x03", 300);
  type("\x03", 300);
  expect(type("echo still here\r", 500)).toContain("still here\r\n");
  expect(performance.now() - began).toBeLessThan(8000);
});

test("a session keeps its directory, variables and jobs from line to line and tells outputs apart", () => {
  const machine = testMachine(programs);
  const { scheduler } = machine.world;
  let [out, err] = ["", ""];
  const session = new ShellSession(machine, { onStdout: (bytes) => (out += text(bytes)), onStderr: (bytes) => (err += text(bytes)) });
  const run = (line: string, forMs = 10_000) => {
    [out, err] = ["", ""];
    let exit: number | undefined;
    scheduler.spawn(session.run(line), (result) => (exit = result?.exit));
    scheduler.run(forMs);
    return { out, err, exit };
  };
  expect(run("cd /tmp; x=5")).toEqual({ out: "", err: "", exit: 0 });
  expect(run("pwd; echo $x; ls nope")).toEqual({ out: "/tmp\n5\n", err: "ls: cannot access 'nope': No such file or directory\n", exit: 2 });
  expect(run("sleep 100 & jobs")).toEqual({ out: "[1]+  Running                 sleep 100 &\n", err: "", exit: 0 });
  expect(run("kill %1; wait %1; echo $?")).toEqual({ out: "143\n", err: "", exit: 0 });
  expect(run("nosuch")).toEqual({ out: "", err: "bash: nosuch: command not found\n", exit: 127 });
  expect(run("if true; then\necho two\nfi")).toEqual({ out: "two\n", err: "", exit: 0 });
  expect(run("echo )")).toEqual({ out: "", err: "bash: syntax error near unexpected token `)'\n", exit: 2 });
  expect(run("set -u; echo $nope; echo on")).toEqual({ out: "", err: "bash: nope: unbound variable\n", exit: 1 });
  [out, err] = ["", ""];
  let exit: number | undefined;
  scheduler.spawn(session.run("while :; do sleep 1; done; echo never"), (result) => (exit = result?.exit));
  scheduler.run(3500);
  session.interrupt();
  scheduler.run(100);
  expect(exit).toBe(130);
  expect(run("exit 7")).toEqual({ out: "", err: "", exit: 7 });
  expect(session.exited).toBe(true);
});

test("hostname -f gives the first name on the own line of /etc/hosts, as a Pod with a subdomain has it", () => {
  const { type, machine } = open();
  machine.fs.writeFile("/etc/hosts", "127.0.0.1\tlocalhost\n10.244.1.2\tdb-0.db.shop.svc.cluster.local\tdb-0\n");
  machine.hostname = "db-0";
  expect(type("hostname; hostname -f; hostname -d\r").split("\r\n").slice(1, 4)).toEqual(["db-0", "db-0.db.shop.svc.cluster.local", "db.shop.svc.cluster.local"]);
});

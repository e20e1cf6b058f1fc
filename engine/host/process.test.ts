import { expect, test } from "vitest";
import { testMachine } from "@/test/support/machine";
import { text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { Kernel, printLogLine } from "./kernel";
import { Machine } from "./machine";
import { listener } from "./open-file";
import { makePipe } from "./pipe";
import type { Proc, Program } from "./proc";
import { rootFiles } from "./root-files";
import type { Task } from "../core/task";

const program = (name: string, run: (proc: Proc) => Task<number>): Program => ({ name, summary: "", run });

const sleeper = program("sleeper", function* (proc) {
  yield* proc.sleep(1000);
  return 3;
});

function world(programs: readonly Program[] = []) {
  const machine = testMachine(programs);
  const { scheduler } = machine.world;
  const out: string[] = [];
  const files = new Map([[1, listener("out", (bytes) => out.push(text(bytes)))], [2, listener("err", (bytes) => out.push(text(bytes)))]]);
  return { machine, scheduler, out, files };
}

test("a program's exit status is what it returned", () => {
  const { machine, scheduler } = world();
  const process = machine.start(sleeper);
  scheduler.run(999);
  expect(process.status).toBe(undefined);
  scheduler.run(10);
  expect(process.status).toBe(3);
});

test.each([["SIGTERM", 143], ["SIGKILL", 137], ["SIGINT", 130], ["SIGHUP", 129], ["SIGPIPE", 141]] as const)("%s ends a process with %i", (signal, status) => {
  const { machine, scheduler } = world();
  const process = machine.start(sleeper);
  scheduler.run(10);
  process.kill(signal);
  scheduler.run(1);
  expect([process.status, process.endedBy]).toEqual([status, signal]);
});

test("a killed process runs its finally blocks, its exit handlers, and closes its files", () => {
  const { machine, scheduler } = world();
  const log: string[] = [];
  const pipe = makePipe(1);
  const careful = program("careful", function* (proc) {
    proc.onExit(() => log.push("exit handler"));
    try {
      yield* proc.sleep(1e6);
    } finally {
      log.push("finally");
    }
    return 0;
  });
  const process = machine.start(careful, ["careful"], { files: new Map([[1, pipe.writer]]) });
  pipe.writer.release();
  scheduler.run(5);
  process.kill("SIGKILL");
  scheduler.run(5);
  const reader = pipe.reader.read();
  expect(log).toEqual(["finally", "exit handler"]);
  expect(reader.next()).toEqual({ done: true, value: undefined });
});

test("a handler takes the place of the default action, SIGKILL has none", () => {
  const { machine, scheduler } = world();
  let heard = 0;
  const stubborn = program("stubborn", function* (proc) {
    proc.onSignal("SIGTERM", () => heard++);
    proc.onSignal("SIGKILL", "ignore");
    for (;;) yield* proc.sleep(1000);
  });
  const process = machine.start(stubborn);
  scheduler.run(5);
  process.kill("SIGTERM");
  scheduler.run(5);
  expect([heard, process.exited]).toEqual([1, false]);
  process.kill("SIGKILL");
  scheduler.run(5);
  expect(process.status).toBe(137);
});

test("SIGSTOP holds a process, SIGCONT lets it go on where it was", () => {
  const { machine, scheduler } = world();
  const process = machine.start(sleeper);
  scheduler.run(10);
  process.kill("SIGSTOP");
  scheduler.run(5000);
  expect([process.stopped, process.exited]).toEqual([true, false]);
  process.kill("SIGCONT");
  scheduler.run(5);
  expect(process.status).toBe(3);
});

test("a child is a zombie until its parent waits for it", () => {
  const { machine, scheduler } = world();
  let child: number | undefined;
  const parent = program("parent", function* (proc) {
    const started = proc.start(program("child", function* () { return 7; }), ["child"]);
    child = started.pid;
    yield* proc.sleep(100);
    return yield* started.wait();
  });
  const process = machine.start(parent);
  scheduler.run(50);
  expect(machine.processes.get(child ?? 0)?.exited).toBe(true);
  scheduler.run(100);
  expect([machine.processes.has(child ?? 0), process.status]).toEqual([false, 7]);
});

test("writing where nobody reads ends a program by SIGPIPE, or fails if it ignores that", () => {
  const { machine, scheduler, out } = world();
  const chatter = (ignore: boolean): Program =>
    program("chatter", function* (proc) {
      if (ignore) proc.onSignal("SIGPIPE", "ignore");
      try {
        for (;;) yield* proc.out("x".repeat(1000));
      } catch (error) {
        out.push((error as SysError).code);
        return 9;
      }
    });
  const statuses = [false, true].map((ignore) => {
    const pipe = makePipe(1);
    const process = machine.start(chatter(ignore), ["chatter"], { files: new Map([[1, pipe.writer]]) });
    pipe.writer.release();
    pipe.reader.release();
    scheduler.run(50);
    return process.status;
  });
  expect([statuses, out]).toEqual([[141, 9], ["EPIPE"]]);
});

test("a pipe holds 64 KiB; its writer waits for the reader", () => {
  const { machine, scheduler } = world();
  const pipe = makePipe(1);
  let written = 0;
  const writer = program("writer", function* (proc) {
    for (let i = 0; i < 10; i++) {
      yield* proc.file(1).write(new Uint8Array(10_000));
      written += 10_000;
    }
    return 0;
  });
  machine.start(writer, ["writer"], { files: new Map([[1, pipe.writer]]) });
  scheduler.run(50);
  expect(written).toBe(60_000);
  scheduler.spawn(pipe.reader.read(50_000));
  scheduler.run(50);
  expect(written).toBe(100_000);
});

test("a program's own mistake ends that process alone, and says so", () => {
  const { machine, scheduler, out, files } = world();
  const broken = program("broken", function* () {
    yield {};
    throw new Error("no such luck");
  });
  const denied = program("denied", function* () {
    yield {};
    throw new SysError("EACCES");
  });
  const statuses = [broken, denied].map((each) => machine.start(each, [each.name], { files }));
  scheduler.run(50);
  expect([out, statuses.map(({ status }) => status)]).toEqual([["broken: internal error: no such luck\n", "denied: Permission denied\n"], [134, 1]]);
});

test("a busy loop that only prints still lets time pass", () => {
  const { machine, scheduler } = world();
  const yes = program("yes", function* (proc) {
    for (;;) yield* proc.out("y\n");
  });
  machine.start(yes);
  const began = performance.now();
  expect(scheduler.run(1000, 1_000_000)).toBe(true);
  expect(performance.now() - began).toBeLessThan(3000);
});

// Containers

function container() {
  const { machine: node, scheduler } = world([sleeper]);
  const inner = new Machine({ world: node.world, hostname: "web-1", netns: node.netns, kernel: node.kernel, host: node, programs: [sleeper], fs: (machine) => rootFiles(machine) });
  return { node, inner, scheduler };
}

test("a container counts its processes from one, its node sees them under other numbers", () => {
  const { node, inner, scheduler } = container();
  node.start(sleeper);
  const first = inner.start(sleeper);
  const second = inner.start(sleeper);
  scheduler.run(10);
  expect([first.pid, second.pid, first.pidIn(node.pids), second.pidIn(node.pids)]).toEqual([1, 2, 2, 3]);
});

test("the first process of a container is deaf to SIGTERM it has no handler for, and takes the others with it", () => {
  const { inner, scheduler } = container();
  const init = inner.start(sleeper);
  const other = inner.start(sleeper);
  scheduler.run(10);
  init.kill("SIGTERM");
  scheduler.run(10);
  expect(init.exited).toBe(false);
  expect(() => inner.signal(1, "SIGKILL", other)).not.toThrow();
  scheduler.run(10);
  expect(init.exited).toBe(false);
  init.kill("SIGKILL");
  scheduler.run(10);
  expect([init.status, other.status]).toEqual([137, 137]);
});

test("the kernel's log keeps the time since boot", () => {
  const { machine } = world();
  const kernel = new Kernel(machine.world);
  machine.world.scheduler.run(12_345.678);
  kernel.log("eth0: link is up");
  expect(kernel.messages.map(printLogLine)).toEqual(["[   12.345678] eth0: link is up"]);
});

test("a script's interpreter is the one its first line names", () => {
  const shout = program("shout", function* (proc) {
    yield* proc.out(`${proc.argv.join("|")}\n`);
    return 0;
  });
  const { machine, scheduler, out, files } = world([shout]);
  machine.fs.writeFile("/tmp/script", "#!/usr/bin/shout -x\n", { mode: 0o755 });
  machine.fs.writeFile("/tmp/plain", "", { mode: 0o644 });
  machine.spawn(["/tmp/script", "a"], { files });
  scheduler.run(10);
  expect(out).toEqual(["/usr/bin/shout|-x|/tmp/script|a\n"]);
  expect(() => machine.spawn(["/tmp/plain"])).toThrow("Permission denied");
  expect(() => machine.spawn(["nope"])).toThrow("No such file or directory");
});

test("everybody is root: permissions are shown and kept, not enforced", () => {
  const { machine } = world();
  machine.fs.writeFile("/tmp/secret", utf8("x"), { mode: 0o000 });
  expect([machine.fs.readText("/tmp/secret"), machine.fs.stat("/tmp/secret").mode]).toEqual(["x", 0]);
});

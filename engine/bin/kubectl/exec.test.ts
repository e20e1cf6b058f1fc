import { expect, test } from "vitest";
import { text, utf8 } from "../../core/bytes";
import { Signal } from "../../core/task";
import { COOKED, RAW, Tty } from "../../host/tty";
import type { ByteSink, ByteStream, ExecOptions, ExecSession, LogOptions, PodRuntime } from "../../kube/runtime";
import type { Status } from "../../kube/types";
import { Bench } from "../../../test/support/kubectl-bench";
import { allTools } from "../index";
import { kubectl } from "./main";

function stream(...chunks: readonly string[]): ByteStream {
  const left = chunks.map(utf8);
  return { read: () => left.shift(), readable: new Signal(), get ended() { return left.length === 0; } };
}

function sink(into: string[]): ByteSink {
  return { write: (bytes) => void into.push(text(bytes)), pending: 0, drained: new Signal(), end: () => void into.push("<end>") };
}

class Runtime implements PodRuntime {
  readonly asked: unknown[] = [];
  readonly typed: string[] = [];
  status: Status = { status: "Success" } as Status;
  refusal: Status | undefined;
  onResize: (columns: number, rows: number) => void = () => {};
  finish: () => void = () => {};

  exec(namespace: string, pod: string, options: ExecOptions): ExecSession | Status {
    this.asked.push({ namespace, pod, ...options });
    if (this.refusal !== undefined) return this.refusal;
    const { typed, status } = this;
    const finished = new Signal();
    const input = sink(typed);
    const stdin: ByteSink = {
      ...input,
      end: () => {
        input.end();
        finished.notify();
      },
    };
    let ended = false;
    this.finish = () => {
      ended = true;
      finished.notify();
    };
    const done = (): boolean => ended || !options.stdin || typed.includes("<end>");
    return { stdin, stdout: stream("out\n"), stderr: stream("err\n"), resize: (columns, rows) => this.onResize(columns, rows), get status() { return done() ? status : undefined; }, finished, close: () => {} };
  }
  attach(): Status {
    return { status: "Failure", message: "no" } as Status;
  }
  logs(namespace: string, pod: string, options: LogOptions) {
    this.asked.push({ namespace, pod, ...options });
    return this.refusal ?? { output: stream(`${pod}/${options.container ?? ""} 1\n`, "2\n"), close: () => {} };
  }
  portForward(): Status {
    return { status: "Failure", message: "no" } as Status;
  }
}

function aBench(): { readonly bench: Bench; readonly runtime: Runtime } {
  const bench = new Bench();
  const runtime = new Runtime();
  bench.server.runtime = runtime;
  for (const name of ["a", "b"]) {
    bench.session("kubectl apply -f -", `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: web}}\nspec: {containers: [{name: app, image: nginx}, {name: side, image: busybox}]}\n`);
  }
  return { bench, runtime };
}

test("exec joins the streams and passes on how it ended", () => {
  const { bench, runtime } = aBench();
  expect(bench.run("kubectl exec a -c app -- sh -c ls")).toEqual({ stdout: "out\n", stderr: "err\n", exit: 0 });
  expect(runtime.asked).toEqual([{ namespace: "default", pod: "a", container: "app", command: ["sh", "-c", "ls"], stdin: false, tty: false, stdout: true, stderr: true }]);
  runtime.status = { status: "Failure", reason: "NonZeroExitCode", message: "command terminated with non-zero exit code", details: { causes: [{ reason: "ExitCode", message: "7" }] } } as unknown as Status;
  expect(bench.run("kubectl exec -q pod/a -- false")).toEqual({ stdout: "out\n", stderr: "err\ncommand terminated with exit code 7\n", exit: 7 });
});

test("without -c the first container is taken, and said; -t without a terminal is said and forgotten", () => {
  const { bench, runtime } = aBench();
  expect(bench.run("kubectl exec -it a -- cat", { stdin: "hello" }).stderr).toBe('Defaulted container "app" out of: app, side\nUnable to use a TTY - input is not a terminal or the right kind of file\nerr\n');
  expect([runtime.typed, runtime.asked.at(-1)]).toEqual([["hello", "<end>"], { namespace: "default", pod: "a", container: "app", command: ["cat"], stdin: true, tty: false, stdout: true, stderr: true }]);
  expect(bench.session("kubectl exec a -c nope -- ls")).toBe("error: container nope is not valid for pod a out of: app, side\n[exit 1]\n");
  expect(bench.session("kubectl exec nope -- ls")).toBe('Error from server (NotFound): pods "nope" not found\n[exit 1]\n');
});

test("what the kubelet cannot start is an error of its own", () => {
  const { bench, runtime } = aBench();
  runtime.status = { status: "Failure", reason: "InternalError", message: 'Internal error occurred: error executing command in container: exec: "ss": executable file not found in $PATH: unknown' } as unknown as Status;
  expect(bench.run("kubectl exec a -c app -- ss").stderr).toBe('err\nerror: Internal error occurred: error executing command in container: exec: "ss": executable file not found in $PATH: unknown\n');
});

test("logs of one container, of all, and of all Pods a selector finds", () => {
  const { bench, runtime } = aBench();
  expect(bench.session("kubectl logs a --tail=5 --since=90s")).toBe('a/app 1\n2\nDefaulted container "app" out of: app, side\n');
  expect(runtime.asked.at(-1)).toEqual({ namespace: "default", pod: "a", container: "app", follow: false, previous: false, timestamps: false, tailLines: 5, sinceSeconds: 90 });
  expect(bench.session("kubectl logs a side")).toBe("a/side 1\n2\n");
  expect(bench.session("kubectl logs a --all-containers --prefix")).toBe("[pod/a/app] a/app 1\n[pod/a/app] 2\n[pod/a/side] a/side 1\n[pod/a/side] 2\n");
  expect(bench.session("kubectl logs -l app=web -c app")).toBe("a/app 1\n2\nb/app 1\n2\n");
  expect(bench.session("kubectl logs nope")).toBe('error: error from server (NotFound): pods "nope" not found in namespace "default"\n[exit 1]\n');
  runtime.refusal = { status: "Failure", reason: "BadRequest", message: 'container "app" in pod "a" is waiting to start: ContainerCreating' } as unknown as Status;
  expect(bench.session("kubectl logs a app")).toBe('Error from server (BadRequest): container "app" in pod "a" is waiting to start: ContainerCreating\n[exit 1]\n');
});

test("with a terminal the keys go raw to the container, and the terminal is as before when it ends", () => {
  const { bench, runtime } = aBench();
  const tty = new Tty(bench.world);
  let screen = "";
  tty.onOutput = (shown) => {
    screen += shown;
  };
  const sizes: (readonly [number, number])[] = [];
  runtime.onResize = (columns, rows) => sizes.push([columns, rows]);
  const file = tty.file();
  const process = bench.machine.start(kubectl({ api: bench.server, runtime: () => runtime, rest: () => allTools.kubectl }), ["kubectl", "exec", "-it", "a", "-c", "app", "--", "sh"], { files: new Map([0, 1, 2].map((n) => [n, file])) });
  bench.world.scheduler.run(10);
  expect([tty.modes, process.status]).toEqual([RAW, undefined]);
  tty.input("l\x03");
  tty.resize(100, 30);
  bench.world.scheduler.run(10);
  runtime.finish();
  bench.world.scheduler.run(10);
  expect([process.status, tty.modes, runtime.typed, sizes, screen]).toEqual([0, COOKED, ["l\x03"], [[80, 24], [100, 30]], "out\nerr\n"]);
});

/** @kubernetes/client-node against the served API: exec with its streams, terminal and status, logs, port-forward. */
import { PassThrough, Writable } from "node:stream";
import { CoreV1Api, Exec, Log, PortForward, Attach, type V1Status } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Served, serveLab } from "@/test/support/served";

const POD = {
  metadata: { name: "box", labels: { app: "box" } },
  spec: {
    containers: [
      { name: "shell", image: "busybox:1.36", command: ["sh", "-c", "echo ready; sleep 3600"] },
      { name: "web", image: "registry.example.com/frontend:1.1" },
    ],
  },
};
let served: Served;

beforeAll(async () => {
  served = await serveLab();
  const api = served.config.makeApiClient(CoreV1Api);
  await api.createNamespacedPod({ namespace: "default", body: POD });
  await eventually(() => (served.request("GET", "/api/v1/namespaces/default/pods/box").body as { status: { phase?: string } }).status.phase === "Running", "the Pod runs", 20_000);
}, 30_000);

afterAll(() => served?.close());

/** A stream that remembers. */
class Written extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

type Ran = { readonly stdout: string; readonly stderr: string; readonly status: V1Status };

async function run(command: readonly string[], { input, tty = false }: { readonly input?: PassThrough; readonly tty?: boolean } = {}): Promise<Ran> {
  const [stdout, stderr] = [new Written(), new Written()];
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(served.config).exec("default", "box", "shell", [...command], stdout, stderr, input ?? null, tty, resolve).catch(reject);
  });
  return { stdout: stdout.text, stderr: stderr.text, status };
}

test("exec brings both outputs and the exit status", async () => {
  const { stdout, stderr, status } = await run(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  expect({ stdout, stderr }).toEqual({ stdout: "out\n", stderr: "err\n" });
  expect(status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "3" }] } });
});

test("exec of what is not there says so in its status", async () => {
  const { status } = await run(["nothing"]);
  expect(status.message).toMatch(/exec: "nothing": executable file not found in \$PATH: unknown$/);
});

test("what goes in comes out, a megabyte of it", async () => {
  const input = new PassThrough();
  const sent = "0123456789abcdef".repeat(1 << 16);
  input.end(`${sent}\n`);
  const { stdout } = await run(["head", "-c", String(sent.length)], { input });
  expect(stdout.length).toBe(sent.length);
  expect(stdout === sent).toBe(true);
});

test("a terminal has the size of the client's window", async () => {
  const input = new PassThrough();
  const output = Object.assign(new Written(), { rows: 33, columns: 101 });
  const socket = await new Exec(served.config).exec("default", "box", "shell", ["sh"], output, null, input, true);
  input.write("echo $LINES $COLUMNS\n");
  await eventually(() => output.text.includes("33 101"), "the window's size");
  Object.assign(output, { rows: 50, columns: 120 });
  output.emit("resize");
  input.write("echo $LINES $COLUMNS\n");
  await eventually(() => output.text.includes("50 120"), "the window's new size");
  input.write("exit\n");
  await eventually(() => socket.readyState === socket.CLOSED, "the session has ended");
});

test("attach hears what the container says from now on", async () => {
  const output = new Written();
  const socket = await new Attach(served.config).attach("default", "box", "shell", output, null, null, false);
  expect(socket.readyState).toBe(socket.OPEN);
  socket.close();
});

test("logs, at once and followed", async () => {
  const [once, followed] = [new Written(), new Written()];
  await new Log(served.config).log("default", "box", "shell", once, {});
  await eventually(() => once.text === "ready\n", "the log");
  const abort = await new Log(served.config).log("default", "box", "web", followed, { follow: true });
  await eventually(() => followed.text.includes("listening"), "the first line");
  abort.abort();
});

test("port-forward carries a request to the container", async () => {
  const [output, input] = [new Written(), new PassThrough()];
  await new PortForward(served.config).portForward("default", "box", [8080], output, null, input);
  input.write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  await eventually(() => output.text.includes("200 OK"), "an answer");
});

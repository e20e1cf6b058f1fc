/** What `npm start` says when it cannot: one sentence, and no stack. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";

function start(env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["app/_cli/up.mjs", "start"], { env: { ...process.env, ...env }, encoding: "utf8", timeout: 20_000 });
  return { status, said: stdout + stderr };
}

test("a port in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  expect(start({ PORT: String(port) })).toEqual({ status: 1, said: `Port ${port} is in use: stop what listens there, or choose another with PORT=${port + 1} npm start.\n` });
  other.close();
});

test("a port that is none", () => {
  expect(start({ PORT: "http" })).toEqual({ status: 1, said: 'PORT must be a number from 1 to 65535, not "http".\n' });
});

test("a host that is not of this machine", () => {
  expect(start({ PORT: "3000", HOST: "203.0.113.7" })).toEqual({ status: 1, said: "Nothing can listen on 203.0.113.7:3000 (EADDRNOTAVAIL): choose another HOST or PORT.\n" });
});

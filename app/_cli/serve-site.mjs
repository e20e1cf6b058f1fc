// Serves the built site and says where, once it answers. Ends with its parent: `npm start` killed by SIGTERM would otherwise
// leave the server behind.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { problem, root, say } from "./setup.mjs";

const POLL_MS = 50;
const GIVE_UP_MS = 60_000;

export async function serve({ port, host }) {
  const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", String(port), "-H", host], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? (signal ? 0 : 1))));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGTERM"));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 500).unref();

  const answers = await Promise.race([answering(port, host), ended.then(() => false)]);
  if (answers) say(`ready at http://${host === "0.0.0.0" || host === "127.0.0.1" || host === "::" ? "localhost" : host}:${port} (Ctrl-C stops it)`);
  process.exitCode = await ended;
}

/** Said before the long work, not after it. */
serve.mustBeFree = async ({ port, host }) => {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw problem(`PORT must be a number from 1 to 65535, not "${process.env.PORT}".`);
  await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", ({ code }) => {
      if (code === "EADDRINUSE") return reject(problem(`Port ${port} is in use: stop what listens there, or choose another with PORT=${port + 1} npm start.`));
      if (code === "EACCES") return reject(problem(`Port ${port} may not be opened by this user: choose one above 1023 with PORT=3000 npm start.`));
      return reject(problem(`Nothing can listen on ${host}:${port} (${code}): choose another HOST or PORT.`));
    });
    probe.listen(port, host, () => probe.close(resolve));
  });
};

async function answering(port, host) {
  const target = host === "0.0.0.0" ? "127.0.0.1" : host;
  for (const began = Date.now(); Date.now() - began < GIVE_UP_MS; ) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, target);
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => {}).setTimeout(1000, () => resolve(false));
      setTimeout(() => socket.destroy(), 1000).unref();
    });
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

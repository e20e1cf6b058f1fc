/**
 * Two worlds from one seed: in one the built-in kubectl is typed on the bastion, in the other a
 * real one speaks to the served API. After each line both are brought to the same moment, so
 * that what the next line prints may be compared byte for byte.
 */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFolder } from "@/app/_cli/lab-files";
import type { Clock } from "@/app/_cli/serve/clock";
import { apiServer } from "@/app/_cli/serve/http";
import { openSession, type Session, typeLine } from "@/engine";

const LAB = path.join(import.meta.dirname, "lab");
const SEED = 7;
const EVENTS = 50_000;
const LOOK_EVERY_MS = 3;
const STEP_MS = 100;
const PATIENCE_MS = 600;
const LONGEST_MS = 30_000;
const PLACE = "bastion";

export type Said = { readonly stdout: string; readonly stderr: string; readonly exit: number };

export function openTwin(epochMs: number): Session {
  return openSession(readFolder(LAB), { seed: SEED, epochMs });
}

export function builtIn(session: Session, line: string): Said {
  const { stdout, stderr, exit } = typeLine(session, PLACE, line);
  return { stdout, stderr, exit };
}

export function bringTo(session: Session, ms: number): void {
  while (session.nowMs < ms && !session.run(ms - session.nowMs, EVENTS).done);
}

/** Time stands still until a client waits for something that happens: then it passes in small steps. */
class StillClock implements Clock {
  readonly #watchers = new Set<() => void>();

  constructor(private readonly session: Session) {}

  onSlice(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  settle(): void {
    this.#live(0);
  }

  /** `sleeps`: the client has its answers and is still there, so it means to ask again. */
  step(sleeps: boolean): void {
    if (sleeps || this.#watchers.size > 0) this.#live(STEP_MS);
  }

  #live(ms: number): void {
    bringTo(this.session, this.session.nowMs + ms);
    if (ms === 0) this.session.run(0, EVENTS);
    for (const look of [...this.#watchers]) look();
  }
}

/** A served world and a home directory from which a real kubectl reaches it. */
export class RealSide {
  readonly #home = mkdtempSync(path.join(tmpdir(), "kubectl-"));
  readonly #clock: StillClock;
  readonly #server: Server;
  /** When the client last asked for something. */
  #askedMs = Number.POSITIVE_INFINITY;

  private constructor(
    readonly session: Session,
    kubectl: string,
  ) {
    if (session.cluster === undefined) throw new Error("no cluster");
    this.#clock = new StillClock(session);
    this.#server = apiServer(session.cluster, this.#clock);
    this.#server.on("request", () => void (this.#askedMs = performance.now()));
    cpSync(path.join(LAB, "files"), this.#home, { recursive: true });
    mkdirSync(path.join(this.#home, ".bin"));
    symlinkSync(path.resolve(kubectl), path.join(this.#home, ".bin/kubectl"));
  }

  static async open(session: Session, kubectl: string): Promise<RealSide> {
    const side = new RealSide(session, kubectl);
    await new Promise<void>((resolve) => side.#server.listen(0, "127.0.0.1", resolve));
    mkdirSync(path.join(side.#home, ".kube"));
    const config = path.join(side.#home, ".kube/config");
    writeFileSync(config, kubeconfig((side.#server.address() as AddressInfo).port, session.lab.namespace));
    chmodSync(config, 0o600);
    return side;
  }

  async run(line: string): Promise<Said> {
    const env: NodeJS.ProcessEnv = { NODE_ENV: "test", HOME: this.#home, PATH: `${this.#home}/.bin:/usr/bin:/bin`, LC_ALL: "C.UTF-8" };
    const child = spawn("bash", ["-c", line], { cwd: this.#home, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#askedMs = Number.POSITIVE_INFINITY;
    const timer = setInterval(() => this.#clock.step(performance.now() - this.#askedMs > PATIENCE_MS), LOOK_EVERY_MS);
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (text: string) => void (texts[name] += text));
    const stuck = setTimeout(() => process.kill(-(child.pid ?? 0)), LONGEST_MS);
    const exit = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
    clearInterval(timer);
    clearTimeout(stuck);
    return { ...texts, exit };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function kubeconfig(port: number, namespace: string): string {
  return `apiVersion: v1
kind: Config
current-context: kubernetes-admin@kubernetes
clusters: [{ name: kubernetes, cluster: { server: "http://127.0.0.1:${port}" } }]
contexts: [{ name: kubernetes-admin@kubernetes, context: { cluster: kubernetes, user: kubernetes-admin, namespace: ${namespace} } }]
users: [{ name: kubernetes-admin, user: {} }]
`;
}

/**
 * One container of a Pod through all its lives: what runs now, what ran before, how often it
 * was started, and what the kubelet's status says of it.
 */
import { Signal, type Task } from "../../core/task";
import { rfc3339 } from "../../core/date";
import { wallMs } from "../../core/world";
import type { Image } from "../../apps/image";
import type { Machine } from "../../host/machine";
import type { Process } from "../../host/process";
import type { Tty } from "../../host/tty";
import type { Container, ContainerState, ContainerStatus } from "../../kube/types";
import type { KubeletContext } from "./context";
import type { ByteQueue } from "./byte-queue";
import type { ContainerLog } from "./log";
import { terminationMessage } from "./termination-message";

export type ContainerKind = "init" | "sidecar" | "app" | "ephemeral";

export type Run = {
  readonly id: string;
  readonly image: Image;
  readonly imageID: string;
  readonly machine: Machine;
  readonly process: Process;
  readonly log: ContainerLog;
  readonly startedMs: number;
  /** What is behind its standard input, where the manifest wants one: tty, or stdin alone. */
  readonly tty: Tty | undefined;
  readonly stdin: ByteQueue | undefined;
  finishedMs?: number;
};

export type Terminated = { readonly exitCode: number; readonly reason: string; readonly message?: string; readonly startedMs: number | undefined; readonly finishedMs: number; readonly id: string };

type State = { readonly kind: "waiting"; readonly reason: string; readonly message?: string } | { readonly kind: "running"; readonly startedMs: number } | { readonly kind: "terminated"; readonly how: Terminated };

export class PodContainer {
  state: State;
  last: Terminated | undefined;
  run: Run | undefined;
  /** The log of the run before this one: kubectl logs --previous. */
  previousLog: ContainerLog | undefined;
  restartCount = 0;
  /** By the readiness probe, or running when there is none. */
  ready = false;
  /** The startup probe has succeeded, or there is none; a sidecar lets the next init container begin. */
  started = false;
  /** Why the kubelet is ending it, if it is, and when its patience is at an end. */
  killing: string | undefined;
  killAtMs = 0;
  /** Somebody has given it another image: whoever waits need wait no longer, and it starts whatever its restart policy. */
  readonly redefined = new Signal();
  startsAnew = false;
  readonly changed = new Signal();
  imageID = "";

  constructor(
    public spec: Container,
    readonly kind: ContainerKind,
    private readonly context: KubeletContext,
    initial: string,
    private readonly onChange: () => void,
  ) {
    this.state = { kind: "waiting", reason: initial };
  }

  /** Something about it is different: whoever waits looks again, and the status will be written. */
  tell(): void {
    this.changed.notify();
    this.onChange();
  }

  get name(): string {
    return this.spec.name;
  }

  /** The log of the run that lastState tells of. */
  get logBefore(): ContainerLog | undefined {
    return this.state.kind === "waiting" && this.last !== undefined ? this.run?.log : this.previousLog;
  }

  get running(): boolean {
    return this.run !== undefined && !this.run.process.exited;
  }

  wait(reason: string, message?: string): void {
    this.state = { kind: "waiting", reason, ...(message !== undefined && { message }) };
    this.tell();
  }

  /** The Pod's manifest has changed under it. */
  redefine(spec: Container): void {
    this.spec = spec;
    this.startsAnew = this.running;
    this.redefined.notify();
  }

  /** Its process runs, but the kubelet does not say so before postStart is done. */
  created(run: Run): void {
    this.previousLog = this.run?.log ?? this.previousLog;
    if (this.last !== undefined) this.restartCount++;
    this.startsAnew = false;
    this.run = run;
    this.imageID = run.imageID;
    this.killing = undefined;
  }

  began(run: Run): void {
    this.state = { kind: "running", startedMs: run.startedMs };
    this.started = this.spec.startupProbe === undefined;
    this.ready = this.started && this.spec.readinessProbe === undefined;
    this.tell();
  }

  /** The process has ended and the kubelet has seen it. */
  over(): void {
    const { run } = this;
    if (run === undefined) return;
    const status = run.process.status ?? 137;
    const message = terminationMessage(this.spec, run, status);
    this.#ended({ ...(message !== undefined && { message }), exitCode: status, reason: status === 0 ? "Completed" : "Error", startedMs: run.startedMs, finishedMs: run.finishedMs ?? this.context.world.scheduler.nowMs, id: run.id });
  }

  /** It could not even be started; `again`: it will be tried once more, and waits for that. */
  failedToStart(id: string, message: string, again: boolean): void {
    const nowMs = this.context.world.scheduler.nowMs;
    if (this.last !== undefined) this.restartCount++;
    this.startsAnew = false;
    this.#ended({ exitCode: 128, reason: "StartError", message, startedMs: undefined, finishedMs: nowMs, id });
    if (again) this.wait("RunContainerError", message);
  }

  #ended(how: Terminated): void {
    this.last = how;
    this.state = { kind: "terminated", how };
    this.ready = false;
    this.started = false;
    this.killing = undefined;
    this.tell();
  }

  *untilExit(): Task {
    const { run } = this;
    if (run === undefined) return;
    while (!run.process.exited) yield { on: run.process.ended };
  }

  status(): ContainerStatus {
    const { spec, state, last, run } = this;
    const current = state.kind === "terminated" ? state.how : undefined;
    const past = state.kind === "terminated" ? undefined : last;
    const id = current?.id ?? run?.id;
    return {
      name: spec.name,
      state: this.#state(state),
      lastState: past === undefined ? {} : { terminated: this.#terminated(past) },
      ready: this.kind === "ephemeral" ? false : this.kind === "init" ? current?.exitCode === 0 : this.ready,
      // Nobody probes an ephemeral container, so nobody says whether it has started.
      ...(this.kind !== "ephemeral" && { started: state.kind === "running" && this.started }),
      restartCount: this.restartCount,
      image: run?.image.reference ?? spec.image ?? "",
      imageID: this.imageID,
      ...(id !== undefined && { containerID: `containerd://${id}` }),
    };
  }

  #state(state: State): ContainerState {
    switch (state.kind) {
      case "waiting":
        return { waiting: { reason: state.reason, ...(state.message && { message: state.message }) } };
      case "running":
        return { running: { startedAt: this.#time(state.startedMs) } };
      case "terminated":
        return { terminated: this.#terminated(state.how) };
    }
  }

  #terminated({ exitCode, reason, message, startedMs, finishedMs, id }: Terminated): NonNullable<ContainerState["terminated"]> {
    return { exitCode, reason, ...(message && { message }), startedAt: startedMs === undefined ? NEVER : this.#time(startedMs), finishedAt: this.#time(finishedMs), containerID: `containerd://${id}` };
  }

  #time(atMs: number): string {
    const { world, store } = this.context;
    const wall = wallMs(world) - (world.scheduler.nowMs - atMs);
    const { nowMs, now } = store.context;
    return Math.floor(wall / 1000) === Math.floor(nowMs / 1000) ? now : rfc3339(wall);
  }
}

/** When a container began that never did: the runtime knows no such time. */
const NEVER = "1970-01-01T00:00:00Z";

/**
 * The probe workers of one run of a container: startup first, then liveness and readiness, each
 * on its own period, a result counting once its threshold of equal ones in a row is reached.
 * pkg/kubelet/prober/worker.go.
 */
import { sleepUntil, type Task } from "../../core/task";
import type { Probe } from "../../kube/types";
import { type KubeletContext, nextRelistMs } from "./context";
import type { PodContainer, Run } from "./container";
import { probeOnce } from "./probe-actions";

export type ProbeKind = "Startup" | "Liveness" | "Readiness";

export type Prober = {
  readonly context: KubeletContext;
  readonly container: PodContainer;
  readonly run: Run;
  readonly podIP: string;
  readonly say: (type: "Normal" | "Warning", reason: string, message: string) => void;
  /** A liveness or startup probe has failed for good: end the container. */
  readonly failed: (kind: ProbeKind) => void;
  readonly isLeaving: () => boolean;
};

export function* probeForever(prober: Prober, kind: ProbeKind, probe: Probe): Task {
  const { context, container, run } = prober;
  const { scheduler } = context.world;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const notBeforeMs = run.startedMs + (probe.initialDelaySeconds ?? 0) * 1000;
  const count = { ok: undefined as boolean | undefined, times: 0 };
  // The kubelet has to see the container first; then it looks at once, and from there on by the period.
  for (let dueMs = nextRelistMs(context); ; dueMs += periodMs) {
    if (scheduler.nowMs < dueMs) yield* sleepUntil(dueMs);
    if (run.process.exited || container.run !== run) return;
    // Whether a Pod lives that is to die anyway is no longer asked; whether it is ready is.
    if (kind !== "Readiness" && prober.isLeaving()) return;
    if (scheduler.nowMs < notBeforeMs) continue; // Too early: left for the next tick.
    if (kind === "Startup" ? container.started : !container.started) {
      if (kind === "Startup") return;
      while (!container.started) yield { on: container.changed };
      dueMs = scheduler.nowMs;
    }
    const result = yield* probeOnce(context, container, run, probe, prober.podIP);
    if (run.process.exited || container.run !== run) return;
    if (result.warning) prober.say("Warning", "ProbeWarning", `${kind} probe warning: ${result.output}`);
    // Its verdict is given: it is on hold until there is another container.
    if (note(prober, kind, probe, result.ok, result.output, count) === "over") return;
  }
}

function note(prober: Prober, kind: ProbeKind, probe: Probe, ok: boolean, output: string, count: { ok: boolean | undefined; times: number }): "over" | undefined {
  const { container, say, failed } = prober;
  if (!ok) say("Warning", "Unhealthy", `${kind} probe failed: ${output}`);
  count.times = count.ok === ok ? count.times + 1 : 1;
  count.ok = ok;
  if (count.times < (ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3))) return undefined;
  if (kind === "Readiness") {
    if (container.ready === ok) return undefined;
    container.ready = ok;
    container.tell();
  } else if (!ok) {
    failed(kind);
    return "over";
  } else if (kind === "Startup") {
    container.started = true;
    container.ready = container.spec.readinessProbe === undefined;
    container.tell();
  }
  return undefined;
}

/**
 * The world's own traffic: each flow sends a request every so often, from a Pod or host that is
 * there at the time, and writes down what became of it. Real processes, real packets.
 */
import { type HttpAnswer, httpGet } from "../apps/http-client";
import type { Task } from "../core/task";
import type { World } from "../core/world";
import type { Machine } from "../host/machine";
import type { Proc, Program } from "../host/proc";
import { headerOf } from "../wire/http";
import type { Evidence, Outcome } from "./evidence";
import type { Flow } from "./traffic-spec";

/** Finds the machines a flow may start from now: running containers, or one host. */
export type Sources = (from: Flow["from"]) => readonly Machine[];

/** A flow that waits for slow answers does not pile up more than this many of them. */
const MOST_AT_ONCE = 64;

export function startTraffic(world: World, flows: readonly Flow[], sources: Sources, evidence: Evidence): void {
  for (const flow of flows) world.scheduler.spawn(send(world, flow, sources, evidence));
}

function* send(world: World, flow: Flow, sources: Sources, evidence: Evidence): Task {
  const rng = world.rng.fork(`flow ${flow.id}`);
  let running = 0;
  // Flows do not march in step: each starts at a moment of its own.
  let nextMs = world.scheduler.nowMs + rng.below(flow.everyMs);
  for (;;) {
    yield { deadlineMs: nextMs };
    nextMs += flow.everyMs;
    const machines = sources(flow.from);
    const machine = machines[rng.below(Math.max(1, machines.length))];
    if (machine === undefined || running >= MOST_AT_ONCE) continue;
    running++;
    const sent = machine.start(request(flow, (outcome) => evidence.record(flow.id, outcome)));
    world.scheduler.spawn(
      (function* (): Task {
        yield* sent.wait();
        running--;
      })(),
    );
  }
}

/** One request as a program, so that it is a process of its machine with sockets of its own. */
function request(flow: Flow, record: (outcome: Outcome) => void): Program {
  return {
    name: flow.id,
    summary: flow.title,
    *run(proc: Proc): Task<number> {
      const startMs = proc.nowMs;
      const answer = yield* httpGet(proc, flow.url, { timeoutMs: flow.timeoutMs, headers: [["User-Agent", `${flow.id}/1.0`]] });
      record({ startMs, endMs: proc.nowMs, ...judged(flow, answer) });
      return 0;
    },
  };
}

function judged(flow: Flow, answer: HttpAnswer): Pick<Outcome, "answered" | "said" | "servedBy"> {
  if (answer.kind === "failed") return { answered: false, said: answer.why, servedBy: undefined };
  const { status, body } = answer;
  const servedBy = headerOf(answer.headers, "X-Served-By") ?? /"pod":"([^"]+)"/.exec(body)?.[1];
  if (status !== flow.status) return { answered: false, said: `${status} instead of ${flow.status}`, servedBy };
  if (flow.contains !== undefined && !body.includes(flow.contains)) return { answered: false, said: "answered by somebody else", servedBy };
  return { answered: true, said: String(status), servedBy };
}

/**
 * Whether a goal holds now, decided from evidence alone; and for how long it has held. Nothing
 * here looks at a solution: any way to the same outcome is a right one.
 */
import type { GoalState } from "./contract";
import type { Evidence } from "./evidence";
import type { BackendsGoal, GoalSpec, ObjectGoal, TrafficGoal } from "./goal-spec";

/** A Kubernetes object as JSON: goals look at fields by name, as kubectl's jsonpath does. */
export type AnyObject = { readonly metadata: { readonly name?: string; readonly namespace?: string; readonly ownerReferences?: readonly { readonly kind: string }[] }; readonly [field: string]: unknown };

/** How goals see the cluster; read-only. */
export type Objects = {
  list(kind: string, options: { readonly namespace?: string; readonly selector?: string }): readonly AnyObject[];
};

type Verdict = { readonly holds: boolean; readonly broken?: boolean; readonly detail: string };

/** One look at one goal. */
export function judge(goal: GoalSpec, evidence: Evidence, objects: Objects, nowMs: number): Verdict {
  switch (goal.kind) {
    case "traffic":
      return goal.never ? judgeNever(goal, evidence) : judgeTraffic(goal, evidence, nowMs);
    case "object":
      return judgeObject(goal, objects);
    case "backends":
      return judgeBackends(goal, objects);
    case "typed": {
      const done = evidence.typed.some(({ line }) => goal.pattern.test(line));
      return { holds: done, detail: done ? "done" : "not yet" };
    }
  }
}

function judgeTraffic(goal: TrafficGoal, evidence: Evidence, nowMs: number): Verdict {
  const outcomes = evidence.outcomes(goal.flow, nowMs - goal.overMs);
  if (outcomes.length === 0) return { holds: false, detail: "no request has been made yet" };
  const good = outcomes.filter((outcome) => outcome.answered && (goal.withinMs === undefined || outcome.endMs - outcome.startMs <= goal.withinMs));
  const share = good.length / outcomes.length;
  const backends = new Set(good.flatMap(({ servedBy }) => (servedBy === undefined ? [] : [servedBy])));
  const holds = outcomes.length >= goal.requests && share >= goal.atLeast && share <= goal.atMost && backends.size >= goal.backends;
  const last = outcomes.filter(({ answered }) => !answered).at(-1);
  const by = goal.backends > 0 ? ` by ${backends.size} ${backends.size === 1 ? "Pod" : "Pods"}` : "";
  return { holds, detail: `${good.length} of ${outcomes.length} answered${by}${last ? `; ${last.said}` : ""}` };
}

function judgeNever(goal: TrafficGoal, evidence: Evidence): Verdict {
  const missed = evidence.missed(goal.flow);
  const last = evidence.last(goal.flow);
  if (last === undefined) return { holds: false, detail: "no request has been made yet" };
  if (missed === 0) return { holds: true, detail: "every request answered so far" };
  return { holds: false, broken: true, detail: `${missed} ${missed === 1 ? "request" : "requests"} went unanswered` };
}

function judgeObject(goal: ObjectGoal, objects: Objects): Verdict {
  const found = objects
    .list(goal.object, { ...(goal.namespace !== undefined && { namespace: goal.namespace }), ...(goal.selector !== undefined && { selector: goal.selector }) })
    .filter((object) => goal.name === undefined || object.metadata.name === goal.name);
  const right = found.filter((object) => fits(goal, object));
  const holds = right.length >= goal.atLeast && (!goal.every || right.length === found.length);
  return { holds, detail: `${right.length} of ${found.length} ${goal.object}${found.length === 1 ? "" : "s"}` };
}

function fits(goal: ObjectGoal, object: AnyObject): boolean {
  if (goal.path === undefined) return true;
  const value = fieldAt(object, goal.path);
  if (goal.equals !== undefined) return String(value) === goal.equals;
  if (goal.matches !== undefined) return value !== undefined && goal.matches.test(String(value));
  return value !== undefined;
}

/** "status.conditions.0.type"; undefined where the way ends. */
export function fieldAt(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

type Slice = AnyObject & { readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean }; readonly targetRef?: { readonly kind?: string; readonly name?: string } }[] };

/** The Pods behind a Service, found the way kube-proxy finds them: through its EndpointSlices. */
function judgeBackends(goal: BackendsGoal, objects: Objects): Verdict {
  const slices = objects.list("EndpointSlice", { namespace: goal.namespace, selector: `kubernetes.io/service-name=${goal.service}` }) as readonly Slice[];
  const names = slices.flatMap((slice) => (slice.endpoints ?? []).flatMap(({ conditions, targetRef }) => (conditions?.ready !== false && targetRef?.kind === "Pod" && targetRef.name !== undefined ? [targetRef.name] : [])));
  const pods = objects.list("Pod", { namespace: goal.namespace }).filter((pod) => names.includes(pod.metadata.name ?? ""));
  const managed = pods.filter((pod) => goal.controlledBy === undefined || pod.metadata.ownerReferences?.some(({ kind }) => kind === goal.controlledBy));
  const holds = managed.length >= goal.atLeast && managed.length === names.length;
  const unmanaged = pods.length - managed.length;
  return { holds, detail: `${pods.length} ready${unmanaged > 0 ? `, ${unmanaged} of them without a ${goal.controlledBy}` : ""}` };
}

/** Goals over time: a goal is met once it has held without a break for as long as it asks. */
export class GoalBoard {
  readonly #since = new Map<string, number>();
  readonly #broken = new Set<string>();
  #states: readonly GoalState[] = [];
  #completedMs: number | undefined;

  constructor(private readonly goals: readonly GoalSpec[]) {}

  get states(): readonly GoalState[] {
    return this.#states;
  }

  /** When every goal was met at the same time; once that has happened it stays so. */
  get completedMs(): number | undefined {
    return this.#completedMs;
  }

  /** Looks at every goal; true when something that is shown has changed. */
  look(evidence: Evidence, objects: Objects, nowMs: number): boolean {
    const before = this.#states;
    this.#states = this.goals.map((goal) => this.#lookAt(goal, evidence, objects, nowMs));
    if (this.#completedMs === undefined && this.#states.length > 0 && this.#states.every(({ met }) => met)) this.#completedMs = nowMs;
    return before.length !== this.#states.length || this.#states.some((state, i) => state.met !== before[i]?.met || state.detail !== before[i]?.detail || state.broken !== before[i]?.broken);
  }

  #lookAt(goal: GoalSpec, evidence: Evidence, objects: Objects, nowMs: number): GoalState {
    const { holds, broken = false, detail } = judge(goal, evidence, objects, nowMs);
    if (broken) this.#broken.add(goal.id);
    if (!holds || this.#broken.has(goal.id)) this.#since.delete(goal.id);
    else if (!this.#since.has(goal.id)) this.#since.set(goal.id, nowMs);
    const since = this.#since.get(goal.id);
    const met = since !== undefined && nowMs - since >= goal.holdMs;
    return { id: goal.id, title: goal.title, met, broken: this.#broken.has(goal.id), detail, ...(met && since !== undefined && { sinceMs: since + goal.holdMs }) };
  }
}

/**
 * What a goal can look at. Mostly the world's own traffic; where that cannot tell two fixes
 * apart, the state of an object; and for exercises only, what was typed. The title is the
 * sentence the learner reads.
 */
import type { Shape } from "./shape";

type Common = {
  readonly id: string;
  readonly title: string;
  /** How long it must have held without a break, in milliseconds. */
  readonly holdMs: number;
};

/** "99 % of what the customers asked in the last 20 s was answered, by at least two Pods." */
export type TrafficGoal = Common & {
  readonly kind: "traffic";
  readonly flow: string;
  readonly overMs: number;
  /** At least this share of the finished requests of that time got the expected answer; `atMost` for traffic that must fail. */
  readonly atLeast: number;
  readonly atMost: number;
  readonly requests: number;
  readonly backends: number;
  readonly withinMs: number | undefined;
  /** Once it has been missed it cannot be mended. */
  readonly never: boolean;
};

/** "The Service still has the address its clients know." */
export type ObjectGoal = Common & {
  readonly kind: "object";
  readonly object: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly selector: string | undefined;
  /** Dots lead to the field: spec.clusterIP, status.readyReplicas, metadata.ownerReferences.0.kind. */
  readonly path: string | undefined;
  readonly equals: string | undefined;
  readonly matches: RegExp | undefined;
  /** How many objects must be like that. */
  readonly atLeast: number;
  /** No object may be otherwise. */
  readonly every: boolean;
};

/** "The Pods behind the Service are managed, so that one that dies comes back." */
export type BackendsGoal = Common & {
  readonly kind: "backends";
  readonly namespace: string;
  readonly service: string;
  readonly atLeast: number;
  readonly controlledBy: string | undefined;
};

export type TypedGoal = Common & { readonly kind: "typed"; readonly pattern: RegExp };

export type GoalSpec = TrafficGoal | ObjectGoal | BackendsGoal | TypedGoal;

export function readGoal(shape: Shape): GoalSpec {
  const goal = shape.fields(["id", "title", "hold", "traffic", "object", "backends", "typed"]);
  const common: Common = { id: goal.id.text(), title: goal.title.text(), holdMs: goal.hold.duration(0) };
  const kinds = (["traffic", "object", "backends", "typed"] as const).filter((kind) => !goal[kind].absent);
  switch (kinds.length === 1 ? kinds[0] : undefined) {
    case "traffic":
      return { ...common, ...readTraffic(goal.traffic) };
    case "object":
      return { ...common, ...readObject(goal.object) };
    case "backends":
      return { ...common, ...readBackends(goal.backends) };
    case "typed":
      return { ...common, kind: "typed", pattern: goal.typed.pattern() ?? goal.typed.fail("expected a regular expression") };
    case undefined:
      return shape.fail("expected exactly one of traffic, object, backends, typed");
  }
}

function readTraffic(shape: Shape): Omit<TrafficGoal, keyof Common> {
  const t = shape.fields(["flow", "over", "answered", "answeredAtMost", "requests", "backends", "within", "never"]);
  const most = t.answeredAtMost.share(1);
  return {
    kind: "traffic",
    flow: t.flow.text(),
    overMs: t.over.duration(20_000),
    atLeast: t.answered.share(most < 1 ? 0 : 1),
    atMost: most,
    requests: t.requests.number(5),
    backends: t.backends.number(0),
    withinMs: t.within.absent ? undefined : t.within.duration(),
    never: t.never.boolean(false),
  };
}

function readObject(shape: Shape): Omit<ObjectGoal, keyof Common> {
  const o = shape.fields(["kind", "namespace", "name", "selector", "path", "equals", "matches", "atLeast", "every"]);
  return {
    kind: "object",
    object: o.kind.text(),
    namespace: o.namespace.optionalText(),
    name: o.name.optionalText(),
    selector: o.selector.optionalText(),
    path: o.path.optionalText(),
    equals: o.equals.absent ? undefined : String(o.equals.value),
    matches: o.matches.pattern(),
    atLeast: o.atLeast.number(1),
    every: o.every.boolean(false),
  };
}

function readBackends(shape: Shape): Omit<BackendsGoal, keyof Common> {
  const b = shape.fields(["namespace", "service", "atLeast", "controlledBy"]);
  return { kind: "backends", namespace: b.namespace.text("default"), service: b.service.text(), atLeast: b.atLeast.number(1), controlledBy: b.controlledBy.optionalText() };
}

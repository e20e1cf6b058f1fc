/**
 * A lab as its author wrote it: a folder of data, read into one value. Whatever is wrong with
 * it is said with the file and the place in it; nothing is guessed and no unknown key passes.
 *
 *   lab.yaml  manifests/*.yaml  files/**  break.transcript  traffic.yaml
 *   solutions/*.transcript  wrong/*.transcript  debrief.mdx
 */
import { compare } from "../core/order";
import { YamlProblem, type YamlReader } from "../core/yaml-reader";
import { type LabFiles, LabProblem, type LabSummary, type Level } from "./contract";
import { type GoalSpec, readGoal } from "./goal-spec";
import { Shape } from "./shape";
import { PROXY_MODES, type ProxyMode } from "../node/proxy/config";
import { parseTranscript, type Step } from "./transcript";
import { type Flow, readFlow } from "./traffic-spec";

export type WorldSpec = {
  readonly base: "cluster" | "bare-node";
  readonly nodes: number;
  readonly cni: "flannel";
  readonly proxyMode: ProxyMode;
  /** Set on every node before anything else: "net.ipv4.ip_forward": "0". */
  readonly sysctls: readonly (readonly [string, string])[];
};

/** Where a learner can type. A Pod is entered through kubectl exec, as in life. */
export type Place = { readonly id: string; readonly title: string; readonly host: string };

export type Hint = {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** All of them must hold before the hint is offered. */
  readonly afterMs: number;
  readonly typed: RegExp | undefined;
  readonly unmet: string | undefined;
};

export type Script = { readonly path: string; readonly steps: readonly Step[] };

export type Lab = {
  readonly summary: LabSummary;
  readonly world: WorldSpec;
  readonly places: readonly Place[];
  readonly speed: number;
  readonly manifests: readonly { readonly path: string; readonly text: string }[];
  /** What lies in the learner's home directory. */
  readonly home: readonly { readonly path: string; readonly text: string }[];
  readonly breaking: readonly Step[];
  readonly flows: readonly Flow[];
  readonly goals: readonly GoalSpec[];
  readonly hints: readonly Hint[];
  readonly solutions: readonly Script[];
  readonly wrong: readonly Script[];
  readonly debrief: string | undefined;
};

const LEVELS: readonly Level[] = ["L0", "L1", "L2", "L3"];

/** Throws LabProblem. */
export function readLab(files: LabFiles, readYaml: YamlReader): Lab {
  const yamlFile = (path: string): Shape => shapeOf(files, path, readYaml);
  const top = yamlFile("lab.yaml").fields(["id", "title", "summary", "level", "minutes", "topics", "needs", "story", "world", "namespace", "places", "time", "goals", "hints", "interview"]);
  const world = readWorld(top.world);
  const places = readPlaces(top.places, world);
  const goals = unique(top.goals.list().map(readGoal), "lab.yaml: goals");
  const flows = files["traffic.yaml"] === undefined ? [] : unique(yamlFile("traffic.yaml").fields(["flows"]).flows.list().map(readFlow), "traffic.yaml: flows");
  const lab: Lab = {
    summary: {
      id: top.id.text(),
      title: top.title.text(),
      summary: top.summary.text(),
      level: top.level.oneOf(LEVELS),
      minutes: top.minutes.number(),
      topics: top.topics.list().map((topic) => topic.text()),
      needs: top.needs.list().map((need) => need.text()),
      story: top.story.text(),
      goals: goals.map(({ id, title }) => ({ id, title })),
      places: places.map(({ id, title }) => ({ id, title })),
      interview: top.interview.list().map((question) => question.text()),
      namespace: top.namespace.text("default"),
    },
    world,
    places,
    speed: top.time.absent ? 1 : top.time.fields(["speed"]).speed.number(1),
    manifests: filesUnder(files, "manifests/"),
    home: filesUnder(files, "files/").map(({ path, text }) => ({ path: path.slice("files/".length), text })),
    breaking: parseTranscript(files["break.transcript"] ?? "", "break.transcript"),
    flows,
    goals,
    hints: unique(top.hints.list().map(readHint), "lab.yaml: hints"),
    solutions: scripts(files, "solutions/"),
    wrong: scripts(files, "wrong/"),
    debrief: files["debrief.mdx"],
  };
  checkReferences(lab);
  return lab;
}

function shapeOf(files: LabFiles, path: string, readYaml: YamlReader): Shape {
  const source = files[path];
  if (source === undefined) throw new LabProblem(`${path}: this file is missing`);
  try {
    return new Shape(readYaml(source)[0], path);
  } catch (problem) {
    if (problem instanceof YamlProblem) throw new LabProblem(`${path}: ${problem.message}`);
    throw problem;
  }
}

function filesUnder(files: LabFiles, folder: string): { path: string; text: string }[] {
  return Object.keys(files)
    .filter((path) => path.startsWith(folder))
    .sort(compare)
    .map((path) => ({ path, text: files[path] ?? "" }));
}

function scripts(files: LabFiles, folder: string): Script[] {
  return filesUnder(files, folder).map(({ path, text }) => ({ path, steps: parseTranscript(text, path) }));
}

function readWorld(shape: Shape): WorldSpec {
  const world = shape.fields(["base", "nodes", "cni", "proxyMode", "sysctls"]);
  return {
    base: world.base.oneOf(["cluster", "bare-node"], "cluster"),
    nodes: world.nodes.number(3),
    cni: world.cni.oneOf(["flannel"], "flannel"),
    proxyMode: world.proxyMode.oneOf(PROXY_MODES, "iptables"),
    sysctls: world.sysctls.entries().map(([key, value]) => [key, String(value.value)] as const),
  };
}

function readPlaces(shape: Shape, world: WorldSpec): readonly Place[] {
  const given = shape.list().map((place) => {
    const { id, title, host } = place.fields(["id", "title", "host"]);
    return { id: id.text(), title: title.text(id.text()), host: host.text(id.text()) };
  });
  if (given.length > 0) return given;
  if (world.base === "bare-node") return ["node", "client"].map((id) => ({ id, title: id, host: id }));
  const nodes = Array.from({ length: world.nodes }, (_, i) => `node-${i + 1}`);
  return ["bastion", ...nodes].map((id) => ({ id, title: id, host: id }));
}

function readHint(shape: Shape): Hint {
  const hint = shape.fields(["id", "title", "text", "when"]);
  const when = new Shape(hint.when.value ?? {}, hint.when.path).fields(["after", "typed", "unmet"]);
  return { id: hint.id.text(), title: hint.title.text(), text: hint.text.text(), afterMs: when.after.duration(0), typed: when.typed.pattern(), unmet: when.unmet.optionalText() };
}

function unique<T extends { readonly id: string }>(items: readonly T[], where: string): readonly T[] {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) throw new LabProblem(`${where}: "${id}" stands there twice`);
    seen.add(id);
  }
  return items;
}

/** Names that point at nothing are an author's commonest slip, and would fail only at the end of a long replay. */
function checkReferences(lab: Lab): void {
  const goals = new Set(lab.goals.map(({ id }) => id));
  const flows = new Set(lab.flows.map(({ id }) => id));
  const places = new Set(lab.places.map(({ id }) => id));
  for (const goal of lab.goals) {
    if (goal.kind === "traffic" && !flows.has(goal.flow)) throw new LabProblem(`lab.yaml: goal "${goal.id}" looks at the flow "${goal.flow}", which traffic.yaml does not have`);
  }
  for (const hint of lab.hints) {
    if (hint.unmet !== undefined && !goals.has(hint.unmet)) throw new LabProblem(`lab.yaml: hint "${hint.id}" names the goal "${hint.unmet}", which does not exist`);
  }
  for (const { path, steps } of [...lab.solutions, ...lab.wrong, { path: "break.transcript", steps: lab.breaking }]) {
    for (const step of steps) {
      if (step.kind === "command" && !places.has(step.place)) throw new LabProblem(`${path}: there is no place "${step.place}"; there are ${[...places].join(", ")}`);
      if (step.kind === "directive" && step.verb !== "wait" && !goals.has(step.argument)) throw new LabProblem(`${path}: there is no goal "${step.argument}"`);
    }
  }
}

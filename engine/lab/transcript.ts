/**
 * The one transcript language: golden tests, console blocks in lessons, what broke a lab, what
 * mends it and what only seems to.
 *
 *   // a remark
 *   bastion$ curl http://web          a line typed at a place
 *   bastion> more of it               its continuation (a here-document)
 *   curl: (7) Failed …                what it printed, standard error included
 *   [exit 7]                          unless it was 0
 *   @wait 1s                          time passes
 *   @done customers · @unmet catalog  what must be true of a goal by now
 *
 * A line `…` among the output stands for any lines.
 */
import { LabProblem } from "./contract";
import { parseDuration } from "./shape";

export type Command = { readonly kind: "command"; readonly place: string; readonly line: string; readonly output: readonly string[]; readonly exit: number };
export type Directive = { readonly kind: "directive"; readonly verb: "wait" | "done" | "unmet"; readonly argument: string };
export type Remark = { readonly kind: "remark"; readonly text: string };
export type Step = Command | Directive | Remark;

const PROMPT = /^([a-z][a-z0-9-]*)\$ (.*)$/;

export function parseTranscript(source: string, name = "transcript"): readonly Step[] {
  const steps: Step[] = [];
  const lines = source.replace(/\n$/, "").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const prompt = PROMPT.exec(line);
    if (prompt) {
      const [command, next] = readCommand(lines, i, prompt[1] ?? "", prompt[2] ?? "");
      steps.push(command);
      i = next - 1;
      continue;
    }
    steps.push(readOther(line, `${name}:${i + 1}`));
  }
  return steps;
}

function readCommand(lines: readonly string[], at: number, place: string, first: string): readonly [Command, number] {
  let line = first;
  let i = at + 1;
  for (; lines[i]?.startsWith(`${place}> `) || lines[i] === `${place}>`; i++) line += `\n${(lines[i] ?? "").slice(place.length + 2)}`;
  const output: string[] = [];
  let exit = 0;
  for (; i < lines.length; i++) {
    const next = lines[i] ?? "";
    if (PROMPT.test(next) || /^@(wait|done|unmet) /.test(next) || next.startsWith("// ") || next === "//") break;
    const status = /^\[exit (\d+)\]$/.exec(next);
    if (status) exit = Number(status[1]);
    else output.push(next);
  }
  // Blank lines before the next step part the steps; they are not output.
  let blank = 0;
  while (output.length > 0 && output[output.length - 1] === "") {
    output.pop();
    blank++;
  }
  return [{ kind: "command", place, line, output, exit }, i - blank];
}

function readOther(line: string, where: string): Step {
  if (line.startsWith("@")) {
    const m = /^@(wait|done|unmet) (\S+)$/.exec(line);
    if (!m) throw new LabProblem(`${where}: expected @wait DURATION, @done GOAL or @unmet GOAL`);
    const verb = m[1] as Directive["verb"];
    if (verb === "wait" && parseDuration(m[2] ?? "") === undefined) throw new LabProblem(`${where}: expected a duration such as "2s"`);
    return { kind: "directive", verb, argument: m[2] ?? "" };
  }
  if (line.trim() === "" || line.startsWith("//")) return { kind: "remark", text: line };
  throw new LabProblem(`${where}: output that no command printed: ${line}`);
}

/** The same text again; with other outputs in the steps, what UPDATE=1 writes. */
export function printTranscript(steps: readonly Step[]): string {
  return `${steps.map(printStep).join("\n")}\n`;
}

function printStep(step: Step): string {
  switch (step.kind) {
    case "remark":
      return step.text;
    case "directive":
      return `@${step.verb} ${step.argument}`;
    case "command": {
      const [first = "", ...more] = step.line.split("\n");
      const typed = [`${step.place}$ ${first}`, ...more.map((line) => `${step.place}> ${line}`)];
      return [...typed, ...step.output, ...(step.exit === 0 ? [] : [`[exit ${step.exit}]`])].join("\n");
    }
  }
}

/** Whether what was printed is what was written, where `…` stands for any number of lines. */
export function sameOutput(written: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = written;
  if (first === undefined) return printed.length === 0;
  if (first === "…") {
    for (let skip = 0; skip <= printed.length; skip++) if (sameOutput(rest, printed.slice(skip))) return true;
    return false;
  }
  return printed.length > 0 && printed[0] === first && sameOutput(rest, printed.slice(1));
}

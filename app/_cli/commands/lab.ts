/** `podpath lab`: opens a lab in this terminal, or types a file's lines into it. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Journal, LabProblem, openSession, type Session } from "@/engine";
import { type Command, parse, UsageProblem, wholeNumber } from "../command";
import { interact } from "../interact";
import { findLab } from "../lab-files";
import { runLines } from "../run-lines";
import { openServed, serve } from "../serve/serve";

export const lab: Command = {
  name: "lab",
  usage: "lab SLUG [--run FILE|-] [--node NAME | --pod NS/NAME] [--seed N] [--json] [--journal OUT] [--goals] [--serve [--port P] [--kubeconfig FILE]]",
  summary: "opens a lab here, or types a file's lines into it",
  options: [
    ["--run FILE", "types the file's lines (-: standard input's) and prints what comes of them; exits as the last line did"],
    ["--node NAME", "begins on that node instead of the bastion"],
    ["--pod NS/NAME", "begins in that Pod"],
    ["--seed N", "another world of the same lab (1)"],
    ["--json", "with --run: an object a line: line, at, stdout, stderr, exit"],
    ["--goals", "says at the end which goals are met"],
    ["--journal OUT", "writes all that was typed, for podpath verify"],
    ["--serve", "serves the world's Kubernetes API on 127.0.0.1, for kubectl and client libraries"],
    ["--port P", "with --serve: on which port (any that is free)"],
    ["--kubeconfig FILE", "with --serve: where to write the kubeconfig (SLUG.kubeconfig)"],
  ],

  async run(args, { root }) {
    const { values, positionals } = parse(args, {
      run: { type: "string" },
      node: { type: "string" },
      pod: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean" },
      journal: { type: "string" },
      goals: { type: "boolean" },
      serve: { type: "boolean" },
      port: { type: "string" },
      kubeconfig: { type: "string" },
    });
    const [slug] = positionals;
    if (slug === undefined || positionals.length !== 1) throw new UsageProblem("which lab?");
    const found = findLab(root, slug);
    const seed = wholeNumber(values.seed, 1, "--seed");
    if (values.serve) return serve(openServed(found.files, seed), { port: wholeNumber(values.port, 0, "--port"), kubeconfig: path.resolve(values.kubeconfig ?? `${slug}.kubeconfig`) });
    const session = openSession(found.files, { seed });
    const place = placeOf(session, values.node, values.pod);
    const status = values.run === undefined ? await interact(session, place) : runLines(session, place, readLines(values.run), values.json ?? false);
    if (values.goals) printGoals(session, values.json ?? false);
    if (values.journal !== undefined) save(values.journal, session.journal());
    return status;
  },
};

function placeOf(session: Session, node: string | undefined, pod: string | undefined): string {
  if (node !== undefined && pod !== undefined) throw new UsageProblem("--node or --pod, not both");
  if (pod !== undefined) {
    if (!/^[^/]+\/[^/]+$/.test(pod)) throw new UsageProblem(`--pod takes NAMESPACE/NAME, not "${pod}"`);
    return `pod/${pod}`;
  }
  if (node === undefined) return session.lab.places[0]?.id ?? "bastion";
  if (!session.lab.places.some(({ id }) => id === node)) throw new LabProblem(`there is no node "${node}" in this lab; there are ${session.lab.places.map(({ id }) => id).join(", ")}`);
  return node;
}

function readLines(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (problem) {
    throw new LabProblem(`cannot read ${file}: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

function save(file: string, journal: Journal): void {
  writeFileSync(file, `${JSON.stringify(journal)}\n`);
}

function printGoals(session: Session, json: boolean): void {
  for (const { id, title, met, broken, detail } of session.goals()) {
    console.log(json ? JSON.stringify({ goal: id, title, met, broken, detail }) : `${met ? "met   " : broken ? "broken" : "unmet "}  ${id}: ${title} (${detail})`);
  }
}

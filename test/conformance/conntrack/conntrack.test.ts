/**
 * Random sessions of conntrack(8) as conntrack-tools 1.4.7 answered them on Linux 6.18 (record.py).
 * Even out what only the recording's clock and kernel decide: seconds left, ids, the order of buckets.
 */
import { expect, test } from "vitest";
import { conntrack } from "@/engine/bin/conntrack";
import { attachNetfilter } from "@/engine/netfilter/attach";
import { run, testMachine } from "../../support/machine";
import sessions from "./sessions.json";

type Step = { readonly argv: readonly string[]; readonly rc: number; readonly out: string; readonly err: string; readonly after: readonly string[] };
type Session = { readonly seed: number; readonly steps: readonly Step[] };

const tens = (text: string): number => Math.round(Number(text) / 10) * 10;
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "").sort();

function even(text: string): string[] {
  const seconds = text
    .replaceAll(/^((?:ipv4 +2 )?\w+ +\d+ )(\d+)(?= )/gm, (_all, before: string, left: string) => `${before}${tens(left)}`)
    .replaceAll(/-t (\d+)/g, (_all, left: string) => `-t ${tens(left)}`)
    .replaceAll(/<timeout>(\d+)/g, (_all, left: string) => `<timeout>${tens(left)}`);
  return lines(seconds.replaceAll(/ id=\d{5,}/g, " id=ID").replaceAll(/<id>\d+/g, "<id>ID"));
}

test.each(sessions as readonly Session[])("session $seed", ({ steps }) => {
  const machine = testMachine([conntrack]);
  attachNetfilter(machine.netns).requireConntrack();
  for (const { argv, ...recorded } of steps) {
    const { exit, stdout, stderr } = run(machine, ["conntrack", ...argv], { forMs: 500 });
    // From here on the two know of different entries.
    if (stderr.includes("not modelled: ")) return;
    const said = { rc: exit, out: even(stdout), err: lines(stderr), after: even(run(machine, ["conntrack", "-L"]).stdout) };
    expect(said, argv.join(" ")).toEqual({ rc: recorded.rc, out: even(recorded.out), err: lines(recorded.err), after: even(recorded.after.join("\n")) });
  }
});

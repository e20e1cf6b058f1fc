/**
 * Random sessions of iptables-restore and iptables-save, options and input both at times not as
 * they should be, as the real ones of both back ends answered them (record-restore.py).
 */
import { expect, test } from "vitest";
import { runRestore } from "@/engine/netfilter/iptables/restore-command";
import type { Backend } from "@/engine/netfilter/iptables/ruleset";
import { save } from "@/engine/netfilter/iptables/save";
import { runSave } from "@/engine/netfilter/iptables/save-command";
import { bareNetfilter } from "../../support/netfilter";
import sessions from "./restores.json";

type Step = { readonly program: "restore" | "save"; readonly argv: readonly string[]; readonly stdin?: string; readonly rc: number; readonly out: string; readonly err: string; readonly save: string; readonly file?: string };
type Session = { readonly seed: number; readonly backend: Backend; readonly steps: readonly Step[] };

/** The file that the recorder puts beside them. */
const RULES = "*filter\n:C1 - [0:0]\n[3:180] -A INPUT -j C1\nCOMMIT\n";
const undated = (text: string): string => text.replaceAll(/ on \w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}/g, " on DATE");

test.each(sessions as readonly Session[])("session $seed of $backend", ({ backend, steps }) => {
  const netfilter = bareNetfilter({ initial: false });
  for (const { program, argv, stdin = "", ...recorded } of steps) {
    let file: string | undefined;
    const write = (path: string, text: string): string | undefined => {
      if (path !== "out.txt") return "No such file or directory";
      file = undated(text);
      return undefined;
    };
    const line = [`iptables-${backend}-${program}`, ...argv];
    const { exit, stdout, stderr } = program === "save" ? runSave(netfilter, line, write) : runRestore(netfilter, line, () => stdin, (path) => (path === "rules.txt" ? RULES : undefined));
    if (stderr.startsWith("not modelled: ")) return;
    const rules = save(netfilter, { counters: true, backend }).split("\n").filter((each) => !each.startsWith("#")).join("\n");
    const said = { rc: exit, out: undated(stdout), err: stderr, save: rules, ...(file !== undefined && { file }) };
    expect(said, JSON.stringify(argv)).toEqual(recorded);
  }
});

/**
 * Sessions recorded on a real Linux (record.py), played in the emulator, command after command: standard output, standard
 * error and exit status. `known-different.json` names what stays different and why; one that begins to agree fails too.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { known, playBlock, readSession, worldNamed } from "./player";
import { comparable } from "./comparable";

const sessions = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".txt"));
const different = known(new URL("./known-different.json", import.meta.url));

test.each(sessions)("%s is printed here as it was on Linux", (file) => {
  const { world, blocks } = readSession(new URL(`./${file}`, import.meta.url));
  const machine = worldNamed(world);
  const expected: string[] = [];
  const printed: string[] = [];
  const agreeing = new Set<string>();
  const differing = new Set<string>();
  const others: Record<string, string> = {};
  for (const { command, printed: real } of blocks) {
    const ours = comparable(playBlock(machine, command));
    const theirs = comparable(real);
    const key = `${file}: ${command}`;
    if (key in different) {
      (ours === theirs ? agreeing : differing).add(command);
      continue;
    }
    const [, refusal] = /^2> (.*not modelled: .*)$/m.exec(ours) ?? [];
    if (ours !== theirs) others[key] = refusal ?? "";
    expected.push(`$ ${command}\n${theirs}`);
    printed.push(`$ ${command}\n${ours}`);
  }
  if (process.env["SHOW"]) {
    writeFileSync(`/tmp/${file}.real`, expected.join(""));
    writeFileSync(`/tmp/${file}.ours`, printed.join(""));
    writeFileSync(`/tmp/${file}.different`, JSON.stringify(others, null, 2));
  }
  expect([...agreeing].filter((command) => !differing.has(command)), "no longer different: take them out of known-different.json").toEqual([]);
  expect(printed.join("")).toBe(expected.join(""));
}, 120_000);

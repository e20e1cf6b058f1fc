import { expect, test } from "vitest";
import { Later, NotYet } from "../core/later";
import { atHand } from "./at-hand";
import { catalogue, type Shelf } from "./catalogue";
import { allTools } from "./index";
import { AT_HAND } from "./kubectl/verbs/at-hand";
import { COMMANDS } from "./kubectl/verbs/index";
import type { Tools } from "./tools";

const SHELVES = Object.entries(allTools.shelves) as [Shelf, (typeof allTools.shelves)[Shelf]][];

test.each(SHELVES)("the catalogue of %s names what stands there, in its order", (shelf, programs) => {
  expect(catalogue(new Later<Tools>(), atHand)[shelf].map(({ name }) => name)).toEqual(programs.map(({ name }) => name));
});

test("what is at hand is the same program as on its shelf", () => {
  for (const [shelf, programs] of SHELVES) for (const program of atHand[shelf] ?? []) expect(programs).toContain(program);
  for (const command of AT_HAND) expect(COMMANDS).toContain(command);
});

test("a stand-in is the program once the tools are here, and before that remembers who looked", () => {
  const tools = new Later<Tools>();
  const grep = catalogue(tools, atHand).coreutils.find(({ name }) => name === "grep");
  expect(() => grep?.summary).toThrow(NotYet);
  expect(tools.missed).toBe(true);
  tools.bring(allTools);
  expect(grep?.summary).toBe(allTools.shelves.coreutils.find(({ name }) => name === "grep")?.summary);
});

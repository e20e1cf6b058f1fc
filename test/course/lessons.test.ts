/**
 * Everything a lesson shows was executed: its console blocks are played from the top of the
 * page to its end, one world for each name, and compared. `UPDATE=1` writes what was printed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { openSession, play, type Session } from "@/engine";
import { consolesOf, withConsoles } from "../support/consoles";

const root = path.resolve(import.meta.dirname, "../..");
const pages = readdirSync(path.join(root, "content"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".mdx"));

test.each(pages)("%s shows what is really printed", (page) => {
  const file = path.join(root, "content", page);
  const mdx = readFileSync(file, "utf8");
  const blocks = consolesOf(mdx, page);
  const worlds = new Map<string, Session>();
  const played = blocks.map(({ world, steps }) => {
    const session = worlds.get(world) ?? openSession(findLab(root, world).files, { seed: 1 });
    worlds.set(world, session);
    return play(session, steps);
  });
  if (process.env["UPDATE"]) writeFileSync(file, withConsoles(mdx, blocks, played.map(({ steps }) => steps)));
  else expect(played.flatMap(({ differences }) => differences)).toEqual([]);
});

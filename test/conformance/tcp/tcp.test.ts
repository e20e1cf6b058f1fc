/**
 * Socket programs recorded on a real kernel (record.py), played in the emulator: every result, every segment, and when it came. Times may
 * differ by what a real clock and the kernel's timer wheel leave open, and by no more.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Player, readRecording } from "./player";
import { withTimesOf } from "./times";

const files = readdirSync(new URL("./recorded/", import.meta.url)).filter((file) => file.endsWith(".txt"));

test.each(files)("%s: sockets do here what they did on Linux, and when", (file) => {
  const { comments, steps } = readRecording(new URL(`./recorded/${file}`, import.meta.url));
  const player = new Player(comments);
  const startMs = player.nowMs;
  const real: string[] = [];
  const ours: string[] = [];
  for (const { command, lines } of steps) {
    const played = player.play({ command, lines });
    real.push(`$ ${command}`, ...lines);
    ours.push(`$ ${command}`, ...withTimesOf(command, player.nowMs - startMs, lines, played));
  }
  if (process.env["SHOW"]) writeFileSync(`/tmp/tcp-${file}`, `${ours.join("\n")}\n`);
  expect(ours.join("\n")).toBe(real.join("\n"));
}, 120_000);

/**
 * Plays a recorded session (record.py) in the emulator: the same world made by the same lines, the same commands,
 * and what they print with what chance and the speed of a machine decide taken out of both.
 */
import { existsSync, readFileSync } from "node:fs";
import { newWorld } from "@/test/support/world";
import { run, testMachineIn } from "@/test/support/machine";
import { allPrograms } from "@/engine/bin";
import { attachNetfilter } from "@/engine/netfilter/attach";
import type { Machine } from "@/engine/host/machine";
import { bash, sh } from "@/engine/shell";

export type Block = { readonly command: string; readonly printed: string };

export const SESSION_FILES = { "/etc/resolv.conf": "nameserver 10.1.2.53\noptions timeout:1 attempts:2\n", "/etc/hosts": "127.0.0.1\tlocalhost\n10.1.2.2\tserver\n", "/etc/nsswitch.conf": "hosts: files dns\n" };

export function readSession(url: URL): { readonly world: string | undefined; readonly blocks: readonly Block[] } {
  const written = readFileSync(url, "utf8");
  const blocks: { command: string; printed: string }[] = [];
  for (const line of written.split("\n").slice(0, -1)) {
    const block = blocks.at(-1);
    if (line.startsWith("$ ")) blocks.push({ command: line.slice(2), printed: "" });
    else if (block !== undefined && !line.startsWith("# ")) block.printed += `${line}\n`;
  }
  return { world: /^# world: (\S+)$/m.exec(written)?.[1], blocks };
}

/** A machine after the lines of worlds/NAME.sh. */
export function worldNamed(name: string | undefined): Machine {
  const machine = testMachineIn(newWorld(), [...allPrograms, bash, sh], "node-1");
  attachNetfilter(machine.netns);
  for (const [path, content] of Object.entries(SESSION_FILES)) machine.fs.writeFile(path, content);
  if (name === undefined) return machine;
  const script = readFileSync(new URL(`./worlds/${name}.sh`, import.meta.url), "utf8");
  for (const line of script.split("\n")) {
    if (line.trim() === "" || line.startsWith("#") || line.includes("ipv6")) continue;
    const done = run(machine, ["bash", "-c", line]);
    if (done.exit !== 0) throw new Error(`${line}: ${done.exit} ${done.stderr}`);
  }
  return machine;
}

/** What record.py would have written below the command. */
export function playBlock(machine: Machine, command: string): string {
  const { stdout, stderr, exit } = run(machine, ["bash", "-c", command], { forMs: 200_000, cwd: "/tmp" });
  return `${stream(stdout, "")}${stream(stderr, "2> ")}[${exit ?? "timeout"}]\n`;
}

function stream(written: string, prefix: string): string {
  if (written === "") return "";
  const ended = written.endsWith("\n");
  const lines = (ended ? written.slice(0, -1) : written).split("\n").map((line) => `${prefix}${line}\n`);
  return lines.join("") + (ended ? "" : `${prefix}\\\n`);
}

/** Differences that were looked at and stay: the command, and why. */
export function known(url: URL): Readonly<Record<string, string>> {
  return existsSync(url) ? (JSON.parse(readFileSync(url, "utf8")) as Record<string, string>) : {};
}

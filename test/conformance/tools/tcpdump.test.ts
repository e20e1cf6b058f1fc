/**
 * The real tcpdump and the emulator's, side by side: the same capture files, options and filters, made of chance.
 * Standard output, standard error and exit status must be the same. More, and others: PODPATH_LIVE=5000, PODPATH_LIVE_FIRST=1.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { Rng } from "@/engine/core/rng";
import { run } from "@/test/support/machine";
import { CAPTURES, machineWithCaptures } from "./capture-files";
import { Lines } from "./tcpdump-lines";

const VERSION = /^tcpdump version 4\.99\.3\nlibpcap version 1\.10\.3/;
const real = spawnSync("tcpdump", ["--version"]);
const isTheirs = VERSION.test(`${real.stdout ?? ""}${real.stderr ?? ""}`);
const HOW_MANY = Number(process.env["PODPATH_LIVE"] ?? 300);
const FIRST = Number(process.env["PODPATH_LIVE_FIRST"] ?? 1);

const folder = mkdtempSync(path.join(tmpdir(), "tcpdump-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The devices of the file are not those of the machine that reads it. */
const nameless = (printed: string): string => printed.replace(/^(.*?)\S+ +(In |Out|B  |M  |P  ) /gm, "$1dev $2 ");

test.skipIf(!isTheirs)(`${HOW_MANY} command lines print what they print in reality`, () => {
  const machine = machineWithCaptures();
  for (const name of CAPTURES) writeFileSync(path.join(folder, `${name}.pcap`), machine.fs.readFile(`/tmp/${name}.pcap`));
  for (let seed = FIRST; seed < FIRST + HOW_MANY; seed++) {
    const { capture, words } = new Lines(new Rng(seed)).line();
    const command = (where: string): string => `TZ=UTC tcpdump -r ${where}/${capture}.pcap ${words}`;
    const theirs = spawnSync("bash", ["-c", command(folder)], { maxBuffer: 2 ** 28 });
    const ours = run(machine, ["bash", "-c", command("/tmp")]);
    const shown = (status: unknown, stdout: string, stderr: string): string => {
      const all = `$ ${command("/tmp")}\n${stdout}${stderr.replaceAll(folder, "/tmp")}[${status}] seed ${seed}`;
      return capture === "any" ? nameless(all) : all;
    };
    expect(shown(ours.exit, ours.stdout, ours.stderr)).toBe(shown(theirs.status, theirs.stdout.toString(), theirs.stderr.toString()));
  }
}, 3_600_000);

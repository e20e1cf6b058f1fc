/**
 * Captures that the emulator writes, read by real tools: tcpdump prints them word for word as the emulator's own
 * tcpdump does, and tshark, which checks every length and checksum, finds nothing to complain about.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Machine } from "@/engine/host/machine";
import { CAPTURES, machineWithCaptures } from "./capture-files";
import { playBlock } from "./player";

const has = (tool: string): boolean => spawnSync(tool, ["--version"]).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), "captures-"));
afterAll(() => rmSync(folder, { recursive: true }));

function captured(): Machine {
  const machine = machineWithCaptures();
  for (const name of CAPTURES) writeFileSync(path.join(folder, `${name}.pcap`), machine.fs.readFile(`/tmp/${name}.pcap`));
  return machine;
}

/** The devices of the file are not those of the machine that reads it. */
const nameless = (printed: string): string => printed.replace(/^(.*?)\S+ +(In |Out|B  |M  |P  ) /gm, "$1dev $2 ");

describe("captures written here", () => {
  const machine = captured();

  test.skipIf(!has("tcpdump")).each(["-n", "-nvvv -tttt", "-nn -e", "-nn -e -q", "-n -X", "-n -A", "-n -ttt", "-nt -S -xx", "-n -v icmp", "-n tcp port 80", "-n udp and host 10.1.2.2"])("tcpdump %s prints them as our own does", (options) => {
    for (const name of ["eth0", "any"]) {
      const theirs = execFileSync("tcpdump", [...options.split(" "), "-r", path.join(folder, `${name}.pcap`)], { env: { ...process.env, TZ: "UTC" }, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 }).toString();
      const ours = playBlock(machine, `TZ=UTC tcpdump ${options} -r /tmp/${name}.pcap 2>/dev/null`);
      const clean = name === "any" ? nameless : (text: string) => text;
      expect(clean(ours)).toBe(clean(`${theirs}[0]\n`));
    }
  });

  test.skipIf(!has("tshark"))("tshark finds every length and checksum right", () => {
    for (const name of ["eth0", "any"]) {
      const checks = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
      const told = execFileSync("tshark", ["-r", path.join(folder, `${name}.pcap`), ...checks, "-V"], { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 28 }).toString();
      expect(told.length).toBeGreaterThan(100_000);
      const complaints = told.split("\n").filter((line) => /Malformed|incorrect|bogus|Bad checksum|Expert Info \((Warning|Error)/.test(line));
      // A refused connection is reset: that is what was asked for.
      expect(complaints.map((line) => line.trim())).toEqual(["[Expert Info (Warning/Sequence): Connection reset (RST)]"]);
    }
  }, 60_000);
});

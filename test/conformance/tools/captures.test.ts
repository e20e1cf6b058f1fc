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
import { playBlock, worldNamed } from "./player";

const has = (tool: string): boolean => spawnSync(tool, ["--version"]).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), "captures-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tunnel, what is captured, and a bit of everything: ICMP and its errors, fragments, ARP, VXLAN, TCP, UDP, DNS, HTTP. */
const LINES = `
ip -n c link add vx0 address 02:00:00:00:05:01 type vxlan id 7 local 10.1.1.2 remote 10.1.1.1 dstport 4789 dev eth0
ip -n r link add vx0 address 02:00:00:00:05:02 type vxlan id 7 local 10.1.1.1 remote 10.1.1.2 dstport 4789 dev eth0
ip -n c addr add 10.50.0.1/24 dev vx0; ip -n r addr add 10.50.0.2/24 dev vx0; ip -n c link set vx0 up; ip -n r link set vx0 up
ip netns exec c tcpdump -i eth0 -w /tmp/eth0.pcap >/dev/null 2>&1 &
ip netns exec c tcpdump -i any -w /tmp/any.pcap >/dev/null 2>&1 &
sleep 1
ip netns exec c ping -c 2 -i 0.2 10.1.2.2
ip netns exec c ping -c 1 -s 3000 10.1.2.2
ip netns exec c ping -c 1 -s 65507 10.1.2.2
ip netns exec c ping -c 1 -s 0 10.1.2.2
ip netns exec c ping -c 1 -t 1 10.1.2.2
ip netns exec c ping -c 1 -W 1 10.1.1.77
ip netns exec c ping -c 1 10.50.0.2
ip netns exec c ping -c 1 -s 3000 10.50.0.2
ip netns exec s nc -lk -p 80 >/dev/null &
ip netns exec s nc -luk -p 53 > /dev/null &
ip netns exec c bash -c 'printf "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" | nc -w 1 10.1.2.2 80'
ip netns exec c bash -c 'head -c 100000 /dev/zero | nc -N -w 1 10.1.2.2 80'
ip netns exec c nc -zv -w 1 10.1.2.2 81
ip netns exec c dig +tries=1 +time=1 @10.1.2.2 example.org
ip netns exec c dig +tries=1 +time=1 @10.1.2.1 example.org
ip netns exec c bash -c 'head -c 9000 /dev/zero | nc -u -w 1 10.1.2.2 53'
ip netns exec c traceroute -n -w 1 10.1.2.2
ip netns exec c curl -m 1 http://10.1.2.2/
ip -n r link set eth1 mtu 1400
ip netns exec c ping -c 1 -M do -s 1400 10.1.2.2
ip netns exec c ping -b -c 1 -W 1 10.1.1.255
sleep 2`;

function captured(): Machine {
  const machine = worldNamed("three");
  for (const line of LINES.split("\n")) if (line !== "") playBlock(machine, line);
  for (const name of ["eth0", "any"]) writeFileSync(path.join(folder, `${name}.pcap`), machine.fs.readFile(`/tmp/${name}.pcap`));
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

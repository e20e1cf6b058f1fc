/**
 * What tcpdump saw on every host of a public scenario (../shared/conformance/truth), on Linux 6.18.44: three times the same, in this order,
 * with a buffer large enough to lose nothing (`tcpdump -B 65536`). Ports and numbers that are drawn by chance are written RND and N.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runScenario } from "@/engine/lab/scenario";

const SERVERS = new Set([22, 53, 80, 81, 123, 443, 5353, 5432, 8080, 8472, 9999]);

function isKnown(port: number): boolean {
  return SERVERS.has(port) || (port > 40_000 && port < 40_200) || (port >= 30_000 && port < 30_100);
}

function masked(line: string): string {
  return line
    .replace(/192\.168\.50\.(\d+)\.\d+ > ([\d.]+)\.8472/g, "192.168.50.$1.RND > $2.8472")
    .replace(/(seq 0, ack) \d{4,}/g, "$1 N")
    .replace(/(\d+\.\d+\.\d+\.\d+)\.(\d+)\b/g, (whole, address: string, port: string) => (isKnown(Number(port)) ? whole : `${address}.RND`))
    .trimEnd();
}

const folder = new URL("./recorded/", import.meta.url);

test.each(readdirSync(folder))("%s: every packet on every device, in the order it was seen", (file) => {
  const { scenario } = JSON.parse(readFileSync(new URL(`../truth/${file.replace(".txt", ".json")}`, import.meta.url), "utf8"));
  // The first line says where tcpdump ran, and with which filter.
  const [settings = "", ...lines] = readFileSync(new URL(file, folder), "utf8").split("\n").slice(0, -1);
  const seen = (runScenario({ ...scenario, ...JSON.parse(settings.slice(2)) }, 1, true) as unknown as { tcpdump: string[] }).tcpdump;
  expect(seen.map(masked)).toEqual(lines);
});

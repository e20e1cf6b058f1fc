/**
 * The applets of BusyBox against a recorded session (session.txt): a client 10.244.1.3 with a gateway behind which
 * 10.96.0.10 answers names and 10.96.45.12 serves HTTP; 10.99.0.0/16 is unreachable. "1| " is standard output,
 * "2| " standard error, "[n]" the exit status. Recorded from BusyBox 1.35.0 in its default configuration, on Linux 6.18
 * with glibc's resolver; times are cut out.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { busyboxApplets } from "../../../engine/bin/busybox";
import type { DnsMessage, ResourceRecord } from "../../../engine/wire/dns";
import { ANY, ip } from "../../../engine/wire/ip";
import { routeAdd } from "../../../engine/net/netlink";
import { type Answer, machineOn, play, serveDns, serveHttp } from "../../support/hosts";
import { address, lan } from "../../support/lan";

const A: Readonly<Record<string, readonly string[]>> = {
  "payments.production.svc.cluster.local.": ["10.96.45.12"],
  "kubernetes.default.svc.cluster.local.": ["10.96.0.1"],
  "kube-dns.kube-system.svc.cluster.local.": ["10.96.0.10"],
  "two.example.com.": ["10.96.45.12", "10.96.0.10"],
};
const PTR: Readonly<Record<string, string>> = { "10.0.96.10.in-addr.arpa.": "kube-dns.kube-system.svc.cluster.local.", "12.45.96.10.in-addr.arpa.": "payments.production.svc.cluster.local." };

function named({ questions: [question] }: DnsMessage): Partial<DnsMessage> | undefined {
  const name = question?.name.toLowerCase() ?? "";
  if (name.startsWith("timeout")) return undefined;
  if (name.startsWith("servfail")) return { authoritative: true, rcode: "SERVFAIL" };
  const target = PTR[name];
  const addresses = A[name];
  if (addresses === undefined && target === undefined) return { authoritative: true, rcode: "NXDOMAIN" };
  const answers: ResourceRecord[] = [];
  if (question?.type === "PTR" && target !== undefined) answers.push({ name, ttl: 30, type: "PTR", target });
  if (question?.type === "A") answers.push(...(addresses ?? []).map((each) => ({ name, ttl: 30, type: "A" as const, address: ip(each) })));
  return { authoritative: true, answers };
}

function served(_method: string, path: string): Answer {
  if (path === "/redir") return { status: 302, headers: [["Location", "/health"]] };
  if (path === "/404") return { status: 404, body: "no\n" };
  if (path === "/503") return { status: 503, body: "no\n" };
  if (path === "/chunked") return { raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n" };
  return { body: '{"status":"ok"}\n' };
}

function client() {
  const net = lan();
  address(net.a, net.devA, "10.244.1.3/24");
  const lo = net.b.devices.byName("lo");
  for (const each of ["10.96.0.10/32", "10.96.45.12/32", "10.96.0.1/32"]) address(net.b, lo as typeof net.devB, each);
  routeAdd(net.a, { dst: ANY, bits: 0, gateway: ip("10.244.1.11") });
  routeAdd(net.a, { type: "unreachable", dst: ip("10.99.0.0"), bits: 16 });
  serveDns(net.b, named, ip("10.96.0.10"));
  serveHttp(net.b, 80, served);
  return machineOn(net.a, { "/etc/resolv.conf": "search production.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", "/etc/services": "http 80/tcp\n" });
}

const blocks = readFileSync(new URL("./session.txt", import.meta.url), "utf8").split(/^\$ /m).slice(1);

describe("BusyBox", () => {
  const machine = client();
  test.each(blocks.map((block) => [block.slice(0, block.indexOf("\n")), block] as const))("%s", (line, block) => {
    const [name = "", ...args] = line.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", "")) ?? [];
    const applet = busyboxApplets.find((each) => each.name === name);
    if (applet === undefined) throw new Error(`no applet ${name}`);
    const { out, err, exit } = play(machine, applet, args);
    const shown = (text: string, mark: string): string => timeless(text).replace(/^/gm, mark).slice(0, text === "" ? 0 : text.endsWith("\n") ? -mark.length : undefined);
    expect(`${line}\n${shown(out, "1| ")}${shown(err, "2| ")}[${exit}]\n`).toBe(timeless(block));
  });
});

/** Without times; and what 1.35 alone misspells. */
function timeless(text: string): string {
  return text.replace("recevied", "received").replace(/completed in \d+ms/g, "completed in TIME").replace(/BusyBox v\S+ \([^)]*\)/g, "BusyBox v1.35.0").replace(/time=[\d.]+ ms/g, "time=TIME ms").replace(/= [\d.]+\/[\d.]+\/[\d.]+ ms/g, "= TIMES ms");
}

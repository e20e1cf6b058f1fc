import { describe, expect, it } from "vitest";
import { machineOn, play, type Played, serveDns } from "../../../test/support/hosts";
import { lan } from "../../../test/support/lan";
import type { Program } from "../../host/proc";
import type { DnsMessage, ResourceRecord } from "../../wire/dns";
import { ip } from "../../wire/ip";
import { dig } from "./dig";
import { host } from "./host";
import { nslookup } from "./nslookup";

const A: Readonly<Record<string, readonly string[]>> = {
  "payments.production.svc.cluster.local.": ["10.96.45.12"],
  "db.default.svc.cluster.local.": ["10.244.1.5", "10.244.2.8"],
  "api.example.com.": ["198.51.100.7"],
};
const SOA: ResourceRecord = { name: "cluster.local.", ttl: 30, type: "SOA", mname: "ns.dns.cluster.local.", rname: "hostmaster.cluster.local.", serial: 1763680000, refresh: 7200, retry: 1800, expire: 86400, minimum: 30 };

/** Answers as CoreDNS would: aa and no ra for cluster.local. */
function answer({ questions }: DnsMessage): Partial<DnsMessage> | undefined {
  const [question] = questions;
  if (!question || question.name.startsWith("silence.")) return undefined;
  const name = question.name.toLowerCase();
  const local = name.endsWith("cluster.local.") || name.endsWith(".arpa.");
  const base = { authoritative: local, recursionAvailable: !local };
  if (name.startsWith("servfail.")) return { recursionAvailable: true, rcode: "SERVFAIL" };
  const nothing = { ...base, authorities: local ? [SOA] : [] };
  if (name === "12.45.96.10.in-addr.arpa.") return { ...base, answers: [{ name, ttl: 30, type: "PTR", target: "payments.production.svc.cluster.local." }] };
  const addresses = A[name];
  if (addresses === undefined) return { ...nothing, rcode: "NXDOMAIN" };
  if (question.type === "SRV") return { ...base, answers: [{ name, ttl: 30, type: "SRV", priority: 0, weight: 33, port: 8080, target: `x.${name}` }] };
  if (question.type !== "A") return nothing;
  return { ...base, answers: addresses.map((address) => ({ name, ttl: 30, type: "A" as const, address: ip(address) })) };
}

const RESOLV = "search production.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.244.1.11\noptions ndots:5\n";

function run(program: Program, args: readonly string[], server = true): Played & { readonly asked: readonly string[] } {
  const net = lan();
  const asked = server ? serveDns(net.b, answer) : [];
  return { ...play(machineOn(net.a, { "/etc/resolv.conf": RESOLV }), program, args), asked };
}

const NO_RA = ";; Got recursion not available from 10.244.1.11\n";
const SERVER = "Server:\t\t10.244.1.11\nAddress:\t10.244.1.11#53\n\n";

const LONG = "a".repeat(64);
const WHOLE = "abcdefg.".repeat(34);

// As BIND 9.18 says it.
it.each([
  [".-s", "empty label"],
  ["a..b", "empty label"],
  [LONG, "label too long"],
  [WHOLE, "ran out of space"],
])("the name %s is not legal: %s", (name, why) => {
  for (const [program, words, exit] of [[dig, "dig", 10], [nslookup, "nslookup", 10], [host, "host", 1]] as const) {
    expect(run(program, [name, "127.0.0.1"])).toMatchObject({ exit, all: `${words}: '${name}' is not a legal name (${why})\n` });
  }
});

describe("nslookup", () => {
  it.each([
    [["payments"], 0, `${NO_RA}${SERVER}Name:\tpayments.production.svc.cluster.local\nAddress: 10.96.45.12\n${NO_RA}\n`],
    [["api.example.com"], 0, `${NO_RA.repeat(3)}${SERVER}Non-authoritative answer:\nName:\tapi.example.com\nAddress: 198.51.100.7\n\n`],
    [["nosuch"], 1, `${NO_RA.repeat(3)}${SERVER}** server can't find nosuch: NXDOMAIN\n\n`],
    [["db.default"], 0, `${NO_RA.repeat(2)}${SERVER}Name:\tdb.default.svc.cluster.local\nAddress: 10.244.1.5\nName:\tdb.default.svc.cluster.local\nAddress: 10.244.2.8\n${NO_RA}\n`],
    [["servfail.x."], 1, `;; Got SERVFAIL reply from 10.244.1.11\n${SERVER}** server can't find servfail.x: SERVFAIL\n\n`],
    [["10.96.45.12"], 0, `${NO_RA}12.45.96.10.in-addr.arpa\tname = payments.production.svc.cluster.local.\n\n`],
    [["10.9.9.9"], 1, `${NO_RA}** server can't find 9.9.9.10.in-addr.arpa: NXDOMAIN\n\n`],
    [["-type=srv", "payments"], 0, `${NO_RA}${SERVER}payments.production.svc.cluster.local\tservice = 0 33 8080 x.payments.production.svc.cluster.local.\n\n`],
    [["-type=aaaa", "payments"], 0, `${NO_RA}${SERVER}*** Can't find payments: No answer\n\n`],
    [["payments", "10.244.1.11"], 0, `${SERVER}Name:\tpayments.production.svc.cluster.local\nAddress: 10.96.45.12\n\n`],
    [["-bad", "payments", "10.244.1.11"], 0, `*** Invalid option: bad\n${SERVER}Name:\tpayments.production.svc.cluster.local\nAddress: 10.96.45.12\n\n`],
  ] as const)("%j", (args, exit, all) => {
    expect(run(nslookup, args)).toMatchObject({ exit, all });
  });

  it("asks five times for an outside name, once with a final dot and AAAA besides", () => {
    expect(run(nslookup, ["api.example.com"]).asked).toEqual(["A api.example.com.production.svc.cluster.local.", "A api.example.com.svc.cluster.local.", "A api.example.com.cluster.local.", "A api.example.com.", "AAAA api.example.com."]);
    expect(run(nslookup, ["api.example.com."]).asked).toEqual(["A api.example.com.", "AAAA api.example.com."]);
  });

  it("waits three times five seconds for silence, and not at all for a closed port", () => {
    const error = (why: string): string => `${`;; communications error to 10.244.1.11#53: ${why}\n`.repeat(3)};; no servers could be reached\n\n`;
    expect(run(nslookup, ["silence.x."])).toMatchObject({ exit: 1, all: error("timed out") });
    expect(run(nslookup, ["silence.x."]).ms).toBeGreaterThanOrEqual(15_000);
    expect(run(nslookup, ["payments"], false)).toMatchObject({ exit: 1, all: error("connection refused") });
  });
});

describe("dig", () => {
  it.each([
    ["+foo", 1, "Invalid option: +foo"],
    ["+sho", 1, "Invalid option: +sho"],
    ["+time", 1, "Invalid option: +time"],
    ["+notries", 1, "Invalid option: +notries"],
    ["+time=x", 10, "invalid timeout 'x': not a valid number"],
    ["+bufsize=x", 10, "invalid buffer size 'x': not a valid number"],
    ["+subnet=192.0.2.0/24", 2, "dig: not modelled: +subnet=192.0.2.0/24"],
  ])("refuses %s as dig does", (option, exit, said) => {
    const net = lan();
    const ran = play(machineOn(net.a, {}), dig, [option, "web"]);
    expect([ran.exit, ran.all.split("\n")[0]]).toEqual([exit, said]);
  });

  it("shows an answer as it came, in its columns", () => {
    expect(run(dig, ["payments.production.svc.cluster.local"]).all.replace(/id: \d+/, "id: N")).toBe(`
; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> payments.production.svc.cluster.local
;; global options: +cmd
;; Got answer:
;; WARNING: .local is reserved for Multicast DNS
;; You are currently testing what happens when an mDNS query is leaked to DNS
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0
;; WARNING: recursion requested but not available

;; QUESTION SECTION:
;payments.production.svc.cluster.local. IN A

;; ANSWER SECTION:
payments.production.svc.cluster.local. 30 IN A\t10.96.45.12

;; Query time: 0 msec
;; SERVER: 10.244.1.11#53(10.244.1.11) (UDP)
;; WHEN: Sat Nov 21 09:00:00 UTC 2026
;; MSG SIZE  rcvd: 71

`);
  });

  it.each([
    [["+short", "db.default.svc.cluster.local"], 0, "10.244.1.5\n10.244.2.8\n"],
    [["+noall", "+answer", "api.example.com"], 0, "api.example.com.\t30\tIN\tA\t198.51.100.7\n"],
    [["+nocmd", "+nocomments", "+noquestion", "+nostats", "-x", "10.96.45.12"], 0, "12.45.96.10.in-addr.arpa. 30\tIN\tPTR\tpayments.production.svc.cluster.local.\n"],
    [["+short", "+search", "payments"], 0, "10.96.45.12\n"],
    [["+short", "payments"], 0, ""],
    [["@nosuch", "x"], 1, "dig: couldn't get address for 'nosuch': not found\n"],
    [["+time=1", "+tries=2", "silence.x"], 9, ";; communications error to 10.244.1.11#53: timed out\n;; communications error to 10.244.1.11#53: timed out\n\n; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> +time=1 +tries=2 silence.x\n;; global options: +cmd\n;; no servers could be reached\n"],
    [["@10.9.9.9", "x", "+tries=1"], 9, ";; UDP setup with 10.9.9.9#53(10.9.9.9) for x failed: network unreachable.\n;; no servers could be reached\n"],
    [["+trace", "x"], 2, "dig: not modelled: +trace\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(run(dig, args)).toMatchObject({ exit, all });
  });
});

describe("host", () => {
  it.each([
    [["payments"], 0, "payments.production.svc.cluster.local has address 10.96.45.12\n"],
    [["nosuch"], 1, "Host nosuch not found: 3(NXDOMAIN)\n"],
    [["10.96.45.12"], 0, "12.45.96.10.in-addr.arpa domain name pointer payments.production.svc.cluster.local.\n"],
    [["10.9.9.9"], 1, "Host 9.9.9.10.in-addr.arpa. not found: 3(NXDOMAIN)\n"],
    [["-t", "aaaa", "payments"], 0, "payments.production.svc.cluster.local has no AAAA record\n"],
    [["-W", "1", "silence.x."], 1, ";; communications error to 10.244.1.11#53: timed out\n;; communications error to 10.244.1.11#53: timed out\n;; no servers could be reached\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(run(host, args)).toMatchObject({ exit, all });
  });
});

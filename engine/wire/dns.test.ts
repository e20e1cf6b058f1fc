import { describe, expect, it } from "vitest";
import { absolute, decodeDns, dnsAnswer, dnsQuery, dotsIn, encodeDns, labelsOf, parseIp6, printIp6, printRdata, type ResourceRecord, reverseName } from "./dns";
import { ip } from "./ip";

const RECORDS: readonly ResourceRecord[] = [
  { name: "web.example.org.", ttl: 30, type: "A", address: ip("10.96.0.10") },
  { name: "web.example.org.", ttl: 30, type: "AAAA", address: parseIp6("2001:db8::1") as Uint8Array },
  { name: "www.example.org.", ttl: 5, type: "CNAME", target: "web.example.org." },
  { name: "example.org.", ttl: 5, type: "NS", target: "ns.example.org." },
  { name: "example.org.", ttl: 5, type: "MX", preference: 10, target: "mail.example.org." },
  { name: "_http._tcp.example.org.", ttl: 5, type: "SRV", priority: 0, weight: 33, port: 80, target: "web.example.org." },
  { name: "example.org.", ttl: 5, type: "TXT", strings: ["v=spf1 -all", 'say "hi"'] },
  { name: "example.org.", ttl: 5, type: "SOA", mname: "ns.example.org.", rname: "root.example.org.", serial: 7, refresh: 7200, retry: 1800, expire: 86400, minimum: 30 },
  { name: "example.org.", ttl: 5, type: "TYPE4242", bytes: Uint8Array.of(1, 2, 3) },
];

describe("DNS messages", () => {
  it("come back from their bytes as they were", () => {
    const query = dnsQuery(4242, "web.example.org.", "A", { udpSize: 1232, options: [{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }] });
    expect(decodeDns(encodeDns(query))).toEqual({ ...query, edns: { udpSize: 1232, version: 0, dnssecOk: false, options: [{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }] } });
    const answer = dnsAnswer(query, { authoritative: true, answers: RECORDS });
    expect(decodeDns(encodeDns(answer))).toEqual({ ...answer });
  });

  it("write a name once and point back to it", () => {
    const answer = dnsAnswer(dnsQuery(1, "web.example.org.", "A"), { answers: [RECORDS[0] as ResourceRecord] });
    // Header, question, and a record whose name is two bytes.
    expect(encodeDns(answer).length).toBe(12 + 21 + 2 + 10 + 4);
  });

  it("say so when they had to be cut", () => {
    const answers = Array.from({ length: 60 }, (_, i): ResourceRecord => ({ name: "web.example.org.", ttl: 30, type: "A", address: ip(`10.244.1.${i}`) }));
    const cut = decodeDns(encodeDns(dnsAnswer(dnsQuery(1, "web.example.org.", "A"), { answers }), 512));
    expect([cut?.truncated, cut?.answers.length]).toEqual([true, 29]);
  });

  it("are refused when they are none", () => {
    for (const bytes of [[], [1, 2, 3], [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c, 0, 1, 0, 1]]) expect(decodeDns(Uint8Array.from(bytes))).toBeUndefined();
  });
});

it.each([
  ["web.example.org.", 3],
  [".", 0],
  [`${"a".repeat(63)}.`, 1],
  [`${"a".repeat(64)}.`, undefined],
  ["a..b.", undefined],
  [`${"a.".repeat(128)}`, undefined],
])("%s has %s labels", (name, count) => {
  expect(labelsOf(name)?.length).toBe(count);
});

it("prints what zone files print", () => {
  expect(RECORDS.map(printRdata)).toEqual(["10.96.0.10", "2001:db8::1", "web.example.org.", "ns.example.org.", "10 mail.example.org.", "0 33 80 web.example.org.", '"v=spf1 -all" "say \\"hi\\""', "ns.example.org. root.example.org. 7 7200 1800 86400 30", "\\# 3 010203"]);
  expect([absolute("a.b"), dotsIn("a.b.c"), reverseName(ip("10.96.0.1"))]).toEqual(["a.b.", 2, "1.0.96.10.in-addr.arpa."]);
  expect(["::", "::1", "fe80::1:0:0:1", "1:2:3:4:5:6:7:8"].map((text) => printIp6(parseIp6(text) as Uint8Array))).toEqual(["::", "::1", "fe80::1:0:0:1", "1:2:3:4:5:6:7:8"]);
});

import { describe, expect, it } from "vitest";
import { machineOn, program, serveDns } from "../../test/support/hosts";
import { lan } from "../../test/support/lan";
import { type DnsMessage, printIp6 } from "../wire/dns";
import { ip, printIp } from "../wire/ip";
import { lookup, type Lookup, type LookupOptions } from "./resolver";

const A: Readonly<Record<string, readonly string[]>> = {
  "payments.production.svc.cluster.local.": ["10.96.45.12"],
  "db.production.svc.cluster.local.": ["10.244.2.8", "10.244.1.9", "10.244.1.4"],
  "api.stripe.com.": ["198.51.100.7"],
};

function answer({ questions }: DnsMessage): Partial<DnsMessage> | undefined {
  const [question] = questions;
  const name = question?.name.toLowerCase() ?? "";
  if (name.startsWith("silence")) return undefined;
  if (name.startsWith("servfail")) return { rcode: "SERVFAIL" };
  const addresses = A[name];
  if (addresses === undefined) return { rcode: "NXDOMAIN" };
  return question?.type === "A" ? { answers: addresses.map((address) => ({ name, ttl: 30, type: "A" as const, address: ip(address) })) } : {};
}

const pod = (ndots: number): string => `search production.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.244.1.11\noptions ndots:${ndots}\n`;

function ask(name: string, options: LookupOptions & { readonly resolv?: string; readonly server?: boolean; readonly hosts?: string } = {}) {
  const net = lan();
  const asked = options.server === false ? [] : serveDns(net.b, answer);
  let found: Lookup | undefined;
  const asker = program("asker", function* (proc) {
    found = yield* lookup(proc, name, options);
    return 0;
  });
  const machine = machineOn(net.a, { "/etc/resolv.conf": options.resolv ?? pod(5), "/etc/hosts": options.hosts ?? "127.0.0.1 localhost\n" }, [asker]);
  const startMs = net.world.scheduler.nowMs;
  const process = machine.start(asker, ["asker"]);
  while (!process.exited && net.world.scheduler.nextMs !== undefined) net.world.scheduler.runUntil(net.world.scheduler.nextMs, 1);
  const shown = found === undefined ? "nothing" : "error" in found ? found.error : [...found.addresses.map(printIp), ...found.addresses6.map(printIp6)].join(" ");
  return { shown, asked, seconds: Math.round((net.world.scheduler.nowMs - startMs) / 1000) };
}

describe("how many queries a name costs", () => {
  it.each([
    ["api.stripe.com", 8, "198.51.100.7"],
    ["api.stripe.com.", 2, "198.51.100.7"],
    ["payments", 2, "10.96.45.12"],
    ["payments.production", 4, "10.96.45.12"],
    ["payments.production.svc.cluster.local", 8, "10.96.45.12"],
    ["payments.production.svc.cluster.local.", 2, "10.96.45.12"],
    ["nosuch.example.com", 8, "NONAME"],
    ["servfail", 16, "AGAIN"],
    ["10.1.2.3", 0, "10.1.2.3"],
    ["localhost", 0, "127.0.0.1"],
  ])("%s: %i", (name, queries, shown) => {
    const result = ask(name);
    expect([result.asked.length, result.shown]).toEqual([queries, shown]);
  });

  it("is half with one family, and less with ndots:2", () => {
    expect(ask("api.stripe.com", { family: "inet" }).asked.length).toBe(4);
    expect(ask("api.stripe.com", { resolv: pod(2) }).asked.length).toBe(2);
    expect(ask("payments.production.svc", { resolv: pod(2) })).toMatchObject({ shown: "10.96.45.12" });
  });

  it("asks A and AAAA at once", () => {
    expect(ask("payments").asked).toEqual(["A payments.production.svc.cluster.local.", "AAAA payments.production.svc.cluster.local."]);
  });
});

describe("when nobody answers", () => {
  it("waits five seconds twice for the first name and for the name itself", () => {
    expect(ask("silence.example.com")).toMatchObject({ shown: "AGAIN", seconds: 20 });
    expect(ask("silence.example.com").asked.length).toBe(8);
  });

  // Measured with glibc 2.36: getent ahosts (any) and ahostsv4 (inet) in a namespace whose name servers are dead.
  const server = "nameserver 10.244.1.11\n";
  it.each([
    ["one server", server, "silence.example", "any", 10],
    ["one server, A alone", server, "silence.example", "inet", 10],
    ["a search list", `search a.local b.local c.local\n${server}options ndots:5\n`, "silence", "any", 20],
    ["a search list and a second each", `search a.local b.local c.local\n${server}options ndots:5 timeout:1\n`, "silence", "any", 4],
    ["three seconds, three times", `${server}options timeout:3 attempts:3\n`, "silence.example", "any", 9],
    ["two servers", server + server, "silence.example", "any", 20],
    ["three servers", server + server + server, "silence.example", "inet", 28],
  ] as const)("waits as long as glibc: %s", (_, resolv, name, family, seconds) => {
    expect(ask(name, { resolv, family })).toMatchObject({ shown: "AGAIN", seconds });
  });

  it("gives up at once when the server's port is closed", () => {
    expect(ask("payments", { server: false })).toMatchObject({ shown: "AGAIN", seconds: 0 });
  });

  it("stops at its caller's deadline", () => {
    expect(ask("silence", { deadlineMs: 2000 })).toMatchObject({ shown: "TIMEOUT", seconds: 2 });
  });
});

it("prefers addresses of the sender's own network, the nearest first", () => {
  expect(ask("db").shown).toBe("10.244.1.4 10.244.1.9 10.244.2.8");
});

it("believes /etc/hosts before DNS", () => {
  expect(ask("payments", { hosts: "192.0.2.1 payments pay\n" })).toMatchObject({ shown: "192.0.2.1", asked: [] });
});

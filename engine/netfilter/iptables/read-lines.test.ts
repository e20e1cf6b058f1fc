import { expect, test } from "vitest";
import { bareNetfilter } from "../../../test/support/netfilter";
import { ip } from "../../wire/ip";
import { runIptables } from "./command";
import { ReadLines } from "./read-lines";
import { restore } from "./restore";

function pair() {
  const lines = new ReadLines();
  const [one, other] = [bareNetfilter(), bareNetfilter()];
  for (const netfilter of [one, other]) netfilter.lines = lines;
  return { one, other };
}

const listed = (netfilter: ReturnType<typeof bareNetfilter>, chain: string): string => runIptables(netfilter, ["iptables", "-S", chain, "-v"]).stdout;

const TEXT = `*filter
[3:180] -A FORWARD -m comment --comment "kubernetes - forwarding" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.0.0.0/8 ! -d 10.244.0.0/16 -p tcp -m tcp --dport 80 -m statistic --mode random --probability 0.5 -j REJECT
COMMIT
`;

test("a line read by one is the same rule for another, with counters of its own", () => {
  const { one, other } = pair();
  restore(one, TEXT, { counters: true });
  restore(other, TEXT.replace("[3:180]", "[7:420]"), { counters: true });
  expect(listed(one, "FORWARD")).toContain("-c 3 180");
  expect(listed(other, "FORWARD")).toBe(listed(one, "FORWARD").replace("-c 3 180", "-c 7 420"));
  restore(one, TEXT.replace("[3:180] ", ""), { noflush: true });
  expect(listed(one, "FORWARD").split("\n")[3]).toBe(listed(one, "FORWARD").split("\n")[1]?.replace("-c 3 180", "-c 0 0"));
});

test("a name in a rule is everybody's own to resolve", () => {
  const { one, other } = pair();
  one.resolveHost = () => [ip("10.0.0.1")];
  other.resolveHost = () => [ip("10.0.0.2")];
  for (const netfilter of [one, other]) restore(netfilter, "*filter\n-A INPUT -s db -j DROP\nCOMMIT\n");
  expect(listed(one, "INPUT")).toContain("-s 10.0.0.1/32");
  expect(listed(other, "INPUT")).toContain("-s 10.0.0.2/32");
});

test("a line that counts for itself is never shared, nor is one that was refused", () => {
  const lines = new ReadLines();
  const netfilter = bareNetfilter();
  netfilter.lines = lines;
  const nth = "-A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP";
  const plain = "-A INPUT -p udp -j DROP";
  restore(netfilter, `*filter\n${nth}\n${plain}\nCOMMIT\n`);
  expect(restore(netfilter, "*filter\n-A INPUT -p none -j DROP\nCOMMIT\n").ok).toBe(false);
  expect([nth, plain, "-A INPUT -p none -j DROP"].map((line) => lines.get("filter", line) !== undefined)).toEqual([false, true, false]);
});

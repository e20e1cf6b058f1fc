import { expect, test } from "vitest";
import { newWorld } from "../../../../test/support/world";
import { Netns } from "../../../net/netns";
import { attachNetfilter } from "../../attach";
import { runIptables } from "../command";

/** What iptables 1.8.9 said on a 6.1 kernel that has IPVS. */
const CASES: readonly (readonly [string, string, string])[] = [
  ["--ipvs", "--ipvs", "ipvs"],
  ["! --ipvs", "! --ipvs", "! ipvs"],
  ["--vaddr 192.0.2.11 --vproto tcp --vport 80", "--vproto 6 --vaddr 192.0.2.11 --vport 80", "vproto 6 vaddr 192.0.2.11 vport 80"],
  ["! --vproto 6 ! --vaddr 10.0.0.0/8 ! --vport 443", "! --vproto 6 ! --vaddr 10.0.0.0/8 ! --vport 443", "! vproto 6 ! vaddr 10.0.0.0/8 ! vport 443"],
  ["--vdir ORIGINAL", "--vdir ORIGINAL", "vdir ORIGINAL"],
  ["--vmethod masq --vportctl 21", "--vmethod MASQ --vportctl 21", "vmethod MASQ vportctl 21"],
  ["--vport http", "--vport 80", "vport 80"],
  ["--ipvs --vport 80", "--vport 80", "vport 80"],
];

const REFUSED: readonly (readonly [string, string])[] = [
  ["! --vdir reply", 'ipvs: option "--vdir" cannot be inverted.\n\n'],
  ["--vmethod foo", 'ipvs: Bad value for "--vmethod" option: "foo"\n'],
  ["--vdir foo", 'ipvs: Bad value for "--vdir" option: "foo"\n'],
  ["--vproto foo", 'unknown protocol "foo" specified\n'],
  ["--vport foo", 'Port "foo" does not resolve to anything.\n\n'],
  ["", "IPVS: At least one option is required\n"],
];

const start = () => attachNetfilter(new Netns(newWorld(), "host", { initial: true }));
const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

test.each(CASES)("-m ipvs %s is saved and listed as the real one does", (given, saved, listed) => {
  const netfilter = start();
  expect(runIptables(netfilter, ["iptables", "-A", "OUTPUT", "-m", "ipvs", ...words(given), "-j", "DROP"])).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(runIptables(netfilter, ["iptables", "-S", "OUTPUT"]).stdout).toBe(`-P OUTPUT ACCEPT\n-A OUTPUT -m ipvs ${saved} -j DROP\n`);
  expect(runIptables(netfilter, ["iptables", "-nvL", "OUTPUT"]).stdout.split("\n")[2]).toBe(`    0     0 DROP       0    --  *      *       0.0.0.0/0            0.0.0.0/0            ${listed}`);
});

test.each(REFUSED)("-m ipvs %s is refused in the real one's words", (given, said) => {
  const done = runIptables(start(), ["iptables", "-A", "OUTPUT", "-m", "ipvs", ...words(given), "-j", "DROP"]);
  expect(done).toEqual({ exit: 2, stdout: "", stderr: `iptables v1.8.9 (nf_tables): ${said}Try \`iptables -h' or 'iptables --help' for more information.\n` });
});

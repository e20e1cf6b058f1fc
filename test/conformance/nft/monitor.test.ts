/** The real `nft monitor` 1.0.6 against the emulator's: batches, filters, JSON. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { listen } from "../../../engine/netfilter/nftables/monitor";
import { bareNetfilter, forward, router } from "../../support/netfilter";

type Case = { readonly setup: string; readonly args: readonly string[]; readonly text: string; readonly stdout: string; readonly stderr: string };
const { cases }: { readonly cases: readonly Case[] } = JSON.parse(readFileSync(new URL("./monitor.json", import.meta.url), "utf8"));

test.each(cases.map((recorded) => [`${recorded.args.join(" ")} < ${recorded.text}`, recorded] as const))("%s", (_, { setup, args, text, stdout, stderr }) => {
  const netfilter = bareNetfilter();
  const nft = (words: readonly string[], input = ""): ReturnType<typeof runNft> => runNft(netfilter, words, () => input, () => undefined, { pid: 7, name: "nft" });
  if (setup !== "") expect(nft(["-f", "-"], setup).stderr).toBe("");
  const { monitor, stderr: said } = nft(args);
  let heard = "";
  if (monitor) listen(netfilter, monitor, (line) => void (heard += line));
  nft(["-f", "-"], text);
  expect({ stdout: heard.replace(/generation \d+ by process \d+/g, "generation N by process P"), stderr: said }).toEqual({ stdout, stderr });
});

test("a packet that is traced is told of once for each base chain, then each rule it matches", () => {
  const netfilter = router("");
  const nft = (words: readonly string[], input = ""): ReturnType<typeof runNft> => runNft(netfilter, words, () => input, () => undefined);
  const rules = `table inet f {
 chain x { counter; }
 chain y { accept; }
 chain e { }
 map m { type inet_proto : verdict; elements = { icmp : jump y } }
 chain p {
 type filter hook prerouting priority -350; policy accept
 ip protocol icmp meta nftrace set 1
 }
 chain fw {
 type filter hook forward priority 0; policy drop
 jump x
 jump e
 meta l4proto vmap @m
 }
}
table ip n {
 chain fo { type filter hook forward priority 10; goto z; }
 chain z { ip ttl 64 counter; }
}
`;
  expect(nft(["-f", "-"], rules).stderr).toBe("");
  const { monitor } = nft(["monitor", "trace"]);
  let heard = "";
  if (monitor) listen(netfilter, monitor, (line) => void (heard += line));
  forward(netfilter, "icmp 10.1.0.2 > 10.2.0.9 8/0 id=18040 len=4", "eth0", "cni0");
  const packet = "ip saddr 10.1.0.2 ip daddr 10.2.0.9 ip dscp cs0 ip ecn not-ect ip ttl 64 ip id 1";
  const icmp = "ip length 32 icmp type echo-request icmp code net-unreachable icmp id 18040 icmp sequence 1 @th,64,32 0x0 ";
  // As recorded on veth pairs (there with Ethernet addresses), whose packet went the same way.
  expect(heard.replace(/^trace id [0-9a-f]{8} /gm, "")).toBe(
    [
      `inet f p packet: iif "eth0" ${packet} ip protocol icmp ${icmp}`,
      "inet f p rule ip protocol icmp meta nftrace set 1 (verdict continue)",
      "inet f p policy accept ",
      `inet f fw packet: iif "eth0" oif "cni0" ${packet} ip protocol icmp ${icmp}`,
      "inet f fw rule jump x (verdict jump x)",
      "inet f x rule counter packets 0 bytes 0 (verdict continue)",
      "inet f fw rule jump e (verdict jump e)",
      "inet f fw rule meta l4proto vmap @m (verdict jump y)",
      "inet f y rule accept (verdict accept)",
      `ip n fo packet: iif "eth0" oif "cni0" ${packet} ${icmp}`,
      "ip n fo rule goto z (verdict goto z)",
      "ip n z rule ip ttl 64 counter packets 0 bytes 0 (verdict continue)",
      "ip n fo policy accept ",
      "",
    ].join("\n"),
  );
  expect(new Set([...heard.matchAll(/trace id ([0-9a-f]{8})/g)].map(([, id]) => id)).size).toBe(1);
});

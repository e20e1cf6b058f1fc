import { expect, test } from "vitest";
import { connections, forward, forwarded, packet, router } from "../../test/support/netfilter";
import { linkSet } from "../net/netlink";
import { ip } from "../wire/ip";

const DNAT = "*nat\n-A PREROUTING -d 10.96.0.10/32 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.9:8080\nCOMMIT\n";
const BOTH = DNAT.replace("COMMIT", "-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT");

test("an answer comes from the address that was dialled", () => {
  const netfilter = router(DNAT);
  expect(forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S")).toBe("tcp 10.244.1.5:5000 > 10.0.0.9:8080");
  expect(forward(netfilter, "tcp 10.0.0.9:8080 > 10.244.1.5:5000 SA ack=1001", "eth0", "cni0")).toBe("tcp 10.96.0.10:80 > 10.244.1.5:5000");
});

test("the rules are asked once per connection: without them it goes on as decided", () => {
  const netfilter = router(BOTH);
  forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S");
  const store = netfilter.iptables.nft;
  for (const chain of store.table("nat")?.chains.values() ?? []) chain.rules = [];
  expect(forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S")).toBe("tcp 10.0.0.15:5000 > 10.0.0.9:8080");
});

test("a connection that began while there was no rule keeps its null binding when the rule comes", () => {
  const netfilter = router("*nat\n-A PREROUTING -d 10.96.0.11/32 -j DNAT --to-destination 10.0.0.8\nCOMMIT\n");
  forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S");
  const later = router(DNAT).iptables.nft.table("nat");
  netfilter.iptables.nft.commit("nat", new Map(later?.chains));
  expect(forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S")).toBe("tcp 10.244.1.5:5000 > 10.96.0.10:80");
  expect(forward(netfilter, "tcp 10.244.1.5:5001 > 10.96.0.10:80 S")).toBe("tcp 10.244.1.5:5001 > 10.0.0.9:8080");
});

test("MASQUERADE keeps the port while it is free, and finds another when it is not", () => {
  const netfilter = router("*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n");
  expect(forward(netfilter, "udp 10.244.1.5:5000 > 10.0.0.9:53")).toBe("udp 10.0.0.15:5000 > 10.0.0.9:53");
  const second = forward(netfilter, "udp 10.244.1.6:5000 > 10.0.0.9:53");
  expect(second).toMatch(/^udp 10\.0\.0\.15:\d+ > 10\.0\.0\.9:53$/);
  expect(second).not.toContain(":5000 ");
});

test("--random-fully does not even try to keep the port", () => {
  const ports = Array.from({ length: 5 }, (_, seed) => forward(router("*nat\n-A POSTROUTING -o eth0 -j MASQUERADE --random-fully\nCOMMIT\n", seed), "udp 10.244.1.5:5000 > 10.0.0.9:53"));
  expect(new Set(ports).size).toBe(5);
  expect(ports).not.toContain("udp 10.0.0.15:5000 > 10.0.0.9:53");
});

test("two connections from one source keep one outside port", () => {
  const netfilter = router("*nat\n-A POSTROUTING -o eth0 -p udp -j MASQUERADE --to-ports 20000-30000\nCOMMIT\n");
  const portOf = (written: string) => /:(\d+) >/.exec(forward(netfilter, written))?.[1];
  expect(portOf("udp 10.244.1.5:5000 > 10.0.0.9:53")).toBe(portOf("udp 10.244.1.5:5000 > 10.0.0.8:53"));
});

test("an ICMP error about a translated packet is translated back, and so is what it quotes", () => {
  const netfilter = router(BOTH);
  const { skb } = forwarded(netfilter, "tcp 10.244.1.5:5000 > 10.96.0.10:80 S");
  const error = packet("icmp 10.0.0.9 > 10.0.0.15 3/3");
  if (error.payload.kind === "icmp") error.payload.quoted = skb.packet;
  const back = forwarded(netfilter, error, "eth0", "cni0").skb.packet;
  const quoted = back.payload.kind === "icmp" ? back.payload.quoted : undefined;
  expect([back.src, back.dst]).toEqual([ip("10.96.0.10"), ip("10.244.1.5")]);
  expect([quoted?.src, quoted?.dst, quoted?.payload]).toEqual([ip("10.244.1.5"), ip("10.96.0.10"), expect.objectContaining({ sport: 5000, dport: 80 })]);
});

test.each([
  ["10.9.1.2 > 10.96.0.10", "10.9.0.20"],
  ["10.9.1.2 > 10.96.0.11", "10.9.0.25"],
  ["10.9.1.3 > 10.96.0.10", "10.9.0.23"],
  ["10.9.1.6 > 10.96.0.10", "10.9.0.29"],
  ["10.9.1.6 > 10.96.0.11", "10.9.0.24"],
  ["10.9.1.5 > 10.97.0.10", "10.9.0.20"],
  ["10.9.1.5 > 10.97.0.11", "10.9.0.20"],
])("a range gives %s the address Linux 6.18 gave: %s", (flow, chosen) => {
  const range = "-j DNAT --to-destination 10.9.0.20-10.9.0.29";
  const netfilter = router(`*nat\n-A PREROUTING -d 10.96.0.0/16 ${range}\n-A PREROUTING -d 10.97.0.0/16 ${range} --persistent\nCOMMIT\n`);
  const [src, dst] = flow.split(" > ");
  expect(forward(netfilter, `udp ${src}:5000 > ${dst}:9`)).toBe(`udp ${src}:5000 > ${chosen}:9`);
});

test("masqueraded connections die with their interface", () => {
  const netfilter = router("*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n");
  forward(netfilter, "udp 10.244.1.5:5000 > 10.0.0.9:53");
  forward(netfilter, "udp 10.0.0.9:7 > 10.244.1.5:8", "eth0", "cni0");
  linkSet(netfilter.ns, "eth0", { up: false });
  expect(connections(netfilter).map((line) => line.split(" src=")[1])).toEqual(["10.0.0.9 dst=10.244.1.5 sport=7 dport=8 [UNREPLIED]"]);
});

import { expect, test } from "vitest";
import { forward, router } from "../../../test/support/netfilter";
import { Rng } from "../../core/rng";
import { tableText } from "./save";
import { Chain } from "./ruleset";

/** A long chain of the kinds of rules Services have, and of others between them. */
function chainOf(rng: Rng): string {
  const rules = Array.from({ length: 40 + rng.below(40) }, () => {
    const vip = `10.96.0.${rng.below(20)}`;
    const port = 80 + rng.below(5);
    switch (rng.below(8)) {
      case 0:
        return `-A X -p tcp -m tcp --dport ${port} -m statistic --mode nth --every 2 --packet 0`;
      case 1:
        return `-A X -s 10.244.1.${rng.below(5)}/32 -j MARK --set-xmark 0x${rng.below(16)}/0xff`;
      case 2:
        return `-A X ! -d ${vip}/32 -m statistic --mode nth --every 3 --packet 1`;
      case 3:
        return `-A X -p tcp -m recent --set --name R${rng.below(2)} --rsource -m tcp --dport ${port}`;
      case 4:
        return `-A X -p udp -m udp --dport ${port}`;
      default:
        return `-A X -d ${vip}/32 -p tcp -m tcp --dport ${port} -j ${rng.below(3) === 0 ? "RETURN" : "Y"}`;
    }
  });
  return `*mangle\n:X - [0:0]\n:Y - [0:0]\n-A FORWARD -j X\n-A Y -m mark --mark 0x0/0x1\n${rules.join("\n")}\nCOMMIT\n`;
}

function play(seed: number, indexed: boolean): string {
  const rng = new Rng(seed);
  const netfilter = router(chainOf(rng));
  const table = netfilter.iptables.nft.table("mangle");
  if (!table) throw new Error("no table");
  if (!indexed) for (const chain of table.chains.values()) Object.defineProperty(chain, "index", { value: undefined });
  for (let i = 0; i < 200; i++) forward(netfilter, `${rng.below(4) === 0 ? "udp" : "tcp"} 10.244.1.${rng.below(6)}:5000 > 10.96.0.${rng.below(22)}:${79 + rng.below(7)} S`);
  return tableText(table, true);
}

test.each(Array.from({ length: 25 }, (_, seed) => seed))("counters and results are those of the linear walk (seed %i)", (seed) => {
  expect(play(seed, true)).toBe(play(seed, false));
});

test("a short chain is not worth an index, a long one of Services is", () => {
  const chain = new Chain("X", undefined);
  expect(chain.index).toBeUndefined();
  const rules = Array.from({ length: 50 }, (_, i) => `-A X -d 10.96.0.${i}/32 -p tcp -m tcp --dport 80 -j ACCEPT`).join("\n");
  const netfilter = router(`*filter\n:X - [0:0]\n-A FORWARD -j X\n${rules}\nCOMMIT\n`);
  expect(netfilter.iptables.nft.table("filter")?.chains.get("X")?.index?.others).toEqual([]);
});

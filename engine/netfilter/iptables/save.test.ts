import { expect, test } from "vitest";
import { bareNetfilter } from "../../../test/support/netfilter";
import { runIptables } from "./command";
import { restore } from "./restore";
import { save } from "./save";

const TEXT = `*filter
:A-CHAIN - [0:0]
:B-CHAIN - [0:0]
-A INPUT -s 10.0.0.0/255.0.255.0 -p tcp -m tcp --dport 80 -j A-CHAIN
-A INPUT ! -i eth0 -j B-CHAIN
-A A-CHAIN -m comment --comment "it's said \\"so\\"" -j B-CHAIN
COMMIT
`;

/** Printed once for each of these commands, and by somebody who has never printed before. */
const COMMANDS = [
  ["-A", "A-CHAIN", "-j", "DROP"],
  ["-I", "B-CHAIN", "-p", "udp", "-j", "ACCEPT"],
  ["-Z"],
  ["-D", "A-CHAIN", "-j", "DROP"],
  ["-E", "B-CHAIN", "Z-CHAIN"],
  ["-N", "M-CHAIN"],
  ["-P", "FORWARD", "DROP"],
  ["-R", "Z-CHAIN", "1", "-p", "tcp", "-j", "RETURN"],
  ["-F", "A-CHAIN"],
  ["-X", "A-CHAIN"],
] as const;

const REFUSED = { legacy: "iptables: Too many links.\n", nft: "iptables v1.8.9 (nf_tables):  CHAIN_DEL failed (Device or resource busy): chain A-CHAIN\n" };

for (const backend of ["nft", "legacy"] as const) {
  test(`what ${backend} printed before, it prints again only while it is still so`, () => {
    const program = backend === "nft" ? "iptables" : "iptables-legacy";
    const watched = bareNetfilter();
    restore(watched, TEXT, { backend });
    for (let count = 0; count <= COMMANDS.length; count++) {
      const fresh = bareNetfilter();
      restore(fresh, TEXT, { backend });
      for (const words of COMMANDS.slice(0, count)) expect(runIptables(fresh, [program, ...words]).stderr).toBe(words[0] === "-X" ? REFUSED[backend] : "");
      if (count > 0) runIptables(watched, [program, ...(COMMANDS[count - 1] ?? [])]);
      for (const counters of [false, true]) expect(save(watched, { backend, counters })).toBe(save(fresh, { backend, counters }));
    }
  });
}

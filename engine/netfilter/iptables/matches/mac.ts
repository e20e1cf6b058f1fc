/** -m mac: the Ethernet source it came with. libxt_mac.c, xt_mac.c. */
import { type Mac, parseMac, printMac } from "../../../wire/mac";
import { defineMatch } from "../extension";
import { fail } from "../problem";

type Options = { source: Mac; not: boolean };

export const mac = defineMatch<Options>({
  name: "mac",
  hooks: ["PREROUTING", "INPUT", "FORWARD"],
  init: () => ({ source: 0 as Mac, not: false }),
  options: {
    "mac-source": {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        o.source = parseMac(value) ?? fail("Invalid MAC address specified.");
        o.not = invert;
      },
    },
  },
  // The loopback is no Ethernet, whatever its frames look like.
  test: ({ source, not }, { skb }) => skb.srcMac !== undefined && skb.inDev?.kind !== "loopback" && (skb.srcMac === source) !== not,
  save: ({ source, not }) => `${not ? "! " : ""}--mac-source ${printMac(source)}`,
  list: ({ source, not }) => `MAC${not ? " !" : ""} ${printMac(source)}`,
});

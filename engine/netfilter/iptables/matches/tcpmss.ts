/** -m tcpmss: the MSS a SYN offers. libxt_tcpmss.c, xt_tcpmss.c. */
import { PROTO } from "../../../wire/packet";
import { defineMatch } from "../extension";
import type { PortRange } from "../ports";
import { fail } from "../problem";
import { parseRange, rangeText } from "./simple-range";

type Options = { range: PortRange; not: boolean };

export const tcpmss = defineMatch<Options>({
  name: "tcpmss",
  protocols: [PROTO.tcp],
  init: () => ({ range: { min: 0, max: 65_535 }, not: false }),
  options: {
    mss: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        o.range = parseRange("tcpmss", "mss", value);
        if (o.range.min > o.range.max) fail("tcpmss: invalid range given");
        o.not = invert;
      },
    },
  },
  test({ range, not }, { packet: { payload } }) {
    if (payload.kind !== "tcp") return false;
    const { mss } = payload.options;
    return mss === undefined ? not : (mss >= range.min && mss <= range.max) !== not;
  },
  save: ({ range, not }) => `${not ? "! " : ""}--mss ${rangeText(range)}`,
  list: ({ range, not }) => `tcpmss match ${not ? "!" : ""}${rangeText(range)}`,
});

/** -m length: the whole datagram's length. libxt_length.c, xt_length.c. */
import { defineMatch } from "../extension";
import type { PortRange } from "../ports";
import { parseRange, rangeText } from "./simple-range";

type Options = { range: PortRange; not: boolean };

export const length = defineMatch<Options>({
  name: "length",
  init: () => ({ range: { min: 0, max: 65_535 }, not: false }),
  options: {
    length: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        o.range = parseRange("length", "length", value);
        o.not = invert;
      },
    },
  },
  test: ({ range, not }, { bytes }) => (bytes >= range.min && bytes <= range.max) !== not,
  save: ({ range, not }) => `${not ? "! " : ""}--length ${rangeText(range)}`,
  list: ({ range, not }) => `length ${not ? "!" : ""}${rangeText(range)}`,
});

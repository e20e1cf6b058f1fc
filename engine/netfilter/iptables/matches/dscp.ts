/** -m dscp: the upper six bits of the TOS field. libxt_dscp.c, xt_dscp.c. */
import { DSCP_CLASSES } from "../dscp-classes";
import { defineMatch, integer } from "../extension";
import { fail } from "../problem";

type Options = { dscp: number; not: boolean };
const text = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

export const dscp = defineMatch<Options>({
  name: "dscp",
  init: () => ({ dscp: 0, not: false }),
  options: {
    dscp: {
      invert: true,
      excl: ["dscp-class"],
      set: (o, value, invert) => {
        o.dscp = integer("dscp", "dscp", value, 0, 63);
        o.not = invert;
      },
    },
    "dscp-class": {
      invert: true,
      excl: ["dscp"],
      set: (o, value, invert) => {
        o.dscp = DSCP_CLASSES[value.toUpperCase()] ?? fail(`Invalid DSCP value \`${value}'`);
        o.not = invert;
      },
    },
  },
  check(_o, { seen }) {
    if (seen.size === 0) fail("DSCP match: Parameter --dscp is required");
  },
  test: ({ dscp: wanted, not }, { packet: { tos } }) => (tos >>> 2 === wanted) !== not,
  save: ({ dscp: wanted, not }) => `${not ? "! " : ""}--dscp ${text(wanted)}`,
  list: ({ dscp: wanted, not }) => `DSCP match ${not ? "!" : ""}${text(wanted)}`,
});

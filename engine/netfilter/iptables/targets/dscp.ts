/** -j DSCP: writes the upper six bits of the TOS field. libxt_DSCP.c, xt_DSCP.c. */
import { DSCP_CLASSES } from "../dscp-classes";
import { defineTarget, integer } from "../extension";
import { fail } from "../problem";

type Options = { dscp: number | undefined };
const text = (n = 0): string => `0x${n.toString(16).padStart(2, "0")}`;

export const DSCP = defineTarget<Options>({
  name: "DSCP",
  tables: ["mangle"],
  init: () => ({ dscp: undefined }),
  options: {
    "set-dscp": { excl: ["set-dscp-class"], set: (o, value) => void (o.dscp = integer("DSCP", "set-dscp", value, 0, 63)) },
    "set-dscp-class": { excl: ["set-dscp"], set: (o, value) => void (o.dscp = DSCP_CLASSES[value.toUpperCase()] ?? fail(`Invalid DSCP value \`${value}'`)) },
  },
  check({ dscp }) {
    if (dscp === undefined) fail("DSCP target: Parameter --set-dscp is required");
  },
  apply({ dscp = 0 }, { packet }) {
    packet.tos = (packet.tos & 3) | (dscp << 2);
    return "CONTINUE";
  },
  save: ({ dscp }) => `--set-dscp ${text(dscp)}`,
  list: ({ dscp }) => `DSCP set ${text(dscp)}`,
});

/** -m nfacct: counts in an object of its own, which outlives the rule. libxt_nfacct.c, xt_nfacct.c. */
import { defineMatch } from "../extension";
import { fail } from "../problem";

type Options = { name: string };

export const nfacct = defineMatch<Options>({
  name: "nfacct",
  pure: false,
  init: () => ({ name: "" }),
  options: {
    "nfacct-name": {
      mandatory: true,
      set: (o, value) => {
        if (value.length === 0 || value.length > 31) fail('nfacct: bad value for option "--nfacct-name", or out of range (length 1-31).\n');
        o.name = value;
      },
    },
  },
  requires: ({ name }, { accounting }) => (accounting.has(name) ? true : "ENOENT"),
  test({ name }, { netfilter, bytes }) {
    const object = netfilter.accounting.get(name);
    if (object) {
      object.packets++;
      object.bytes += bytes;
    }
    return true;
  },
  save: ({ name }) => `--nfacct-name  ${name}`,
  list: ({ name }) => `nfacct-name  ${name}`,
});

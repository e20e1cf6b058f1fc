/** -m state: the older, shorter form of -m conntrack --ctstate. libxt_conntrack.c (state_mt_reg). */
import { connectionOf } from "../../connection";
import { defineMatch } from "../extension";
import { fail } from "../problem";
import { STATE, stateBit } from "./conntrack-state";

type Options = { states: number; not: boolean };

const ORDER = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"] as const;
const text = (states: number): string => ORDER.filter((name) => states & STATE[name]).join(",");

export const state = defineMatch<Options>({
  name: "state",
  conntrack: true,
  init: () => ({ states: 0, not: false }),
  options: {
    state: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        for (const word of value.split(",")) o.states |= STATE[ORDER.find((name) => name === word.toUpperCase()) ?? fail(`Bad state "${word}"`)];
        o.not = invert;
      },
    },
  },
  test: (o, { skb }) => ((stateBit(connectionOf(skb)) & o.states) !== 0) !== o.not,
  save: (o) => `${o.not ? "! " : ""}--state ${text(o.states)}`,
  list: (o) => `${o.not ? "! " : ""}state ${text(o.states)}`,
});

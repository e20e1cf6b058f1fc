/** -m state: the older, shorter form of -m conntrack --ctstate. libxt_conntrack.c (state_mt_reg). */
import { seenOf } from "../../connection";
import { defineMatch } from "../extension";
import { fail } from "../problem";
import { STATE, stateBit } from "./conntrack-state";

type Options = { states: number; not: boolean };

const ORDER = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"] as const;
const text = (states: number): string => ORDER.filter((name) => states & STATE[name]).join(",");

/** state_parse_states: what it stumbles over it shows from there to the end. */
function parseStates(value: string): number {
  let states = 0;
  for (let rest = value; ; ) {
    const comma = rest.indexOf(",");
    if (rest === "") fail('"--state" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED');
    const word = (comma < 0 ? rest : rest.slice(0, comma)).toUpperCase();
    states |= STATE[ORDER.find((name) => name === word) ?? fail(`Bad state "${rest}"`)];
    if (comma < 0) return states;
    rest = rest.slice(comma + 1);
  }
}

export const state = defineMatch<Options>({
  name: "state",
  conntrack: true,
  init: () => ({ states: 0, not: false }),
  options: {
    state: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        o.states |= parseStates(value);
        o.not = invert;
      },
    },
  },
  test: (o, { skb }) => ((stateBit(seenOf(skb)) & o.states) !== 0) !== o.not,
  save: (o) => `${o.not ? "! " : ""}--state ${text(o.states)}`,
  list: (o) => `${o.not ? "! " : ""}state ${text(o.states)}`,
});

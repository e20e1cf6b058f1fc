/** -m tos: the whole TOS field under a mask. libxt_tos.c, xt_dscp.c. */
import { defineMatch } from "../extension";
import { hexByte, parseTos, tosName, type TosValue } from "../tos-value";

type Options = { tos: TosValue; not: boolean };

export const tos = defineMatch<Options>({
  name: "tos",
  init: () => ({ tos: { value: 0, mask: 0xff }, not: false }),
  options: {
    tos: {
      invert: true,
      mandatory: true,
      set: (o, text, invert) => {
        o.tos = parseTos(text);
        o.not = invert;
      },
    },
  },
  test: ({ tos: { value, mask }, not }, { packet }) => ((packet.tos & mask) === value) !== not,
  save: ({ tos: { value, mask }, not }) => `${not ? "! " : ""}--tos ${hexByte(value)}/${hexByte(mask)}`,
  list({ tos: wanted, not }, { numeric }) {
    const name = numeric ? undefined : tosName(wanted);
    return `tos match${not ? "!" : ""}${name === undefined ? `${hexByte(wanted.value)}/${hexByte(wanted.mask)}` : ` ${name}`}`;
  },
});

/** -m tos: the whole TOS field under a mask. libxt_tos.c, xt_dscp.c. */
import { defineMatch, parseNumber } from "../extension";
import { fail } from "../problem";

type Options = { value: number; mask: number; not: boolean };
const NAMES: Readonly<Record<string, number>> = { "minimize-delay": 0x10, "maximize-throughput": 8, "maximize-reliability": 4, "minimize-cost": 2, "normal-service": 0 };
const NAME_MASK = 0x3f;

const SHOWN: ReadonlyMap<number, string> = new Map([[0x10, "Minimize-Delay"], [8, "Maximize-Throughput"], [4, "Maximize-Reliability"], [2, "Minimize-Cost"], [0, "Normal-Service"]]);
const hex2 = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

export const tos = defineMatch<Options>({
  name: "tos",
  init: () => ({ value: 0, mask: 0xff, not: false }),
  options: {
    tos: {
      invert: true,
      mandatory: true,
      set: (o, text, invert) => {
        const named = NAMES[text.toLowerCase()];
        const [left = "", right] = text.split("/");
        const bad = (): never => fail(/^\d/.test(text) ? `tos: bad value for option "--tos", or out of range (${text}).\n` : `Symbolic name "${text}" is unknown`);
        o.value = named ?? parseNumber(left, 0, 255) ?? bad();
        o.mask = named !== undefined ? NAME_MASK : right === undefined ? 0xff : (parseNumber(right, 0, 255) ?? bad());
        o.not = invert;
      },
    },
  },
  test: ({ value, mask, not }, { packet }) => ((packet.tos & mask) === value) !== not,
  save: ({ value, mask, not }) => `${not ? "! " : ""}--tos ${hex2(value)}/${hex2(mask)}`,
  list({ value, mask, not }, { numeric }) {
    const name = numeric || mask !== NAME_MASK ? undefined : SHOWN.get(value);
    return `tos match${not ? "!" : ""}${name === undefined ? `${hex2(value)}/${hex2(mask)}` : ` ${name}`}`;
  },
});

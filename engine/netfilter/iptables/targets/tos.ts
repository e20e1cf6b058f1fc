/**
 * -j TOS: writes into the TOS field. All its options are one operation: clear the mask's bits, then exclusive-or the value.
 * libxt_TOS.c, xt_DSCP.c (tos_tg).
 */
import { defineTarget, parseNumber, type OptionSpec } from "../extension";
import { fail } from "../problem";
import { hexByte, parseTos, tosName, type TosValue } from "../tos-value";

type Options = { tos: TosValue };

/** As the options are numbered, which is how they are named when two do not go together. */
const ALL = ["set-tos", "and-tos", "or-tos", "xor-tos"];

const option = (name: string, parse: (text: string) => TosValue): [string, OptionSpec<Options>] => [
  name,
  {
    excl: ALL.filter((other) => other !== name),
    set: (o, text) => void (o.tos = parse(text)),
  },
];

const bits = (name: string, text: string): number => parseNumber(text, 0, 255) ?? fail(`TOS: bad value for option "--${name}", or out of range (0-255).\n`);

export const TOS = defineTarget<Options>({
  name: "TOS",
  tables: ["mangle"],
  init: () => ({ tos: { value: 0, mask: 0 } }),
  options: Object.fromEntries([
    option("set-tos", parseTos),
    option("and-tos", (text) => ({ value: 0, mask: ~bits("and-tos", text) & 0xff })),
    option("or-tos", (text) => {
      const value = bits("or-tos", text);
      return { value, mask: value };
    }),
    option("xor-tos", (text) => ({ value: bits("xor-tos", text), mask: 0 })),
  ]),
  check(_o, { seen }) {
    if (seen.size === 0) fail("TOS: An action is required");
  },
  apply({ tos: { value, mask } }, { packet }) {
    packet.tos = (packet.tos & ~mask) ^ value;
    return "CONTINUE";
  },
  save: ({ tos: { value, mask } }) => `--set-tos ${hexByte(value)}/${hexByte(mask)}`,
  list({ tos }, { numeric }) {
    const { value, mask } = tos;
    if (numeric) return `TOS set ${hexByte(value)}/${hexByte(mask)}`;
    const name = tosName(tos);
    if (name !== undefined) return ` TOS set${name}`; // As the tool writes it.
    if (mask === 0xff && value !== 0) return `TOS set ${hexByte(value)}/${hexByte(mask)}`;
    if (value === 0) return `TOS and ${hexByte(~mask & 0xff)}`;
    if (value === mask) return `TOS or ${hexByte(value)}`;
    return mask === 0 ? `TOS xor ${hexByte(value)}` : `TOS set ${hexByte(value)}/${hexByte(mask)}`;
  },
});

/**
 * -j MARK: writes into the packet's mark. All its options are one operation, which is how it is
 * saved: clear the mask's bits, then exclusive-or the value. libxt_MARK.c, xt_mark.c.
 */
import { defineTarget, hex, integer, markMask, type OptionSpec } from "../extension";
import { fail } from "../problem";

type Options = { mark: number; mask: number };
/** As the options are numbered, which is how they are named when two do not go together. */
const ALL = ["set-mark", "and-mark", "or-mark", "xor-mark", "set-xmark"];
const FULL = 0xffff_ffff;

const option = (name: string, parse: (value: string) => Options): [string, OptionSpec<Options>] => [
  name,
  {
    excl: ALL.filter((other) => other !== name),
    set: (o, value) => void Object.assign(o, parse(value)),
  },
];

export const MARK = defineTarget<Options>({
  name: "MARK",
  init: () => ({ mark: 0, mask: 0 }),
  options: Object.fromEntries([
    option("set-xmark", (value) => markMask("MARK", "set-xmark", value)),
    option("set-mark", (value) => {
      const { mark, mask } = markMask("MARK", "set-mark", value);
      return { mark, mask: (mark | mask) >>> 0 };
    }),
    option("and-mark", (value) => ({ mark: 0, mask: ~integer("MARK", "and-mark", value) >>> 0 })),
    option("or-mark", (value) => {
      const mark = integer("MARK", "or-mark", value);
      return { mark, mask: mark };
    }),
    option("xor-mark", (value) => ({ mark: integer("MARK", "xor-mark", value), mask: 0 })),
  ]),
  check(_o, { seen }) {
    if (seen.size === 0) fail("MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required");
  },
  apply({ mark, mask }, { skb }) {
    skb.mark = ((skb.mark & ~mask) ^ mark) >>> 0;
    return "CONTINUE";
  },
  save: ({ mark, mask }) => `--set-xmark ${hex(mark)}/${hex(mask)}`,
  list({ mark, mask }) {
    if (mark === 0) return `MARK and ${hex(~mask)}`;
    if (mark === mask) return `MARK or ${hex(mark)}`;
    if (mask === 0) return `MARK xor ${hex(mark)}`;
    return mask === FULL ? `MARK set ${hex(mark)}` : `MARK xset ${hex(mark)}/${hex(mask)}`;
  },
});

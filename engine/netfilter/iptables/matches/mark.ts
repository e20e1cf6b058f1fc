/** -m mark: the packet's mark (skb->mark), as -j MARK set it. libxt_mark.c, xt_mark.c. */
import { defineMatch, hex, markMask } from "../extension";

type Options = { mark: number; mask: number; not: boolean };

const text = ({ mark, mask }: Options): string => (mask === 0xffff_ffff ? hex(mark) : `${hex(mark)}/${hex(mask)}`);

export const mark = defineMatch<Options>({
  name: "mark",
  init: () => ({ mark: 0, mask: 0xffff_ffff, not: false }),
  options: {
    mark: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        Object.assign(o, markMask("mark", "mark", value));
        o.not = invert;
      },
    },
  },
  test: (o, { skb }) => ((skb.mark & o.mask) >>> 0 === o.mark) !== o.not,
  save: (o) => `${o.not ? "! " : ""}--mark ${text(o)}`,
  list: (o) => `mark match ${o.not ? "! " : ""}${text(o)}`,
});

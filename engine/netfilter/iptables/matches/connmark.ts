/** -m connmark: the connection's mark. libxt_connmark.c, xt_connmark.c. */
import { seenOf } from "../../connection";
import { defineMatch, hex, markMask } from "../extension";

type Options = { mark: number; mask: number; not: boolean };

const text = ({ mark, mask }: Options): string => (mask === 0xffff_ffff ? hex(mark) : `${hex(mark)}/${hex(mask)}`);

export const connmark = defineMatch<Options>({
  name: "connmark",
  conntrack: true,
  init: () => ({ mark: 0, mask: 0xffff_ffff, not: false }),
  options: {
    mark: {
      invert: true,
      mandatory: true,
      set: (o, value, invert) => {
        Object.assign(o, markMask("connmark", "mark", value));
        o.not = invert;
      },
    },
  },
  test(o, { skb }) {
    const conn = seenOf(skb)?.conn;
    return conn !== undefined && ((conn.mark & o.mask) >>> 0 === o.mark) !== o.not;
  },
  save: (o) => `${o.not ? "! " : ""}--mark ${text(o)}`,
  list: (o) => `connmark match ${o.not ? "!" : ""} ${text(o)}`,
});

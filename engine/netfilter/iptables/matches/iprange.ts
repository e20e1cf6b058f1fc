/** -m iprange: any range of addresses, not only a prefix. libxt_iprange.c, xt_iprange.c. */
import { type Ip, printIp } from "../../../wire/ip";
import { parseAddress } from "../address";
import { defineMatch, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";

type Range = { readonly min: Ip; readonly max: Ip; readonly not: boolean };
type Options = { src?: Range; dst?: Range };

const range = (side: "src" | "dst"): OptionSpec<Options> => ({
  invert: true,
  set: (o, value, not, { warn }) => {
    const dash = value.indexOf("-");
    const bad = (part: string): never => fail(`iprange: Bad value for "--${side}-range" option: "${part}"`);
    const left = dash < 0 ? value : value.slice(0, dash);
    const min = parseAddress(left) ?? bad(left);
    const right = value.slice(dash + 1);
    const max = dash < 0 ? min : (parseAddress(right) ?? bad(right));
    if (min > max) warn(`xt_iprange: range ${printIp(min)}-${printIp(max)} is reversed and will never match\n`);
    o[side] = { min, max, not };
  },
});
const text = ({ min, max }: Range): string => `${printIp(min)}-${printIp(max)}`;
const hit = ({ min, max, not }: Range, address: Ip): boolean => (address >= min && address <= max) !== not;

export const iprange = defineMatch<Options>({
  name: "iprange",
  init: () => ({}),
  options: { "src-range": range("src"), "dst-range": range("dst") },
  check(_o, { seen }) {
    if (seen.size === 0) fail("iprange match: You must specify `--src-range' or `--dst-range'");
  },
  test: ({ src, dst }, { packet }) => (!src || hit(src, packet.src)) && (!dst || hit(dst, packet.dst)),
  save: ({ src, dst }) => joined(src && `${src.not ? "! " : ""}--src-range ${text(src)}`, dst && `${dst.not ? "! " : ""}--dst-range ${text(dst)}`),
  list: ({ src, dst }) => joined(src && `source IP range ${src.not ? "! " : ""}${text(src)}`, dst && `destination IP range ${dst.not ? "! " : ""}${text(dst)}`),
});

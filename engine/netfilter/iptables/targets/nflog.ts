/** -j NFLOG: hands a copy to whoever listens to that group in user space (ulogd, tcpdump -i nflog). libxt_NFLOG.c. */
import { defineTarget, integer, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";
import { quote } from "../quote";

/** nflog_prefix of xt_nflog_info, and NF_LOG_PREFIXLEN of nftables' own expression. */
const LONGEST = 63;
const LONGEST_IN_NFT = 127;

type Options = { group: number; prefix: string; range: number; size: number | undefined; threshold: number };

const number = (name: string, key: "group" | "size" | "threshold", max = 0xffff_ffff): OptionSpec<Options> => ({ set: (o, value) => void (o[key] = integer("NFLOG", name, value, 0, max)) });

function words(o: Options, dashes: string): string {
  return joined(
    o.prefix !== "" ? `${dashes}nflog-prefix ${quote(o.prefix)}` : "",
    o.group !== 0 ? `${dashes}nflog-group ${o.group}` : "",
    o.size !== undefined ? `${dashes}nflog-size ${o.size}` : o.range !== 0 ? `${dashes}nflog-range ${o.range}` : "",
    o.threshold !== 0 ? `${dashes}nflog-threshold ${o.threshold}` : "",
  );
}

export const NFLOG = defineTarget<Options>({
  name: "NFLOG",
  init: () => ({ group: 0, prefix: "", range: 0, size: undefined, threshold: 0 }),
  options: {
    "nflog-group": number("nflog-group", "group", 65_535),
    "nflog-prefix": {
      set: (o, value, _invert, { backend }) => {
        if (value === "") fail("Argument must have a minimum length of 1 characters\n");
        if (value.includes("\n")) fail("Newlines not allowed in --log-prefix");
        o.prefix = value.slice(0, backend === "nft" ? LONGEST_IN_NFT : LONGEST);
      },
    },
    "nflog-range": {
      excl: ["nflog-size"],
      // nftables' own expression has no room for it.
      set: (o, value, _invert, { backend }) => {
        const range = integer("NFLOG", "nflog-range", value);
        o.range = backend === "nft" ? 0 : range;
      },
    },
    "nflog-size": { ...number("nflog-size", "size"), excl: ["nflog-range"] },
    "nflog-threshold": number("nflog-threshold", "threshold", 65_535),
  },
  check(_o, { seen, warn }) {
    if (seen.has("nflog-range")) warn("warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead\n");
  },
  apply({ group, prefix }, { skb, netfilter }) {
    netfilter.onNflog?.(group, prefix, skb);
    return "CONTINUE";
  },
  save: (o) => words(o, "--"),
  list: (o) => words(o, ""),
});

/** -j TRACE: from here on every rule the packet matches is told (trace.ts). xt_TRACE.c. */
import { defineTarget } from "../extension";

export const TRACE = defineTarget<Record<string, never>>({
  name: "TRACE",
  tables: ["raw"],
  nativeInNft: true,
  init: () => ({}),
  options: {},
  apply(_options, { skb }) {
    skb.traced = true;
    return "CONTINUE";
  },
  save: () => "",
  list: () => "",
});

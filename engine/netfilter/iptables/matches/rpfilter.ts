/** -m rpfilter: would an answer leave by the interface the packet came in by? libxt_rpfilter.c, ipt_rpfilter.c. */
import { routeOutput } from "../../../net/route-out";
import { defineMatch, type OptionSpec } from "../extension";
import { joined } from "../ports";

type Options = { loose: boolean; validmark: boolean; acceptLocal: boolean; invert: boolean };
const flag = (key: keyof Options): OptionSpec<Options> => ({ flag: true, set: (o) => void (o[key] = true) });
const words = ({ loose, validmark, acceptLocal, invert }: Options, dashes: string): string => joined(loose ? `${dashes}loose` : "", validmark ? `${dashes}validmark` : "", acceptLocal ? `${dashes}accept-local` : "", invert ? `${dashes}invert` : "");

export const rpfilter = defineMatch<Options>({
  name: "rpfilter",
  tables: ["raw", "mangle"],
  hooks: ["PREROUTING"],
  init: () => ({ loose: false, validmark: false, acceptLocal: false, invert: false }),
  options: { loose: flag("loose"), validmark: flag("validmark"), "accept-local": flag("acceptLocal"), invert: flag("invert") },
  test({ loose, validmark, acceptLocal, invert }, { skb, packet, inDev }) {
    if (inDev?.kind === "loopback" || (packet.src === 0 && packet.dst === 0xffff_ffff)) return !invert;
    const route = routeOutput(skb.ns, { dst: packet.src, src: packet.dst, mark: validmark ? skb.mark : 0, tos: packet.tos & 0x1c, anySource: true });
    const local = typeof route !== "string" && route.type === "local";
    const valid = typeof route !== "string" && (route.type === "unicast" || (acceptLocal && local)) && (loose || local || route.dev === inDev);
    return valid !== invert;
  },
  save: (o) => words(o, "--"),
  list: (o) => joined("rpfilter", words(o, "")),
});

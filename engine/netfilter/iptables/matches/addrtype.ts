/**
 * -m addrtype: what an address is to this machine: its own (LOCAL), somebody's (UNICAST), … As
 * the routing table says it. libxt_addrtype.c, xt_addrtype.c.
 */
import type { Device } from "../../../link/device";
import type { Ip } from "../../../wire/ip";
import { defineMatch, type OptionSpec, type RuleContext } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";

const TYPES = ["UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW", "NAT", "XRESOLVE"] as const;

type Options = { source: number; notSource: boolean; dest: number; notDest: boolean; limitIn: boolean; limitOut: boolean };

function parseTypes(text: string): number {
  let mask = 0;
  for (let rest = text; ; ) {
    const comma = rest.indexOf(",");
    const word = (comma < 0 ? rest : rest.slice(0, comma)).toUpperCase();
    const at = word === "" ? -1 : TYPES.findIndex((type) => type.startsWith(word)); // Its beginning will do.
    if (at < 0) fail(comma < 0 ? `addrtype: bad type "${rest}"` : `addrtype: bad type \`${rest}'`);
    mask |= 1 << at;
    if (comma < 0) return mask;
    rest = rest.slice(comma + 1);
  }
}

const typeText = (mask: number): string => TYPES.filter((_, at) => mask & (1 << at)).join(",");

function typeOf({ skb }: RuleContext, address: Ip, device: Device | undefined): number {
  const type = device ? typeOn(skb.ns, address, device) : skb.ns.addressType(address);
  return 1 << TYPES.indexOf(type.toUpperCase() as (typeof TYPES)[number]);
}

/** inet_dev_addr_type: the same, but only addresses of that interface are its own. */
function typeOn(ns: RuleContext["skb"]["ns"], address: Ip, device: Device): string {
  const type = ns.addressType(address);
  if (type !== "local") return type;
  return ns.addresses.of(device).some(({ local }) => local === address) ? "local" : "unicast";
}

const typed = (side: "source" | "dest", name: string): OptionSpec<Options> => ({
  as: name,
  invert: true,
  set: (o, value, invert) => {
    o[side] = parseTypes(value);
    o[side === "source" ? "notSource" : "notDest"] = invert;
  },
});

const limitIn: OptionSpec<Options> = { flag: true, excl: ["limit-iface-out"], set: (o) => void (o.limitIn = true) };
const limitOut: OptionSpec<Options> = { flag: true, excl: ["limit-iface-in"], set: (o) => void (o.limitOut = true) };

export const addrtype = defineMatch<Options>({
  name: "addrtype",
  init: () => ({ source: 0, notSource: false, dest: 0, notDest: false, limitIn: false, limitOut: false }),
  options: { "src-type": typed("source", "src-type"), "dst-type": typed("dest", "dst-type"), "limit-iface-in": limitIn, "limit-iface-out": limitOut },
  check(_o, { seen }) {
    if (!seen.has("src-type") && !seen.has("dst-type")) fail("addrtype: you must specify --src-type or --dst-type");
  },

  checkEntry({ limitIn: onlyIn, limitOut: onlyOut }, _header, _table, hooks) {
    if ((hooks.has("PREROUTING") || hooks.has("INPUT")) && onlyOut) return false;
    return !((hooks.has("POSTROUTING") || hooks.has("OUTPUT")) && onlyIn);
  },

  test(o, context) {
    const device = o.limitIn ? context.inDev : o.limitOut ? context.outDev : undefined;
    if (o.source !== 0 && ((typeOf(context, context.packet.src, device) & o.source) !== 0) === o.notSource) return false;
    return o.dest === 0 || ((typeOf(context, context.packet.dst, device) & o.dest) !== 0) !== o.notDest;
  },

  save: (o) =>
    joined(
      o.source !== 0 ? `${o.notSource ? "! " : ""}--src-type ${typeText(o.source)}` : "",
      o.dest !== 0 ? `${o.notDest ? "! " : ""}--dst-type ${typeText(o.dest)}` : "",
      o.limitIn ? "--limit-iface-in" : "",
      o.limitOut ? "--limit-iface-out" : "",
    ),
  list: (o) =>
    joined(
      "ADDRTYPE match",
      o.source !== 0 ? `src-type ${o.notSource ? "!" : ""}${typeText(o.source)}` : "",
      o.dest !== 0 ? `dst-type ${o.notDest ? "!" : ""}${typeText(o.dest)}` : "",
      o.limitIn ? "limit-in" : "",
      o.limitOut ? "limit-out" : "",
    ),
});

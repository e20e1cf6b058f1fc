/**
 * -m recent: has this address been seen lately? kube-proxy's sessionAffinity: ClientIP sets an
 * entry at each endpoint and checks them before it throws its dice. libxt_recent.c, xt_recent.c.
 */
import { type Ip, printIp } from "../../../wire/ip";
import { defineMatch, integer, type OptionSpec, type RuleContext } from "../extension";
import { parseHostMask } from "../address";
import { joined } from "../ports";
import { fail } from "../problem";

type Mode = "set" | "rcheck" | "update" | "remove";
type Options = { mode: Mode | undefined; not: boolean; seconds: number; reap: boolean; hitcount: number; rttl: boolean; name: string; mask: number; side: "source" | "dest" };

/** XT_RECENT_NAME_LEN, less the end. */
const LONGEST_NAME = 199;

const MODES: readonly Mode[] = ["set", "rcheck", "update", "remove"];

const mode = (name: Mode): OptionSpec<Options> => ({
  flag: true,
  invert: true,
  excl: MODES.filter((other) => other !== name),
  set: (o, _value, invert) => {
    o.mode = name;
    o.not = invert;
  },
});

export const recent = defineMatch<Options>({
  name: "recent",
  pure: false,
  init: () => ({ mode: undefined, not: false, seconds: 0, reap: false, hitcount: 0, rttl: false, name: "DEFAULT", mask: 0xffff_ffff, side: "source" }),
  options: {
    set: mode("set"),
    rcheck: mode("rcheck"),
    update: mode("update"),
    remove: mode("remove"),
    seconds: { set: (o, value) => void (o.seconds = integer("recent", "seconds", value, 1)) },
    reap: { flag: true, also: ["seconds"], set: (o) => void (o.reap = true) },
    hitcount: { set: (o, value) => void (o.hitcount = integer("recent", "hitcount", value)) },
    rttl: { flag: true, excl: ["set", "remove"], set: (o) => void (o.rttl = true) },
    name: { set: (o, value) => void (o.name = value.slice(0, LONGEST_NAME)) },
    mask: { set: (o, value, _invert, { netfilter }) => void (o.mask = parseHostMask("recent", "mask", value, netfilter).address >>> 0) },
    rsource: { flag: true, set: (o) => void (o.side = "source") },
    rdest: { flag: true, set: (o) => void (o.side = "dest") },
  },
  check(o) {
    if (!o.mode) fail("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
  },
  // Setting and removing ask nothing.
  checkEntry: ({ name, mode: does, hitcount, seconds, rttl }) => isFileName(name) && hitcount < 0x1_0000 && !((does === "set" || does === "remove") && (seconds !== 0 || hitcount !== 0 || rttl)),
  hold: ({ name, mask, hitcount }) => ({ retain: ({ recent: lists }) => lists.retain(name, mask, sightings(hitcount)), release: ({ recent: lists }) => lists.release(name) }),

  test: testRecent,
  save: (o) =>
    joined(
      o.not ? "!" : "",
      `--${o.mode}`,
      o.seconds !== 0 ? `--seconds ${o.seconds}` : "",
      o.reap ? "--reap" : "",
      o.hitcount !== 0 ? `--hitcount ${o.hitcount}` : "",
      o.rttl ? "--rttl" : "",
      `--name ${o.name}`,
      `--mask ${printIp(o.mask as Ip)}`,
      o.side === "source" ? "--rsource" : "--rdest",
    ),
  list: (o) =>
    joined(
      o.not ? "!" : "",
      `recent: ${o.mode === "rcheck" ? "CHECK" : (o.mode ?? "").toUpperCase()}`,
      o.seconds !== 0 ? `seconds: ${o.seconds}` : "",
      o.reap ? "reap" : "",
      o.hitcount !== 0 ? `hit_count: ${o.hitcount}` : "",
      o.rttl ? "TTL-Match" : "",
      `name: ${o.name}`,
      `side: ${o.side}`,
      `mask: ${printIp(o.mask as Ip)}`,
    ),
});

/** xt_check_proc_name: it becomes a file of /proc/net/xt_recent. */
const isFileName = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !name.includes("/");

/** The kernel keeps a power of two of sightings: roundup_pow_of_two(hit_count + 1), or 32 when none was asked for. */
function sightings(hitcount: number): number {
  return hitcount === 0 ? 32 : 2 ** (32 - Math.clz32(hitcount));
}

/** recent_mt. */
function testRecent(o: Options, { packet, netfilter, skb }: RuleContext): boolean {
  const lists = netfilter.recent;
  const list = lists.get(o.name);
  if (!list) return false;
  const address = (((o.side === "source" ? packet.src : packet.dst) & list.mask) >>> 0) as Ip; // That of the rule which made the list.
  // "TTL as seen before forwarding": one more for all that leaves and that no socket of this namespace sent.
  const foreign = (skb.inDev ?? skb.physIn) !== undefined || skb.sockless;
  const ttl = skb.outDev !== undefined && foreign ? packet.ttl + 1 : packet.ttl;
  const known = lists.hits(list, address, o.rttl ? ttl : undefined, 0);
  if (known === undefined) {
    if (o.mode !== "set") return o.not;
    lists.seen(list, address, ttl);
    return !o.not;
  }
  let matched = !o.not;
  if (o.mode === "set") {
    lists.seen(list, address, ttl);
    return matched;
  }
  if (o.mode === "remove") {
    lists.remove(list, address);
    return matched;
  }
  const hits = lists.hits(list, address, o.rttl ? ttl : undefined, o.seconds) ?? 0;
  matched = hits >= Math.max(1, o.hitcount) ? !o.not : o.not;
  if (o.reap) lists.reap(list, o.seconds);
  if (o.mode === "update" && matched) lists.seen(list, address, ttl);
  return matched;
}

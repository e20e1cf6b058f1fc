/**
 * -j CT and its old form NOTRACK: before conntrack looks at a packet, says that it must not, or
 * in which zone. libxt_CT.c, xt_CT.c.
 */
import { PROTO } from "../../../wire/packet";
import { NO_ZONE, type Template } from "../../connection";
import { defineTarget, parseNumber, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";
import type { Header } from "../ruleset";

type Direction = "orig" | "reply";
type Options = { notrack: boolean; helper: string; timeout: string; zone: number | "mark"; directions: ReadonlySet<Direction>; events: readonly string[]; expectations: readonly string[] };

const EVENTS = ["new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark"];
const EXPECTATION_EVENTS = ["new"];

/** The helpers Linux brings, and the protocols they watch. None of them acts here. */
const HELPERS: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...["ftp", "irc", "pptp", "sane", "Q.931"].map((name) => [name, [PROTO.tcp]] as const),
  ...["tftp", "amanda", "netbios-ns", "snmp", "snmp_trap", "RAS", "H.245"].map((name) => [name, [PROTO.udp]] as const),
  ["sip", [PROTO.tcp, PROTO.udp]],
]);

const parseZone = (text: string): number | "mark" => (text.toLowerCase() === "mark" ? "mark" : (parseNumber(text, 0, 65_535) ?? fail(`Cannot parse ${text} as a zone ID`)));

/** Of several, the last says which zone it is, and each for which direction. */
const zone = (...directions: readonly Direction[]): OptionSpec<Options> => ({
  set: (o, value) => {
    o.zone = parseZone(value);
    o.directions = new Set([...o.directions, ...directions]);
  },
});

const events = (key: "events" | "expectations", known: readonly string[]): OptionSpec<Options> => ({
  set: (o, value) => {
    const wanted = value.split(",");
    for (const word of wanted) if (!known.includes(word)) fail(`Unknown event type "${word}"`);
    o[key] = known.filter((event) => wanted.includes(event));
  },
});

/** xt_ct_tg_check: a helper must be there for the rule's own protocol, a time-out policy at all (and nothing here makes one). */
function checkEntry({ notrack, helper, timeout }: Options, { proto, notProto }: Header): true | "EINVAL" | "ENOENT" {
  if (notrack) return true;
  if (helper !== "" && (notProto || !HELPERS.get(helper)?.includes(proto))) return "ENOENT";
  if (timeout === "") return true;
  return proto === 0 || notProto ? "EINVAL" : "ENOENT";
}

function words({ notrack, helper, timeout, zone: number, directions, events: told, expectations }: Options, dashes: string): string {
  const [only = ""] = directions.size === 1 ? directions : [];
  return joined(
    notrack ? `${dashes}notrack` : "",
    helper !== "" ? `${dashes}helper ${helper}` : "",
    timeout !== "" ? `${dashes}timeout ${timeout}` : "",
    told.length > 0 ? `${dashes}ctevents ${told.join(",")}` : "",
    expectations.length > 0 ? `${dashes}expevents ${expectations.join(",")}` : "",
    number !== 0 ? `${dashes}zone${only === "" ? "" : `-${only}`} ${number}` : "",
  );
}

const init = (): Options => ({ notrack: false, helper: "", timeout: "", zone: 0, directions: new Set(), events: [], expectations: [] });

export const CT = defineTarget<Options>({
  name: "CT",
  tables: ["raw"],
  init,
  options: {
    notrack: { flag: true, set: (o) => void (o.notrack = true) },
    helper: { set: (o, value) => void (o.helper = value.slice(0, 15)) },
    timeout: { set: (o, value) => void (o.timeout = value.slice(0, 31)) },
    ctevents: events("events", EVENTS),
    expevents: events("expectations", EXPECTATION_EVENTS),
    zone: zone(),
    "zone-orig": zone("orig"),
    "zone-reply": zone("reply"),
  },
  checkEntry,
  tracksIf: ({ notrack }) => !notrack,
  apply({ notrack, zone: wanted, directions }, { skb, netfilter }) {
    if (skb.conn !== undefined) return "CONTINUE";
    if (notrack) {
      netfilter.conntrack.untrack(skb);
      return "CONTINUE";
    }
    const id = wanted === "mark" ? skb.mark & 0xffff : wanted;
    const [only] = directions.size === 1 ? directions : [];
    const chosen = id === 0 ? NO_ZONE : { original: only === "reply" ? 0 : id, reply: only === "orig" ? 0 : id };
    skb.conn = { template: true, zone: chosen } satisfies Template;
    return "CONTINUE";
  },
  save: (o) => words(o, "--"),
  list: (o) => `CT ${words(o, "")}`.trim(),
});

export const NOTRACK = defineTarget<Options>({
  ...CT,
  name: "NOTRACK",
  listAs: "CT",
  init: () => ({ ...init(), notrack: true }),
  options: {},
  save: () => "",
  list: () => "NOTRACK",
});

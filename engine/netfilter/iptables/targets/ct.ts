/**
 * -j CT and its old form NOTRACK: before conntrack looks at a packet, says that it must not, or
 * in which zone. libxt_CT.c, xt_CT.c.
 */
import type { Template } from "../../connection";
import { defineTarget, parseNumber, type OptionSpec } from "../extension";
import { fail, notModelled } from "../problem";

type Options = { notrack: boolean; helper: string; zone: number; zoneDirection: "" | "orig" | "reply"; events: readonly string[] };

const EVENTS = ["new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark"];

const parseZone = (text: string): number => parseNumber(text, 0, 65_535) ?? fail(`Cannot parse ${text} as a zone ID`);
const zone = (name: string, direction: Options["zoneDirection"]): OptionSpec<Options> => ({
  set: (o, value) => {
    o.zone = parseZone(value);
    o.zoneDirection = direction;
    if (direction !== "") notModelled(`--${name}`);
  },
});

function words({ notrack, helper, zone: number, events }: Options, dashes: string): string {
  const parts = [notrack ? `${dashes}notrack` : "", helper !== "" ? `${dashes}helper ${helper}` : "", events.length > 0 ? `${dashes}ctevents ${events.join(",")}` : "", number !== 0 ? `${dashes}zone ${number}` : ""];
  return parts.filter((part) => part !== "").join(" ");
}

const init = (): Options => ({ notrack: false, helper: "", zone: 0, zoneDirection: "", events: [] });

export const CT = defineTarget<Options>({
  name: "CT",
  tables: ["raw"],
  init,
  options: {
    notrack: { flag: true, set: (o) => void (o.notrack = true) },
    helper: { set: (o, value) => void (o.helper = value) },
    timeout: { set: () => notModelled("--timeout") },
    ctevents: {
      set: (o, value) => {
        const wanted = value.split(",");
        for (const word of wanted) if (!EVENTS.includes(word)) fail(`Unknown event type "${word}"`);
        o.events = EVENTS.filter((event) => wanted.includes(event));
      },
    },
    expevents: { set: () => notModelled("--expevents") },
    zone: zone("zone", ""),
    "zone-orig": zone("zone-orig", "orig"),
    "zone-reply": zone("zone-reply", "reply"),
  },
  tracksIf: ({ notrack }) => !notrack,
  apply({ notrack, zone: number }, { skb, netfilter }) {
    if (skb.conn !== undefined) return "CONTINUE";
    if (notrack) netfilter.conntrack.untrack(skb);
    else skb.conn = { template: true, zone: number } satisfies Template;
    return "CONTINUE";
  },
  save: (o) => words(o, "--"),
  list: (o) => `CT ${words(o, "")}`,
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

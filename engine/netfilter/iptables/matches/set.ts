/** -m set: is it in an ipset? The sets themselves are behind SetLookup (attach.ts). libxt_set.c, xt_set.c. */
import type { SetDirection } from "../../attach";
import { defineMatch, integer, type OptionSpec } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";
import { parseDirections } from "../set-directions";

type Counter = { readonly field: "packets" | "bytes"; readonly op: "eq" | "lt" | "gt" | "ne"; readonly value: number };
type Options = { name: string; directions: readonly SetDirection[]; not: boolean; returnNomatch: boolean; counters: Counter | undefined; keepCounters: boolean; keepSubcounters: boolean };

const counter = (field: "packets" | "bytes", op: "eq" | "lt" | "gt"): OptionSpec<Options> => ({
  invert: op === "eq",
  set: (o, value, invert) => {
    o.counters = { field, op: invert ? "ne" : op, value: integer("set", `${field}-${op}`, value, 0, Number.MAX_SAFE_INTEGER) };
  },
});

const rest = (o: Options, dashes: string): string =>
  joined(
    o.returnNomatch ? `${dashes}return-nomatch` : "",
    o.keepCounters ? `! ${dashes}update-counters` : "",
    o.keepSubcounters ? `! ${dashes}update-subcounters` : "",
    o.counters ? `${o.counters.op === "ne" ? "! " : ""}${dashes}${o.counters.field}-${o.counters.op === "ne" ? "eq" : o.counters.op} ${o.counters.value}` : "",
  );

export const set = defineMatch<Options>({
  name: "set",
  pure: false,
  init: () => ({ name: "", directions: [], not: false, returnNomatch: false, counters: undefined, keepCounters: false, keepSubcounters: false }),
  options: {
    "match-set": {
      invert: true,
      multi: true,
      set: (o, value, invert, { seen, next, netfilter }) => {
        if (seen.has("match-set")) fail("--match-set can be specified only once");
        const directions = next() ?? fail("--match-set requires two args.");
        if (value.length > 31) fail(`setname \`${value}' too long, max 31 characters.`);
        if (!netfilter.sets?.exists(value)) fail(`Set ${value} doesn't exist.\n`);
        o.name = value;
        o.directions = parseDirections(directions, netfilter.sets?.dimension(value));
        o.not = invert;
      },
    },
    "return-nomatch": { flag: true, set: (o) => void (o.returnNomatch = true) },
    "update-counters": { flag: true, invert: true, set: (o, _value, invert) => void (o.keepCounters = invert) },
    "update-subcounters": { flag: true, invert: true, set: (o, _value, invert) => void (o.keepSubcounters = invert) },
    "packets-eq": counter("packets", "eq"),
    "packets-lt": counter("packets", "lt"),
    "packets-gt": counter("packets", "gt"),
    "bytes-eq": counter("bytes", "eq"),
    "bytes-lt": counter("bytes", "lt"),
    "bytes-gt": counter("bytes", "gt"),
  },
  check(_o, { seen }) {
    if (!seen.has("match-set")) fail("You must specify `--match-set' with proper arguments");
  },
  hold: ({ name }) => ({ retain: ({ sets }) => sets?.retain(name), release: ({ sets }) => sets?.release(name) }),
  test: (o, { skb, netfilter: { sets } }) => (sets?.test(o.name, skb, o.directions, { returnNomatch: o.returnNomatch, ...(o.counters && { counters: o.counters }) }) ?? false) !== o.not,
  save: (o) => joined(`${o.not ? "! " : ""}--match-set ${o.name} ${o.directions.join(",")}`, rest(o, "--")),
  list: (o) => joined(`${o.not ? "! " : ""}match-set ${o.name} ${o.directions.join(",")}`, rest(o, "")),
});

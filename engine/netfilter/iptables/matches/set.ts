/** -m set: is it in an ipset? The sets themselves are behind SetLookup (attach.ts). libxt_set.c, xt_set.c. */
import type { SetCounterCheck, SetDirection, SetQuestion } from "../../attach";
import { defineMatch, type OptionSpec, type ParseContext, parseNumber } from "../extension";
import { joined } from "../ports";
import { fail } from "../problem";
import { parseDirections } from "../set-directions";

type Counter = SetCounterCheck;
type Options = { name: string; directions: readonly SetDirection[]; not: boolean; returnNomatch: boolean; packets: Counter | undefined; bytes: Counter | undefined; keepCounters: boolean; keepSubcounters: boolean };

const counter = (field: "packets" | "bytes", op: "eq" | "lt" | "gt"): OptionSpec<Options> => ({
  multi: true,
  invert: true,
  set: (o, value, invert, _context, name) => {
    if (o[field]) fail(`only one of the --${field}-[eq|lt|gt] is allowed`);
    if (invert && op !== "eq") fail(`--${name} option cannot be inverted`);
    const limit = parseNumber(value, 0, Number.MAX_SAFE_INTEGER) ?? fail(`Cannot parse ${value} as a counter value`);
    o[field] = { op: invert ? "ne" : op, value: limit };
  },
});

const checked = (field: "packets" | "bytes", check: Counter | undefined, dashes: string): string => (check === undefined ? "" : `${check.op === "ne" ? "! " : ""}${dashes}${field}-${check.op === "ne" ? "eq" : check.op} ${check.value}`);

const rest = (o: Options, dashes: string): string =>
  joined(
    o.returnNomatch ? `${dashes}return-nomatch` : "",
    o.keepCounters ? `! ${dashes}update-counters` : "",
    o.keepSubcounters ? `! ${dashes}update-subcounters` : "",
    checked("packets", o.packets, dashes),
    checked("bytes", o.bytes, dashes),
  );

function questionOf({ returnNomatch, packets, bytes, keepCounters, keepSubcounters }: Options): SetQuestion {
  return { returnNomatch, keepCounters, keepSubcounters, ...(packets && { packets }), ...(bytes && { bytes }) };
}

/** --match-set NAME FLAGS, and its old name. */
function which(o: Options, value: string, invert: boolean, { seen, next, netfilter, warn }: ParseContext, name: string): void {
  if (name === "set") warn("--set option deprecated, please use --match-set\n");
  if (seen.has("match-set")) fail("--match-set can be specified only once");
  const directions = next() ?? fail("--match-set requires two args.");
  if (value.length > 31) fail(`setname \`${value}' too long, max 31 characters.`);
  if (!netfilter.sets?.exists(value)) fail(`Set ${value} doesn't exist.\n`);
  o.name = value;
  o.directions = parseDirections(directions);
  o.not = invert;
}

export const set = defineMatch<Options>({
  name: "set",
  pure: false,
  init: () => ({ name: "", directions: [], not: false, returnNomatch: false, packets: undefined, bytes: undefined, keepCounters: false, keepSubcounters: false }),
  options: {
    "match-set": { invert: true, multi: true, set: which },
    set: { as: "match-set", invert: true, multi: true, set: which },
    "return-nomatch": {
      flag: true,
      multi: true,
      invert: true,
      set: (o, _value, invert) => {
        if (invert) fail("--return-nomatch flag cannot be inverted");
        o.returnNomatch = true;
      },
    },
    "update-counters": { flag: true, multi: true, invert: true, set: (o, _value, invert) => void (o.keepCounters ||= invert) },
    "update-subcounters": { flag: true, multi: true, invert: true, set: (o, _value, invert) => void (o.keepSubcounters ||= invert) },
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
  test: (o, { skb, netfilter: { sets } }) => (sets?.test(o.name, skb, o.directions, questionOf(o)) ?? false) !== o.not,
  save: (o) => joined(`${o.not ? "! " : ""}--match-set ${o.name} ${o.directions.join(",")}`, rest(o, "--")),
  list: (o) => joined(`${o.not ? "! " : ""}match-set ${o.name} ${o.directions.join(",")}`, rest(o, "")),
});

/** -j SET: puts an address into an ipset, or takes it out. The sets are behind SetLookup (attach.ts). libxt_SET.c, xt_set.c. */
import type { SetDirection } from "../../attach";
import { defineTarget, type OptionSpec, parseNumber } from "../extension";
import { joined } from "../ports";
import { fail, notModelled } from "../problem";
import { parseDirections } from "../set-directions";

type Use = { readonly name: string; readonly directions: readonly SetDirection[] };
type Options = { add?: Use; del?: Use; exist: boolean; timeout: number | undefined };

/** UINT32_MAX itself means none. */
const LONGEST = 4_294_967_294;

const use = (key: "add" | "del"): OptionSpec<Options> => ({
  multi: true,
  set: (o, value, _invert, { next, netfilter, seen }) => {
    if (seen.has(`${key}-set`)) fail(`--${key}-set can be specified only once`);
    const directions = next() ?? fail(`--${key}-set requires two args.`);
    if (value.length > 31) fail(`setname \`${value}' too long, max 31 characters.`);
    if (!netfilter.sets?.exists(value)) fail(`Set ${value} doesn't exist.\n`);
    o[key] = { name: value, directions: parseDirections(directions) };
  },
});

const words = ({ add, del, exist, timeout }: Options, dashes: string): string =>
  joined(add && `${dashes}add-set ${add.name} ${add.directions.join(",")}`, exist ? `${dashes}exist` : "", timeout === undefined ? "" : `${dashes}timeout ${timeout}`, del && `${dashes}del-set ${del.name} ${del.directions.join(",")}`);

export const SET = defineTarget<Options>({
  name: "SET",
  init: () => ({ exist: false, timeout: undefined }),
  options: {
    "add-set": use("add"),
    "del-set": use("del"),
    exist: { flag: true, multi: true, invert: true, set: (o) => void (o.exist = true) },
    timeout: { multi: true, invert: true, set: (o, value) => void (o.timeout = parseNumber(value, 0, LONGEST) ?? fail(`Invalid value for option --timeout or out of range 0-${LONGEST}`)) },
    "map-set": { set: () => notModelled("--map-set") },
    "map-mark": { flag: true, set: () => notModelled("--map-mark") },
    "map-prio": { flag: true, set: () => notModelled("--map-prio") },
    "map-queue": { flag: true, set: () => notModelled("--map-queue") },
  },
  check({ exist, timeout }, { seen }) {
    if (!seen.has("add-set") && !seen.has("del-set")) fail("You must specify either `--add-set' or `--del-set' or `--map-set'");
    if (seen.has("add-set")) return;
    if (exist) fail("Flag `--exist' can be used with `--add-set' only");
    if (timeout !== undefined) fail("Option `--timeout' can be used with `--add-set' only");
  },
  hold: ({ add, del }) => ({
    retain({ sets }) {
      for (const each of [add, del]) if (each) sets?.retain(each.name);
    },
    release({ sets }) {
      for (const each of [add, del]) if (each) sets?.release(each.name);
    },
  }),
  apply({ add, del, exist, timeout }, { skb, netfilter: { sets } }) {
    if (add) sets?.add(add.name, skb, add.directions, { exist, ...(timeout !== undefined && { timeout }) });
    if (del) sets?.delete(del.name, skb, del.directions);
    return "CONTINUE";
  },
  save: (o) => words(o, "--"),
  list: (o) => words(o, ""),
});

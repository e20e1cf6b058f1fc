/** -m ttl: the time to live. libipt_ttl.c, ipt_ttl (xt_hl.c). */
import { defineMatch, integer, type OptionSpec } from "../extension";
import { fail } from "../problem";

type Op = "eq" | "ne" | "lt" | "gt";
type Options = { op: Op; ttl: number };

const ALL = ["ttl-eq", "ttl-lt", "ttl-gt"];
const option = (op: "eq" | "lt" | "gt"): OptionSpec<Options> => ({
  invert: op === "eq",
  excl: ALL.filter((name) => name !== `ttl-${op}`),
  set: (o, value, invert) => {
    o.op = invert ? "ne" : op;
    o.ttl = integer("ttl", `ttl-${op}`, value, 0, 255);
  },
});
const SIGN: Readonly<Record<Op, string>> = { eq: "==", ne: "!=", lt: "<", gt: ">" };

export const ttl = defineMatch<Options>({
  name: "ttl",
  init: () => ({ op: "eq", ttl: 0 }),
  options: { "ttl-eq": option("eq"), ttl: { ...option("eq"), as: "ttl-eq" }, "ttl-lt": option("lt"), "ttl-gt": option("gt") },
  check(_o, { seen }) {
    if (seen.size === 0) fail("TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt");
  },
  test: ({ op, ttl: wanted }, { packet: { ttl: has } }) => (op === "eq" ? has === wanted : op === "ne" ? has !== wanted : op === "lt" ? has < wanted : has > wanted),
  save: ({ op, ttl: wanted }) => `${op === "ne" ? "! " : ""}--ttl-${op === "ne" ? "eq" : op} ${wanted}`,
  list: ({ op, ttl: wanted }) => `TTL match TTL ${SIGN[op]} ${wanted}`,
});

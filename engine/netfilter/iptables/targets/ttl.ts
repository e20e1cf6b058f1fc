/** -j TTL: sets, raises or lowers the time to live. libipt_TTL.c, xt_HL.c. */
import { defineTarget, integer, type OptionSpec } from "../extension";
import { fail } from "../problem";

type Mode = "set" | "dec" | "inc";
type Options = { mode: Mode | undefined; value: number };
const ALL = ["ttl-set", "ttl-dec", "ttl-inc"];
const VERB: Readonly<Record<Mode, string>> = { set: "set to", dec: "decrement by", inc: "increment by" };

const option = (mode: Mode): OptionSpec<Options> => ({
  excl: ALL.filter((name) => name !== `ttl-${mode}`),
  set: (o, text) => {
    o.mode = mode;
    o.value = integer("TTL", `ttl-${mode}`, text, mode === "set" ? 0 : 1, 255);
  },
});

export const TTL = defineTarget<Options>({
  name: "TTL",
  tables: ["mangle"],
  init: () => ({ mode: undefined, value: 0 }),
  options: { "ttl-set": option("set"), "ttl-dec": option("dec"), "ttl-inc": option("inc") },
  check({ mode }) {
    if (!mode) fail("TTL: You must specify an action");
  },
  apply({ mode, value }, { packet }) {
    const wanted = mode === "set" ? value : mode === "inc" ? packet.ttl + value : packet.ttl - value;
    packet.ttl = Math.max(0, Math.min(255, wanted));
    return "CONTINUE";
  },
  save: ({ mode, value }) => `--ttl-${mode} ${value}`,
  list: ({ mode, value }) => `TTL ${VERB[mode ?? "set"]} ${value}`,
});

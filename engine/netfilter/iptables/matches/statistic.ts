/**
 * -m statistic: matches some packets and not others. kube-proxy spreads a Service over n
 * endpoints with n-1 of these: 1/n, then 1/(n-1) of what is left, and so on.
 *
 * In Linux: net/netfilter/xt_statistic.c and iptables' extensions/libxt_statistic.c.
 */
import { defineMatch, integer } from "../extension";
import { fail } from "../problem";

/** The kernel keeps a 31-bit fraction, which is why a third is listed as 0.33333333349. */
const ONE = 0x8000_0000;

type Options = { mode: "random" | "nth" | undefined; threshold: number; every: number; packet: number; not: boolean; count: { value: number } };

const text = ({ mode, threshold, every, packet }: Options): { readonly mode: string; readonly random: string; readonly every: number; readonly packet: number } => ({ mode: mode ?? "", random: (threshold / ONE).toFixed(11), every: every + 1, packet });

/** strtod(3), of the whole text. Not a number is one, too: it is none of what is out of range. */
function parseDouble(text: string): number | undefined {
  const sign = /^\s*-/.test(text) ? -1 : 1;
  const size = text.replace(/^\s*[+-]?/, "").toLowerCase();
  if (/^nan(\(\w*\))?$/.test(size)) return Number.NaN;
  if (/^inf(inity)?$/.test(size)) return sign * Number.POSITIVE_INFINITY;
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(size)) return sign * Number(size);
  const hexadecimal = /^0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/.exec(size);
  if (!hexadecimal) return undefined;
  const [, whole = "", fraction = "", power = "0"] = hexadecimal;
  return sign * (Number.parseInt(`${whole}${fraction}`, 16) / 16 ** fraction.length) * 2 ** Number(power);
}

/** The kernel counts down from where --packet lies. */
function renew({ count, every, packet }: Options): void {
  count.value = every - packet;
}

export const statistic = defineMatch<Options>({
  name: "statistic",
  pure: false,
  init: () => ({ mode: undefined, threshold: 0, every: 0, packet: 0, not: false, count: { value: 0 } }),
  options: {
    mode: {
      mandatory: true,
      set: (o, value) => {
        if (value !== "random" && value !== "nth") fail(`Bad mode "${value}"`);
        o.mode = value as "random" | "nth";
      },
    },
    probability: {
      invert: true,
      set: (o, value, invert) => {
        const probability = parseDouble(value) ?? -1;
        if (probability < 0 || probability > 1) fail('statistic: bad value for option "--probability", or out of range (0-1).\n');
        o.threshold = Number.isNaN(probability) ? 0 : Math.round(probability * ONE);
        o.not = invert;
      },
    },
    every: {
      invert: true,
      also: ["packet"],
      set: (o, value, invert) => {
        o.every = integer("statistic", "every", value, 1) - 1;
        o.not = invert;
      },
    },
    packet: {
      also: ["every"],
      set: (o, value) => {
        o.packet = integer("statistic", "packet", value);
      },
    },
  },
  check(o, { seen }) {
    if (o.mode !== "nth" && !seen.has("probability")) fail("--probability must be specified when using random mode");
    if (o.mode === "nth" && !seen.has("every") && !seen.has("packet")) fail("--every and --packet must be specified when using nth mode");
    if (o.mode === "nth" && o.packet > o.every) fail("the --packet p must be 0 <= p <= n-1");
    o.count = { value: 0 };
    renew(o);
  },
  renew,

  test({ mode, threshold, every, not, count }, { rng }) {
    if (mode === "random") return rng.u32() >>> 1 < threshold !== not;
    const matched = count.value === every;
    count.value = matched ? 0 : count.value + 1;
    return matched !== not;
  },

  save(o) {
    const { mode, random, every, packet } = text(o);
    const not = o.not ? " !" : "";
    return mode === "random" ? `--mode random${not} --probability ${random}` : `--mode nth${not} --every ${every} --packet ${packet}`;
  },
  list(o) {
    const { mode, random, every, packet } = text(o);
    const not = o.not ? " !" : "";
    if (mode === "random") return `statistic mode random${not} probability ${random}`;
    return `statistic mode nth${not} every ${every}${packet !== 0 ? ` packet ${packet}` : ""}`;
  },
});

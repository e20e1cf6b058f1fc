/** -j LOG: a line about the packet in the kernel's log. libipt_LOG.c, xt_LOG.c. */
import { defineTarget, parseNumber, type OptionSpec } from "../extension";
import { LOG_FLAG, logLine } from "../log-line";
import { fail } from "../problem";
import { quote } from "../quote";

type Options = { level: number; prefix: string; flags: number };
/** As -L prints them; other names than those that are read. */
const SHOWN = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"] as const;
const LEVELS = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"] as const;
const LONGEST = 29;

function parseLevel(text: string): number {
  const number = parseNumber(text, 0, 7);
  if (number !== undefined) return number;
  const at = (LEVELS as readonly string[]).indexOf(text === "panic" ? "emerg" : text);
  return at >= 0 ? at : fail(`log level "${text}" unknown\n`);
}

const flag = (bit: number): OptionSpec<Options> => ({ flag: true, set: (o) => void (o.flags |= bit) });
const FLAGS = [
  ["log-tcp-sequence", LOG_FLAG.tcpSequence],
  ["log-tcp-options", LOG_FLAG.tcpOptions],
  ["log-ip-options", LOG_FLAG.ipOptions],
  ["log-uid", LOG_FLAG.uid],
  ["log-macdecode", LOG_FLAG.macDecode],
] as const;

export const LOG = defineTarget<Options>({
  name: "LOG",
  init: () => ({ level: 4, prefix: "", flags: 0 }),
  options: {
    "log-level": { set: (o, value) => void (o.level = parseLevel(value)) },
    "log-prefix": {
      set: (o, value) => {
        if (value === "") fail("Argument must have a minimum length of 1 characters\n");
        if (value.includes("\n")) fail("Newlines not allowed in --log-prefix");
        o.prefix = value.slice(0, LONGEST);
      },
    },
    ...Object.fromEntries(FLAGS.map(([name, bit]) => [name, flag(bit)])),
  },
  apply({ prefix, flags }, context) {
    context.skb.ns.log(logLine(context, prefix, flags));
    return "CONTINUE";
  },
  save({ level, prefix, flags }) {
    const parts = [prefix !== "" ? `--log-prefix ${quote(prefix)}` : "", level !== 4 ? `--log-level ${level}` : "", ...FLAGS.map(([name, bit]) => (flags & bit ? `--${name}` : ""))];
    return parts.filter((part) => part !== "").join(" ");
  },
  list({ level, prefix, flags }, { numeric }) {
    const head = numeric ? `LOG flags ${flags} level ${level}` : [`LOG level ${SHOWN[level]}`, ...FLAGS.filter(([, bit]) => flags & bit).map(([name]) => name.replace("log-", ""))].join(" ");
    return `${head}${prefix !== "" ? ` prefix "${prefix}"` : ""}`;
  },
});

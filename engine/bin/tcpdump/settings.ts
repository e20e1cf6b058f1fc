/** What tcpdump was asked to do. */
import type { Options } from "../options";
import { parseOptions } from "../options";

export const MAX_SNAPLEN = 262_144;

export type Settings = {
  readonly device: string | undefined;
  readonly count: number;
  readonly snaplen: number;
  readonly numeric: boolean;
  readonly verbose: number;
  readonly quiet: boolean;
  readonly linkHeader: boolean;
  readonly absoluteSequence: boolean;
  readonly noChecksum: boolean;
  readonly numbered: boolean;
  /** How many -t: 1 none, 2 seconds since 1970, 3 since the last, 4 with the date, 5 since the first. */
  readonly time: number;
  readonly dump: "" | "x" | "xx" | "X" | "XX" | "A" | "AA";
  readonly lineBuffered: boolean;
  readonly packetBuffered: boolean;
  readonly readFile: string | undefined;
  readonly writeFile: string | undefined;
  readonly alsoPrint: boolean;
  readonly countOnly: boolean;
  readonly direction: "in" | "out" | "inout";
  readonly expression: string;
  readonly listDevices: boolean;
};

export type Refusal = { readonly message: string; readonly exit: number; readonly usage: boolean } | { readonly notModelled: string } | { readonly say: "usage" | "version" };

const LONG = { help: "h", version: "version", "list-interfaces": "D", "interface=": "i", number: "#", print: "print", count: "count", "snapshot-length=": "s", "absolute-tcp-sequence-numbers": "S", "dont-verify-checksums": "K", "no-promiscuous-mode": "p", "direction=": "Q", "immediate-mode": "immediate", "packet-buffered": "U", "no-optimize": "O", "linktype=": "y", "list-data-link-types": "L", "monitor-mode": "I", "buffer-size=": "B", "time-stamp-type=": "j", "time-stamp-precision=": "precision", micro: "micro", nano: "nano", "relinquish-privileges=": "Z", "list-time-stamp-types": "J" };
const NOT_MODELLED = ["b", "d", "f", "H", "I", "J", "L", "u", "C", "E", "F", "G", "M", "T", "V", "W", "y", "z", "j", "precision", "nano"];

export function readSettings(args: readonly string[]): Settings | Refusal {
  const options = parseOptions(args, { flags: "AbdDefhHIJKlLnNOpqStuUvxX#", values: "BcCEFGijMQrsTVwWyzZ", long: LONG, stopAtOperand: false });
  if ("error" in options) return { message: options.error, exit: 1, usage: true };
  if (options.has("h")) return { say: "usage" };
  if (options.has("version")) return { say: "version" };
  for (const key of NOT_MODELLED) if (options.has(key)) return { notModelled: key.length === 1 ? `-${key}` : `--${key}` };
  const count = options.value("c");
  if (count !== undefined && (!/^\d+$/.test(count) || Number(count) === 0)) return { message: `invalid packet count ${count}`, exit: 1, usage: false };
  const snaplen = options.value("s");
  if (snaplen !== undefined && (!/^\d+$/.test(snaplen) || Number(snaplen) > MAX_SNAPLEN)) return { message: `invalid snaplen ${snaplen} (must be >= 0 and <= ${MAX_SNAPLEN})`, exit: 1, usage: false };
  const direction = options.value("Q") ?? "inout";
  if (direction !== "in" && direction !== "out" && direction !== "inout") return { message: `unknown capture direction \`${direction}'`, exit: 1, usage: false };
  return settingsOf(options, direction);
}

function settingsOf(options: Options, direction: "in" | "out" | "inout"): Settings {
  const hex = options.count("X") > 0 ? "X".repeat(Math.min(options.count("X"), 2)) : "x".repeat(Math.min(options.count("x"), 2));
  const dump = hex !== "" ? hex : "A".repeat(Math.min(options.count("A"), 2));
  return {
    device: options.value("i"),
    count: Number(options.value("c") ?? Number.POSITIVE_INFINITY),
    snaplen: Number(options.value("s") ?? 0) || MAX_SNAPLEN,
    numeric: options.has("n"),
    verbose: options.count("v"),
    quiet: options.has("q"),
    linkHeader: options.has("e"),
    absoluteSequence: options.has("S"),
    noChecksum: options.has("K"),
    numbered: options.has("#"),
    time: options.count("t"),
    dump: dump as Settings["dump"],
    lineBuffered: options.has("l"),
    packetBuffered: options.has("U"),
    readFile: options.value("r"),
    writeFile: options.value("w"),
    alsoPrint: options.has("print"),
    countOnly: options.has("count"),
    direction,
    expression: options.rest.join(" "),
    listDevices: options.has("D"),
  };
}

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
  /** -F: a file that holds the expression. */
  readonly expressionFile: string | undefined;
  readonly list: "devices" | "link types" | "time stamp types" | undefined;
  /** -y EN10MB: said again before listening. */
  readonly linkType: string | undefined;
  readonly nanoseconds: boolean;
  readonly optimize: boolean;
  readonly rotation: Rotation;
  /** -N: names without their domain. */
  readonly unqualified: boolean;
};

/** -C: after so many bytes, -G: after so many seconds, another file; -W: this many of them. */
export type Rotation = { readonly bytes: number | undefined; readonly seconds: number | undefined; readonly files: number | undefined };

export type Refusal = { readonly message: string; readonly exit: number; readonly usage: boolean } | { readonly notModelled: string } | { readonly say: "usage" | "version" };

const LONG = { help: "h", version: "version", "list-interfaces": "D", "interface=": "i", number: "#", print: "print", count: "count", "snapshot-length=": "s", "absolute-tcp-sequence-numbers": "S", "dont-verify-checksums": "K", "no-promiscuous-mode": "p", "direction=": "Q", "immediate-mode": "immediate", "packet-buffered": "U", "no-optimize": "O", "linktype=": "y", "list-data-link-types": "L", "monitor-mode": "I", "buffer-size=": "B", "time-stamp-type=": "j", "time-stamp-precision=": "precision", micro: "micro", nano: "nano", "relinquish-privileges=": "Z", "list-time-stamp-types": "J" };
const NOT_MODELLED = ["d", "E", "I", "M", "T", "V", "z"];
const LINK_TYPES = ["EN10MB", "DOCSIS", "LINUX_SLL", "LINUX_SLL2", "RAW", "NULL", "LOOP", "PPP", "IEEE802_11"];
const PACKET_TYPES = ["vat", "wb", "rpc", "rtp", "rtcp", "snmp", "cnfp", "tftp", "aodv", "carp", "radius", "zmtp1", "vxlan", "pgm", "pgm_zmtp1", "lmp", "resp", "ptp", "someip", "domain"];

export function readSettings(args: readonly string[]): Settings | Refusal {
  const options = parseOptions(args, { flags: "AbdDefhHIJKlLnNOpqStuUvxX#", values: "BcCEFGijMQrsTVwWyzZ", long: LONG, stopAtOperand: false });
  if ("error" in options) return { message: options.error, exit: 1, usage: true };
  if (options.has("h")) return { say: "usage" };
  if (options.has("version")) return { say: "version" };
  const wrong = wrongValue(options);
  if (wrong !== undefined) return { message: wrong, exit: 1, usage: false };
  for (const key of NOT_MODELLED) if (options.has(key) && !(key === "I" && options.has("r"))) return { notModelled: key.length === 1 ? `-${key}` : `--${key}` };
  const count = options.value("c");
  if (count !== undefined && (!/^\d+$/.test(count) || Number(count) === 0)) return { message: `invalid packet count ${count}`, exit: 1, usage: false };
  const snaplen = options.value("s");
  if (snaplen !== undefined && (!/^\d+$/.test(snaplen) || Number(snaplen) > MAX_SNAPLEN)) return { message: `invalid snaplen ${snaplen} (must be >= 0 and <= ${MAX_SNAPLEN})`, exit: 1, usage: false };
  const direction = options.value("Q") ?? "inout";
  if (direction !== "in" && direction !== "out" && direction !== "inout") return { message: `unknown capture direction \`${direction}'`, exit: 1, usage: false };
  return settingsOf(options, direction);
}

/** A value that makes no sense, in tcpdump's words. */
function wrongValue(options: Options): string | undefined {
  const [type, kind, precision] = [options.value("y"), options.value("T"), options.value("precision")];
  const whole = (key: string): boolean => /^\d+$/.test(options.value(key) ?? "1") && Number(options.value(key) ?? 1) > 0;
  if (options.count("t") > 5) return "only -t, -tt, -ttt, -tttt and -ttttt are supported";
  if (!/^\d+$/.test(options.value("C") ?? "1")) return `invalid file size ${options.value("C")}`;
  if (!/^\d*$/.test(options.value("G") ?? "")) return `invalid number of seconds ${options.value("G")}`;
  if (!whole("W")) return `invalid number of output files ${options.value("W")}`;
  if (!whole("B")) return `invalid packet buffer size ${options.value("B")}`;
  if (type !== undefined && !LINK_TYPES.includes(type)) return `invalid data link type ${type}`;
  if (kind !== undefined && !PACKET_TYPES.includes(kind)) return `unknown packet type \`${kind}'`;
  if (precision !== undefined && precision !== "micro" && precision !== "nano") return "unsupported time stamp precision";
  if (options.has("j") && !["host", "host_lowprec", "host_hiprec", "adapter", "adapter_unsynced"].includes(options.value("j") ?? "")) return `invalid time stamp type ${options.value("j")}`;
  if (options.has("f") && options.has("r")) return "-f can not be used with -V or -r";
  return undefined;
}

const positive = (written: string | undefined): number | undefined => (written === undefined ? undefined : Number(written) || undefined);

/** The last of --nano, --micro and --time-stamp-precision. */
function precisionOf(options: Options): string {
  const [key, value] = options.given.filter(([name]) => ["nano", "micro", "precision"].includes(name)).at(-1) ?? ["micro", undefined];
  return value ?? key;
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
    expressionFile: options.value("F"),
    list: options.has("D") ? "devices" : options.has("r") ? undefined : options.has("L") ? "link types" : options.has("J") ? "time stamp types" : undefined,
    linkType: options.value("y"),
    nanoseconds: precisionOf(options) === "nano",
    optimize: !options.has("O"),
    rotation: { bytes: positive(options.value("C")) === undefined ? undefined : 1_000_000 * Number(options.value("C")), seconds: positive(options.value("G")), files: positive(options.value("W")) },
    unqualified: options.has("N"),
  };
}

/** ping's options (ping.c, main()): what they mean, and which of them iputils 20221126 refuses in which words. */
import type { Options } from "../options";

const DEFAULT_DATA_BYTES = 56;
/** How long the last answers are awaited when none has come yet (MAXWAIT). */
const LINGER_MS = 10_000;
const INT_MAX = 2_147_483_647;
const PATTERN_BYTES = 16;

export type Settings = {
  count: number;
  intervalMs: number;
  /** 0: as long as it takes. */
  lingerMs: number;
  deadlineMs: number;
  bytes: number;
  ttl: number | undefined;
  tos: number;
  mark: number;
  preload: number;
  ident: number | undefined;
  pathMtu: "do" | "dont" | "want";
  pattern: readonly number[] | undefined;
  flood: boolean;
  adaptive: boolean;
  numeric: boolean;
  quiet: boolean;
  audible: boolean;
  timestamps: boolean;
  outstanding: boolean;
  verbosity: number;
  broadcast: boolean;
  strictSource: boolean;
  from: string | undefined;
  /** What it complains about and goes on. */
  warning: string;
};

export type Problem = { readonly problem: string; readonly exit: number };

type Numeric = { [Field in keyof Settings]: Settings[Field] extends number | undefined ? Field : never }[keyof Settings];
const NUMBERS: readonly (readonly [string, Numeric | "sndbuf", number, number, string])[] = [
  ["c", "count", 1, Number.MAX_SAFE_INTEGER, "9223372036854775807"],
  ["e", "ident", 0, 65_535, "65535"],
  ["l", "preload", 1, 65_536, "65536"],
  ["s", "bytes", 0, INT_MAX, "2147483647"],
  ["S", "sndbuf", 1, INT_MAX, "2147483647"],
  ["t", "ttl", 0, 255, "255"],
  ["m", "mark", 0, 4_294_967_295, "2147483647"],
  ["w", "deadlineMs", 0, INT_MAX, "2147483647"],
];

export function readSettings(options: Options): Settings | Problem {
  const flood = options.has("f");
  const settings: Settings = { count: Number.POSITIVE_INFINITY, intervalMs: flood ? 0 : 1000, lingerMs: LINGER_MS, deadlineMs: Number.POSITIVE_INFINITY, bytes: DEFAULT_DATA_BYTES, ttl: undefined, tos: 0, mark: 0, preload: 1, ident: undefined, pathMtu: "want", pattern: undefined, flood, adaptive: options.has("A"), numeric: options.has("n"), quiet: options.has("q"), audible: options.has("a"), timestamps: options.has("D"), outstanding: options.has("O"), verbosity: options.count("v"), broadcast: options.has("b"), strictSource: options.has("B"), from: options.value("I"), warning: "" };
  for (const [key, field, low, high, most] of NUMBERS) {
    const value = whole(options.value(key), low, high, most);
    if (typeof value === "object") return value;
    if (value === undefined || field === "sndbuf") continue;
    settings[field] = field === "deadlineMs" ? (value === 0 ? Number.POSITIVE_INFINITY : value * 1000) : value;
  }
  return seconds(options, settings) ?? serviceType(options.value("Q"), settings) ?? discovery(options.value("M"), settings) ?? pattern(options.value("p"), settings) ?? settings;
}

function whole(value: string | undefined, low: number, high: number, most: string): number | Problem | undefined {
  if (value === undefined) return undefined;
  if (!/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(value)) return { problem: `invalid argument: '${value}'`, exit: 1 };
  const n = Number(value);
  return n >= low && n <= high ? n : { problem: `invalid argument: '${value}': out of range: ${low} <= value <= ${most}`, exit: 1 };
}

/** -i and -W: what follows the number is complained about, and not yet an error. */
function seconds(options: Options, settings: Settings): Problem | undefined {
  for (const [key, field] of [["i", "intervalMs"], ["W", "lingerMs"]] as const) {
    const value = options.value(key);
    if (value === undefined) continue;
    const [read = ""] = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(value) ?? [];
    const rest = value.slice(read.length);
    const number = Number(read);
    if (rest !== "" || value === "") settings.warning += `ping: option argument contains garbage: ${rest}\nping: this will become fatal error in the future\n`;
    if (key === "W" && (number < 0 || number > INT_MAX / 1000)) return { problem: `bad linger time: ${value}`, exit: 2 };
    settings[field] = number * 1000;
  }
  return undefined;
}

function serviceType(value: string | undefined, settings: Settings): Problem | undefined {
  if (value === undefined) return undefined;
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(value)) return { problem: `bad TOS value: ${value}`, exit: 2 };
  if (Number(value) > 255) return { problem: `the decimal value of TOS bits must be in range 0-255: ${Number(value)}`, exit: 2 };
  settings.tos = Number(value);
  return undefined;
}

function discovery(value: string | undefined, settings: Settings): Problem | undefined {
  if (value === undefined) return undefined;
  if (value !== "do" && value !== "dont" && value !== "want") return { problem: `invalid -M argument: ${value}`, exit: 2 };
  settings.pathMtu = value;
  return undefined;
}

/** Two digits a byte, the last one may have only one. */
function pattern(value: string | undefined, settings: Settings): Problem | undefined {
  if (value === undefined) return undefined;
  if (/[^0-9a-f]/i.test(value)) return { problem: `patterns must be specified as hex digits: ${value}`, exit: 2 };
  settings.pattern = (value.match(/..?/g) ?? []).slice(0, PATTERN_BYTES).map((digits) => Number.parseInt(digits, 16));
  return undefined;
}

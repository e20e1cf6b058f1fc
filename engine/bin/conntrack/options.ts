/**
 * conntrack(8)'s command line: getopt_long over its own options and those of the protocol named
 * by -p, with conntrack-tools 1.4.7's checks and words.
 */
export type CommandLetter = "L" | "G" | "D" | "I" | "U" | "E" | "F" | "C" | "S" | "A";

type Spec = { readonly key: string; readonly arg: "no" | "yes" | "maybe" };

const COMMANDS: ReadonlyMap<string, CommandLetter> = new Map([
  ["L", "L"], ["dump", "L"], ["G", "G"], ["get", "G"], ["D", "D"], ["delete", "D"], ["I", "I"], ["create", "I"], ["A", "A"], ["add", "A"],
  ["U", "U"], ["update", "U"], ["E", "E"], ["event", "E"], ["F", "F"], ["flush", "F"], ["C", "C"], ["count", "C"], ["S", "S"], ["stats", "S"],
] as const);

const one = (key: string, arg: Spec["arg"] = "yes"): Spec => ({ key, arg });

/** Every spelling, letters and long names. */
const GENERAL: ReadonlyMap<string, Spec> = new Map([
  ["s", one("src")], ["src", one("src")], ["orig-src", one("src")],
  ["d", one("dst")], ["dst", one("dst")], ["orig-dst", one("dst")],
  ["r", one("reply-src")], ["reply-src", one("reply-src")],
  ["q", one("reply-dst")], ["reply-dst", one("reply-dst")],
  ["p", one("protonum")], ["protonum", one("protonum")],
  ["f", one("family")], ["family", one("family")],
  ["t", one("timeout")], ["timeout", one("timeout")],
  ["u", one("status")], ["status", one("status")],
  ["z", one("zero", "no")], ["zero", one("zero", "no")],
  ["e", one("event-mask")], ["event-mask", one("event-mask")],
  ["n", one("src-nat", "maybe")], ["src-nat", one("src-nat", "maybe")],
  ["g", one("dst-nat", "maybe")], ["dst-nat", one("dst-nat", "maybe")],
  ["j", one("any-nat", "maybe")], ["any-nat", one("any-nat", "maybe")],
  ["m", one("mark")], ["mark", one("mark")],
  ["o", one("output")], ["output", one("output")],
  ["w", one("zone")], ["zone", one("zone")],
  ["b", one("buffer-size")], ["buffer-size", one("buffer-size")],
  ["h", one("help", "no")], ["help", one("help", "no")],
  ["V", one("version", "no")], ["version", one("version", "no")],
]);

/** Known to the real tool, and refused by name. */
const FOREIGN: ReadonlySet<string> = new Set(["c", "secmark", "i", "id", "l", "label", "label-add", "label-del", "tuple-src", "tuple-dst", "mask-src", "mask-dst", "orig-zone", "reply-zone", "R", "load-file"]);

const PORTS: readonly (readonly [string, string])[] = [["sport", "sport"], ["orig-port-src", "sport"], ["dport", "dport"], ["orig-port-dst", "dport"], ["reply-port-src", "reply-sport"], ["reply-port-dst", "reply-dport"]];
const BY_PROTOCOL: Readonly<Record<number, ReadonlyMap<string, Spec>>> = {
  6: new Map([...PORTS.map(([name, key]): [string, Spec] => [name, one(key)]), ["state", one("state")]]),
  17: new Map(PORTS.map(([name, key]): [string, Spec] => [name, one(key)])),
  1: new Map([["icmp-type", one("icmp-type")], ["icmp-code", one("icmp-code")], ["icmp-id", one("icmp-id")]]),
};

export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, icmpv6: 58, sctp: 132, udplite: 136 };

export class UsageError extends Error {}
/** Refused by name: exit status 2. */
export class NotModelledOption extends Error {}

export function usage(message: string): never {
  throw new UsageError(message);
}

export type Parsed = { readonly command: CommandLetter | "help" | "version"; readonly table: string; readonly protocol: number | undefined; readonly options: ReadonlyMap<string, string> };

const TABLES = ["conntrack", "expect", "dying", "unconfirmed"];

export function parseConntrack(args: readonly string[]): Parsed {
  const options = new Map<string, string>();
  let command: CommandLetter | undefined;
  let table = "conntrack";
  let protocol: number | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (!word.startsWith("-")) continue; // getopt_long(3) puts it behind the rest, and nobody looks there.
    const long = word.startsWith("--");
    const [name = "", attached] = long ? word.slice(2).split("=") : [word.charAt(1), word.length > 2 ? word.slice(2) : undefined];
    const asCommand = COMMANDS.get(name);
    if (asCommand) {
      if (command) usage("Invalid commands combination");
      command = asCommand;
      const next = args[i + 1];
      if (next !== undefined && !next.startsWith("-")) {
        table = TABLES.find((each) => each === next) ?? usage(`unknown type \`${next}'`);
        i++;
      }
      continue;
    }
    const spec = find(name, long, protocol);
    if (!spec) {
      if (FOREIGN.has(name)) throw new NotModelledOption(word);
      usage(`unknown option \`${long ? word : `-${name}`}'`);
    }
    let value = attached ?? "";
    if (spec.arg === "yes" && attached === undefined) value = args[++i] ?? usage(`option \`${word}' requires an argument`);
    if (spec.arg === "maybe" && attached === undefined && args[i + 1] !== undefined && !args[i + 1]?.startsWith("-")) value = args[++i] as string;
    if (spec.key === "protonum") protocol = protocolOf(value);
    if (spec.key === "help" || spec.key === "version") return { command: spec.key, table, protocol, options };
    options.set(spec.key, value);
  }
  if (!command) return { command: "help", table, protocol, options };
  checkAllowed(command, table, options, protocol);
  return { command: command === "A" ? "I" : command, table, protocol, options };
}

function find(name: string, long: boolean, protocol: number | undefined): Spec | undefined {
  const own = protocol === undefined ? undefined : BY_PROTOCOL[protocol];
  const exact = GENERAL.get(name) ?? (long ? own?.get(name) : undefined);
  if (exact && (long ? name.length > 1 : name.length === 1)) return exact;
  if (!long) return undefined;
  const found = [...GENERAL, ...(own ?? [])].filter(([each]) => each.length > 1 && each.startsWith(name));
  return found.length > 0 && found.every(([, spec]) => spec.key === found[0]?.[1].key) ? found[0]?.[1] : undefined;
}

function protocolOf(text: string): number {
  const number = PROTOCOL_NUMBERS[text.toLowerCase()] ?? (/^\d+$/.test(text) ? Number(text) : undefined);
  return number === undefined || number > 255 ? usage(`\`${text}' unsupported protocol`) : number;
}

const LONG: Readonly<Record<string, string>> = { src: "src", dst: "dst", "reply-src": "reply-src", "reply-dst": "reply-dst", protonum: "protonum", timeout: "timeout", status: "status", zero: "zero", "event-mask": "event-mask", mark: "mark" };

/** commands_v_options, as far as people meet it. */
function checkAllowed(command: CommandLetter, table: string, options: ReadonlyMap<string, string>, protocol: number | undefined): void {
  if (options.has("any-nat") && (options.has("src-nat") || options.has("dst-nat"))) usage("cannot specify `--src-nat' or `--dst-nat' with `--any-nat'");
  checkFamily(options);
  const illegal: Readonly<Partial<Record<CommandLetter, readonly string[]>>> = {
    L: ["timeout", "event-mask"],
    E: ["timeout", "zero"],
    D: ["event-mask", "zero", "any-nat"],
    U: ["any-nat", "zone"],
    G: ["event-mask", "zero", "timeout", "status"],
    F: [...GENERAL.values()].map(({ key }) => key).filter((key) => key !== "family" && key !== "output"),
    C: [...GENERAL.values()].map(({ key }) => key),
    S: [...GENERAL.values()].map(({ key }) => key),
  };
  if (table === "expect" && command === "L") for (const key of NOT_OF_EXPECTATIONS) if (options.has(key)) usage(`Illegal option \`--${key}' with this command`);
  for (const key of illegal[command] ?? []) if (options.has(key)) usage(`Illegal option \`--${LONG[key] ?? key}' with this command`);
  const required: Readonly<Partial<Record<CommandLetter, readonly string[]>>> = { G: ["protonum"], I: ["protonum", "timeout"], A: ["protonum", "timeout"] };
  for (const key of required[command] ?? []) if (!options.has(key)) usage(`You need to supply the \`--${key}' option for this command`);
  if (command === "I" || command === "A") checkComplete(options, protocol);
}

/** What -I must be told, and what it will not hear: nfct_filter and the protocols' own final checks. */
function checkComplete(options: ReadonlyMap<string, string>, protocol: number | undefined): void {
  for (const key of ["src", "dst"]) if (options.get(key)?.includes("/")) usage(`Illegal option \`--mask-${key}' with this command`);
  if (!(options.has("src") && options.has("dst")) && !(options.has("reply-src") && options.has("reply-dst"))) usage("you have to specify `--src' and `--dst'");
  const own = (key: string): void => {
    if (!options.has(key)) usage(`You need to supply the \`--${key}' option for this command`);
  };
  if (protocol === 1) for (const key of ["icmp-type", "icmp-code"]) own(key);
  if (protocol !== 6 && protocol !== 17) return;
  const both = (one: string, other: string): boolean => options.has(one) && options.has(other);
  if (!both("sport", "dport") && !both("reply-sport", "reply-dport")) usage("you have to specify `--sport' and `--dport'");
  if (protocol === 6) own("state");
}

const NOT_OF_EXPECTATIONS = ["src", "dst", "reply-src", "reply-dst", "protonum", "status", "src-nat", "dst-nat", "mark", "any-nat", "zone"];

/** -f, and the addresses beside it. */
function checkFamily(options: ReadonlyMap<string, string>): void {
  const family = options.get("family");
  if (family !== undefined && family !== "ipv4" && family !== "ipv6") usage(`\`${family}' unsupported protocol`);
  if (family === "ipv6" && ["src", "dst", "reply-src", "reply-dst", "src-nat", "dst-nat"].some((key) => (options.get(key) ?? "") !== "")) usage("mismatched address family");
}

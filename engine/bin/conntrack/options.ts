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
    if (!word.startsWith("-")) usage("unknown arguments found on commandline");
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
  checkAllowed(command, table, options);
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
function checkAllowed(command: CommandLetter, _table: string, options: ReadonlyMap<string, string>): void {
  const illegal: Readonly<Partial<Record<CommandLetter, readonly string[]>>> = {
    L: ["timeout", "event-mask"],
    E: ["timeout", "zero"],
    D: ["event-mask", "zero"],
    G: ["event-mask", "zero", "timeout"],
    F: [...GENERAL.values()].map(({ key }) => key).filter((key) => key !== "family" && key !== "output"),
    C: [...GENERAL.values()].map(({ key }) => key),
    S: [...GENERAL.values()].map(({ key }) => key),
  };
  for (const key of illegal[command] ?? []) if (options.has(key)) usage(`Illegal option \`--${LONG[key] ?? key}' with this command`);
  const required: Readonly<Partial<Record<CommandLetter, readonly string[]>>> = { G: ["protonum"], I: ["protonum", "timeout"] };
  for (const key of required[command] ?? []) if (!options.has(key)) usage(`You need to supply the \`--${key}' option for this command`);
  if (command === "I" && !(options.has("src") && options.has("dst")) && !(options.has("reply-src") && options.has("reply-dst"))) usage("missing source and/or destination IP address");
}

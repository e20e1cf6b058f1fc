/**
 * conntrack(8)'s command line: getopt_long(3) over its own options and those of the protocol named
 * by -p. Values are read as they are met, what goes with what is checked at the end; the words are
 * those of conntrack-tools 1.4.7.
 */
import { PROTOCOL_NUMBERS } from "../../wire/netbase";
import { ALIKE, BY_COMMAND, BY_PROTOCOL, type CommandLetter, COMMANDS, GENERAL, KEYS, type Spec } from "./option-table";
import { Failed, NotModelledOption, usage } from "./usage";
import { isIpv6, parseEvents, parseMark, parseNat, parseNet, parseOutputs, parseStatus, tcpState } from "./values";

export type Parsed = {
  readonly command: CommandLetter;
  readonly table: string;
  readonly protocol: number | undefined;
  readonly options: ReadonlyMap<string, string>;
  /** Set by -f, and by the first address. */
  readonly family: "ipv4" | "ipv6" | undefined;
};

const TABLES = ["conntrack", "expect", "dying", "unconfirmed"];

class Reader {
  readonly #options = new Map<string, string>();
  #command: CommandLetter | undefined;
  #table = "conntrack";
  #protocol: number | undefined;
  #family: "ipv4" | "ipv6" | undefined;
  #at = 0;

  constructor(
    private readonly words: readonly string[],
    private readonly warn: (text: string) => void,
  ) {}

  read(): Parsed {
    while (this.#at < this.words.length) {
      const word = this.words[this.#at++] as string;
      if (word === "--") break;
      // getopt_long(3) puts what is no option behind the rest, and nobody looks there.
      if (word.startsWith("-") && word.length > 1) this.#option(word);
    }
    const parsed: Parsed = { command: this.#command ?? "h", table: this.#table, protocol: this.#protocol, options: this.#options, family: this.#family };
    check(parsed, this.#command === undefined);
    return parsed;
  }

  #option(word: string): void {
    const long = word.startsWith("--");
    const equals = long ? word.indexOf("=") : -1;
    const name = long ? word.slice(2, equals < 0 ? undefined : equals) : word.charAt(1);
    const attached = long ? (equals < 0 ? undefined : word.slice(equals + 1)) : word.length > 2 ? word.slice(2) : undefined;
    const found = this.#find(name, long) ?? this.#unknown(word, name, long);
    if (typeof found === "string") return this.#setCommand(found, attached);
    if (found.takes === "no") {
      this.#set(found.key, "");
      if (attached !== undefined && !long) this.#option(`-${attached}`);
      return;
    }
    if (found.takes === "maybe") return this.#set(found.key, attached ?? this.#argument() ?? "");
    this.#set(found.key, attached ?? this.words[this.#at++] ?? usage(`option \`${word}' requires an argument`));
  }

  #find(name: string, long: boolean): CommandLetter | Spec | undefined {
    const own = (this.#protocol === undefined ? undefined : BY_PROTOCOL.get(this.#protocol))?.options;
    if (!long) return COMMANDS.get(name) ?? GENERAL.get(name);
    const all: ReadonlyMap<string, CommandLetter | Spec> = new Map<string, CommandLetter | Spec>([...COMMANDS, ...GENERAL, ...(own ?? [])].filter(([each]) => each.length > 1));
    const exact = all.get(name);
    if (exact !== undefined) return exact;
    const found = [...all].filter(([each]) => each.startsWith(name)).map(([, one]) => one);
    const [first] = found;
    const key = (one: CommandLetter | Spec): string => (typeof one === "string" ? one : one.key);
    return first !== undefined && found.every((one) => key(one) === key(first)) ? first : undefined;
  }

  #unknown(word: string, name: string, long: boolean): never {
    if (name === "R" || name === "load-file") throw new NotModelledOption(word);
    return usage(`unknown option \`${long ? word : `-${name}`}'`);
  }

  /** An argument that may be left out: the next word, if it is no option. */
  #argument(): string | undefined {
    const next = this.words[this.#at];
    if (next === undefined || next.startsWith("-") || next.startsWith("!")) return undefined;
    this.#at++;
    return next;
  }

  #setCommand(letter: CommandLetter, attached: string | undefined): void {
    const named = letter === "h" || letter === "V" || attached !== undefined ? undefined : this.#argument();
    const table = named === undefined ? "conntrack" : (TABLES.find((each) => each.startsWith(named)) ?? usage(`unknown type \`${named}'`));
    if ((table === "dying" || table === "unconfirmed") && letter !== "L") usage("Can't do that command with tables `dying' and `unconfirmed'");
    if (table === "expect" && (letter === "U" || letter === "A")) usage(`Can't do --${letter === "U" ? "update" : "add"} on expectations`);
    if (this.#command) usage("Invalid commands combination");
    this.#command = letter;
    this.#table = table;
  }

  #set(key: string, value: string): void {
    if (key === "protonum") this.#protocol = protocolOf(value);
    this.#look(key, value);
    // A range is an old way to say --src-nat; it is not even looked at.
    if (key !== "nat-range") this.#options.set(key, value);
  }

  /** What is wrong with a value is said at once. */
  #look(key: string, value: string): void {
    switch (key) {
      case "src":
      case "dst":
      case "mask-src":
      case "mask-dst":
        return this.#address(value, parseNet);
      case "reply-src":
      case "reply-dst":
        this.#address(value, parseNet);
        if (value.includes("/")) usage(`CIDR notation unavailable for \`--${key}'`);
        return;
      case "src-nat":
      case "dst-nat":
      case "any-nat":
        if (value !== "") this.#address(value, (text) => parseNat(text, key));
        return;
      case "family":
        if (value !== "ipv4" && value !== "ipv6") usage(`\`${value}' unsupported protocol`);
        return this.#setFamily(value as "ipv4" | "ipv6");
      case "mark":
        return void parseMark(value);
      case "state":
        if (this.#protocol === 6) tcpState(value);
        return;
      default:
        return this.#lookFurther(key, value);
    }
  }

  #lookFurther(key: string, value: string): void {
    switch (key) {
      case "status":
        for (const word of parseStatus(value).ignored) this.warn(`WARNING: ignoring ${word}, use --${word === "SRC_NAT" ? "src" : "dst"}-nat instead\n`);
        return;
      case "output":
        // No file of connection labels here either.
        if (parseOutputs(value).includes("save") && value.includes(",")) throw new Failed("cannot combine save output with any other output type, use -o save only", false);
        if (parseOutputs(value).includes("labels")) this.warn("nfct_labelmap_new: No such file or directory\n");
        return;
      case "event-mask":
        return void parseEvents(value);
      case "nat-range":
        return this.warn("WARNING: ignoring -a, deprecated option.\n");
      case "label":
      case "label-add":
      case "label-del":
        this.warn("nfct_labelmap_new: No such file or directory\n");
        return usage(`unknown label '${value}'`);
    }
  }

  #address(text: string, read: (text: string) => unknown): void {
    if (!isIpv6(text)) read(text);
    this.#setFamily(isIpv6(text) ? "ipv6" : "ipv4");
  }

  #setFamily(family: "ipv4" | "ipv6"): void {
    if (this.#family !== undefined && this.#family !== family) usage("mismatched address family");
    this.#family = family;
  }
}

const NUMBERS: ReadonlyMap<string, number> = new Map([...PROTOCOL_NUMBERS, ["icmpv6", 58]]);

function protocolOf(text: string): number {
  const number = NUMBERS.get(text.toLowerCase()) ?? (/^\d+$/.test(text) ? Number(text) : undefined);
  return number === undefined || number > 255 ? usage(`\`${text}' unsupported protocol`) : number;
}

/** What goes with the command, and what it must be told. */
function check({ command, table, options, protocol }: Parsed, none: boolean): void {
  if (options.has("any-nat") && (options.has("src-nat") || options.has("dst-nat"))) usage("cannot specify `--src-nat' or `--dst-nat' with `--any-nat'");
  for (const side of ["src", "dst"]) if (options.has(`mask-${side}`) && !options.has(side)) usage(`Can't use --mask-${side} without --${side}`);
  // A length behind an address is a mask.
  const given = (key: string): boolean => options.has(key) || (key.startsWith("mask-") && (options.get(key.slice(5)) ?? "").includes("/"));
  const figures = BY_COMMAND[table === "expect" ? `${command} expect` : none ? "V" : command] ?? "";
  for (const [at, key] of KEYS.entries()) {
    if (figures[at] === "1" && !options.has(key)) usage(`You need to supply the \`--${key}' option for this command`);
    if (figures[at] === "0" && given(key)) usage(`Illegal option \`--${key}' with this command`);
  }
  if (figures.includes("3")) checkPair(options, [["src", "dst", "`--src' and `--dst'"], ["reply-src", "reply-dst", "`--reply-src' and `--reply-dst'"]]);
  const own = protocol === undefined ? undefined : BY_PROTOCOL.get(protocol);
  if (!own || table === "expect") return;
  const seen = new Set([...options.keys()].flatMap((key) => ALIKE.find((keys) => keys.includes(key)) ?? key));
  for (const key of own.needed[command] ?? []) if (!seen.has(key)) usage(`You need to supply the \`--${key}' option for this command`);
  if (figures.includes("3")) checkPair(seen, own.pairs);
}

/** One of the pairs must be whole; else it is about the first of which there is half. */
function checkPair(options: Pick<ReadonlySet<string>, "has">, pairs: readonly (readonly [string, string, string])[]): void {
  if (pairs.length === 0 || pairs.some(([one, other]) => options.has(one) && options.has(other))) return;
  const [, , says] = pairs.find(([one, other]) => options.has(one) || options.has(other)) ?? pairs[0] ?? ["", "", ""];
  usage(`you have to specify ${says}`);
}

export function parseConntrack(args: readonly string[], warn: (text: string) => void): Parsed {
  return new Reader(args, warn).read();
}

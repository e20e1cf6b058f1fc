/**
 * Command-line flags as kubectl reads them: spf13/pflag, with cobra's words when it goes wrong.
 *
 * Flags and arguments may be mixed; `--` ends the flags; `--name=value` and `--name value`;
 * short ones may be bundled (`-it`) and carry their value (`-nproduction`, `-n=production`).
 */
import { durationMs } from "./duration";
import { Failure, NotModelled } from "./errors";

export type FlagKind = "string" | "bool" | "int" | "duration" | "list" | "array" | "map";

export type FlagSpec = {
  readonly name: string;
  readonly short?: string;
  readonly kind: FlagKind;
  readonly default?: string;
  /** The value of a flag given without one (`--dry-run`); a bool has "true". */
  readonly bare?: string;
  readonly usage: string;
  /** Real kubectl knows this flag and this one does not act on it: using it is refused by name. */
  readonly refused?: true;
};

/** What was given on the command line. `dash` is how many arguments stood before `--`, or -1. */
export class Flags {
  readonly args: string[] = [];
  dash = -1;
  readonly #specs: ReadonlyMap<string, FlagSpec>;
  readonly #given = new Map<string, string[]>();

  constructor(specs: readonly FlagSpec[]) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
  }

  has(name: string): boolean {
    return this.#specs.has(name);
  }

  changed(name: string): boolean {
    return this.#given.has(name);
  }

  set(spec: FlagSpec, value: string): void {
    const before = this.#given.get(spec.name);
    if (before === undefined) this.#given.set(spec.name, [value]);
    else if (spec.kind === "list" || spec.kind === "array" || spec.kind === "map") before.push(value);
    else before[0] = value;
  }

  string(name: string): string {
    return this.#given.get(name)?.[0] ?? this.#spec(name).default ?? "";
  }

  bool(name: string): boolean {
    return parseBool(this.string(name) || "false") === true;
  }

  int(name: string): number {
    return Number(this.string(name) || "0");
  }

  /** Milliseconds. */
  duration(name: string): number {
    return durationMs(this.string(name) || "0s") ?? 0;
  }

  list(name: string): readonly string[] {
    const spec = this.#spec(name);
    const given = this.#given.get(name) ?? (spec.default === undefined ? [] : [spec.default]);
    return spec.kind === "array" ? given : given.flatMap((value) => (value === "" ? [] : splitCsv(value)));
  }

  #spec(name: string): FlagSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new Error(`no flag --${name} is defined`);
    return spec;
  }
}

/** Reads argv. `usage` is the command's path, for "See '… --help' for usage.". */
export function parseFlags(argv: readonly string[], specs: readonly FlagSpec[], usage: string): Flags {
  const flags = new Flags(specs);
  const long = new Map(specs.map((spec) => [spec.name, spec]));
  const short = new Map(specs.flatMap((spec) => (spec.short === undefined ? [] : [[spec.short, spec] as const])));
  const reader = new Reader(argv, flags, (message) => new Failure(`${message}\nSee '${usage} --help' for usage.`));
  for (let word = reader.next(); word !== undefined; word = reader.next()) {
    if (word === "--") {
      flags.dash = flags.args.length;
      flags.args.push(...reader.rest());
    } else if (word.startsWith("--")) reader.long(word, long);
    else if (word.startsWith("-") && word.length > 1) reader.bundle(word, short);
    else flags.args.push(word);
  }
  return flags;
}

class Reader {
  #at = 0;

  constructor(
    readonly argv: readonly string[],
    readonly flags: Flags,
    readonly fail: (message: string) => Failure,
  ) {}

  next(): string | undefined {
    return this.argv[this.#at++];
  }

  rest(): readonly string[] {
    const rest = this.argv.slice(this.#at);
    this.#at = this.argv.length;
    return rest;
  }

  long(word: string, specs: ReadonlyMap<string, FlagSpec>): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    if (name === "" || name.startsWith("-")) throw this.fail(`bad flag syntax: ${word}`);
    const spec = specs.get(name);
    if (spec === undefined) throw this.fail(`unknown flag: --${name}`);
    const value = equals >= 0 ? word.slice(equals + 1) : (bareValue(spec) ?? this.next());
    if (value === undefined) throw this.fail(`flag needs an argument: --${name}`);
    this.#accept(spec, value);
  }

  bundle(word: string, specs: ReadonlyMap<string, FlagSpec>): void {
    let letters = word.slice(1);
    while (letters !== "") {
      const letter = letters.charAt(0);
      const spec = specs.get(letter);
      if (spec === undefined) throw this.fail(`unknown shorthand flag: '${letter}' in -${letters}`);
      const bare = bareValue(spec);
      if (bare !== undefined && !(letters.length > 2 && letters.charAt(1) === "=")) {
        this.#accept(spec, bare);
        letters = letters.slice(1);
        continue;
      }
      const attached = letters.slice(letters.length > 2 && letters.charAt(1) === "=" ? 2 : 1);
      const value = attached === "" ? this.next() : attached;
      if (value === undefined) throw this.fail(`flag needs an argument: '${letter}' in -${letters}`);
      this.#accept(spec, value);
      return;
    }
  }

  #accept(spec: FlagSpec, value: string): void {
    const problem = problemWith(spec, value);
    const name = spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`;
    if (problem !== undefined) throw this.fail(`invalid argument ${quote(value)} for "${name}" flag: ${problem}`);
    if (spec.refused) throw new NotModelled(`--${spec.name}`);
    this.flags.set(spec, value);
  }
}

function bareValue(spec: FlagSpec): string | undefined {
  return spec.bare ?? (spec.kind === "bool" ? "true" : undefined);
}

function problemWith(spec: FlagSpec, value: string): string | undefined {
  switch (spec.kind) {
    case "bool":
      return parseBool(value) === undefined ? `strconv.ParseBool: parsing ${quote(value)}: invalid syntax` : undefined;
    case "int":
      return /^[+-]?\d+$/.test(value) ? undefined : `strconv.ParseInt: parsing ${quote(value)}: invalid syntax`;
    case "duration":
      if (durationMs(value) !== undefined) return undefined;
      return /^-?\d+(\.\d+)?$/.test(value) ? `time: missing unit in duration ${quote(value)}` : `time: invalid duration ${quote(value)}`;
    case "map":
      return value.includes("=") ? undefined : `${value} must be formatted as key=value`;
    case "string":
    case "list":
    case "array":
      return undefined;
  }
}

/** strconv.ParseBool. */
export function parseBool(value: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(value)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(value)) return false;
  return undefined;
}

/** One line of comma separated values, with "quoted, parts". */
function splitCsv(line: string): readonly string[] {
  const cells: string[] = [];
  for (const cell of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) cells.push(cell[1]?.replaceAll('""', '"') ?? cell[2] ?? "");
  return cells;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * getopt_long(3) over iptables' own options and those of the extensions loaded so far, with
 * RETURN_IN_ORDER: arguments are met in the order they stand. A long option may be shortened
 * while it is clear which is meant.
 */
import type { OptionSpec } from "./extension";

/** Canonical name of each of iptables' own options; `arg`: "no", "yes", "maybe". */
type Own = { readonly short: string; readonly arg: "no" | "yes" | "maybe" };

export const OWN_OPTIONS: ReadonlyMap<string, Own> = new Map<string, Own>([
  ["append", { short: "A", arg: "yes" }],
  ["delete", { short: "D", arg: "yes" }],
  ["check", { short: "C", arg: "yes" }],
  ["insert", { short: "I", arg: "yes" }],
  ["replace", { short: "R", arg: "yes" }],
  ["list", { short: "L", arg: "maybe" }],
  ["list-rules", { short: "S", arg: "maybe" }],
  ["flush", { short: "F", arg: "maybe" }],
  ["zero", { short: "Z", arg: "maybe" }],
  ["new-chain", { short: "N", arg: "yes" }],
  ["delete-chain", { short: "X", arg: "maybe" }],
  ["rename-chain", { short: "E", arg: "yes" }],
  ["policy", { short: "P", arg: "yes" }],
  ["source", { short: "s", arg: "yes" }],
  ["destination", { short: "d", arg: "yes" }],
  ["src", { short: "s", arg: "yes" }],
  ["dst", { short: "d", arg: "yes" }],
  ["protocol", { short: "p", arg: "yes" }],
  ["in-interface", { short: "i", arg: "yes" }],
  ["jump", { short: "j", arg: "yes" }],
  ["table", { short: "t", arg: "yes" }],
  ["match", { short: "m", arg: "yes" }],
  ["numeric", { short: "n", arg: "no" }],
  ["out-interface", { short: "o", arg: "yes" }],
  ["verbose", { short: "v", arg: "no" }],
  ["wait", { short: "w", arg: "maybe" }],
  ["wait-interval", { short: "W", arg: "maybe" }],
  ["exact", { short: "x", arg: "no" }],
  ["fragments", { short: "f", arg: "no" }],
  ["version", { short: "V", arg: "no" }],
  ["help", { short: "h", arg: "maybe" }],
  ["line-numbers", { short: "0", arg: "no" }],
  ["modprobe", { short: "M", arg: "yes" }],
  ["set-counters", { short: "c", arg: "yes" }],
  ["goto", { short: "g", arg: "yes" }],
  ["ipv4", { short: "4", arg: "no" }],
  ["ipv6", { short: "6", arg: "no" }],
]);

const SHORT: ReadonlyMap<string, Own["arg"]> = new Map([...OWN_OPTIONS.values()].filter(({ short }) => short !== "0").map(({ short, arg }) => [short, arg]));

/** An extension in use, with its options. */
export type Loaded = { readonly extension: { readonly name: string; readonly options: Readonly<Record<string, OptionSpec<unknown>>> } };

export type Token =
  | { readonly kind: "own"; readonly short: string; readonly value: string | undefined }
  | { readonly kind: "extension"; readonly of: number; readonly name: string; readonly spec: OptionSpec<unknown>; readonly value: string }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "leftover" }
  | { readonly kind: "unknown"; readonly text: string }
  | { readonly kind: "missing"; readonly text: string };

export class Options {
  at = 0;
  /** Inside a cluster of short options: -nvL. */
  #cluster = "";

  constructor(
    readonly argv: readonly string[],
    private readonly loaded: readonly Loaded[],
  ) {}

  /** argv[optind - 1], which iptables takes for the argument of -p and -j: "-ptcp" does not work. */
  get argument(): string {
    return this.argv[this.at - 1] ?? "";
  }

  /** The word that comes next, whatever it is. */
  peek(): string | undefined {
    return this.argv[this.at];
  }

  /** An argument for an option that takes more than one: not another option, and not "!". */
  word(): string | undefined {
    const next = this.argv[this.at];
    if (next === undefined || next.startsWith("!") || next.startsWith("-")) return undefined;
    this.at++;
    return next;
  }

  next(): Token | undefined {
    if (this.#cluster !== "") return this.#short(this.#cluster);
    const text = this.argv[this.at];
    if (text === undefined) return undefined;
    this.at++;
    if (text === "--") return this.at < this.argv.length ? { kind: "leftover" } : undefined;
    if (text.startsWith("--")) return this.#long(text);
    if (text.startsWith("-") && text.length > 1) return this.#short(text.slice(1));
    return { kind: "word", word: text };
  }

  #short(cluster: string): Token {
    const letter = cluster.charAt(0);
    const rest = cluster.slice(1);
    this.#cluster = "";
    const arg = SHORT.get(letter);
    if (arg === undefined) {
      this.#cluster = rest;
      return { kind: "unknown", text: this.argv[this.at - 1] ?? "" };
    }
    if (arg === "no") {
      this.#cluster = rest;
      return { kind: "own", short: letter, value: undefined };
    }
    if (rest !== "") return { kind: "own", short: letter, value: rest };
    if (arg === "maybe") return { kind: "own", short: letter, value: undefined };
    return this.#argument((value) => ({ kind: "own", short: letter, value }), `-${letter}`);
  }

  #argument(make: (value: string) => Token, text: string): Token {
    const value = this.argv[this.at];
    if (value === undefined) return { kind: "missing", text };
    this.at++;
    return make(value);
  }

  #long(text: string): Token {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text.slice(2) : text.slice(2, equals);
    const given = equals < 0 ? undefined : text.slice(equals + 1);
    const found = this.#exact(name) ?? this.#abbreviated(name);
    if (!found) return { kind: "unknown", text };
    if (found.kind === "own") {
      const { short, arg } = found.own;
      if (arg === "no") return given === undefined ? { kind: "own", short, value: undefined } : { kind: "unknown", text };
      if (given !== undefined || arg === "maybe") return { kind: "own", short, value: given };
      return this.#argument((value) => ({ kind: "own", short, value }), text);
    }
    const { of, spec, name: full } = found;
    if (spec.flag) return given === undefined ? { kind: "extension", of, name: full, spec, value: "" } : { kind: "unknown", text };
    if (given !== undefined) return { kind: "extension", of, name: full, spec, value: given };
    return this.#argument((value) => ({ kind: "extension", of, name: full, spec, value }), text);
  }

  #exact(name: string): Found | undefined {
    const own = OWN_OPTIONS.get(name);
    if (own) return { kind: "own", own };
    let best: number | undefined;
    for (let of = this.loaded.length - 1; of >= 0; of--) {
      const options = this.loaded[of]?.extension.options;
      if (!options || !Object.hasOwn(options, name)) continue;
      if (best === undefined || this.#place(of) > this.#place(best)) best = of;
    }
    const spec = best === undefined ? undefined : this.loaded[best]?.extension.options[name];
    return best === undefined || spec === undefined ? undefined : { kind: "extension", of: best, name, spec };
  }

  /**
   * xtables_merge_options: the options of the extension loaded last stand first. A second -m of one name keeps the place of the first, and
   * from then on its options are the second's.
   */
  #place(of: number): number {
    return this.loaded.findIndex(({ extension }) => extension.name === this.loaded[of]?.extension.name);
  }

  #abbreviated(start: string): Found | undefined {
    const found: Found[] = [];
    for (const [name, own] of OWN_OPTIONS) if (name.startsWith(start)) found.push({ kind: "own", own });
    for (const [of, { extension }] of this.loaded.entries()) {
      const { name: called, options } = extension;
      if (this.loaded.some((later, at) => at > of && later.extension.name === called)) continue;
      for (const [name, spec] of Object.entries(options)) if (name.startsWith(start)) found.push({ kind: "extension", of, name, spec });
    }
    const [first] = found;
    if (!first || start === "") return undefined;
    return found.every((other) => sameOption(first, other)) ? first : undefined;
  }
}

type Found = { readonly kind: "own"; readonly own: Own } | { readonly kind: "extension"; readonly of: number; readonly name: string; readonly spec: OptionSpec<unknown> };

/** Two spellings of one option (--sport and --source-port) do not make an abbreviation ambiguous. */
function sameOption(a: Found, b: Found): boolean {
  if (a.kind === "own" || b.kind === "own") return a.kind === "own" && b.kind === "own" && a.own.short === b.own.short;
  return a.of === b.of && (a.spec === b.spec || (a.spec.as ?? a.name) === (b.spec.as ?? b.name));
}

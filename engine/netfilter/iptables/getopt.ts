/**
 * getopt_long(3) for iptables-restore and iptables-save, one option at a time, because theirs act
 * when they are met: operands are put behind, "--" ends the options, a long name may be shortened
 * while it is clear which is meant. The complaints are glibc's.
 */

/** Long name, letter, and whether it takes an argument; getopt knows a letter's argument apart from its long name's. */
export type LongOption = { readonly name: string; readonly letter: string; readonly takes: "no" | "yes" | "maybe" };
export type Met = { readonly letter: string; readonly value: string | undefined } | { readonly error: string };

/** What the nft variants of iptables-save and iptables-restore have besides. */
export const OF_NFT: readonly LongOption[] = [
  { name: "ipv4", letter: "4", takes: "no" },
  { name: "ipv6", letter: "6", takes: "no" },
];

export class Getopt {
  readonly operands: string[] = [];
  #at = 0;
  #cluster = "";

  /** `letters` as for getopt(3): "c" alone, "T:" with an argument. */
  constructor(
    private readonly words: readonly string[],
    private readonly letters: string,
    private readonly longs: readonly LongOption[],
  ) {}

  /** The option that comes next; undefined when there is none, and all else are operands. */
  next(): Met | undefined {
    if (this.#cluster !== "") return this.#short();
    for (; this.#at < this.words.length; this.#at++) {
      const word = this.words[this.#at] as string;
      if (word.startsWith("-") && word.length > 1) return this.#option(word);
      this.operands.push(word);
    }
    return undefined;
  }

  /** xs_has_arg: the word behind the option, where it may be meant for it. */
  argument(): string | undefined {
    const next = this.words[this.#at];
    if (next === undefined || next.startsWith("-") || next.startsWith("!")) return undefined;
    this.#at++;
    return next;
  }

  #option(word: string): Met | undefined {
    this.#at++;
    if (word === "--") {
      this.operands.push(...this.words.slice(this.#at));
      this.#at = this.words.length;
      return undefined;
    }
    if (word.startsWith("--")) return this.#long(word.slice(2));
    this.#cluster = word.slice(1);
    return this.#short();
  }

  #short(): Met {
    const letter = this.#cluster.charAt(0);
    const rest = this.#cluster.slice(1);
    const place = letter === ":" ? -1 : this.letters.indexOf(letter);
    if (place < 0 || this.letters.charAt(place + 1) !== ":") {
      this.#cluster = rest;
      return place < 0 ? { error: `invalid option -- '${letter}'` } : { letter, value: undefined };
    }
    this.#cluster = "";
    if (rest !== "") return { letter, value: rest };
    const value = this.words[this.#at++];
    return value === undefined ? { error: `option requires an argument -- '${letter}'` } : { letter, value };
  }

  #long(text: string): Met {
    const equals = text.indexOf("=");
    const start = equals < 0 ? text : text.slice(0, equals);
    const given = equals < 0 ? undefined : text.slice(equals + 1);
    const exact = this.longs.filter(({ name }) => name === start);
    const found = exact.length > 0 ? exact : this.longs.filter(({ name }) => name.startsWith(start));
    const [option] = found;
    if (!option) return { error: `unrecognized option '--${text}'` };
    if (found.length > 1) return { error: `option '--${text}' is ambiguous; possibilities:${found.map(({ name }) => ` '--${name}'`).join("")}` };
    const { name, letter, takes } = option;
    if (given !== undefined) return takes === "no" ? { error: `option '--${name}' doesn't allow an argument` } : { letter, value: given };
    if (takes !== "yes") return { letter, value: undefined };
    const value = this.words[this.#at++];
    return value === undefined ? { error: `option '--${name}' requires an argument` } : { letter, value };
  }
}

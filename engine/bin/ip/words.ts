/**
 * How iproute2 reads a command line: word by word, keywords shortened at will, and its way of
 * complaining (lib/utils.c: NEXT_ARG, matches, invarg, duparg2, get_prefix).
 */
import { type Cidr, type Ip, parseCidr, parseIp } from "../../wire/ip";

/** What ends the command: text for standard error, and the exit status. */
export class IpFailure extends Error {
  constructor(
    message: string,
    readonly exit: number,
  ) {
    super(message);
  }
}

/** Known, and left out on purpose. */
export function notModelled(what: string): IpFailure {
  return new IpFailure(`ip: not modelled: ${what}\n`, 2);
}

/** matches(): a keyword may be shortened as far as one likes. */
export function matches(word: string, keyword: string): boolean {
  return word.length > 0 && keyword.startsWith(word);
}

/** invarg(): most reasons end their line once more than they need to. */
export function invalidArgument(why: string, word: string, end = "\n"): IpFailure {
  return new IpFailure(`Error: argument "${word}" is wrong: ${why}\n${end}`, 255);
}

export function garbage(key: string, word: string): IpFailure {
  return new IpFailure(`Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`, 255);
}

export function duplicate(key: string, word: string): IpFailure {
  return new IpFailure(`Error: duplicate "${key}": "${word}" is the second value.\n`, 255);
}

export class Words {
  #at = 0;

  constructor(private readonly words: readonly string[]) {}

  get more(): boolean {
    return this.#at < this.words.length;
  }

  peek(): string | undefined {
    return this.words[this.#at];
  }

  /** The next word, or undefined at the end. */
  take(): string | undefined {
    return this.words[this.#at++];
  }

  /** NEXT_ARG: the next word, which must be there. */
  need(): string {
    const word = this.words[this.#at++];
    if (word === undefined) throw new IpFailure('Command line is not complete. Try option "help"\n', 255);
    return word;
  }

  back(): void {
    this.#at--;
  }

  rest(): readonly string[] {
    return this.words.slice(this.#at);
  }
}

/** get_prefix(): "default", "any", "all", an address, or one with a length; missing numbers are zero (10.1/16). */
export function prefixOf(word: string): Cidr {
  if (word === "default" || word === "any" || word === "all") return { address: 0 as Ip, bits: 0 };
  const [left = "", right] = word.split("/");
  const address = looseAddress(left);
  const bits = right === undefined ? 32 : lengthOf(right);
  const parsed = address === undefined || bits === undefined ? undefined : { address, bits };
  if (parsed === undefined) throw new IpFailure(`Error: any valid prefix is expected rather than "${word}".\n`, 1);
  return parsed;
}

/** get_addr(): iproute2 reads "10.1" as 10.1.0.0. */
export function addressOf(word: string): Ip {
  const address = looseAddress(word);
  if (address === undefined) throw new IpFailure(`Error: inet address is expected rather than "${word}".\n`, 1);
  return address;
}

/** get_prefix() where an inet prefix is insisted on. */
export function inetPrefixOf(word: string): Cidr {
  const cidr = parseCidr(word) ?? prefixOf(word);
  return cidr;
}

function looseAddress(word: string): Ip | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(word)) return undefined;
  const parts = word.split(".");
  return parseIp([...parts, ...new Array<string>(4 - parts.length).fill("0")].join("."));
}

function lengthOf(word: string): number | undefined {
  const mask = parseIp(word);
  if (mask !== undefined) {
    const ones = mask.toString(2).padStart(32, "0").indexOf("0");
    return ones < 0 ? 32 : ones;
  }
  return /^\d{1,2}$/.test(word) && Number(word) <= 32 ? Number(word) : undefined;
}

/** get_unsigned(): decimal, octal or hexadecimal. */
export function numberOf(word: string, why: string, max = 0xffff_ffff, end = "\n"): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(word) ? (/^0\d/.test(word) ? Number.parseInt(word, 8) : Number(word)) : Number.NaN;
  if (!(value <= max)) throw invalidArgument(why, word, end);
  return value;
}

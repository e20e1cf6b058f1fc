/** What may follow a set's type in `create`, and an element in `add`, `del` and `test`: the tables of lib/ipset_*.c. */
import { type Ip, networkOf } from "../../wire/ip";
import { type NamedBeside, type Resolve, readSpan } from "./element";
import { spanOf } from "./hash-table";
import { readTcpUdpPorts, splitAt } from "./ports";
import { Failure, notModelled, readNumber, refused, syntax, usage } from "./problem";
import type { Extensions, SetOptions, SetType } from "./types";

const U32 = 0xffff_ffff;
/** UINT_MAX / 1000 / 2. */
const LONGEST_TIMEOUT = 2_147_483;
const LONGEST_COMMENT = 255;
const MOST_PLACES = 65_536;
const LEAST_HASHSIZE = 64;
const MOST_IN_BUCKET = 12;

/** The words after a command, one option after the other; an option stands once. */
class Words {
  #at = 0;
  #typed = "";
  readonly #seen = new Set<string>();

  constructor(private readonly words: readonly string[]) {}

  /** As before 5.0, an option may begin with two dashes. */
  next(): string | undefined {
    const word = this.words[this.#at++];
    this.#typed = word ?? "";
    return word?.startsWith("--") && word.length > 2 ? word.slice(2) : word;
  }

  /** Nobody knows what next() has just read. */
  unknown(): Failure {
    return usage(`Unknown argument: \`${this.#typed}'`);
  }

  /** Met for the first time. */
  first(option: string): boolean {
    if (this.#seen.has(option)) return false;
    this.#seen.add(option);
    return true;
  }

  argument(option: string): string {
    const word = this.words[this.#at++];
    if (word === undefined) throw usage(`Missing mandatory argument of option \`${option}'`);
    return word;
  }

  once(option: string, counted = option): void {
    if (this.#seen.has(counted)) throw syntax(`${option} already specified`);
    this.#seen.add(counted);
  }
}

type Draft = { -readonly [K in keyof SetOptions]: SetOptions[K] } & { from?: number; to?: number };

/** Common to all types. True: it was one of these. */
function readShared(draft: Draft, word: string, words: Words): boolean {
  if (word === "counters" || word === "comment") {
    draft[word] = true;
    return true;
  }
  if (word === "skbinfo") throw notModelled("skbinfo");
  if (word !== "timeout") return false;
  const text = words.argument(word);
  words.once(word);
  draft.timeout = readNumber(text, 0, LONGEST_TIMEOUT);
  return true;
}

/** What each type had before 5.0: read, and ignored. */
function ignoredOf({ name }: SetType): readonly string[] {
  if (name === "hash:net,port") return [];
  return name.startsWith("hash:ip,") ? ["probes", "resize", "gc", "from", "to"] : ["probes", "resize", "gc"];
}

function readHash(draft: Draft, type: SetType, word: string, words: Words, warn: (line: string) => void): void {
  if (word === "forceadd") {
    draft.forceadd = true;
    return;
  }
  if (word === "-4" || word === "-6") {
    words.once(word, "family");
    if (word === "-6") throw notModelled("family inet6");
    return;
  }
  const ignored = ignoredOf(type);
  const known = ["family", "hashsize", "maxelem", "bucketsize", "initval", ...ignored, ...(type.masks ? ["netmask", "bitmask"] : [])];
  if (!known.includes(word)) throw words.unknown();
  const text = words.argument(word);
  if (ignored.includes(word)) {
    if (words.first(word)) warn(`Option '--${word} ${text}' is ignored. Please upgrade your syntax.`);
    return;
  }
  words.once(word);
  if (word === "family") return readFamily(text);
  if (word === "netmask") draft.netmask = readNetmask(text);
  else if (word === "bitmask") draft.bitmask = readSpan(text, () => []).ip;
  else draft[word as "hashsize" | "maxelem" | "bucketsize" | "initval"] = readNumber(text, 0, word === "bucketsize" ? 255 : U32);
  if (draft.netmask !== undefined && draft.bitmask !== undefined) throw syntax("bitmask and netmask are mutually exclusive, provide only one");
}

function readFamily(text: string): void {
  if (text === "inet6" || text === "ipv6" || text === "-6") throw notModelled(`family ${text}`);
  if (text !== "inet" && text !== "ipv4" && text !== "-4") throw syntax(`unknown inet family ${text}`);
}

function readNetmask(text: string): number {
  try {
    return readNumber(text, 1, 32);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}\nSyntax error: netmask is out of the inclusive range of 1-32`);
  }
}

function readBitmap(draft: Draft, type: SetType, word: string, words: Words, resolve: Resolve): void {
  const known = ["range", "from", "to", ...(type.name === "bitmap:ip" ? ["netmask"] : [])];
  if (!known.includes(word)) throw words.unknown();
  const text = words.argument(word);
  // A range is both its ends.
  for (const end of word === "range" ? ["from", "to"] : [word]) words.once(word === "range" ? "range" : end, end);
  if (word === "netmask") {
    draft.netmask = readNetmask(text);
    return;
  }
  const [first, last] = type.name === "bitmap:ip" ? readAddressRange(text, word === "range", resolve) : readPortRange(text);
  if (word === "to") draft.to = first;
  else draft.from = first;
  if (word === "range" && last !== undefined) draft.to = last;
}

function readPortRange(text: string): readonly [number, number | undefined] {
  const { port, portTo } = readTcpUdpPorts(text);
  return [port, portTo];
}

function readAddressRange(text: string, ranged: boolean, resolve: Resolve): readonly [number, number | undefined] {
  if (!ranged) return [readSpan(text, resolve).ip, undefined];
  if (splitAt(text, "/")[1] === undefined && splitAt(text, "-")[1] === undefined) throw syntax(`IP/cidr or IP-IP range must be specified: ${text}`);
  const { ip, bits = 32, to } = readSpan(text, resolve);
  return to === undefined ? spanOf(ip, bits) : [ip, to];
}

/** bitmap_ip_create(), bitmap_port_create(). */
function bitmapRange(draft: Draft, type: SetType): readonly [number, number] {
  if (draft.from === undefined) throw usage("Mandatory option `range' is missing");
  if (draft.to === undefined) throw usage("Mandatory option `to' is missing");
  let [first, last] = [Math.min(draft.from, draft.to), Math.max(draft.from, draft.to)];
  if (type.name === "bitmap:port") return [first, last];
  const hostBits = 32 - (draft.netmask ?? 32);
  if (draft.netmask !== undefined) [first, last] = [networkOf(first as Ip, draft.netmask), spanOf(last as Ip, draft.netmask)[1]];
  const common = Math.clz32(first ^ last);
  if (draft.netmask !== undefined && draft.netmask < 32 && draft.netmask <= common) throw refused("BITMAP_RANGE", "add");
  const places = hostBits === 0 ? last - first + 1 : 2 ** (32 - common - hostBits);
  if (places > MOST_PLACES) throw refused("BITMAP_RANGE_SIZE", "add");
  return [first, last];
}

function readCreateOption(draft: Draft, type: SetType, word: string, words: Words, resolve: Resolve, warn: (line: string) => void): void {
  if (readShared(draft, word, words)) return;
  if (type.kind === "hash") readHash(draft, type, word, words, warn);
  else if (type.kind === "bitmap") readBitmap(draft, type, word, words, resolve);
  else if (word !== "size") throw words.unknown();
  else draft.size = Math.max(4, readNumber(words.argument(word), 0, U32));
}

/** `salt` is drawn when no initval is given. */
export function readCreateOptions(type: SetType, given: readonly string[], salt: () => number, resolve: Resolve, warn: (line: string) => void): SetOptions {
  const words = new Words(given);
  const draft: Draft = { hashsize: 1024, maxelem: 65536, bucketsize: MOST_IN_BUCKET, initval: -1, timeout: undefined, counters: false, comment: false, forceadd: false, range: [0, 0], netmask: undefined, bitmask: undefined, size: 8 };
  let wrong: Failure | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    try {
      readCreateOption(draft, type, word, words, resolve, warn);
    } catch (error) {
      // An argument that nobody knows is told before a value that is wrong; but for the family, which is read first.
      if (!(error instanceof Failure) || error.kind !== "fact" || word === "family") throw error;
      wrong ??= error;
    }
  }
  if (wrong) throw wrong;
  if (type.kind === "bitmap") draft.range = bitmapRange(draft, type);
  draft.hashsize = 2 ** (32 - Math.clz32(Math.max(LEAST_HASHSIZE, draft.hashsize) - 1));
  if (draft.hashsize >= 2 ** 28) throw refused("ENOMEM", "add");
  draft.bucketsize = Math.min(MOST_IN_BUCKET, Math.max(2, draft.bucketsize + (draft.bucketsize % 2)));
  if (type.kind === "hash" && draft.initval < 0) draft.initval = salt();
  return draft;
}

/** What stands after an element: its extensions, or where in a list it belongs. */
export type ElementOptions = { readonly extensions: Extensions; readonly beside?: NamedBeside };

export function readElementOptions(type: SetType, command: "add" | "del" | "test", given: readonly string[]): ElementOptions {
  const words = new Words(given);
  const extensions: { -readonly [K in keyof Extensions]: Extensions[K] } = {};
  let beside: ElementOptions["beside"];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (type.kind === "list" && (word === "before" || word === "after")) {
      const name = words.argument(word);
      words.once(word, "beside");
      beside = { where: word, name };
    } else if (word === "nomatch" && command !== "del" && type.features.includes("NOMATCH")) extensions.nomatch = true;
    else if (command !== "add") throw words.unknown();
    else readExtension(extensions, word, words);
  }
  return { extensions, ...(beside && { beside }) };
}

function readExtension(extensions: { -readonly [K in keyof Extensions]: Extensions[K] }, word: string, words: Words): void {
  if (["skbmark", "skbprio", "skbqueue"].includes(word)) throw notModelled(word);
  if (!["timeout", "packets", "bytes", "comment"].includes(word)) throw words.unknown();
  const text = words.argument(word);
  words.once(word);
  if (word === "timeout") extensions.timeout = readNumber(text, 0, LONGEST_TIMEOUT);
  else if (word === "packets" || word === "bytes") extensions[word] = readNumber(text, 0, 2 ** 64 - 1, "18446744073709551614");
  else extensions.comment = readComment(text);
}

function readComment(text: string): string {
  if (text.includes('"')) throw syntax('" character is not permitted in comments');
  if (text.length > LONGEST_COMMENT) throw syntax(`Comment is longer than the maximum allowed ${LONGEST_COMMENT} characters`);
  return text;
}

/**
 * The shape of every match and target: options are declared as in iptables' libxt_*.so (struct
 * xt_option_entry), so that getopt, the checks and their error texts are the same for all;
 * `test` or `apply` is the kernel module; `save` prints as iptables-save, `list` as -L.
 */
import type { Code } from "../../core/errno";
import type { Rng } from "../../core/rng";
import type { Device } from "../../link/device";
import type { HookName, Verdict } from "../../net/hook";
import type { Skb } from "../../net/skb";
import type { Packet } from "../../wire/packet";
import type { Netfilter } from "../attach";
import type { Hold } from "./tables";
import { fail } from "./problem";
import type { Backend, Header, TableName } from "./ruleset";

/** What a rule may look at while a packet passes: struct xt_action_param. */
export type RuleContext = {
  readonly skb: Skb;
  readonly packet: Packet;
  readonly at: HookName;
  readonly inDev: Device | undefined;
  readonly outDev: Device | undefined;
  readonly netfilter: Netfilter;
  readonly rng: Rng;
  /** The datagram's length, headers included; a target that changes it says so. */
  bytes: number;
  readonly table: TableName;
  /** Set by a match that finds the packet too broken to go on: it is dropped (par->hotdrop). */
  hotdrop: boolean;
};

/** A match or target reads further arguments, and may ask who else is there. */
export type ParseContext = {
  readonly netfilter: Netfilter;
  readonly backend: Backend;
  readonly table: TableName;
  readonly header: Header;
  /** Options seen so far, by canonical name. */
  readonly seen: Seen;
  /** The argument after this option's own, taken off the line; undefined when an option or nothing follows. */
  readonly next: () => string | undefined;
  /** A line on standard error, and on it goes. */
  readonly warn: (text: string) => void;
};

/** Which options have been given: the few of one match. */
export class Seen {
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  add(name: string): void {
    if (!this.has(name)) this.#names.push(name);
  }
}

export type OptionSpec<D> = {
  /** Takes no argument. */
  readonly flag?: boolean;
  readonly invert?: boolean;
  /** The name it is counted under, when it is an alias. */
  readonly as?: string;
  readonly multi?: boolean;
  readonly mandatory?: boolean;
  readonly excl?: readonly string[];
  readonly also?: readonly string[];
  readonly set: (draft: D, value: string, invert: boolean, context: ParseContext, name: string) => void;
};

export type OptionTable<D> = Readonly<Record<string, OptionSpec<D>>>;

export type PrintContext = { readonly numeric: boolean; readonly header: Header };

/** Where the kernel module may stand (struct xt_match/xt_target). Absent: anywhere. */
type Place = {
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly HookName[];
  /** Protocols one of which the rule must name with -p, else the kernel says EINVAL. */
  readonly protocols?: readonly number[];
  /** It calls nf_ct_netns_get(): a rule with it turns connection tracking on. */
  readonly conntrack?: boolean;
};

export type Extension<O> = Place & {
  readonly name: string;
  /** What -L calls it, where that differs (NOTRACK is listed as CT). */
  readonly listAs?: string;
  readonly options: OptionTable<O>;
  readonly init: (context: { readonly netfilter: Netfilter; readonly table: TableName }) => O;
  /** x6_fcheck: once all options are read. */
  readonly check?: (options: O, context: ParseContext) => void;
  /** The kernel's checkentry; false is EINVAL. `hooks` are those that can reach the rule. */
  readonly checkEntry?: (options: O, header: Header, table: TableName, hooks: ReadonlySet<HookName>) => boolean | Code;
  /** Tracking is needed only with some of its options. */
  readonly tracksIf?: (options: O) => boolean;
  /** The kernel wants the rule to ask for --syn as well (TCPMSS). */
  readonly needsSyn?: boolean;
  /** What must exist already for the kernel to take the rule. */
  readonly requires?: (options: O, netfilter: Netfilter) => true | Code;
  /** What iptables-nft says by itself when -p does not name its protocol. */
  readonly demandsInNft?: string;
  /** iptables-nft writes it as an expression of nftables' own, which has no checkentry. */
  readonly nativeInNft?: boolean;
  /** What it keeps beside its options (a bucket, a count) begins anew: the kernel is handed the rule again (checkentry). */
  readonly renew?: (options: O) => void;
  /** What it refers to outside its table: a list, a set, an accounting object. */
  readonly hold?: (options: O) => Hold;
  readonly save: (options: O, context: PrintContext) => string;
  readonly list: (options: O, context: PrintContext) => string;
};

export type Match<O> = Extension<O> & {
  /** False when testing it changes something (a counter, a list): then nothing may skip it. */
  readonly pure: boolean;
  readonly test: (options: O, context: RuleContext) => boolean;
  /** A destination port that alone can match, for the classifier. */
  readonly destinationPort?: (options: O) => number | undefined;
};

export type TargetVerdict = Verdict | "CONTINUE" | "RETURN";

export type Target<O> = Extension<O> & {
  readonly apply: (options: O, context: RuleContext) => TargetVerdict;
};

// The one registry of extensions: only here may an option type be anything.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyMatch = Match<any>;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyTarget = Target<any>;

export function defineMatch<O>(match: Omit<Match<O>, "pure"> & { readonly pure?: boolean }): Match<O> {
  return { pure: true, ...match };
}

export function defineTarget<O>(target: Target<O>): Target<O> {
  return target;
}

/** strtoul with base 0: decimal, 0x and 0 octal. Undefined unless the whole text is a number in the range. */
export function parseNumber(text: string, min = 0, max = 0xffff_ffff): number | undefined {
  const plain = plainNumber(text);
  if (plain !== undefined) return plain >= min && plain <= max ? plain : undefined;
  const m = /^\s*\+?(?:0x([0-9a-f]+)|(0[0-7]*)|([1-9]\d*))$/i.exec(text);
  if (!m) return undefined;
  const value = m[1] !== undefined ? Number.parseInt(m[1], 16) : m[2] !== undefined ? Number.parseInt(m[2], 8) : Number(m[3]);
  return value >= min && value <= max ? value : undefined;
}

/** What nearly every number is: a few decimal digits. */
function plainNumber(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > 9 || (length > 1 && text.charCodeAt(0) === 48)) return undefined;
  let value = 0;
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** XTTYPE_UINT32 and its kin. */
export function integer(extension: string, option: string, text: string, min = 0, max = 0xffff_ffff): number {
  return parseNumber(text, min, max) ?? fail(`${extension}: bad value for option "--${option}", or out of range (${min}-${max}).\n`);
}

export type MarkMask = { readonly mark: number; readonly mask: number };

/** XTTYPE_MARKMASK32: value[/mask]. */
export function markMask(extension: string, option: string, text: string): MarkMask {
  const one = (from: string): { readonly value: number; readonly rest: string } => {
    const digits = /^\s*\+?(?:0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i.exec(from)?.[0] ?? "";
    const value = parseNumber(digits) ?? fail(`${extension}: bad integer value for option "--${option}", or out of range.\n`);
    return { value, rest: from.slice(digits.length) };
  };
  const mark = one(text);
  const mask = mark.rest.startsWith("/") ? one(mark.rest.slice(1)) : { value: 0xffff_ffff, rest: mark.rest };
  if (mask.rest !== "") fail(`${extension}: trailing garbage after value for option "--${option}".\n`);
  return { mark: mark.value, mask: mask.value };
}

export const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

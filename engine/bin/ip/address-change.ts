/** `ip addr add`, `change`, `replace`, `delete` and `flush` (ipaddress.c: ipaddr_modify). */
import type { AddressOptions } from "../../net/netlink";
import { addrAdd, addrDelete } from "../../net/netlink";
import { type Cidr, type Ip, inCidr, maskOf, printCidr } from "../../wire/ip";
import { type IpContext, deviceOr } from "./context";
import { compilePattern, matches as patternMatches } from "../../shell/pattern";
import { type AddressFlag, addressFlags, flagFilter } from "./address-flags";
import { scopeOf } from "./names";
import { addressText } from "./show";
import { IpFailure, type Words, addressOf, garbage, invalidArgument, matches, notModelled, numberOf, prefixOf } from "./words";

type Given = { -readonly [K in keyof AddressOptions]: AddressOptions[K] } & { local?: Cidr; written?: string; device?: string; broadcastWord?: string };

export type AddressVerb = "add" | "change" | "replace" | "delete";

export function changeAddress(words: Words, context: IpContext, verb: AddressVerb): void {
  const given = read(words, context);
  if (given.device === undefined) throw new IpFailure('Not enough information: "dev" argument is required.\n', 1);
  deviceOr(context.ns, given.device);
  const { local } = given;
  // Nothing is added, and nothing said.
  if (local?.address === 0 && given.written?.startsWith("0") && verb !== "delete") return;
  if (local === undefined || (local.address === 0 && local.bits === 0)) throw new IpFailure("RTNETLINK answers: Operation not supported\n", 2);
  if (verb === "delete") return remove(given, local, given.device, context);
  const { local: _l, written: _w, device: _d, broadcastWord, ...options } = given;
  const broadcast = broadcastOf(broadcastWord, local);
  addrAdd(context.ns, given.device, local, { ...options, ...(broadcast === undefined ? {} : { broadcast }) } as AddressOptions, verb !== "add");
}

function remove(given: Given, local: Cidr, device: string, context: IpContext): void {
  const bare = given.written !== undefined && !given.written.includes("/") && given.peer === undefined;
  if (bare) {
    context.err.push(
      "Warning: Executing wildcard deletion to stay compatible with old scripts.\n" +
        `         Explicitly specify the prefix length (${printCidr(local)}) to avoid this warning.\n` +
        "         This special behaviour is likely to disappear in further releases,\n" +
        "         fix your scripts!\n",
    );
  }
  addrDelete(context.ns, device, local, { anyLength: bare });
}

function broadcastOf(word: string | undefined, { address, bits }: Cidr): Ip | undefined {
  if (word === undefined) return undefined;
  if (word !== "+" && word !== "-") return addressOf(word);
  if (bits === 32) return undefined;
  const mask = maskOf(bits);
  return (word === "+" ? (address | ~mask) >>> 0 : (address & mask) >>> 0) as Ip;
}

function read(words: Words, context: IpContext): Given {
  const given: Given = {};
  while (words.more) {
    const word = words.need();
    if (word === "peer" || word === "remote") given.peer = readPeer(words.need(), given);
    else if (matches(word, "broadcast") || word === "brd") given.broadcastWord = words.need();
    else if (word === "scope") given.scope = scopeValue(words.need());
    else if (word === "dev") given.device = words.need();
    else if (word === "label") given.label = words.need();
    else if (word === "metric" || word === "priority" || word === "preference") given.metric = numberOf(words.need(), '"metric" value is invalid');
    else if (matches(word, "valid_lft")) given.validSeconds = seconds(words.need(), "valid_lft");
    else if (matches(word, "preferred_lft")) given.preferredSeconds = seconds(words.need(), "preferred_lft");
    else if (word === "noprefixroute") given.noPrefixRoute = true;
    else if (["home", "mngtmpaddr", "nodad", "optimistic"].includes(word)) context.err.push(`Warning: ${word} option can be set only for IPv6 addresses\n`);
    else if (word === "autojoin") throw new IpFailure("autojoin needs multicast address\n", 255);
    else if (matches(word, "anycast")) throw notModelled(word);
    else readLocal(word === "local" ? words.need() : word, given);
  }
  const { validSeconds = Number.POSITIVE_INFINITY, preferredSeconds = Number.POSITIVE_INFINITY } = given;
  if (given.validSeconds !== undefined && preferredSeconds > validSeconds) throw new IpFailure("preferred_lft is greater than valid_lft\n", 1);
  if (given.validSeconds === 0) throw new IpFailure("valid_lft is zero\n", 1);
  for (const key of ["validSeconds", "preferredSeconds"] as const) if (given[key] === Number.POSITIVE_INFINITY) delete given[key];
  return given;
}

function scopeValue(word: string): number {
  try {
    return scopeOf(word);
  } catch {
    throw invalidArgument("invalid scope value.", word, "");
  }
}

function seconds(word: string, key: string): number {
  return word === "forever" ? Number.POSITIVE_INFINITY : numberOf(word, `invalid "${key}"`);
}

function readLocal(word: string, given: Given): void {
  if (given.local !== undefined) throw garbage("local", word);
  const cidr = prefixOf(word);
  given.local = given.peer === undefined ? cidr : { address: cidr.address, bits: given.local ?? 32 } as Cidr;
  given.written = word;
}

/** The length belongs to the peer's address. */
function readPeer(word: string, given: Given): Ip {
  const cidr = prefixOf(word);
  if (given.local !== undefined) given.local = { address: given.local.address, bits: cidr.bits };
  return cidr.address;
}

export function flushAddresses(words: Words, context: IpContext): void {
  const { ns, options, out } = context;
  if (!words.more) throw new IpFailure("Flush requires arguments.\n", 1);
  let device: string | undefined;
  let to: Cidr | undefined;
  let label: string | undefined;
  let scope: number | undefined;
  const flags: (readonly [AddressFlag, boolean])[] = [];
  while (words.more) {
    const word = words.need();
    const flag = flagFilter(word);
    if (word === "to") to = prefixOf(words.need());
    else if (word === "label") label = words.need();
    else if (word === "scope") scope = scopeOf(words.need());
    else if (flag !== undefined) flags.push(flag);
    else {
      const name = word === "dev" ? words.need() : word;
      if (device !== undefined) throw garbage("dev", name);
      device = name;
    }
  }
  const nowMs = ns.world.scheduler.nowMs;
  const wanted = device === undefined ? undefined : deviceOr(ns, device, `Device "${device}" does not exist.\n`);
  const gone = ns.addresses.all().filter((address) => (wanted === undefined || address.dev === wanted) && (to === undefined || inCidr(address.local, to)) && (label === undefined || patternMatches(compilePattern(label), address.label)) && (scope === undefined || address.scope === scope) && flags.every(([flag, there]) => addressFlags(address, nowMs).includes(flag) === there));
  if (options.statistics > 1) for (const address of gone) out.push(`${address.dev.index}: ${address.dev.name}    ${addressText(address, context, "\n")}\n`);
  for (const address of gone) if (ns.addresses.of(address.dev).includes(address)) ns.addresses.remove(address);
  if (options.statistics === 0) return;
  out.push(gone.length === 0 ? "Nothing to flush.\n" : `\n*** Round 1, deleting ${gone.length} addresses ***\n*** Flush is complete after 1 round ***\n`);
}

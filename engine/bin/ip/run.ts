/**
 * ip(8) of iproute2 6.1: the options before the object, which object, which verb, and what is
 * printed. Works on a namespace directly, so that a program, a CNI plugin and a test can all
 * use it. `ip netns exec`, which starts a program, is left to whoever can start one.
 *
 * Differs: IPv6 is not there, as on a machine booted with ipv6.disable=1: -6 lists nothing, and
 * an IPv6 address is refused by name.
 */
import { NetlinkError, linkSet } from "../../net/netlink";
import type { Netns } from "../../net/netns";
import { type AddressVerb, changeAddress, flushAddresses } from "./address-change";
import { type IpContext, type IpOptions, kernelSays, printJson } from "./context";
import { addLink, deleteLink, setLink } from "./link-change";
import { showMulticast } from "./multicast";
import { neighbours } from "./neigh";
import { checkName, netns } from "./netns-names";
import { showNetconf } from "./netconf";
import { changeRoute } from "./route-change";
import { flushRoutes, getRoute, showRoutes } from "./route-list";
import { rules } from "./rule";
import { isShow, showLinks } from "./show";
import { USAGE } from "./usage";
import { IpFailure, Words, matches, notModelled } from "./words";

export type IpResult = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** `ip netns exec NAME COMMAND…`: what only a process can do. */
export type IpExec = { readonly exec: { readonly ns: Netns; readonly argv: readonly string[]; /** With -all: in each of these, one after the other. */ readonly all?: readonly (readonly [name: string, ns: Netns])[] } };

const OBJECTS: readonly (readonly [string, (words: Words, context: IpContext) => void])[] = [
  ["address", address],
  ["route", route],
  ["rule", rules],
  ["neighbor", neighbours],
  ["neighbour", neighbours],
  ["link", link],
  ["netns", netns],
  ["maddress", showMulticast],
  ["netconf", showNetconf],
];

/** Of which there are none here. */
const EMPTY_OBJECTS: Readonly<Record<string, string>> = { tunnel: "", tunl: "", tuntap: "", tap: "", nexthop: "", tcpmetrics: "", tcp_metrics: "", vrf: "Name              Table\n-----------------------\nNo VRF has been configured\n", mroute: "" };

const OTHER_OBJECTS = ["addrlabel", "ntable", "ntbl", "l2tp", "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "tap", "token", "tcpmetrics", "monitor", "xfrm", "mroute", "mrule", "vrf", "sr", "nexthop", "mptcp", "ioam", "stats", "amt"];

/** `argv` without the program's name. */
export function runIp(ns: Netns, argv: readonly string[], names: Map<string, Netns> = ns.names, processes: IpContext["processes"] = () => new Map()): IpResult | IpExec {
  const options: IpOptions = { details: false, statistics: 0, json: false, pretty: false, brief: false, oneline: false, numeric: false, all: false, family: "any", force: false };
  let context: IpContext = { ns, names, processes, options, out: [], err: [] };
  const finish = (exit: number, message = ""): IpResult => ({ exit, stdout: context.out.join(""), stderr: context.err.join("") + message });
  try {
    const words = new Words(argv);
    const target = readOptions(words, context);
    if (typeof target === "string") return finish(0, "") && { exit: 0, stdout: target, stderr: "" };
    context = { ...context, ns: target };
    const object = words.take();
    if (object === undefined) return { exit: 255, stdout: "", stderr: USAGE };
    if (matches(object, "help")) return { exit: 255, stdout: "", stderr: USAGE };
    const exec = execOf(object, words, context);
    if (exec !== undefined) return exec;
    objectNamed(object)(words, context);
    return finish(0);
  } catch (error) {
    const failure = error instanceof NetlinkError ? kernelSays(error) : error;
    if (failure instanceof IpFailure) return finish(failure.exit, failure.message);
    throw error;
  }
}

function objectNamed(word: string): (words: Words, context: IpContext) => void {
  const found = OBJECTS.find(([name]) => matches(word, name));
  if (found !== undefined) return found[1];
  const empty = Object.keys(EMPTY_OBJECTS).find((name) => matches(word, name));
  if (empty !== undefined) return (words, { out, options }) => {
    const verb = words.take();
    if (verb !== undefined && !["show", "list", "lst"].some((name) => matches(verb, name))) throw notModelled(`${word} ${verb}`);
    out.push(options.json ? printJson([], options.pretty) : (EMPTY_OBJECTS[empty] ?? ""));
  };
  if (matches(word, "monitor") || word === "monitor") return (words) => {
    const next = words.peek();
    const known = ["file", "label", "all-nsid", "dev", "link", "address", "route", "mroute", "rule", "neigh", "netconf", "prefix", "nsid", "nexthop", "stats", "all", "help", "maddr"];
    if (next !== undefined && !known.some((name) => matches(next, name))) throw new IpFailure(`Argument "${next}" is unknown, try "ip monitor help".\n`, 255);
    throw notModelled("monitor");
  };
  if (OTHER_OBJECTS.some((name) => matches(word, name))) throw notModelled(word);
  throw new IpFailure(`Object "${word}" is unknown, try "ip help".\n`, 1);
}

function execOf(object: string, words: Words, { names, options, ns: own }: IpContext): IpExec | undefined {
  if (!matches(object, "netns") || object === "n" || object === "ne" || words.peek() === undefined || !matches(words.peek() ?? "", "exec")) return undefined;
  words.take();
  if (options.all) {
    if (!words.more) throw new IpFailure("No command specified\n", 1);
    return { exec: { ns: own, argv: words.rest(), all: [...names].reverse() } };
  }
  const name = words.take();
  if (name === undefined) throw new IpFailure("No netns name specified\n", 1);
  checkName(name);
  const ns = named(name, names);
  if (!words.more) throw new IpFailure("No command specified\n", 1);
  return { exec: { ns, argv: words.rest() } };
}

function named(name: string, names: ReadonlyMap<string, Netns>): Netns {
  const ns = names.get(name);
  if (ns === undefined) throw new IpFailure(`Cannot open network namespace "${name}": No such file or directory\n`, 255);
  return ns;
}

/** Options before the object; the namespace of -n, or the text of -V. */
function readOptions(words: Words, context: IpContext): Netns | string {
  const { options } = context;
  let { ns } = context;
  while (words.peek()?.startsWith("-")) {
    let option = words.need();
    if (option === "--") break;
    if (option.startsWith("--")) option = option.slice(1);
    if (matches(option, "-loops") && option.length > 1) throw notModelled("-loops");
    if (option === "-4") options.family = "inet";
    else if (option === "-6") options.family = "inet6";
    else if (option === "-0") options.family = "link";
    else if (matches(option, "-family") && option.length > 1) options.family = familyOf(words.need());
    else if (option === "-d" || matches(option, "-details") && option.length > 1) options.details = true;
    else if (matches(option, "-stats") && option.length > 1 || matches(option, "-statistics") && option.length > 1) options.statistics++;
    else if (matches(option, "-oneline") && option.length > 1) options.oneline = true;
    else if (matches(option, "-brief") && option.length > 2) options.brief = true;
    else if (matches(option, "-json") && option.length > 1) options.json = true;
    else if (matches(option, "-pretty") && option.length > 1) options.pretty = true;
    else if (option === "-N" || option === "-Numeric") options.numeric = true;
    else if (matches(option, "-netns") && option.length > 1) ns = named(words.need(), context.names);
    else if (/^-c(olor)?(=(never|auto))?$/.test(option)) continue;
    else if (matches(option, "-all") && option.length > 1) options.all = true;
    else if (matches(option, "-timestamp") && option.length > 1 || option === "-ts" || option === "-tshort") continue;
    else if (matches(option, "-force") && option.length > 2) options.force = true;
    else if (matches(option, "-Version") && option.length > 1) return "ip utility, iproute2-6.1.0, libbpf 1.1.2\n";
    else if (matches(option, "-help") && option.length > 1 && option !== "-h") throw new IpFailure(USAGE, 255);
    else if (["-h", "-human", "-human-readable", "-iec", "-r", "-resolve", "-B", "-M", "-b", "-batch", "-rc", "-rcvbuf"].includes(option)) throw notModelled(option);
    else throw new IpFailure(`Option "${option}" is unknown, try "ip -help".\n`, 255);
  }
  return ns;
}

function familyOf(word: string): IpOptions["family"] {
  if (word === "inet" || word === "inet6" || word === "link" || word === "bridge") return word;
  throw new IpFailure(`Error: argument "${word}" is wrong: invalid protocol family\n\n`, 255);
}

function address(words: Words, context: IpContext): void {
  const word = words.take();
  if (isShow(word)) return showLinks(words, context, context.options.family === "link");
  const verbs: readonly (readonly [string, AddressVerb])[] = [["add", "add"], ["change", "change"], ["chg", "change"], ["replace", "replace"], ["delete", "delete"]];
  const verb = verbs.find(([name]) => matches(word ?? "", name));
  if (verb !== undefined) return changeAddress(words, context, verb[1]);
  if (matches(word ?? "", "flush")) return flushAddresses(words, context);
  unknownVerb(word ?? "", "address", ["save", "showdump", "restore", "help"]);
}

function unknownVerb(word: string, object: string, known: readonly string[]): never {
  if (known.some((name) => matches(word, name))) throw notModelled(`${object} ${word}`);
  throw new IpFailure(`Command "${word}" is unknown, try "ip ${object} help".\n`, 255);
}

function link(words: Words, context: IpContext): void {
  const word = words.take();
  if (word !== undefined && matches(word, "add")) return addLink(words, context);
  if (word !== undefined && (matches(word, "set") || matches(word, "change"))) return setLink(words, context);
  if (word !== undefined && matches(word, "delete")) return deleteLink(words, context);
  if (isShow(word)) return showLinks(words, context, true);
  unknownVerb(word ?? "", "link", ["replace", "xstats", "afstats", "property", "help"]);
}

function route(words: Words, context: IpContext): void {
  const word = words.take();
  if (isShow(word)) return showRoutes(words, context);
  const verbs = [["add", "add"], ["change", "change"], ["chg", "change"], ["replace", "replace"], ["prepend", "prepend"], ["append", "append"], ["delete", "delete"]] as const;
  const text = word ?? "";
  if (matches(text, "get")) return getRoute(words, context);
  const verb = verbs.find(([name]) => matches(text, name));
  if (verb !== undefined) return changeRoute(words, context, verb[1]);
  if (matches(text, "flush")) return flushRoutes(words, context);
  unknownVerb(text, "route", ["test", "save", "restore", "showdump", "help"]);
}

/** For callers that only need lo: `ip link set lo up`. */
export function loUp(ns: Netns): void {
  linkSet(ns, "lo", { up: true });
}

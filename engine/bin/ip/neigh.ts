/** `ip neigh`: the neighbour table (ipneigh.c). */
import type { BaseDevice } from "../../link/base";
import { type NeighSpec, neighAdd, neighChange, neighDelete, neighReplace } from "../../net/netlink";
import type { Neighbour, NeighbourState } from "../../net/neighbour";
import type { Netns } from "../../net/netns";
import { type Cidr, type Ip, inCidr, printIp } from "../../wire/ip";
import { type Mac, printMac } from "../../wire/mac";
import { type IpContext, deviceOr, printJson } from "./context";
import { macOf } from "./link-change";
import { IpFailure, type Words, addressOf, duplicate, garbage, matches, notModelled, prefixOf } from "./words";

export function neighbours(words: Words, context: IpContext): void {
  const word = words.take();
  if (word === undefined || matches(word, "show") || matches(word, "lst") || matches(word, "list")) return show(words, context);
  if (matches(word, "add")) return change(words, context, neighAdd);
  if (matches(word, "change") || word === "chg") return change(words, context, neighChange);
  if (matches(word, "replace")) return change(words, context, neighReplace);
  if (matches(word, "delete")) return change(words, context, neighDelete);
  if (matches(word, "get")) return get(words, context);
  if (matches(word, "flush")) return flush(words, context);
  throw new IpFailure(`Command "${word}" is unknown, try "ip neigh help".\n`, 255);
}

const STATES = new Map<string, NeighbourState>([["permanent", "PERMANENT"], ["reachable", "REACHABLE"], ["noarp", "NOARP"], ["stale", "STALE"], ["delay", "DELAY"], ["probe", "PROBE"], ["failed", "FAILED"], ["incomplete", "INCOMPLETE"]]);

function stateOf(word: string): NeighbourState {
  const state = STATES.get(word);
  if (state === undefined) throw new IpFailure(`Error: argument "${word}" is wrong: nud state is bad\n`, 255);
  return state;
}

function change(words: Words, { ns }: IpContext, act: (ns: Netns, spec: NeighSpec) => void): void {
  let device: string | undefined;
  let address: Ip | undefined;
  let mac: Mac | undefined;
  let state: NeighbourState = "PERMANENT";
  while (words.more) {
    const word = words.need();
    if (word === "lladdr") mac = macOf(words.need());
    else if (word === "nud") state = stateOf(words.need());
    else if (word === "dev") device = words.need();
    else if (["proxy", "router", "extern_learn", "protocol", "use", "managed"].includes(word)) throw notModelled(word);
    else {
      if (address !== undefined) throw garbage("to", word);
      address = anyAddress(word === "to" ? words.need() : word);
    }
  }
  if (device === undefined || address === undefined) throw new IpFailure("Device and destination are required arguments.\n", 255);
  const { kind } = deviceOr(ns, device);
  if (state === "DELAY" || state === "PROBE" || state === "FAILED" || state === "INCOMPLETE") throw notModelled(`nud ${state.toLowerCase()}`);
  // arp_constructor(): where nothing needs to be resolved, one entry stands for everybody.
  act(ns, { ip: kind === "loopback" ? (0 as Ip) : address, dev: device, state, ...(mac === undefined ? {} : { mac }) });
}

/** get_addr() of any family. */
function anyAddress(word: string): Ip {
  try {
    return addressOf(word);
  } catch {
    throw new IpFailure(`Error: any valid address is expected rather than "${word}".\n`, 1);
  }
}

type Filter = { device: BaseDevice | undefined; prefix: Cidr | undefined; states: readonly NeighbourState[] | undefined; unused?: boolean };

function readFilter(words: Words, { ns }: IpContext): Filter {
  const filter: Filter = { device: undefined, prefix: undefined, states: undefined };
  while (words.more) {
    const word = words.need();
    if (word === "dev") {
      const name = words.need();
      if (filter.device !== undefined) throw duplicate("dev", name);
      filter.device = deviceOr(ns, name);
    }
    else if (word === "nud") {
      const state = words.need();
      filter.states = state === "all" ? [...STATES.values()] : [...(filter.states ?? []), stateOf(state)];
    } else if (word === "unused") filter.unused = true;
    else if (word === "proxy" || word === "vrf" || word === "nomaster" || word === "master" || word === "protocol") throw notModelled(word);
    else filter.prefix = prefixOf(word === "to" ? words.need() : word);
  }
  return filter;
}

/** Unless asked for, what needs no resolution is not shown. */
function select({ ns, options }: IpContext, { device, prefix, states, unused }: Filter): Neighbour[] {
  if (options.family === "inet6") return [];
  return ns.neighbours.list().filter((entry) => {
    if (device !== undefined && entry.dev !== device) return false;
    if (prefix !== undefined && !inCidr(entry.ip, prefix)) return false;
    if (unused && entry.timer !== undefined) return false;
    return states === undefined ? entry.state !== "NOARP" : states.includes(entry.state);
  });
}

function show(words: Words, context: IpContext): void {
  const filter = readFilter(words, context);
  const { options, out } = context;
  const listed = filter.prefix !== undefined && filter.prefix.bits === 0 ? select(context, { ...filter, prefix: undefined }) : select(context, filter);
  if (options.json) return void out.push(printJson(listed.map((entry) => neighbourJson(entry, filter, options.brief)), options.pretty));
  for (const entry of listed) out.push(neighbourText(entry, filter, context));
}

const known = ({ state }: Neighbour): boolean => state !== "INCOMPLETE" && state !== "FAILED";

function neighbourText(entry: Neighbour, filter: Filter, { ns, options }: IpContext): string {
  if (options.brief) return `${printIp(entry.ip).padEnd(39)} ${filter.device === undefined ? `${entry.dev.name.padEnd(16)} ` : ""}${known(entry) ? printMac(entry.mac) : ""}\n`;
  const words = [printIp(entry.ip)];
  if (filter.device === undefined) words.push(`dev ${entry.dev.name}`);
  if (known(entry)) words.push(`lladdr ${printMac(entry.mac)}`);
  if (options.statistics > 0) {
    const age = (ms: number): number => Math.floor((ns.world.scheduler.nowMs - ms) / 1000);
    words.push(`${entry.timer === undefined ? "" : " ref 1"} used ${age(entry.usedMs)}/${age(entry.confirmedMs)}/${age(entry.updatedMs)}probes ${entry.probes}`);
  }
  words.push(entry.state);
  return `${words.join(" ")} \n`;
}

function neighbourJson(entry: Neighbour, filter: Filter, brief: boolean): Record<string, unknown> {
  return {
    dst: printIp(entry.ip),
    ...(filter.device === undefined ? { dev: entry.dev.name } : {}),
    ...(known(entry) ? { lladdr: printMac(entry.mac) } : {}),
    ...(brief ? {} : { state: [entry.state] }),
  };
}

function get(words: Words, context: IpContext): void {
  let device: BaseDevice | undefined;
  let address: Ip | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev") device = deviceOr(context.ns, words.need());
    else if (word === "proxy") throw notModelled("neigh get proxy");
    else address = anyAddress(word === "to" ? words.need() : word);
  }
  if (device === undefined || address === undefined) throw new IpFailure("Device and address are required arguments.\n", 1);
  const entry = context.ns.neighbours.get(device, address);
  if (entry === undefined) throw new IpFailure("Error: Neighbour entry not found.\n", 2);
  context.out.push(neighbourText(entry, { device: undefined, prefix: undefined, states: undefined }, context));
}

function flush(words: Words, context: IpContext): void {
  if (!words.more) throw new IpFailure("Flush requires arguments.\n", 1);
  const filter = readFilter(words, context);
  const round = (): Neighbour[] => select(context, filter.prefix?.bits === 0 ? { ...filter, prefix: undefined } : filter).filter(({ state }) => filter.states !== undefined || (state !== "PERMANENT" && state !== "NOARP"));
  // Who waits for an answer is told so by neighbours that are still there.
  const gone = round().sort((a, b) => Number(b.state === "INCOMPLETE") - Number(a.state === "INCOMPLETE"));
  for (const entry of gone) context.ns.neighbours.giveUp(entry);
  if (context.options.statistics === 0) return;
  context.out.push(gone.length === 0 ? "Nothing to flush.\n" : `\n*** Round 1, deleting ${gone.length} entries ***\n*** Flush is complete after 1 round ***\n`);
}

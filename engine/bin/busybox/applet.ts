/**
 * What the applets of BusyBox (1.35, its default configuration, as docker.io/library/busybox is built) have in common: getopt's complaint followed
 * by the whole usage, status 1, and how a name that leads nowhere is refused.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { lookup } from "../../host/resolver";
import { type Ip, parseIp } from "../../wire/ip";
import { type Options, type OptionSpec, parseOptions } from "../options";

export const BANNER = "BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.\n";

/** bb_show_usage(): status 1. */
export function* showUsage(proc: Proc, usage: string): Task<1> {
  yield* proc.err(`${BANNER}\n${usage}`);
  return 1;
}

/** getopt32(); undefined when it has said what is wrong. */
export function* optionsOf(proc: Proc, applet: string, spec: OptionSpec, usage: string): Task<Options | undefined> {
  const options = parseOptions(proc.args, spec);
  if (!("error" in options)) return options;
  yield* proc.err(`${applet}: ${options.error}\n`);
  yield* showUsage(proc, usage);
  return undefined;
}

/** xatou_range() and its kin; undefined when it has said what is wrong. */
export function* wholeNumber(proc: Proc, applet: string, text: string, least: number, most: number): Task<number | undefined> {
  if (!/^\d+$/.test(text)) yield* proc.err(`${applet}: invalid number '${text}'\n`);
  else if (Number(text) < least || Number(text) > most) yield* proc.err(`${applet}: number ${text} is not in ${least}..${most} range\n`);
  else return Number(text);
  return undefined;
}

/** xhost2sockaddr(): the first address; undefined when it has said that there is none. */
export function* addressOf(proc: Proc, applet: string, host: string): Task<Ip | undefined> {
  const number = parseIp(host);
  if (number !== undefined) return number;
  const found = yield* lookup(proc, host);
  const [first] = "error" in found ? [] : found.addresses;
  if (first === undefined) yield* proc.err(`${applet}: bad address '${host}'\n`);
  return first;
}

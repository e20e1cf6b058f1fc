/** What ipvsadm 1.31 takes: its commands, its options, and which go together. */
import { type PoptOption, poptTable } from "./popt";

/** Commands: the word popt knows them by, and the name that errors call them. */
export const COMMANDS = {
  "add-service": "add-service",
  "edit-service": "edit-service",
  "delete-service": "delete-service",
  clear: "flush",
  list: "list",
  "add-server": "add-server",
  "delete-server": "delete-server",
  "edit-server": "edit-server",
  set: "set",
  "start-daemon": "start-daemon",
  "stop-daemon": "stop-daemon",
  restore: "restore",
  save: "save",
  zero: "zero",
} as const;

export type Command = keyof typeof COMMANDS;
export const isCommand = (word: string): word is Command => Object.hasOwn(COMMANDS, word);

/** In the order in which they are checked, which decides what is complained of first. */
export const OPTION_NAMES = [
  "numeric", "connection", "service-address", "scheduler", "persistent", "netmask", "real-server", "forwarding-method", "weight", "u-threshold", "l-threshold",
  "mcast-interface", "timeout", "daemon", "stats", "rate", "thresholds", "persistent-conn", "nosort", "syncid", "exact", "ops", "pe", "sched-flags", "mcast-group",
  "mcast-port", "mcast-ttl", "sync-maxlen", "tun-info", "tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum",
] as const;

export type OptionName = (typeof OPTION_NAMES)[number];

export const OPTIONS: readonly PoptOption[] = [
  { long: "add-service", short: "A" },
  { long: "edit-service", short: "E" },
  { long: "delete-service", short: "D" },
  { long: "clear", short: "C" },
  { long: "list", short: "L" },
  { long: "list", short: "l" },
  { long: "zero", short: "Z" },
  { long: "add-server", short: "a" },
  { long: "edit-server", short: "e" },
  { long: "delete-server", short: "d" },
  { long: "set" },
  { long: "help", short: "h" },
  { long: "version", short: "v" },
  { long: "restore", short: "R" },
  { long: "save", short: "S" },
  { long: "start-daemon", value: "needed" },
  { long: "stop-daemon", value: "needed" },
  { long: "tcp-service", short: "t", value: "needed" },
  { long: "udp-service", short: "u", value: "needed" },
  { long: "sctp-service", value: "needed" },
  { long: "fwmark-service", short: "f", value: "needed" },
  { long: "scheduler", short: "s", value: "needed" },
  { long: "persistent", short: "p", value: "optional" },
  { long: "netmask", short: "M", value: "needed" },
  { long: "real-server", short: "r", value: "needed" },
  { long: "masquerading", short: "m" },
  { long: "ipip", short: "i" },
  { long: "gatewaying", short: "g" },
  { long: "weight", short: "w", value: "needed" },
  { long: "u-threshold", short: "x", value: "needed" },
  { long: "l-threshold", short: "y", value: "needed" },
  { long: "numeric", short: "n" },
  { long: "connection", short: "c" },
  { long: "mcast-interface", value: "needed" },
  { long: "syncid", value: "needed" },
  { long: "timeout" },
  { long: "daemon" },
  { long: "stats" },
  { long: "rate" },
  { long: "thresholds" },
  { long: "persistent-conn" },
  { long: "nosort" },
  { long: "sort" },
  { long: "exact", short: "X" },
  { long: "ipv6", short: "6" },
  { long: "ops", short: "o" },
  { long: "pe", value: "needed" },
  { long: "sched-flags", short: "b", value: "needed" },
  { long: "mcast-group", value: "needed" },
  { long: "mcast-port", value: "needed" },
  { long: "mcast-ttl", value: "needed" },
  { long: "sync-maxlen", value: "needed" },
  { long: "tun-info" },
  { long: "tun-type", value: "needed" },
  { long: "tun-port", value: "needed" },
  { long: "tun-nocsum" },
  { long: "tun-csum" },
  { long: "tun-remcsum" },
];

export const OPTION_TABLE = poptTable(OPTIONS);

type Rule = { readonly needs?: readonly OptionName[]; readonly may?: readonly OptionName[]; readonly oneOf?: readonly OptionName[] };

const SERVICE: Rule = { needs: ["service-address"], may: ["scheduler", "persistent", "netmask", "ops", "pe", "sched-flags"] };
const SERVER: Rule = { needs: ["service-address", "real-server"], may: ["forwarding-method", "weight", "u-threshold", "l-threshold", "tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"] };

export const RULES: Readonly<Record<Command, Rule>> = {
  "add-service": SERVICE,
  "edit-service": SERVICE,
  "delete-service": { needs: ["service-address"] },
  clear: {},
  list: {
    may: ["numeric", "stats", "rate", "thresholds", "persistent-conn", "nosort", "syncid", "exact", "tun-info"],
    oneOf: ["connection", "service-address", "timeout", "daemon"],
  },
  "add-server": SERVER,
  "delete-server": { needs: ["service-address", "real-server"] },
  "edit-server": SERVER,
  set: {},
  "start-daemon": { may: ["mcast-interface", "syncid", "mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen"] },
  "stop-daemon": { may: ["syncid"] },
  restore: {},
  save: { may: ["numeric"] },
  zero: { may: ["service-address"] },
};

/** The same for the kinds of tunnel. */
export const TUNNEL_RULES: Readonly<Record<"ipip" | "gue" | "gre", Rule>> = {
  ipip: {},
  gue: { needs: ["tun-port"], oneOf: ["tun-nocsum", "tun-csum", "tun-remcsum"] },
  gre: { oneOf: ["tun-nocsum", "tun-csum"] },
};
export const TUNNEL_OPTIONS: readonly OptionName[] = ["tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"];

/** What is wrong with these options together, in ipvsadm's words. */
export function conflict(given: ReadonlySet<OptionName>, rule: Rule, checked: readonly OptionName[], whose: string): string | undefined {
  let first: OptionName | undefined;
  for (const option of checked) {
    if (!given.has(option)) {
      if (rule.needs?.includes(option)) return `You need to supply the '${option}' option for the ${whose}`;
      continue;
    }
    if (rule.oneOf?.includes(option)) {
      if (first !== undefined) return `The option '${option}' conflicts with the '${first}' option in the ${whose}`;
      first = option;
    } else if (!rule.needs?.includes(option) && !rule.may?.includes(option)) return `Illegal '${option}' option with the ${whose}`;
  }
  return undefined;
}

/**
 * getent (glibc 2.36): entries of the name service switch: hosts, ahosts, passwd, group, services,
 * protocols. The host databases ask as programs do: `hosts` AAAA of all names first and then A.
 */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc } from "../host/proc";
import { readHosts } from "../host/resolv-conf";
import { type Found, lookup, type LookupOptions } from "../host/resolver";
import { reverseLookup } from "../host/reverse";
import { printIp6, withoutDot } from "../wire/dns";
import { type Ip, parseIp, printIp } from "../wire/ip";
import { defineCommand, notModelled } from "./command";

const TRY = "Try `getent --help' or `getent --usage' for more information.\n";
const FILES: Readonly<Record<string, string>> = { passwd: "/etc/passwd", group: "/etc/group", services: "/etc/services", protocols: "/etc/protocols", networks: "/etc/networks" };
const NOT_MODELLED = new Set(["aliases", "ethers", "gshadow", "initgroups", "netgroup", "rpc", "shadow"]);

const HELP = `Usage: getent [OPTION...] database [key ...]
Get entries from administrative database.

  -A, --no-addrconfig        do not filter out unsupported IPv4/IPv6 addresses
                             (with ahosts*)
  -i, --no-idn               disable IDN encoding
  -s, --service=CONFIG       Service configuration to be used
  -?, --help                 Give this help list
      --usage                Give a short usage message
  -V, --version              Print program version

Mandatory or optional arguments to long options are also mandatory or optional
for any corresponding short options.

Supported databases:
ahosts ahostsv4 ahostsv6 aliases ethers group gshadow hosts initgroups
netgroup networks passwd protocols rpc services shadow

For bug reporting instructions, please see:
<http://www.debian.org/Bugs/>.
`;
const USAGE = `Usage: getent [-Ai?V] [-s CONFIG] [--no-addrconfig] [--no-idn]
            [--service=CONFIG] [--help] [--usage] [--version]
            database [key ...]
`;
const VERSION = `getent (Debian GLIBC 2.36-9+deb12u14) 2.36
Copyright (C) 2022 Free Software Foundation, Inc.
This is free software; see the source for copying conditions.  There is NO
warranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.
Written by Thorsten Kukuk.
`;

function* say(proc: Proc, words: string): Task<number> {
  yield* proc.out(words);
  return 0;
}

export const getent = defineCommand({
  name: "getent",
  summary: "get entries from Name Service Switch libraries",

  *run(proc) {
    const args = proc.args.filter((arg) => !["--no-idn", "-i", "--no-addrconfig", "-A"].includes(arg));
    const [option] = args;
    if (option === "--help" || option === "-?") return yield* say(proc, HELP);
    if (option === "--usage") return yield* say(proc, USAGE);
    if (option === "--version" || option === "-V") return yield* say(proc, VERSION);
    if (option?.startsWith("-")) {
      if (option === "-s" || option.startsWith("--service")) return yield* notModelled(proc, option);
      yield* proc.err(option.startsWith("--") ? `getent: unrecognized option '${option}'\n${TRY}` : `getent: invalid option -- '${option[1]}'\n${TRY}`);
      return 64;
    }
    const [database, ...keys] = args;
    if (database === undefined) {
      yield* proc.err("getent: wrong number of arguments\n");
      yield* proc.out(TRY);
      return 1;
    }
    if (NOT_MODELLED.has(database)) return yield* notModelled(proc, database);
    if (database === "hosts") return yield* hosts(proc, keys);
    if (database === "ahosts") return yield* ahosts(proc, keys, "any");
    if (database === "ahostsv4") return yield* ahosts(proc, keys, "inet");
    if (database === "ahostsv6") return yield* ahosts(proc, keys, "inet6");
    if (database in FILES) return yield* fromFile(proc, database, keys);
    yield* proc.err(`Unknown database: ${database}\n`);
    yield* proc.out(TRY);
    return 1;
  },
});

function* hosts(proc: Proc, keys: readonly string[]): Task<number> {
  if (keys.length === 0) {
    for (const { ip, ip6, names } of readHosts(proc.fs)) yield* proc.out(line(ip === undefined ? printIp6(ip6 as Uint8Array) : printIp(ip), names));
    return 0;
  }
  let exit = 0;
  for (const key of keys) {
    const written = parseIp(key) !== undefined ? yield* byAddress(proc, key) : yield* byName(proc, key);
    if (written === undefined) exit = 2;
    else yield* proc.out(written);
  }
  return exit;
}

const line = (address: string, names: readonly string[]): string => `${address.padEnd(15)} ${names.join(" ")}\n`;

/** gethostbyname2(AF_INET6), then AF_INET. */
function* byName(proc: Proc, name: string): Task<string | undefined> {
  for (const family of ["inet6", "inet"] as const) {
    const found = yield* lookup(proc, name, { family });
    if ("error" in found) continue;
    const addresses = [...found.addresses6.map(printIp6), ...found.addresses.map((address) => printIp(address))];
    if (addresses.length === 0) continue;
    return addresses.map((address) => line(address, [found.canonical, ...aliasesOf(found)])).join("");
  }
  return undefined;
}

function aliasesOf({ from, aliases, asked, canonical }: Found): readonly string[] {
  return from === "dns" && asked !== undefined && withoutDot(asked) !== canonical ? [withoutDot(asked)] : aliases;
}

function* byAddress(proc: Proc, key: string): Task<string | undefined> {
  const address = parseIp(key) as Ip;
  const listed = readHosts(proc.fs).find(({ ip }) => ip === address);
  if (listed) return line(key, listed.names);
  const name = yield* reverseLookup(proc, address);
  return name === undefined ? undefined : line(key, [name]);
}

function* ahosts(proc: Proc, keys: readonly string[], family: NonNullable<LookupOptions["family"]>): Task<number> {
  if (keys.length === 0) return yield* hosts(proc, keys);
  let exit = 0;
  for (const key of keys) {
    // AI_ADDRCONFIG: a machine without an IPv6 address is not asked for any.
    if (family === "inet6" && !key.includes(":")) {
      exit = 2;
      continue;
    }
    const found = yield* lookup(proc, key, { family: family === "inet6" ? "any" : family });
    if ("error" in found) {
      exit = 2;
      continue;
    }
    const v4 = found.addresses.map((address) => (family === "inet6" ? `::ffff:${printIp(address)}` : printIp(address)));
    const all = family === "inet6" && found.addresses6.length > 0 ? found.addresses6.map(printIp6) : [...v4, ...(family === "inet" ? [] : found.addresses6.map(printIp6))];
    for (const [i, address] of all.entries()) {
      for (const type of ["STREAM", "DGRAM ", "RAW   "]) yield* proc.out(`${address.padEnd(15)} ${type} ${i === 0 && type === "STREAM" ? found.canonical : ""}\n`);
    }
  }
  return exit;
}

function* fromFile(proc: Proc, database: string, keys: readonly string[]): Task<number> {
  let written: string;
  try {
    written = proc.fs.readText(FILES[database] as string);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return keys.length === 0 ? 0 : 2;
  }
  const lines = written.split("\n").map((text) => text.replace(/#.*$/, "").trim()).filter((text) => text !== "");
  if (keys.length === 0) {
    for (const entry of lines) yield* proc.out(`${shown(database, entry)}\n`);
    return 0;
  }
  let exit = 0;
  for (const key of keys) {
    const entry = lines.find((text) => matches(database, text, key));
    if (entry === undefined) exit = 2;
    else yield* proc.out(`${shown(database, entry)}\n`);
  }
  return exit;
}

function matches(database: string, entry: string, key: string): boolean {
  if (database === "passwd" || database === "group") {
    const [name, , id] = entry.split(":");
    return /^\d+$/.test(key) ? id === key : name === key;
  }
  const [name = "", number = "", ...aliases] = entry.split(/\s+/);
  const [wanted = "", protocol] = key.split("/");
  const [port, proto] = number.split("/");
  const named = name === wanted || aliases.includes(wanted) || port === wanted;
  return named && (protocol === undefined || protocol === proto);
}

function shown(database: string, entry: string): string {
  if (database === "passwd" || database === "group") return entry;
  const [name = "", number = "", ...aliases] = entry.split(/\s+/);
  return `${name.padEnd(21)} ${[number, ...aliases].join(" ")}`;
}

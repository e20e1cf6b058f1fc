/**
 * The three files that decide how names are looked up: resolv.conf(5), hosts(5), nsswitch.conf(5),
 * read anew for every lookup, as a freshly started program would.
 */
import type { Ip } from "../wire/ip";
import { parseIp } from "../wire/ip";
import { parseIp6 } from "../wire/dns";
import type { FileSystem } from "./fs";

export type ResolvConf = {
  /** At most three count. */
  readonly servers: readonly Ip[];
  readonly search: readonly string[];
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
  /** What `options` says of the two above, if anything: the tools of BIND have defaults of their own. */
  readonly written: { readonly timeoutMs: number | undefined; readonly attempts: number | undefined };
  readonly rotate: boolean;
  /** A and AAAA one after the other instead of at once. */
  readonly singleRequest: boolean;
  readonly useTcp: boolean;
  readonly edns: boolean;
};

const LOCALHOST = 0x7f00_0001 as Ip;
const MAX_SERVERS = 3;
const MAX_NDOTS = 15;
const MAX_TIMEOUT_S = 30;
const MAX_ATTEMPTS = 5;

function read(fs: FileSystem, path: string): string {
  return fs.exists(path) ? fs.readText(path) : "";
}

export function readResolvConf(fs: FileSystem, env: ReadonlyMap<string, string> = new Map()): ResolvConf {
  return parseResolvConf(read(fs, "/etc/resolv.conf"), env);
}

export function parseResolvConf(written: string, env: ReadonlyMap<string, string> = new Map()): ResolvConf {
  const servers: Ip[] = [];
  let search: readonly string[] = [];
  const options: string[] = [];
  for (const line of written.split("\n")) {
    const [word, ...rest] = line.replace(/[#;].*$/, "").trim().split(/[ \t]+/);
    const server = word === "nameserver" ? parseIp(rest[0] ?? "") : undefined;
    if (server !== undefined && servers.length < MAX_SERVERS) servers.push(server);
    else if (word === "search" || word === "domain") search = word === "search" ? rest : rest.slice(0, 1);
    else if (word === "options") options.push(...rest);
  }
  const localDomain = env.get("LOCALDOMAIN");
  if (localDomain) search = localDomain.split(" ");
  options.push(...(env.get("RES_OPTIONS") ?? "").split(" "));
  const number = (name: string, otherwise: number, most: number): number => {
    const given = options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1);
    return given !== undefined && /^\d+$/.test(given) ? Math.min(Number(given), most) : otherwise;
  };
  const explicit = (name: string): number | undefined => (options.some((option) => option.startsWith(`${name}:`)) ? Math.max(1, number(name, 1, name === "timeout" ? MAX_TIMEOUT_S : MAX_ATTEMPTS)) : undefined);
  const timeout = explicit("timeout");
  return {
    written: { timeoutMs: timeout === undefined ? undefined : timeout * 1000, attempts: explicit("attempts") },
    servers: servers.length > 0 ? servers : [LOCALHOST],
    search: search.map((domain) => domain.replace(/\.$/, "")),
    ndots: number("ndots", 1, MAX_NDOTS),
    timeoutMs: number("timeout", 5, MAX_TIMEOUT_S) * 1000,
    attempts: Math.max(1, number("attempts", 2, MAX_ATTEMPTS)),
    rotate: options.includes("rotate"),
    singleRequest: options.includes("single-request") || options.includes("single-request-reopen"),
    useTcp: options.includes("use-vc"),
    edns: options.includes("edns0"),
  };
}

export type HostsEntry = { readonly ip: Ip | undefined; readonly ip6: Uint8Array | undefined; readonly names: readonly string[] };

export function readHosts(fs: FileSystem): readonly HostsEntry[] {
  return read(fs, "/etc/hosts")
    .split("\n")
    .flatMap((line) => {
      const [address = "", ...names] = line.replace(/#.*$/, "").trim().split(/[ \t]+/);
      const ip = parseIp(address);
      const ip6 = ip === undefined ? parseIp6(address) : undefined;
      return (ip === undefined && ip6 === undefined) || names.length === 0 ? [] : [{ ip, ip6, names }];
    });
}

/** Where host names are looked up, in order; glibc's own default when nothing is said. */
export function readHostSources(fs: FileSystem): readonly string[] {
  const line = read(fs, "/etc/nsswitch.conf").split("\n").findLast((text) => /^\s*hosts:/.test(text));
  if (line === undefined) return ["files", "dns"];
  return line.replace(/^\s*hosts:/, "").replace(/#.*$/, "").replace(/\[[^\]]*\]/g, " ").trim().split(/\s+/);
}

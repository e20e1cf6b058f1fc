/**
 * nc, OpenBSD's netcat as Debian has it (1.219): bytes to and from TCP and UDP, and a look whether a
 * port is open. Differs: no proxies, Unix sockets, TELNET or IPv6; those options are refused by name.
 */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { GAI_MESSAGES, lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import type { UdpSocket } from "../../net/socket";
import { ANY, type Ip, parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { type Options, parseOptions } from "../options";
import { readServices } from "../../host/netdb";
import { tcpChannel, udpChannel } from "./channels";
import { copyBothWays, type CopyOptions } from "./copy";
import { BANNER, USAGE } from "./help";

const FOREVER = Number.POSITIVE_INFINITY;

type Settings = { readonly options: Options; readonly timeoutMs: number; readonly sourcePort: number; readonly sourceIp: Ip; readonly copy: CopyOptions };

export const nc: Program = defineCommand({
  name: "nc",
  summary: "arbitrary TCP and UDP connections and listens",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "46bCDdFhklNnrStUuvZz", values: "IiMmOPpqsTVWwXx" });
    if ("error" in options || proc.args.length === 0) {
      yield* proc.err(("error" in options ? `nc: ${options.error}\n` : "") + USAGE);
      return 1;
    }
    if (options.has("h")) {
      yield* proc.err(BANNER + USAGE);
      return 0;
    }
    for (const [letter, words] of WRONG_NUMBERS) {
      const value = options.value(letter);
      if (value === undefined || /^(0x)?\d+$/.test(value) || (letter === "T" && TOS_NAMES.includes(value))) continue;
      yield* fail(proc, `${words}${value}`);
      return 1;
    }
    for (const letter of "6bDFrStUZIiMmOPTVXx") if (options.has(letter)) return yield* notModelled(proc, `-${letter}`);
    const clash = options.has("l") ? (options.has("z") ? "cannot use -z and -l" : undefined) : options.has("k") ? "must use -l with -k" : undefined;
    if (clash !== undefined) {
      yield* fail(proc, clash);
      return 1;
    }
    // A port to listen on is either -p's or the last word.
    if (options.has("l") && (options.rest.length > 2 || (options.has("p") && options.rest.length > 0))) {
      yield* proc.err(USAGE);
      return 1;
    }
    const settings = yield* read(proc, options);
    if (settings === undefined) return 1;
    return yield* options.has("l") ? listen(proc, settings) : connect(proc, settings);
  },
});

const WRONG_NUMBERS = [["i", "interval invalid: "], ["I", "TCP receive window invalid: "], ["O", "TCP send window invalid: "], ["T", "illegal tos value "]] as const;
const TOS_NAMES = ["critical", "inetcontrol", "lowcost", "lowdelay", "netcontrol", "throughput", "reliability", "ef", "va", ...Array.from({ length: 8 }, (_, i) => `cs${i}`), ...[1, 2, 3, 4].flatMap((i) => [1, 2, 3].map((j) => `af${i}${j}`))];

/** The same program under the name the Debian package gives it too. */
export const netcat: Program = { ...nc, name: "netcat" };

function* fail(proc: Proc, message: string): Task<undefined> {
  yield* proc.err(`nc: ${message}\n`);
  return undefined;
}

function* read(proc: Proc, options: Options): Task<Settings | undefined> {
  const timeout = options.value("w");
  if (timeout !== undefined && /^-\d+$/.test(timeout)) return yield* fail(proc, `timeout too small: ${timeout}`);
  if (timeout !== undefined && !/^\d+$/.test(timeout)) return yield* fail(proc, `timeout invalid: ${timeout}`);
  const quit = options.value("q");
  if (quit !== undefined && !/^-?\d+$/.test(quit)) return yield* fail(proc, `quit timer invalid: ${quit}`);
  const source = options.value("s");
  const sourceIp = source === undefined ? ANY : parseIp(source);
  if (sourceIp === undefined) return yield* fail(proc, `getaddrinfo: ${GAI_MESSAGES.NONAME}`);
  const timeoutMs = timeout === undefined || timeout === "0" ? FOREVER : Number(timeout) * 1000;
  const copy: CopyOptions = { stdin: !options.has("d"), shutdownAtEnd: options.has("N"), quitAfterMs: quit === undefined || Number(quit) < 0 ? undefined : Number(quit) * 1000, idleMs: timeoutMs, crlf: options.has("C"), listening: options.has("l"), packets: Number(options.value("W") ?? FOREVER) };
  return { options, timeoutMs, sourcePort: Number(options.value("p") ?? 0), sourceIp, copy };
}

/** "80", "http", "8000-8010"; a message when it is none of these. */
function portsOf(proc: Proc, written: readonly string[]): readonly number[] | string {
  const services = readServices(proc.fs);
  const ports: number[] = [];
  for (const word of written) {
    const range = /^(\d+)-(\d+)$/.exec(word);
    const ends = range ? [Number(range[1]), Number(range[2])] : [/^\d+$/.test(word) ? Number(word) : services.port(word)];
    for (const end of ends) {
      if (end === undefined) return `port number invalid: ${word}`;
      if (end > 65_535) return `port number too large: ${word}`;
      if (end < 1) return `port number too small: ${word}`;
    }
    const [low = 0, high = low] = ends as number[];
    for (let port = Math.min(low, high); port <= Math.max(low, high); port++) ports.push(port);
  }
  return ports;
}

function* connect(proc: Proc, settings: Settings): Task<number> {
  const { options } = settings;
  const [host, ...words] = options.rest;
  if (host === undefined) {
    yield* proc.err(USAGE);
    return 1;
  }
  if (words.length === 0) {
    yield* fail(proc, "missing port number");
    return 1;
  }
  const ports = portsOf(proc, words);
  if (typeof ports === "string") {
    yield* fail(proc, ports);
    return 1;
  }
  let exit = 1;
  for (const port of ports) {
    const found = options.has("n") && parseIp(host) === undefined ? ({ error: "NONAME" } as const) : yield* lookup(proc, host, { family: options.has("4") ? "inet" : "any" });
    if ("error" in found || found.addresses.length === 0) {
      yield* fail(proc, `getaddrinfo for host "${host}" port ${port}: ${GAI_MESSAGES["error" in found ? found.error : "NODATA"]}`);
      return 1;
    }
    for (const ip of found.addresses) {
      const ok = yield* options.has("u") ? oneUdp(proc, settings, host, ip, port) : oneTcp(proc, settings, host, ip, port);
      if (!ok) continue;
      exit = 0;
      break;
    }
  }
  return exit;
}

const shownHost = (host: string, ip: Ip): string => (parseIp(host) === undefined ? `${host} (${printIp(ip)})` : host);

function* succeeded(proc: Proc, { options }: Settings, host: string, ip: Ip, port: number): Task {
  if (!options.has("v")) return;
  const protocol = options.has("u") ? "udp" : "tcp";
  const service = options.has("n") ? "*" : (readServices(proc.fs).name(port, protocol) ?? "*");
  yield* proc.err(`Connection to ${shownHost(host, ip)} ${port} port [${protocol}/${service}] succeeded!\n`);
}

function* oneTcp(proc: Proc, settings: Settings, host: string, ip: Ip, port: number): Task<boolean> {
  const { options, timeoutMs, sourceIp, sourcePort, copy } = settings;
  const socket = proc.tcp();
  try {
    if (sourceIp !== ANY || sourcePort !== 0) {
      socket.setOptions({ reuseAddress: true });
      const refused = bindError(() => socket.bind(sourceIp, sourcePort));
      if (refused !== undefined) {
        socket.close();
        yield* fail(proc, `bind failed: ${refused}`);
        return yield* proc.exit(1);
      }
    }
    yield* socket.connect(ip, port, proc.nowMs + timeoutMs);
  } catch (error) {
    socket.close();
    if (!(error instanceof SysError)) throw error;
    if (options.has("v")) yield* fail(proc, `connect to ${shownHost(host, ip)} port ${port} (tcp) ${error.code === "EAGAIN" ? "timed out: Operation now in progress" : `failed: ${error.message}`}`);
    return false;
  }
  yield* succeeded(proc, settings, host, ip, port);
  if (!options.has("z")) yield* copyBothWays(proc, tcpChannel(socket), copy);
  socket.close();
  return true;
}

function bindError(bind: () => void): string | undefined {
  try {
    bind();
    return undefined;
  } catch (error) {
    if (error instanceof SysError) return error.message;
    throw error;
  }
}

function* oneUdp(proc: Proc, settings: Settings, host: string, ip: Ip, port: number): Task<boolean> {
  const { options, sourceIp, sourcePort, copy } = settings;
  const socket = proc.udp();
  try {
    if (sourceIp !== ANY || sourcePort !== 0) socket.bind(sourceIp, sourcePort);
    socket.connect(ip, port);
    if (options.has("v") && !(yield* probeUdp(proc, socket))) return false;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (options.has("v")) yield* fail(proc, `connect to ${shownHost(host, ip)} port ${port} (udp) failed: ${error.message}`);
    return false;
  }
  yield* succeeded(proc, settings, host, ip, port);
  if (!options.has("z")) yield* copyBothWays(proc, udpChannel(socket), copy);
  socket.close();
  return true;
}

/** udptest(): four bytes over three seconds; a refusal shows when the next one is written. */
function* probeUdp(proc: Proc, socket: UdpSocket): Task<boolean> {
  try {
    socket.send(utf8("X"));
    yield* proc.sleep(0);
    for (let i = 0; i < 3; i++) {
      socket.send(utf8("X"));
      yield* proc.sleep(1000);
    }
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function* listen(proc: Proc, settings: Settings): Task<number> {
  const { options } = settings;
  const words = options.rest;
  const portWord = words.length > 1 ? words[1] : (words[0] ?? options.value("p"));
  const address = words.length > 1 ? parseIp(words[0] as string) : ANY;
  if (portWord === undefined) {
    yield* fail(proc, "missing port number");
    return 1;
  }
  const ports = portsOf(proc, [portWord]);
  if (typeof ports === "string" || address === undefined) {
    yield* fail(proc, typeof ports === "string" ? (ports.startsWith("port number invalid") ? "getaddrinfo: Servname not supported for ai_socktype" : ports) : `getaddrinfo: ${GAI_MESSAGES.NONAME}`);
    return 1;
  }
  try {
    return yield* options.has("u") ? listenUdp(proc, settings, address, ports[0] as number) : listenTcp(proc, settings, address, ports[0] as number);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* fail(proc, error.message);
    return 1;
  }
}

/** "Listening on …", "Connection received on …": with a name where there is one. */
function* report(proc: Proc, { options }: Settings, what: string, ip: Ip, port: number): Task {
  if (!options.has("v")) return;
  const name = options.has("n") || ip === ANY ? undefined : yield* reverseLookup(proc, ip);
  yield* proc.err(`${what} on ${name ?? printIp(ip)} ${port}\n`);
}

function* listenTcp(proc: Proc, settings: Settings, address: Ip, port: number): Task<number> {
  const { options, timeoutMs, copy } = settings;
  const server = proc.tcp();
  server.setOptions({ reuseAddress: true, reusePort: true });
  server.bind(address, port);
  server.listen(1);
  yield* report(proc, settings, "Listening", address, port);
  do {
    const call = yield* server.accept(options.has("k") ? FOREVER : proc.nowMs + timeoutMs);
    if (call === undefined) return 1;
    proc.adopt(call);
    const { peer } = call;
    if (!options.has("k")) server.close();
    if (peer) yield* report(proc, settings, "Connection received", peer.ip, peer.port);
    yield* copyBothWays(proc, tcpChannel(call), copy);
    call.close();
  } while (options.has("k"));
  return 0;
}

function* listenUdp(proc: Proc, settings: Settings, address: Ip, port: number): Task<number> {
  const { options, copy } = settings;
  const socket = proc.udp();
  socket.setOptions({ reuseAddress: true });
  socket.bind(address, port);
  yield* report(proc, settings, "Bound", address, port);
  const first = yield* socket.recvFrom();
  if (first === undefined) return 1;
  yield* report(proc, settings, "Connection received", first.ip, first.port);
  yield* proc.file(1).write(first.data);
  if (!options.has("k")) socket.connect(first.ip, first.port);
  yield* copyBothWays(proc, udpChannel(socket), { ...copy, listening: false, stdin: copy.stdin && !options.has("k") });
  return 0;
}

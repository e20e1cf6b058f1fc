/**
 * nc of BusyBox (its larger variant, after Hobbit's netcat 1.10): a refusal is told with -vv only, listening wants -p.
 * Differs: -e, -i, -o, -b and -k are refused by name. In BusyBox: networking/nc_bloaty.c.
 */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { UdpSocket } from "../../net/socket";
import { ANY, type Ip, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { tcpChannel, udpChannel } from "../nc/channels";
import { type Channel, copyBothWays, type CopyOptions } from "../nc/copy";
import type { Options } from "../options";
import { readServices } from "../../host/netdb";
import { addressOf, optionsOf, showUsage, wholeNumber } from "./applet";

const USAGE = `Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

	-e PROG	Run PROG after connect (must be last)
	-l	Listen mode, for inbound connects
	-lk	With -e, provides persistent server
	-p PORT	Local port
	-s ADDR	Local address
	-w SEC	Timeout for connects and final net reads
	-i SEC	Delay interval for lines sent
	-n	Don't do DNS resolution
	-u	UDP mode
	-b	Allow broadcasts
	-v	Verbose
	-o FILE	Hex dump traffic
	-z	Zero-I/O mode (scanning)
`;
const FOREVER = Number.POSITIVE_INFINITY;
/** udptest() without -w gives a refusal this long to come back. */
const UDP_TEST_MS = 5;

type Settings = { readonly counted: { sent: number; received: number }; readonly options: Options; readonly localIp: Ip; readonly localPort: number; readonly waitMs: number };

export const nc = defineCommand({
  name: "nc",
  summary: "open a pipe to an address and port (BusyBox)",

  *run(proc) {
    const options = yield* optionsOf(proc, "nc", { flags: "nubvlkz", values: "pswioe" }, USAGE);
    if (options === undefined) return 1;
    for (const letter of "eiobk") if (options.has(letter)) return yield* notModelled(proc, `-${letter}`);
    if (options.rest.length > 2) return yield* showUsage(proc, USAGE);
    const wait = yield* wholeNumber(proc, "nc", options.value("w") ?? "0", 0, 2_147_483);
    const localPort = yield* portOf(proc, options.value("p") ?? "0");
    const source = options.value("s");
    const localIp = source === undefined ? ANY : yield* addressOf(proc, "nc", source);
    if (wait === undefined || localPort === undefined || localIp === undefined) return 1;
    const [host, word] = options.rest;
    const port = yield* portOf(proc, word ?? "0");
    const ip = host === undefined || port === undefined ? undefined : yield* addressOf(proc, "nc", host);
    if (port === undefined || (host !== undefined && ip === undefined)) return 1;
    const settings = { counted: { sent: 0, received: 0 }, options, localIp, localPort, waitMs: wait === 0 ? FOREVER : wait * 1000 };
    if (!options.has("l") && (host === undefined || ip === undefined)) return yield* showUsage(proc, USAGE);
    const exit = yield* options.has("l") || host === undefined || ip === undefined ? listen(proc, settings, ip) : connect(proc, settings, { host, ip, port });
    if (options.count("v") > 1) yield* proc.err(`sent ${settings.counted.sent}, rcvd ${settings.counted.received}\n`);
    return exit;
  },
});

function* portOf(proc: Proc, word: string): Task<number | undefined> {
  const port = /^\d+$/.test(word) ? Number(word) : readServices(proc.fs).port(word);
  if (port !== undefined && port <= 65_535) return port;
  yield* proc.err(`nc: bad port '${word}'\n`);
  return undefined;
}

/** What -vv tells of at the end. */
function counting(channel: Channel, { counted }: Settings): Channel {
  return {
    ...channel,
    tryRead() {
      const read = channel.tryRead();
      if (read !== undefined && read !== "later") counted.received += read.length;
      return read;
    },
    *write(bytes) {
      yield* channel.write(bytes);
      counted.sent += bytes.length;
    },
  };
}

const copying = ({ waitMs }: Settings): CopyOptions => ({ stdin: true, shutdownAtEnd: true, quitAfterMs: undefined, idleMs: waitMs, crlf: false, listening: false, packets: FOREVER });

type Target = { readonly host: string; readonly ip: Ip; readonly port: number };

function* connect(proc: Proc, settings: Settings, target: Target): Task<number> {
  const { options } = settings;
  const verbose = options.count("v");
  const where = `${target.host} (${printIp(target.ip)}:${target.port})`;
  try {
    return yield* options.has("u") ? overUdp(proc, settings, target, where) : overTcp(proc, settings, target, where);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (verbose > 1 || (verbose > 0 && error.code !== "ECONNREFUSED")) yield* proc.err(`nc: ${where}: ${error.code === "EAGAIN" ? "Connection timed out" : error.message}\n`);
    return 1;
  }
}

function* opened(proc: Proc, { options }: Settings, where: string): Task {
  if (options.has("v")) yield* proc.err(`${where} open\n`);
}

function* overTcp(proc: Proc, settings: Settings, { ip, port }: Target, where: string): Task<number> {
  const socket = proc.tcp();
  socket.setOptions({ reuseAddress: true });
  if (settings.localPort !== 0 || settings.localIp !== ANY) socket.bind(settings.localIp, settings.localPort);
  yield* socket.connect(ip, port, proc.nowMs + settings.waitMs, true);
  yield* opened(proc, settings, where);
  if (!settings.options.has("z")) yield* copyBothWays(proc, counting(tcpChannel(socket), settings), copying(settings));
  socket.close();
  return 0;
}

function* overUdp(proc: Proc, settings: Settings, { ip, port }: Target, where: string): Task<number> {
  const socket = proc.udp();
  if (settings.localPort !== 0 || settings.localIp !== ANY) socket.bind(settings.localIp, settings.localPort);
  socket.connect(ip, port);
  if (settings.options.has("z")) yield* udpTest(proc, socket, settings.waitMs);
  yield* opened(proc, settings, where);
  if (!settings.options.has("z")) yield* copyBothWays(proc, counting(udpChannel(socket), settings), copying(settings));
  socket.close();
  return 0;
}

/** udptest(): a byte, some time for a refusal to come back, and another byte, which fails if one did. */
function* udpTest(proc: Proc, socket: UdpSocket, waitMs: number): Task {
  socket.send(utf8("\0"));
  yield* proc.sleep(waitMs < FOREVER ? waitMs : UDP_TEST_MS);
  socket.send(utf8("\0"));
}

function* listen(proc: Proc, settings: Settings, only: Ip | undefined): Task<number> {
  const { options, localIp, localPort, waitMs } = settings;
  if (options.has("u")) return yield* notModelled(proc, "-l with -u");
  const server = proc.tcp();
  server.setOptions({ reuseAddress: true });
  try {
    server.bind(localIp, localPort);
    server.listen(1);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`nc: bind: ${error.message}\n`);
    return 1;
  }
  if (options.has("v")) yield* proc.err(`listening on ${only === undefined && localIp === ANY ? "[::]" : printIp(localIp)}:${server.local?.port ?? localPort} ...\n`);
  const deadlineMs = proc.nowMs + waitMs;
  for (;;) {
    const call = yield* server.accept(deadlineMs);
    if (call === undefined) {
      yield* proc.err("nc: timeout\n");
      return 1;
    }
    proc.adopt(call);
    if (only !== undefined && call.peer?.ip !== only) {
      call.close();
      continue;
    }
    server.close();
    yield* copyBothWays(proc, counting(tcpChannel(call), settings), copying(settings));
    call.close();
    return 0;
  }
}

/**
 * tcpdump 4.99.3: shows the frames that pass a device, or keeps them in a file. Its filter is asked
 * before a frame is copied, as the kernel's is. Differs: checksums are always right (a real veth
 * shows those of its own machine as "incorrect", because nobody has computed them yet).
 */
import { SysError } from "../../core/errno";
import { Signal, type Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { OpenFile, Proc } from "../../host/proc";
import { lookup } from "../../host/resolver";
import type { CapturedFrame } from "../../net/socket";
import { frameLength } from "../../wire/ethernet";
import type { Ip } from "../../wire/ip";
import { BROADCAST_MAC, isGroup } from "../../wire/mac";
import type { Frame } from "../../wire/packet";
import { type Captured, decodePcap, LINKTYPE, linkBytes, PACKET_TYPE, pcapHeader, pcapRecord } from "../../wire/pcap";
import { defineCommand, notModelled } from "../command";
import { readServices } from "../../host/netdb";
import { parseFilter } from "./filter-parse";
import { type About, FilterProblem, type Test } from "./filter-tests";
import { USAGE, VERSION } from "./help";
import { Show } from "./show";
import { readSettings, type Settings } from "./settings";

export const tcpdump = defineCommand({
  name: "tcpdump",
  summary: "dump traffic on a network",

  *run(proc) {
    const settings = readSettings(proc.args);
    if ("say" in settings) {
      yield* proc.out(settings.say === "usage" ? USAGE : VERSION);
      return 0;
    }
    if ("notModelled" in settings) return yield* notModelled(proc, settings.notModelled);
    if ("message" in settings) {
      yield* proc.err(`tcpdump: ${settings.message}\n${settings.usage ? USAGE : ""}`);
      return settings.exit;
    }
    if (settings.listDevices) return yield* listDevices(proc);
    try {
      return yield* settings.readFile === undefined ? capture(proc, settings) : readBack(proc, settings, settings.readFile);
    } catch (problem) {
      if (!(problem instanceof FilterProblem)) throw problem;
      const words = problem.message === "syntax error" ? "can't parse filter expression: syntax error" : problem.message;
      yield* proc.err(`tcpdump: ${words}\n`);
      return problem.message.startsWith("not modelled") ? 2 : 1;
    }
  },
});

/** What runs comes first, then what is up without a carrier, then what is down: libpcap's figure of merit. */
function* listDevices(proc: Proc): Task<number> {
  const devices = proc.machine.netns.devices.all();
  const running = devices.filter(({ up, carrier }) => up && carrier);
  const others = devices.filter(({ kind, up, carrier }) => kind !== "loopback" && !(up && carrier));
  const lines = [
    ...running.filter(({ kind }) => kind !== "loopback").map(({ name }) => `${name} [Up, Running, Connected]`),
    "any (Pseudo-device that captures on all interfaces) [Up, Running]",
    ...devices.filter(({ kind }) => kind === "loopback").map(({ name, up }) => `${name} [${up ? "Up, Running, " : ""}Loopback]`),
    ...others.filter(({ up }) => up).map(({ name }) => `${name} [Up, Disconnected]`),
    ...others.filter(({ up }) => !up).map(({ name }) => `${name} [none, Disconnected]`),
  ];
  for (const [i, line] of lines.entries()) yield* proc.out(`${i + 1}.${line}\n`);
  return 0;
}

/** Names in the expression are resolved first; then the test is made. */
function* filterOf(proc: Proc, expression: string, cooked: boolean): Task<Test> {
  const services = readServices(proc.fs);
  const addresses = new Map<string, readonly Ip[]>();
  for (const word of expression.split(/[\s()!]+/)) {
    if (!/^[A-Za-z][A-Za-z0-9.-]*$/.test(word) || KEYWORDS.has(word) || services.port(word) !== undefined) continue;
    const found = yield* lookup(proc, word, { family: "inet" });
    if (!("error" in found)) addresses.set(word, found.addresses);
  }
  return parseFilter(expression, { portOf: (name) => services.port(name), addressesOf: (name) => addresses.get(name), cooked });
}

const KEYWORDS = new Set("host net port portrange proto src dst and or not ether ip ip6 arp rarp tcp udp icmp sctp igmp link gateway broadcast multicast less greater inbound outbound len mask vlan mpls tcpflags icmptype icmpcode".split(" "));

/** Asks about a frame's length and bytes only when the filter does. */
export function about(frame: Frame, direction: "in" | "out"): About {
  let bytes: Uint8Array | undefined;
  return { direction, length: () => frameLength(frame), bytes: () => (bytes ??= linkBytes(frame, undefined)) };
}

function* capture(proc: Proc, settings: Settings): Task<number> {
  const device = settings.device ?? defaultDevice(proc);
  const test = yield* filterOf(proc, settings.expression, device === "any");
  const socket = proc.packet();
  try {
    socket.bind(device);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`tcpdump: ${device}: No such device exists\n(No such device exists)\n`);
    return 1;
  }
  const any = device === "any";
  socket.setFilter((frame, _, direction) => (settings.direction === "inout" || settings.direction === direction) && test(frame, about(frame, direction)));
  const file = yield* openOutput(proc, settings, any);
  if (file === "failed") return 1;
  yield* announce(proc, settings, any ? "any" : device, file !== undefined);
  const show = new Show(proc, settings);
  const interrupted = new Signal();
  let stop: "" | "signal" = "";
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    proc.onSignal(signal, () => {
      stop = "signal";
      interrupted.notify();
    });
  }
  let captured = 0;
  while ((stop as string) === "" && captured < settings.count) {
    const frame = socket.tryRecv();
    if (frame === undefined) {
      yield { on: [socket.readable, interrupted] };
      continue;
    }
    captured++;
    const record = recordOf(proc, frame, any);
    if (file !== undefined) yield* file.write(pcapRecord(record.us, record.bytes.subarray(0, settings.snaplen), record.length));
    if (file === undefined || settings.alsoPrint) yield* show.packet(record, frame.device.name, directionOf(frame));
  }
  yield* show.close();
  file?.release();
  if ((stop as string) !== "") yield* proc.out("\n");
  const { received, dropped } = socket;
  socket.close();
  const words = (n: number, what: string): string => `${n} packet${n === 1 ? "" : "s"} ${what}\n`;
  yield* proc.err(words(captured, "captured") + words(received, "received by filter") + words(dropped, "dropped by kernel"));
  return 0;
}

function defaultDevice({ machine }: Proc): string {
  return machine.netns.devices.all().find(({ kind, up }) => kind !== "loopback" && up)?.name ?? "any";
}

function* openOutput(proc: Proc, { writeFile, snaplen }: Settings, any: boolean): Task<OpenFile | undefined | "failed"> {
  if (writeFile === undefined) return undefined;
  try {
    const file = writeFile === "-" ? proc.file(1).retain() : proc.open(proc.resolve(writeFile), "w");
    yield* file.write(pcapHeader(any ? LINKTYPE.sll2 : LINKTYPE.ethernet, snaplen));
    return file;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`tcpdump: ${writeFile}: ${error.message}\n`);
    return "failed";
  }
}

function* announce(proc: Proc, { verbose, snaplen, alsoPrint }: Settings, device: string, toFile: boolean): Task {
  const type = device === "any" ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)";
  const data = device === "any" ? "tcpdump: data link type LINUX_SLL2\n" : "";
  const brief = verbose === 0 && (!toFile || alsoPrint) ? "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n" : "tcpdump: ";
  yield* proc.err(`${data}${brief}listening on ${device}, link-type ${type}, snapshot length ${snaplen} bytes\n`);
}

function packetTypeOf({ frame, direction, device }: CapturedFrame): number {
  if (direction === "out") return PACKET_TYPE.outgoing;
  if (frame.dst === BROADCAST_MAC) return PACKET_TYPE.broadcast;
  if (isGroup(frame.dst)) return PACKET_TYPE.multicast;
  return frame.dst === device.mac || device.kind === "loopback" ? PACKET_TYPE.host : PACKET_TYPE.otherhost;
}

const DIRECTIONS = ["In", "B", "M", "P", "Out"] as const;

export function directionOf(frame: CapturedFrame): string {
  return DIRECTIONS[packetTypeOf(frame)] ?? "In";
}

function recordOf({ world }: Proc, captured: CapturedFrame, any: boolean): Captured {
  const device = any ? { index: captured.device.index, packetType: packetTypeOf(captured), loopback: captured.device.kind === "loopback" } : undefined;
  const bytes = linkBytes(captured.frame, device);
  const us = Math.round((wallMs(world) - world.scheduler.nowMs + captured.atMs) * 1000);
  return { us, frame: captured.frame, bytes, length: bytes.length, ...(device && { device }) };
}

function* readBack(proc: Proc, settings: Settings, path: string): Task<number> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? yield* allOfStdin(proc) : proc.fs.readFile(proc.resolve(path));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`tcpdump: ${path}: ${error.message}\n`);
    return 1;
  }
  const file = decodePcap(bytes);
  if (file === undefined) {
    yield* proc.err(bytes.length < 4 ? `tcpdump: truncated dump file; tried to read 4 file header bytes, only got ${bytes.length}\n` : "tcpdump: unknown file format\n");
    return 1;
  }
  const any = file.linkType === LINKTYPE.sll2;
  const test = yield* filterOf(proc, settings.expression, any);
  const output = yield* openOutput(proc, settings, any);
  if (output === "failed") return 1;
  yield* proc.err(`reading from file ${path}, link-type ${any ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)"}, snapshot length ${file.snaplen}\n`);
  const show = new Show(proc, settings);
  let count = 0;
  for (const record of file.frames) {
    const direction = record.device?.packetType === PACKET_TYPE.outgoing ? "out" : "in";
    if (!test(record.frame, about(record.frame, direction))) continue;
    if (count++ >= settings.count) break;
    if (settings.countOnly) continue;
    if (output !== undefined) yield* output.write(pcapRecord(record.us, record.bytes, record.length));
    else yield* show.packet(record, proc.machine.netns.devices.byIndex(record.device?.index ?? 0)?.name ?? `?`, DIRECTIONS[record.device?.packetType ?? 0] ?? "In");
  }
  yield* show.close();
  output?.release();
  if (settings.countOnly) yield* proc.out(`${count} packet${count === 1 ? "" : "s"}\n`);
  if (file.cut === undefined || count >= settings.count) return 0;
  yield* proc.err(`tcpdump: pcap_loop: truncated dump file; tried to read ${file.cut.wanted}, only got ${file.cut.got}\n`);
  return 1;
}

function* allOfStdin(proc: Proc): Task<Uint8Array> {
  const parts: number[] = [];
  for (;;) {
    const chunk = yield* proc.stdin.read();
    if (chunk === undefined) return Uint8Array.from(parts);
    for (const byte of chunk) parts.push(byte);
  }
}

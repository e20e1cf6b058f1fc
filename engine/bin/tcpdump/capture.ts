/** Listening on a device, or on all of them, until enough has come or somebody interrupts. */
import { SysError } from "../../core/errno";
import { Signal, type Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";
import type { CapturedFrame, PacketSocket } from "../../net/socket";
import { frameLength } from "../../wire/ethernet";
import { BROADCAST_MAC, isGroup } from "../../wire/mac";
import type { Frame } from "../../wire/packet";
import { type Captured, linkBytes, PACKET_TYPE, pcapRecord } from "../../wire/pcap";
import { notModelled } from "../command";
import { defaultDevice, devicesInOrder } from "./devices";
import { filterOf } from "./filter-load";
import type { About } from "./filter-node";
import { OutputFiles } from "./output";
import { Show } from "./show";
import type { Settings } from "./settings";

/** Asks about a frame's length and bytes only when the filter does. */
export function about(frame: Frame, direction: "in" | "out", device: Captured["device"] = undefined): About {
  let bytes: Uint8Array | undefined;
  return { direction, device: device?.index ?? 0, length: () => frameLength(frame), bytes: () => (bytes ??= linkBytes(frame, device)) };
}

export function* capture(proc: Proc, settings: Settings): Task<number> {
  const device = deviceOf(proc, settings.device);
  const socket = proc.packet();
  try {
    if (device === undefined) {
      yield* proc.err("tcpdump: Invalid adapter index\n");
      return 1;
    }
    socket.bind(device);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`tcpdump: ${device}: No such device exists\n(No such device exists)\n`);
    return 1;
  }
  const any = device === "any";
  const type = any ? "LINUX_SLL2" : "EN10MB";
  if (settings.linkType !== undefined && settings.linkType !== type) {
    if (["DOCSIS", "LINUX_SLL"].includes(settings.linkType)) return yield* notModelled(proc, `-y ${settings.linkType}`);
    yield* proc.err(`tcpdump: ${settings.linkType} is not one of the DLTs supported by this device\n`);
    return 1;
  }
  if (any || settings.linkType !== undefined) yield* proc.err(`tcpdump: data link type ${type}\n`);
  const test = yield* filterOf(proc, settings.expression, { cooked: any, saved: false, netmask: netmaskOf(proc, device), optimize: settings.optimize });
  socket.setFilter((frame, on, direction) => test(frame, about(frame, direction, any ? cookedAs({ frame, device: on, direction, atMs: 0 }) : undefined)));
  const files = new OutputFiles(proc, settings, any);
  if (!(yield* files.open())) return 1;
  yield* announce(proc, settings, device);
  return yield* watch(proc, settings, socket, files);
}

/** By name, or by its number in -D's list. */
function deviceOf(proc: Proc, named: string | undefined): string | undefined {
  if (named === undefined) return defaultDevice(proc);
  if (!/^\d+$/.test(named) || proc.machine.netns.devices.byName(named) !== undefined) return named;
  return devicesInOrder(proc)[Number(named) - 1]?.name;
}

function netmaskOf({ machine }: Proc, device: string): number {
  const found = machine.netns.devices.byName(device);
  const bits = found && machine.netns.addresses.of(found)[0]?.bits;
  return bits === undefined || bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
}

function* watch(proc: Proc, settings: Settings, socket: PacketSocket, files: OutputFiles): Task<number> {
  const show = new Show(proc, settings);
  const interrupted = new Signal();
  let stop: "" | "signal" = "";
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    proc.onSignal(signal, () => {
      stop = "signal";
      interrupted.notify();
    });
  }
  const any = socket.bound === "any";
  let captured = 0;
  while ((stop as string) === "" && captured < settings.count) {
    const frame = socket.tryRecv();
    if (frame === undefined) {
      yield { on: [socket.readable, interrupted] };
      continue;
    }
    // Which way is asked for after the filter has let it through and counted it.
    if (settings.direction !== "inout" && settings.direction !== frame.direction) continue;
    captured++;
    const record = recordOf(proc, frame, any);
    if (files.wanted && !(yield* files.write(pcapRecord(record.us, record.bytes.subarray(0, settings.snaplen), record.length)))) break;
    if (!settings.countOnly && (!files.wanted || settings.alsoPrint)) yield* show.packet(record, frame.device.name, directionOf(frame));
  }
  yield* show.close();
  files.close();
  if ((stop as string) !== "") yield* proc.out("\n");
  const { received, dropped } = socket;
  socket.close();
  const words = (n: number, what: string): string => `${n} packet${n === 1 ? "" : "s"} ${what}\n`;
  yield* proc.err(words(captured, "captured") + words(received, "received by filter") + words(dropped, "dropped by kernel"));
  return 0;
}

function* announce(proc: Proc, { verbose, snaplen, writeFile }: Settings, device: string): Task {
  const type = device === "any" ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)";
  const brief = verbose === 0 && writeFile === undefined ? "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n" : "tcpdump: ";
  yield* proc.err(`${brief}listening on ${device}, link-type ${type}, snapshot length ${snaplen} bytes\n`);
}

function cookedAs(captured: CapturedFrame): NonNullable<Captured["device"]> {
  return { index: captured.device.index, packetType: packetTypeOf(captured), loopback: captured.device.kind === "loopback" };
}

function packetTypeOf({ frame, direction, device }: CapturedFrame): number {
  if (direction === "out") return PACKET_TYPE.outgoing;
  if (frame.dst === BROADCAST_MAC) return PACKET_TYPE.broadcast;
  if (isGroup(frame.dst)) return PACKET_TYPE.multicast;
  return frame.dst === device.mac || device.kind === "loopback" ? PACKET_TYPE.host : PACKET_TYPE.otherhost;
}

export const DIRECTIONS = ["In", "B", "M", "P", "Out"] as const;

export function directionOf(frame: CapturedFrame): string {
  return DIRECTIONS[packetTypeOf(frame)] ?? "In";
}

function recordOf({ world }: Proc, captured: CapturedFrame, any: boolean): Captured {
  const device = any ? cookedAs(captured) : undefined;
  const bytes = linkBytes(captured.frame, device);
  const us = Math.round((wallMs(world) - world.scheduler.nowMs + captured.atMs) * 1000);
  return { us, frame: captured.frame, bytes, length: bytes.length, ...(device && { device }) };
}


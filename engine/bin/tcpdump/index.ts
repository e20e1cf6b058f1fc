/**
 * tcpdump 4.99.3: shows the frames that pass a device, or keeps them in a file. Its filter is asked
 * before a frame is copied, as the kernel's is. Differs: checksums are always right (a real veth
 * shows those of its own machine as "incorrect", because nobody has computed them yet).
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { decodePcap, LINKTYPE, PACKET_TYPE, pcapRecord } from "../../wire/pcap";
import { defineCommand, notModelled } from "../command";
import { capture, DIRECTIONS } from "./capture";
import { listDevices, listLinkTypes, listTimeStampTypes } from "./devices";
import { filterOf } from "./filter-load";
import { FilterProblem } from "./filter-node";
import { USAGE, VERSION } from "./help";
import { OutputFiles } from "./output";
import { Show } from "./show";
import { MAX_SNAPLEN, readSettings, type Settings } from "./settings";

export { about, directionOf } from "./capture";

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
    if (settings.list === "devices") return yield* listDevices(proc);
    if (settings.list !== undefined) return yield* (settings.list === "link types" ? listLinkTypes : listTimeStampTypes)(proc, settings.device);
    try {
      const full = yield* withExpression(proc, settings);
      if (full === undefined) return 1;
      return yield* full.readFile === undefined ? capture(proc, full) : readBack(proc, full, full.readFile);
    } catch (problem) {
      if (!(problem instanceof FilterProblem)) throw problem;
      const words = problem.message === "syntax error" ? "can't parse filter expression: syntax error" : problem.message;
      yield* proc.err(`tcpdump: ${words}\n`);
      return problem.message.startsWith("not modelled") ? 2 : 1;
    }
  },
});

/** With -F the expression is the file's, whatever else was written. */
function* withExpression(proc: Proc, settings: Settings): Task<Settings | undefined> {
  const { expressionFile: path } = settings;
  if (path === undefined) return settings;
  try {
    const expression = proc.fs.readText(proc.resolve(path)).replace(/#.*$/gm, "").replace(/\n/g, " ");
    return { ...settings, expression };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`tcpdump: can't open ${path}: ${error.message}\n`);
    return undefined;
  }
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
  yield* proc.err(`reading from file ${path}, link-type ${any ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)"}, snapshot length ${file.snaplen}\n`);
  if (any) yield* proc.err("Warning: interface names might be incorrect\n");
  const test = yield* filterOf(proc, settings.expression, { cooked: any, saved: true, netmask: 0, optimize: settings.optimize });
  const output = new OutputFiles(proc, { ...settings, snaplen: file.snaplen }, any);
  if (!(yield* output.open())) return 1;
  // What a file holds is shown as long as it is.
  const show = new Show(proc, { ...settings, snaplen: MAX_SNAPLEN });
  let count = 0;
  for (const record of file.frames) {
    const direction = record.device?.packetType === PACKET_TYPE.outgoing ? "out" : "in";
    if (!test(record.frame, { direction, device: record.device?.index ?? 0, length: () => record.length, bytes: () => record.bytes })) continue;
    if (count >= settings.count) break;
    count++;
    if (settings.countOnly) continue;
    if (output.wanted && !(yield* output.write(pcapRecord(record.us, record.bytes, record.length)))) return 0;
    if (!output.wanted || settings.alsoPrint) yield* show.packet(record, proc.machine.netns.devices.byIndex(record.device?.index ?? 0)?.name ?? `?`, DIRECTIONS[record.device?.packetType ?? 0] ?? "In");
  }
  yield* show.close();
  output.close();
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

/**
 * What tcpdump saw on the hosts of a scenario, in the recorded truths' form: one list in the
 * order of time, with what chance decides (sequence numbers, time stamps) made plain.
 */
import { about, directionOf } from "../bin/tcpdump/index";
import { parseFilter } from "../bin/tcpdump/filter-parse";
import { NUMBERS } from "../bin/tcpdump/print-common";
import { cookedHeader, FramePrinter } from "../bin/tcpdump/print-frame";
import { PacketSocket } from "../net/socket";
import { parseIp } from "../wire/ip";
import { cloneFrame } from "../wire/packet";
import { ScenarioProblem } from "./scenario-spec";
import type { ScenarioWorld } from "./scenario-world";

const OPTIONS = { verbose: 0, quiet: false, absoluteSequence: false, noChecksum: false, linkHeader: false };

export class Capture {
  readonly #lines: string[] = [];

  constructor(world: ScenarioWorld) {
    const { capture = [], capture_filter: expression = "not arp" } = world.scenario;
    const names = capture === true ? [...world.hosts.keys()] : capture;
    for (const name of names) this.#watch(world, name, expression);
  }

  #watch(world: ScenarioWorld, name: string, expression: string): void {
    const host = world.hosts.get(name);
    if (host === undefined) throw new ScenarioProblem(`capture: there is no host ${name}`);
    const test = parseFilter(expression, { portOf: () => undefined, protocolOf: () => undefined, addressesOf: (written) => [parseIp(written)].filter((address) => address !== undefined), cooked: true, saved: false, netmask: 0, optimize: false });
    const printer = new FramePrinter(OPTIONS, NUMBERS);
    const socket = new PacketSocket(host.ns);
    socket.bind("any");
    // Printed as it passes rather than read from the socket: the order of all hosts' frames is the order of events.
    socket.setFilter((frame, device, direction) => {
      if (!test(frame, about(frame, direction))) return false;
      const copy = cloneFrame(frame);
      const way = directionOf({ frame: copy, atMs: 0, device, direction });
      const words = `${cookedHeader(device.name, way, undefined)}${printer.payload(copy, false)}`.replace(/\n\s*/g, " ");
      this.#lines.push(`${name.padEnd(8)} ${words}`);
      return false;
    });
  }

  get lines(): readonly string[] {
    return this.#lines.map(plain);
  }
}

function plain(line: string): string {
  return line
    .replace(/(Flags \[R\],) seq \d{7,}/, "$1 seq N")
    .replace(/TS val \d+ ecr \d+/g, "TS")
    .replace(/(Flags \[S[^\]]*\].*?)seq \d+(, ack \d+)?/, (_, before: string, ack = "") => `${before}seq ISN${ack}`)
    .replace(/(Flags \[S\.[^\]]*\].*?), ack \d+/, "$1, ack ISN+1");
}

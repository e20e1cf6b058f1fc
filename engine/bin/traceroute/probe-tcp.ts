/**
 * TCP probes, `traceroute -T`: a SYN from a raw socket, each from a port of its own. Whoever is at the end
 * answers with SYN-ACK or RST, and this machine's kernel, which knows of no connection, with a RST.
 */
import { NO_BYTES } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Proc } from "../../host/proc";
import { sendRaw } from "../../net/raw-output";
import type { IcmpSocket } from "../../net/socket";
import { ANY, type Ip } from "../../wire/ip";
import { type Frame, type Packet, PROTO, TCP } from "../../wire/packet";
import { type Method, noteOf, type Outcome } from "./probe";

const WINDOW = 5840;
const OPTIONS_OF_A_SYN = { mss: 1460, sackPermitted: true, windowScale: 2 };
const FIRST_PORT = 32_768;

export function tcpMethod(proc: Proc, target: Ip, options: { readonly port: number; readonly source: Ip; readonly tos: number }): Method {
  const { netns } = proc.machine;
  const icmp: IcmpSocket = proc.icmp();
  if (options.source !== ANY) icmp.bind(options.source);
  const source = options.source === ANY ? icmp.pathTo(target).src : options.source;
  const segments = proc.packet();
  const probes = new Map<number, number>();
  const arrived = new Map<number, Outcome>();
  segments.setFilter((frame, _device, direction) => direction === "in" && isAnswer(frame, target, options.port));
  segments.bind("any");
  const timestamp = proc.rng.u32();
  const tell = (port: number, outcome: Outcome): void => {
    const index = probes.get(port);
    if (index !== undefined && !arrived.has(index)) arrived.set(index, outcome);
  };
  const read = (): void => {
    for (let got = segments.tryRecv(); got !== undefined; got = segments.tryRecv()) {
      const { payload } = got.frame;
      if (payload.kind === "ipv4" && payload.payload.kind === "tcp") tell(payload.payload.dport, { from: payload.src, atMs: got.atMs, note: "", final: true });
    }
    for (let message = icmp.tryRecv(); message !== undefined; message = icmp.tryRecv()) {
      const about = message.packet.payload;
      const quoted = about.kind === "icmp" ? about.quoted?.payload : undefined;
      if (about.kind !== "icmp" || quoted?.kind !== "tcp") continue;
      tell(quoted.sport, { from: message.from, atMs: message.atMs, note: noteOf(about.type, about.code, about.mtu), final: about.type !== 11 });
    }
  };
  return {
    signals: () => [icmp.readable, segments.readable],
    send(probe) {
      const port = freePort(proc, probes);
      probes.set(port, probe.index);
      const packet: Packet = {
        kind: "ipv4", src: source, dst: target, ttl: probe.ttl, tos: options.tos, id: netns.nextIdent(), df: false, mf: false, offset: 0, proto: PROTO.tcp,
        payload: { kind: "tcp", sport: port, dport: options.port, seq: proc.rng.u32(), ack: 0, flags: TCP.syn, window: WINDOW, options: { ...OPTIONS_OF_A_SYN, timestamp: [timestamp, 0] }, data: NO_BYTES },
      };
      const failure = sendRaw(netns, packet);
      if (failure !== undefined) throw new SysError(failure);
    },
    poll(probe) {
      read();
      return arrived.get(probe.index);
    },
  };
}

function isAnswer({ payload }: Frame, target: Ip, port: number): boolean {
  return payload.kind === "ipv4" && payload.src === target && payload.payload.kind === "tcp" && payload.payload.sport === port;
}

/** As bind(2) to port 0 would choose: any that no other probe has. */
function freePort(proc: Proc, taken: ReadonlyMap<number, number>): number {
  for (;;) {
    const port = FIRST_PORT + (proc.rng.u32() % (61_000 - FIRST_PORT));
    if (!taken.has(port)) return port;
  }
}

/** One probe: a datagram that may live for so many hops, and whoever answers for it. */
import { SysError } from "../../core/errno";
import type { Signal } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { IcmpSocket, UdpSocket } from "../../net/socket";
import type { Ip } from "../../wire/ip";

export type Outcome = { readonly from: Ip; readonly atMs: number; readonly note: string; readonly final: boolean };

export type Probe = { readonly ttl: number; readonly index: number; sentMs: number; outcome: Outcome | "lost" | undefined; finish: () => void };

export type Method = {
  /** Sends; throws what connect(2) and send(2) do. */
  send(probe: Probe): void;
  /** Looks whether anything has come for it. */
  poll(probe: Probe): Outcome | undefined;
  readonly signals: () => readonly Signal[];
};

/** What ICMP unreachables are written as behind the time. */
const NOTES: Readonly<Record<number, string>> = { 0: "!N", 1: "!H", 2: "!P", 3: "", 5: "!S", 9: "!N", 10: "!H", 13: "!X", 14: "!V", 15: "!C" };

export function noteOf(type: number, code: number, mtu: number): string {
  if (type === 11) return "";
  if (code === 4) return `!F-${mtu}`;
  return NOTES[code] ?? `!<${code}>`;
}

/** UDP to a port where nobody should listen: each probe another port, from a socket of its own. */
export function udpMethod(proc: Proc, target: Ip, options: { readonly port: number; readonly fixedPort: boolean; readonly bytes: number; readonly source: Ip; readonly device: string | undefined; readonly tos: number }): Method {
  const sockets = new Map<Probe, UdpSocket>();
  return {
    signals: () => [...sockets.values()].map(({ readable }) => readable),
    send(probe) {
      const socket = proc.udp();
      sockets.set(probe, socket);
      probe.finish = () => {
        socket.close();
        sockets.delete(probe);
      };
      socket.setOptions({ ttl: probe.ttl, tos: options.tos, receiveErrors: true, pathMtu: "dont", ...(options.device !== undefined && { device: options.device }) });
      if (options.source !== 0) socket.bind(options.source, 0);
      socket.connect(target, options.fixedPort ? options.port : options.port + probe.index);
      socket.send(new Uint8Array(options.bytes).fill(0x40));
    },
    poll(probe) {
      const socket = sockets.get(probe);
      if (socket === undefined) return undefined;
      try {
        const answer = socket.tryRecvFrom();
        if (answer) return { from: answer.ip, atMs: proc.nowMs, note: "", final: true };
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
      const problem = socket.recvError();
      return problem && { from: problem.from, atMs: problem.atMs, note: noteOf(problem.type, problem.code, problem.mtu), final: problem.type !== 11 };
    },
  };
}

/** ICMP echo: the answers tell by their sequence number which probe they are for. */
export function icmpMethod(proc: Proc, target: Ip, options: { readonly bytes: number; readonly source: Ip; readonly device: string | undefined; readonly tos: number }): Method {
  const socket: IcmpSocket = proc.icmp();
  if (options.source !== 0) socket.bind(options.source);
  const id = proc.rng.u32() & 0xffff;
  const arrived = new Map<number, Outcome>();
  const read = (): void => {
    for (let message = socket.tryRecv(); message !== undefined; message = socket.tryRecv()) {
      const icmp = message.packet.payload;
      if (icmp.kind !== "icmp") continue;
      const about = icmp.quoted?.payload;
      if (icmp.type === 0 && icmp.id === id) arrived.set(icmp.seq, { from: message.from, atMs: message.atMs, note: "", final: true });
      else if (about?.kind === "icmp" && about.id === id) arrived.set(about.seq, { from: message.from, atMs: message.atMs, note: noteOf(icmp.type, icmp.code, icmp.mtu), final: icmp.type !== 11 });
    }
  };
  return {
    signals: () => [socket.readable],
    send(probe) {
      socket.setOptions({ ttl: probe.ttl, tos: options.tos, pathMtu: "dont", ...(options.device !== undefined && { device: options.device }) });
      socket.sendEcho(target, { id, seq: probe.index + 1, data: new Uint8Array(options.bytes).fill(0x48) });
    },
    poll(probe) {
      read();
      return arrived.get(probe.index + 1);
    },
  };
}

/**
 * -m: what a socket's buffers hold and may hold (struct sk_meminfo). Memory is charged to a socket in whole pages.
 */
import { TcpConnection } from "../../net/tcp-connection";
import type { Netns } from "../../net/netns";
import type { Row } from "./rows";

const SKB_BYTES = 832;
const PAGE = 4096;

export function skmem(ns: Netns, { netid, recvQ, sendQ, socket, state }: Row): string {
  const { rmem_default: most } = ns.sysctl.core;
  const tcp = socket instanceof TcpConnection ? socket : undefined;
  const drops = netid === "udp" && "drops" in socket ? socket.drops : 0;
  if (tcp === undefined) return memory({ read: recvQ, readMost: most, writeMost: ns.sysctl.core.wmem_default, write: 0, drops });
  const [, readMost = 131_072] = ns.sysctl.numbers("net/ipv4/tcp_rmem");
  const [, first = 16_384] = ns.sysctl.numbers("net/ipv4/tcp_wmem");
  if (state === "LISTEN") return memory({ read: 0, readMost, write: 0, writeMost: first, drops: 0 });
  return memory({ read: tcp.receivedMemory, readMost, write: sendQ > 0 ? sendQ + Math.max(tcp.out.entries, 1) * SKB_BYTES - (state === "SYN_SENT" ? 1 : 0) : 0, writeMost: tcp.sendBuffer, drops: 0 });
}

type Memory = { readonly read: number; readonly readMost: number; readonly write: number; readonly writeMost: number; readonly drops: number };

function memory({ read, readMost, write, writeMost, drops }: Memory): string {
  const used = read + write;
  const ahead = Math.ceil(used / PAGE) * PAGE - used;
  return `skmem:(r${read},rb${readMost},t0,tb${writeMost},f${ahead},w${write},o0,bl0,d${drops})`;
}

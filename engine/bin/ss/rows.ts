/** The sockets of a namespace as ss is told about them (struct inet_diag_msg and its attributes). */
import type { IcmpSocket } from "../../net/icmp-socket";
import type { Netns } from "../../net/netns";
import type { SocketOwner } from "../../net/socket";
import { TcpConnection, type TcpEntry, type TcpState } from "../../net/tcp-connection";
import { TimeWait } from "../../net/tcp-timewait";
import type { UdpSocket } from "../../net/udp";
import { ANY, type Ip } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import type { Socket } from "./filter";

export type Row = Socket & {
  readonly netid: "tcp" | "udp" | "raw";
  readonly state: TcpState;
  readonly recvQ: number;
  readonly sendQ: number;
  readonly owner: SocketOwner | undefined;
  readonly inode: number;
  /** What the numbers of -e go by. */
  readonly socket: TcpEntry | UdpSocket | IcmpSocket;
  readonly tos: number;
  /** shutdown(2): 1 nobody reads any more, 2 nobody writes. Undefined: not told. */
  readonly shutdown: number | undefined;
};

export function tcpRows(ns: Netns): Row[] {
  return [...ns.sockets.tcp.all()].map((entry): Row => {
    const { state, localIp, localPort, peerIp, peerPort } = entry;
    const base = { netid: "tcp" as const, state, localIp, localPort, peerIp, peerPort, socket: entry };
    if (!(entry instanceof TcpConnection)) {
      const dual = entry instanceof TimeWait && entry.dual;
      return { ...base, recvQ: 0, sendQ: 0, dual, device: undefined, owner: undefined, inode: 0, mark: 0, autobound: false, tos: 0, shutdown: undefined };
    }
    const c = entry;
    const listening = state === "LISTEN";
    // A FIN counts as a byte until the program has seen it; TIME_WAIT's forerunner counts nothing.
    const unread = c.receivedBytes + (c.finReceived && !c.readShutdown ? 1 : 0);
    const shutdown = c.orphan ? 3 : (c.finReceived || c.readShutdown ? 1 : 0) | (c.writeShutdown ? 2 : 0);
    const rest = { dual: c.dual, device: c.device, owner: c.owner, inode: c.orphan ? 0 : c.inode, mark: c.mark, autobound: !c.boundPort, tos: c.tos, shutdown };
    return { ...base, ...rest, recvQ: listening ? c.acceptQueue.length : unread, sendQ: listening ? c.backlog : c.orphan && state === "FIN_WAIT2" ? 0 : c.unacknowledged };
  });
}

export function udpRows(ns: Netns): Row[] {
  return ns.sockets.udp.all().map((socket: UdpSocket): Row => ({
    netid: "udp",
    state: socket.peer === undefined ? "CLOSED" : "ESTABLISHED",
    recvQ: socket.waitingBytes,
    sendQ: 0,
    localIp: socket.local?.ip ?? ANY,
    localPort: socket.local?.port ?? 0,
    peerIp: socket.peer?.ip ?? ANY,
    peerPort: socket.peer?.port ?? 0,
    dual: socket.dual,
    device: socket.device,
    owner: socket.owner,
    inode: socket.inode,
    socket,
    mark: 0,
    autobound: false,
    tos: 0,
    shutdown: 0,
  }));
}

/** ping's: the port is the protocol. */
export function rawRows(ns: Netns): Row[] {
  return [...ns.sockets.icmp].map((socket): Row => ({
    netid: "raw", state: "CLOSED", recvQ: 0, sendQ: 0, localIp: ANY, localPort: PROTO.icmp, peerIp: ANY as Ip, peerPort: 0, dual: false, device: undefined, owner: socket.owner, inode: socket.inode, socket, mark: 0, autobound: false, tos: 0, shutdown: 0,
  }));
}

/**
 * What a program holds when it holds a socket: socket(2) and its family, for IPv4.
 *
 * Each kind stands in a file of its own. All are made with `new TcpSocket(ns)` and the like;
 * calls that block are Tasks, and take a deadline on the world's clock where a program could
 * give one. Failures throw SysError. A deadline that passes throws SysError("EAGAIN").
 */
import type { Ip } from "../wire/ip";

export type Endpoint = { readonly ip: Ip; readonly port: number };

/** Who holds it, as `ss -p` shows it. */
export type SocketOwner = { readonly pid: number; readonly name: string; readonly fd: number };

/** setsockopt(2), as far as it is modelled. */
export type SocketOptions = {
  readonly reuseAddress?: boolean;
  readonly reusePort?: boolean;
  /** SO_BINDTODEVICE: a device's name. */
  readonly device?: string;
  /** SO_MARK. */
  readonly mark?: number;
  /** IP_TTL, IP_TOS. */
  readonly ttl?: number;
  readonly tos?: number;
  /** IP_MTU_DISCOVER: "want" sets DF and learns, "do" refuses what is too long, "dont" lets routers cut. */
  readonly pathMtu?: "want" | "do" | "dont";
  /** SO_BROADCAST. */
  readonly broadcast?: boolean;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly keepIdleMs?: number;
  readonly keepIntervalMs?: number;
  readonly keepCount?: number;
  /** TCP_USER_TIMEOUT. */
  readonly userTimeoutMs?: number;
  /** SO_LINGER with time 0: close() resets the connection. */
  readonly lingerZero?: boolean;
  /** A socket of the IPv6 family that takes IPv4 too, as Go and Java open them: ss shows it as "*:80". */
  readonly dual?: boolean;
};

export { IcmpSocket, type IcmpMessage } from "./icmp-socket";
export { type CapturedFrame, PacketSocket } from "./packet-socket";
export { TcpSocket } from "./tcp-socket";
export { type Datagram, UdpSocket } from "./udp";

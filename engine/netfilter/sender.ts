/**
 * Whose socket stands behind a packet: what -m owner and nft's `meta skuid` ask. A socket that its program has closed
 * (sock_orphan()) belongs to nobody any more; the kernel's own answers come by a socket without a file.
 */
import type { Skb } from "../net/skb";
import { TcpConnection } from "../net/tcp-connection";

export function sender({ socket, sockless, inDev, physIn }: Skb): "program" | "kernel" | "none" {
  if (socket instanceof TcpConnection && socket.orphan && !socket.leaving) return "none";
  if (socket !== undefined) return "program";
  return !sockless && inDev === undefined && physIn === undefined ? "kernel" : "none";
}

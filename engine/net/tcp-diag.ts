/**
 * SOCK_DESTROY: an administrator ends somebody else's connection (tcp_abort and udp_abort, which
 * `ss -K` asks for). The program hears ECONNABORTED, the other side RST.
 */
import { close, fail } from "./tcp-close";
import { type TcpEntry, TcpConnection, type TcpState } from "./tcp-connection";
import { sendActiveReset } from "./tcp-output";
import { TimeWait } from "./tcp-timewait";
import type { Netns } from "./netns";

/** tcp_need_reset(). */
const RESET: readonly TcpState[] = ["ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV"];

export function abortTcp(ns: Netns, entry: TcpEntry): void {
  if (entry instanceof TimeWait) return ns.sockets.tcp.timeWaits.remove(entry);
  if (!(entry instanceof TcpConnection)) return;
  if (entry.state === "LISTEN") return close(entry);
  if (RESET.includes(entry.state)) sendActiveReset(entry);
  fail(entry, "ECONNABORTED");
}

/** The details behind -i and -o: what struct tcp_info says, in ss's shorthand. */
import type { TcpConnection, TcpEntry } from "../../net/tcp-connection";
import { TimeWait } from "../../net/tcp-timewait";

/** print_ms_timer(): minutes and seconds, and milliseconds below ten seconds. */
export function msTimer(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  let out = minutes > 0 ? `${minutes}min` : "";
  if (seconds % 60 > 0 || minutes > 0) out += seconds % 60 > 0 || minutes === 0 ? `${seconds % 60}${minutes === 0 && seconds < 10 && ms % 1000 > 0 ? "." : "sec"}` : "";
  if (minutes === 0 && seconds < 10 && ms % 1000 > 0) out += `${String(Math.floor(ms % 1000)).padStart(3, "0")}ms`;
  return out === "" ? "0ms" : out.replace(/^0*(\d+ms)$/, "$1");
}

/** timer:(on,736ms,1) */
export function timerOf(entry: TcpEntry): string {
  if (entry instanceof TimeWait) return ` timer:(timewait,${msTimer(entry.remainingMs)},0)`;
  const c = entry as TcpConnection;
  const now = c.ns.world.scheduler.nowMs;
  if (c.sendTimer.dueMs !== undefined) {
    const name = c.sendTimerFor === "probe" ? "persist" : "on";
    return ` timer:(${name},${msTimer(c.sendTimer.dueMs - now)},${c.sendTimerFor === "probe" ? c.probes : c.retransmits})`;
  }
  if (c.state === "FIN_WAIT2" && c.orphan && c.keepTimer.dueMs !== undefined) return ` timer:(timewait,${msTimer(c.keepTimer.dueMs - now)},0)`;
  if (c.keepTimer.dueMs !== undefined) return ` timer:(keepalive,${msTimer(c.keepTimer.dueMs - now)},${c.probes})`;
  return "";
}

/** sprint_bw(): exact with -n, else three digits and a letter. */
function bandwidth(bps: number, numeric: boolean): string {
  if (numeric || bps < 1000) return bps.toFixed(0);
  const [divisor, letter] = bps >= 1e12 ? [1e12, "T"] : bps >= 1e9 ? [1e9, "G"] : bps >= 1e6 ? [1e6, "M"] : [1e3, "K"];
  return `${Number((bps / divisor).toPrecision(3))}${letter}`;
}

/** Each with a space before it, and only when it is not zero. */
export function tcpInfo(entry: TcpEntry, options: { readonly numeric: boolean; readonly flags: boolean }): string {
  if (entry instanceof TimeWait) return "";
  const c = entry as TcpConnection;
  if (c.orphan && c.state === "FIN_WAIT2") return "";
  if (c.state === "LISTEN") return " cubic cwnd:10";
  const now = c.ns.world.scheduler.nowMs;
  const age = (atMs: number): number => Math.floor(now - atMs);
  const [srtt, var4] = [c.srttUs / 1000, c.mdevUs / 1000];
  const parts = [
    options.flags && c.timestamps && "ts",
    options.flags && c.sackOk && "sack",
    "cubic",
    c.wscaleOk && `wscale:${c.sndWscale},${c.rcvWscale}`,
    `rto:${c.rtoMs}`,
    c.backoff > 0 && `backoff:${c.backoff}`,
    c.srttUs > 0 && `rtt:${shortest(srtt)}/${shortest(var4)}`,
    c.atoMs > 0 && `ato:${Math.floor(c.atoMs)}`,
    `mss:${c.mss}`,
    `pmtu:${c.pathMtu}`,
    `rcvmss:${c.rcvMss}`,
    `advmss:${c.advMss - (c.timestamps ? 12 : 0)}`,
    `cwnd:${c.cwnd}`,
    c.ssthresh < 0x7fff_ffff && `ssthresh:${c.ssthresh}`,
    c.bytesSent > 0 && `bytes_sent:${c.bytesSent}`,
    c.bytesRetransmitted > 0 && `bytes_retrans:${c.bytesRetransmitted}`,
    c.bytesAcked > 0 && `bytes_acked:${c.bytesAcked}`,
    c.bytesReceived > 0 && `bytes_received:${c.bytesReceived}`,
    c.segsOut > 0 && `segs_out:${c.segsOut}`,
    c.segsIn > 0 && `segs_in:${c.segsIn}`,
    c.dataSegsOut > 0 && `data_segs_out:${c.dataSegsOut}`,
    c.dataSegsIn > 0 && `data_segs_in:${c.dataSegsIn}`,
    c.srttUs > 0 && `send ${bandwidth((c.mss * 8 * c.cwnd * 1e6) / c.srttUs, options.numeric)}bps`,
    `lastsnd:${age(c.lastSentMs)}`,
    `lastrcv:${age(c.lastReceivedMs)}`,
    `lastack:${age(c.lastAckMs)}`,
    c.out.inFlight > 0 && `unacked:${c.out.inFlight}`,
    c.totalRetransmits > 0 && `retrans:${c.out.oldest?.retransmitted ? 1 : 0}/${c.totalRetransmits}`,
    c.out.inFlight > 0 && c.out.oldest?.lost && "lost:1",
    `rcv_ssthresh:${c.rcvSsthresh}`,
    c.minRttUs > 0 && `minrtt:${shortest(c.minRttUs / 1000)}`,
    `snd_wnd:${c.sndWnd}`,
  ];
  return parts.filter((part) => part !== false && part !== undefined).map((part) => ` ${part}`).join("");
}

/** %g with three decimals at most. */
function shortest(ms: number): string {
  return String(Number(ms.toFixed(3)));
}

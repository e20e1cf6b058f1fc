/**
 * How two ends agree: sequence numbers, segment size, window scale, options. In Linux:
 * tcp_connect_init(), tcp_select_initial_window(), tcp_parse_options(), tcp_sync_mss().
 */
import { floorLog2 } from "../core/numbers";
import type { Tcp } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";
import { DEFAULT_MSS } from "./tcp-connection";
import { fullSpace, reserveOneSegment, TIMESTAMP_BYTES } from "./tcp-window";
import { expandSendBuffer } from "./tcp-send-buffer";
import { armKeepAlive } from "./tcp-timers";

const IP_AND_TCP_BYTES = 40;
const MAX_WSCALE = 14;
/** TCP_MIN_MSS: what a liar's MSS option is raised to (net.ipv4.tcp_min_snd_mss). */
const MIN_MSS = 48;

/** A route's MTU less the headers, or what the route's `advmss` says. */
export function advertisedMss(mtu: number): number {
  return Math.max(mtu - IP_AND_TCP_BYTES, MIN_MSS);
}

/**
 * The first window: as much of our buffer as makes whole segments (a SYN itself can say 64 KiB); and the scale
 * that the buffer may one day need (tcp_select_initial_window).
 */
export function initialWindow(c: TcpConnection, mss: number, scaling: boolean): void {
  const space = fullSpace(c);
  const whole = space > mss ? space - (space % mss) : space;
  c.rcvWnd = whole;
  c.rcvSsthresh = c.rcvWnd;
  const [, , largest = 6_291_456] = c.ns.sysctl.numbers("net/ipv4/tcp_rmem");
  const most = Math.max(largest, c.ns.sysctl.core.rmem_max, space);
  c.rcvWscale = scaling ? Math.min(Math.max(floorLog2(most) - 15, 0), MAX_WSCALE) : 0;
}

/** What the other side's SYN says, and what of it we do too. */
export function negotiate(c: TcpConnection, tcp: Tcp): void {
  const { ipv4 } = c.ns.sysctl;
  const { mss, sackPermitted, timestamp, windowScale } = tcp.options;
  c.peerMss = Math.max(mss ?? DEFAULT_MSS, ipv4.tcp_min_snd_mss);
  c.timestamps = timestamp !== undefined && ipv4.tcp_timestamps !== 0;
  if (c.timestamps && timestamp !== undefined) {
    c.tsRecent = timestamp[0];
    c.tsRecentAtUs = c.ns.world.scheduler.nowUs;
  }
  c.sackOk = sackPermitted === true && ipv4.tcp_sack !== 0;
  c.wscaleOk = windowScale !== undefined && ipv4.tcp_window_scaling !== 0;
  if (c.wscaleOk) c.sndWscale = Math.min(windowScale ?? 0, MAX_WSCALE);
  else {
    c.sndWscale = 0;
    c.rcvWscale = 0;
  }
  syncMss(c);
}

/** Data per segment: what the path takes and the other side allows, less the options (tcp_sync_mss). */
export function syncMss(c: TcpConnection): void {
  const options = c.timestamps ? TIMESTAMP_BYTES : 0;
  const path = c.pathMtu - IP_AND_TCP_BYTES;
  c.mss = Math.max(Math.min(path, c.peerMss) - options, MIN_MSS - options);
  c.rcvMss = Math.min(c.mss, c.advMss, DEFAULT_MSS);
}

/** The handshake is over. */
export function establish(c: TcpConnection): void {
  c.ns.snmp.tcp.CurrEstab++;
  c.wasEstablished = true;
  reserveOneSegment(c);
  expandSendBuffer(c);
  c.retransmits = 0;
  c.backoff = 0;
  c.lastSentMs = c.ns.world.scheduler.nowMs;
  if (c.keepAlive) armKeepAlive(c);
}

/**
 * How much we let the other side send: what is free of our memory, as far as segments have shown that they are worth the
 * memory they come in. In Linux: tcp_select_window(), tcp_grow_window(), tcp_measure_rcv_mss(), tcp_set_window_clamp().
 *
 * Differs: the memory itself does not grow with the round trip (tcp_rcv_space_adjust).
 */
import { type Tcp, TCP } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";

export const MAX_WINDOW = 65_535;
/** RFC 7323: the option, and what fills the words up. */
export const TIMESTAMP_BYTES = 12;
/** What the kernel spends on a segment besides its data: struct sk_buff and the room for headers. */
export const SEGMENT_OVERHEAD = 832;
/** A shorter one tells nothing about the next (tcp_event_data_recv). */
const WORTHWHILE_BYTES = 128;
/** SOCK_MIN_RCVBUF / 2. */
const LEAST_CLAMP = 1152;

/** So much data fits into that memory (tcp_win_from_space). */
function dataIn(c: TcpConnection, memory: number): number {
  return (memory * c.scaling) >> 8;
}

/** tcp_full_space(). */
export function fullSpace(c: TcpConnection): number {
  return dataIn(c, c.receiveBuffer);
}

/** tcp_space(). */
function freeSpace(c: TcpConnection): number {
  return Math.max(0, dataIn(c, c.receiveBuffer - c.receivedMemory - earlyBytes(c)));
}

function earlyBytes(c: TcpConnection): number {
  if (c.outOfOrder.length === 0) return 0;
  let bytes = 0;
  for (const { tcp } of c.outOfOrder) bytes += tcp.data.length + SEGMENT_OVERHEAD;
  return bytes;
}

/** What we told the other side that a segment may hold, options taken off (tp->advmss). */
function segmentBytes(c: TcpConnection): number {
  return c.advMss - (c.timestamps ? TIMESTAMP_BYTES : 0);
}

/** tcp_init_buffer_space(). */
export function reserveOneSegment(c: TcpConnection): void {
  const most = fullSpace(c);
  const segment = segmentBytes(c);
  c.windowClamp = most > 2 * segment ? Math.max(2 * segment, most - segment) : most;
  c.rcvSsthresh = Math.min(c.rcvSsthresh, c.windowClamp);
}

/** As how many segments it counts (gso_segs). */
export function segmentsIn(tcp: Tcp): number {
  return tcp.gsoSize === undefined ? 1 : Math.ceil(tcp.data.length / tcp.gsoSize);
}

/** Data has come: how large its segments are, and how well they use memory (tcp_measure_rcv_mss). */
export function measureSegment(c: TcpConnection, tcp: Tcp): void {
  const bytes = tcp.data.length;
  const each = tcp.gsoSize ?? bytes;
  if (each >= c.rcvMss) {
    if (each > c.rcvMss) rescale(c, Math.floor((bytes * 256) / (bytes + SEGMENT_OVERHEAD)) || 1);
    c.rcvMss = Math.min(each, segmentBytes(c));
    if (tcp.flags & TCP.psh) c.pushed = Math.max(c.pushed, 1);
  } else c.pushed = Math.min(c.pushed + 1, 2);
}

/** And whether the window may therefore grow (tcp_grow_window). */
export function growWindow(c: TcpConnection, bytes: number): void {
  if (bytes < WORTHWHILE_BYTES) return;
  const room = Math.min(c.windowClamp, freeSpace(c)) - c.rcvSsthresh;
  if (room <= 0) return;
  c.rcvSsthresh += Math.min(room, 2 * Math.max(segmentBytes(c), bytes));
  c.quickAcks |= 1; // The sender should hear of it.
}

function rescale(c: TcpConnection, scaling: number): void {
  if (scaling === c.scaling) return;
  c.scaling = scaling;
  const clamp = Math.max(LEAST_CLAMP, fullSpace(c));
  if (clamp < c.windowClamp) c.rcvSsthresh = Math.min(c.rcvSsthresh, clamp);
  else c.rcvSsthresh = Math.max(c.rcvSsthresh, Math.min(c.rcvWnd, clamp));
  c.windowClamp = clamp;
}

/** The window to offer with the next segment; never less than what was offered before (tcp_select_window). */
export function selectWindow(c: TcpConnection): number {
  const unit = 1 << c.rcvWscale;
  const current = c.receiveWindow;
  let window = freeWindow(c);
  if (window < current) window = Math.ceil(current / unit) * unit;
  const most = c.wscaleOk ? MAX_WINDOW * unit : MAX_WINDOW;
  if (window > most) window = most;
  c.rcvWnd = window;
  c.rcvWup = c.rcvNxt;
  return Math.floor(window / unit);
}

/** Room for more, unless so little that offering it would be silly (__tcp_select_window). */
export function freeWindow(c: TcpConnection): number {
  const unit = 1 << c.rcvWscale;
  const allowed = fullSpace(c);
  const full = Math.min(c.windowClamp, allowed);
  const segment = Math.min(c.rcvMss, full);
  let free = freeSpace(c);
  if (free < full >> 1) {
    c.quickAcks = 0;
    free -= free % unit;
    if (free < allowed >> 4 || free < segment) return 0;
  }
  free = Math.min(free, c.rcvSsthresh);
  if (c.rcvWscale > 0) return Math.ceil(free / unit) * unit;
  // Without a scale, whole segments; and what was offered stays while it is nearly that.
  return c.rcvWnd <= free - segment || c.rcvWnd > free ? free - (free % segment) : c.rcvWnd;
}

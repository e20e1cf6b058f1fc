/**
 * Which segments are lost: those sent before one that has arrived, a round trip and a little more ago. In Linux:
 * net/ipv4/tcp_recovery.c; RFC 8985 §6.
 */
import type { TcpConnection } from "./tcp-connection";
import type { OutSegment } from "./tcp-queue";
import { after } from "./tcp-seq";

/** So many that have overtaken it leave no doubt (tp->reordering). */
const REORDERING = 3;

/** A segment has arrived, by ACK or SACK: is it the one that was sent last? (tcp_rack_advance) */
export function noteDelivered(c: TcpConnection, segment: OutSegment): void {
  const roundTripUs = c.ns.world.scheduler.nowUs - segment.sentUs;
  // The answer to a retransmission that is too quick was the answer to the first.
  if (segment.retransmitted && roundTripUs < c.minRttUs) return;
  c.rackRttUs = roundTripUs;
  if (!sentAfter(c.rackSentUs, c.rackEnd, segment)) [c.rackSentUs, c.rackEnd] = [segment.sentUs, segment.end];
}

function sentAfter(sentUs: number, end: number, segment: OutSegment): boolean {
  return sentUs > segment.sentUs || (sentUs === segment.sentUs && after(end, segment.end));
}

/** Marks what is lost (tcp_rack_detect_loss). Returns how long to wait before some more may be taken for it; 0: there is no more. */
export function detectLoss(c: TcpConnection): number {
  const { nowUs } = c.ns.world.scheduler;
  const windowUs = reorderingWindow(c);
  let laterUs = 0;
  for (let i = 0; i < c.out.inFlight; i++) {
    const segment = c.out.flight(i);
    if (segment.sacked || segment.lost || !sentAfter(c.rackSentUs, c.rackEnd, segment)) continue;
    // Sent again in this very moment: its answer may still come.
    if (segment.retransmitted && segment.sentUs >= c.rackSentUs) continue;
    const remainingUs = segment.sentUs + c.rackRttUs + windowUs - nowUs;
    if (remainingUs <= 0) segment.lost = true;
    else laterUs = Math.max(laterUs, remainingUs);
  }
  return laterUs;
}

/** How much later than its successor a segment may come (tcp_rack_reo_wnd). */
function reorderingWindow(c: TcpConnection): number {
  if (c.caState !== "open" || sackedSegments(c) >= REORDERING) return 0;
  return Math.min(Math.floor(c.minRttUs / 4), Math.floor(c.srttUs / 8));
}

export function sackedSegments(c: TcpConnection): number {
  let sacked = 0;
  for (let i = 0; i < c.out.inFlight; i++) if (c.out.flight(i).sacked) sacked += c.out.flight(i).count;
  return sacked;
}

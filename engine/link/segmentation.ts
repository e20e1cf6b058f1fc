/**
 * A large segment, cut up into those that fit: what the kernel does in front of a device without segmentation offload.
 * In Linux: validate_xmit_skb(), tcp_gso_segment(), skb_udp_tunnel_segment().
 */
import { type Frame, type Packet, type Tcp, TCP } from "../wire/packet";
import { ipv4Length } from "../wire/ipv4";

/** The large segment in a frame, if there is one, be it inside a tunnel. */
function largeIn({ payload }: Frame): Tcp | undefined {
  return payload.kind === "ipv4" ? largeSegment(payload) : undefined;
}

function largeSegment({ payload }: Packet): Tcp | undefined {
  if (payload.kind === "tcp") return payload.gsoSize === undefined ? undefined : payload;
  return payload.kind === "udp" && payload.vxlan !== undefined ? largeIn(payload.vxlan.frame) : undefined;
}

/** skb_is_gso(). */
export function isLarge(frame: Frame): boolean {
  return largeIn(frame) !== undefined;
}

/** How long the longest packet will be once it is cut up (skb_gso_network_seglen). */
export function networkLength(packet: Packet): number {
  const large = largeSegment(packet);
  return large?.gsoSize === undefined ? ipv4Length(packet) : ipv4Length(packet) - large.data.length + large.gsoSize;
}

/** The frames that really go out. Sequence numbers and identifications go on; only the last says FIN and PSH. */
export function segmentsOf(frame: Frame): readonly Frame[] {
  const { payload } = frame;
  if (payload.kind !== "ipv4" || !isLarge(frame)) return [frame];
  const inner = payload.payload;
  if (inner.kind === "udp" && inner.vxlan !== undefined) {
    const { vni, frame: wrapped } = inner.vxlan;
    return segmentsOf(wrapped).map((part, i) => ({ ...frame, payload: { ...payload, id: (payload.id + i) & 0xffff, payload: { ...inner, vxlan: { vni, frame: part } } } }));
  }
  return inner.kind === "tcp" ? partsOf(payload, inner).map((part) => ({ ...frame, payload: part })) : [frame];
}

function partsOf(packet: Packet, tcp: Tcp): Packet[] {
  const { data, gsoSize: size = data.length } = tcp;
  const parts: Packet[] = [];
  for (let at = 0; at < data.length; at += size) {
    const last = at + size >= data.length;
    const part: Tcp = { ...tcp, seq: (tcp.seq + at) >>> 0, flags: last ? tcp.flags : tcp.flags & ~(TCP.fin | TCP.psh), data: data.subarray(at, at + size) };
    delete part.gsoSize;
    parts.push({ ...packet, id: (packet.id + parts.length) & 0xffff, payload: part });
  }
  return parts;
}

/**
 * A network device, as `ip link` lists it: what all kinds have in common.
 *
 * A device sends by `transmit(frame)` and receives by calling the slot its owner filled,
 * `onReceive`; a bridge fills that slot of its ports, the namespace that of all others. What
 * crosses to another device is always scheduled, never called: that fixes the order of the
 * world and keeps the stack flat.
 */
import type { Mac } from "../wire/mac";
import type { Frame } from "../wire/packet";

export type DeviceKind = "loopback" | "veth" | "bridge" | "vxlan" | "dummy" | "cable";

/** What `ip -s link` counts. */
export type LinkStats = { rxPackets: number; rxBytes: number; rxDropped: number; rxErrors: number; txPackets: number; txBytes: number; txDropped: number; txErrors: number; txCarrierErrors: number; multicast: number };

export interface Device {
  readonly kind: DeviceKind;
  readonly index: number;
  name: string;
  mac: Mac;
  mtu: number;
  /** IFF_UP: what `ip link set up` sets. */
  up: boolean;
  /** IFF_LOWER_UP: somebody is at the other end. */
  readonly carrier: boolean;
  readonly noarp: boolean;
  readonly stats: LinkStats;
  /** The bridge this device is a port of, if any. */
  master: Device | undefined;
  /** What an skb carries beside the frame (its mark, its connection) crosses with it inside one namespace. */
  transmit(frame: Frame, cargo?: unknown): void;
  /** Filled by the namespace, or by the bridge the device is a port of. */
  onReceive: (frame: Frame, device: Device, cargo?: unknown) => void;
  /** The last frame was too long for whoever is at the other end (NET_XMIT_DROP): its sender may want to know. */
  refused: boolean;
  /** Packet sockets (tcpdump) look at every frame that passes: see taps. */
  readonly taps: Set<Tap>;
}

export type Tap = (frame: Frame, direction: "in" | "out", device: Device) => void;

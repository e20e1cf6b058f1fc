/**
 * A packet socket, as tcpdump opens it (packet(7)): copies of the frames that pass one device, or
 * all of them, in both directions. What the filter does not want is not copied.
 */
import { SysError } from "../core/errno";
import { Signal, type Task } from "../core/task";
import type { Device } from "../link/device";
import { cloneFrame, type Frame } from "../wire/packet";
import type { Netns } from "./netns";
import type { SocketOwner } from "./socket";

/** A copy of a frame, when it passed, by which device and which way. */
export type CapturedFrame = { readonly frame: Frame; readonly atMs: number; readonly device: Device; readonly direction: "in" | "out" };

/** What a capture's ring holds before it drops (tcpdump -B: 2 MiB of 2 kB frames). */
const MAX_WAITING = 4096;

export class PacketSocket {
  owner: SocketOwner | undefined;
  readonly readable = new Signal();
  readonly inode: number;
  /** Frames the filter let through, and those for which there was no room (PACKET_STATISTICS). */
  received = 0;
  dropped = 0;
  #device: Device | undefined;
  #waiting: CapturedFrame[] = [];
  #closed = false;
  #filter: (frame: Frame, device: Device, direction: "in" | "out") => boolean = () => true;
  readonly #tap: (frame: Frame, direction: "in" | "out", device: Device) => void;

  constructor(readonly ns: Netns) {
    this.inode = ns.sockets.nextInode();
    this.#tap = (frame, direction, device) => this.#see(frame, direction, device);
    ns.sockets.packet.add(this);
  }

  get bound(): Device | "any" | undefined {
    return this.#device ?? (this.ns.taps.has(this.#tap) ? "any" : undefined);
  }

  setFilter(filter: (frame: Frame, device: Device, direction: "in" | "out") => boolean): void {
    this.#filter = filter;
  }

  /** A device's name, or "any"; throws ENODEV. */
  bind(name: string): void {
    this.#leave();
    if (name === "any") {
      this.ns.taps.add(this.#tap);
      return;
    }
    const device = this.ns.devices.byName(name);
    if (device === undefined) throw new SysError("ENODEV");
    this.#device = device;
    device.taps.add(this.#tap);
  }

  *recv(deadlineMs = Number.POSITIVE_INFINITY): Task<CapturedFrame | undefined> {
    for (;;) {
      const frame = this.tryRecv();
      if (frame !== undefined) return frame;
      if (this.#closed) throw new SysError("EBADF");
      if ((yield { on: this.readable, deadlineMs }) === "timeout") return this.tryRecv();
    }
  }

  tryRecv(): CapturedFrame | undefined {
    return this.#waiting.shift();
  }

  close(): void {
    this.#closed = true;
    this.#leave();
    this.ns.sockets.packet.delete(this);
    this.readable.notify();
  }

  #leave(): void {
    this.#device?.taps.delete(this.#tap);
    this.#device = undefined;
    this.ns.taps.delete(this.#tap);
  }

  #see(frame: Frame, direction: "in" | "out", device: Device): void {
    // The loopback shows each frame twice, leaving and arriving; libpcap throws the first away.
    if (direction === "out" && device.kind === "loopback") return;
    if (!this.#filter(frame, device, direction)) return;
    this.received++;
    if (this.#waiting.length >= MAX_WAITING) {
      this.dropped++;
      return;
    }
    this.#waiting.push({ frame: cloneFrame(frame), atMs: this.ns.world.scheduler.nowMs, device, direction });
    this.readable.notify();
  }
}

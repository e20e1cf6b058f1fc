/** The devices of a namespace, by name and by index, in the order they were made (struct net's dev_base). */
import type { BaseDevice } from "../link/base";
import type { Netns } from "./netns";

export class Devices {
  readonly #byName = new Map<string, BaseDevice>();
  readonly #byIndex = new Map<number, BaseDevice>();
  readonly #up = new Set<BaseDevice>();
  #lastIndex = 0;
  /** In the order of their indices, once somebody has asked. */
  #sorted: readonly BaseDevice[] | undefined;

  constructor(private readonly ns: Netns) {}

  byName(name: string): BaseDevice | undefined {
    return this.#byName.get(name);
  }

  byIndex(index: number): BaseDevice | undefined {
    return this.#byIndex.get(index);
  }

  all(): readonly BaseDevice[] {
    this.#sorted ??= [...this.#byIndex.values()].sort((a, b) => a.index - b.index);
    return this.#sorted;
  }

  /** dev_new_index(): the next number, unless the wanted one is free. */
  add(device: BaseDevice, wantedIndex?: number): void {
    if (wantedIndex !== undefined && !this.#byIndex.has(wantedIndex)) device.index = wantedIndex;
    else {
      do this.#lastIndex++;
      while (this.#byIndex.has(this.#lastIndex));
      device.index = this.#lastIndex;
    }
    this.#byName.set(device.name, device);
    this.#byIndex.set(device.index, device);
    this.#sorted = undefined;
    device.home = this.ns;
    device.namespaceTaps = this.ns.taps;
    device.onReceive = this.ns.receiveFrame;
    device.onChange = () => this.#changed(device);
    this.ns.sysctl.addDevice(device);
  }

  /** Takes a device out: it is deleted, or goes to another namespace. */
  remove(device: BaseDevice): void {
    device.setUp(false);
    this.ns.fib.deviceDown(device, "gone");
    this.ns.addresses.removeAll(device);
    this.ns.neighbours.deviceGone(device);
    this.ns.sysctl.removeDevice(device);
    this.#byName.delete(device.name);
    this.#byIndex.delete(device.index);
    this.#sorted = undefined;
    device.home = undefined;
    device.namespaceTaps = undefined;
    device.onChange = undefined;
  }

  rename(device: BaseDevice, name: string): void {
    this.#byName.delete(device.name);
    device.name = name;
    this.#byName.set(name, device);
  }

  /** A port that leaves its bridge receives for IP again. */
  receiveForIp(device: BaseDevice): void {
    device.onReceive = this.ns.receiveFrame;
  }

  #changed(device: BaseDevice): void {
    const { ns } = this;
    if (device.up === this.#up.has(device)) {
      if (!device.carrier) ns.neighbours.carrierLost(device);
      ns.fib.linkChanged(device);
      return;
    }
    if (device.up) {
      this.#up.add(device);
      ns.addresses.deviceUp(device);
      ns.fib.deviceUp(device);
    } else {
      this.#up.delete(device);
      ns.onDeviceDown?.(device.index);
      ns.fib.deviceDown(device, "down");
      ns.neighbours.deviceGone(device);
    }
  }
}

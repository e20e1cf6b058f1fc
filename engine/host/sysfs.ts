/** /sys/class/net: what scripts read about devices there (net-sysfs.c). */
import { SysError } from "../core/errno";
import type { Device } from "../link/device";
import { BaseDevice } from "../link/base";
import { VethDevice } from "../link/veth";
import { printMac } from "../wire/mac";
import type { FileSystem } from "./fs";
import type { FileContext, Inode, Lower } from "./inode";
import type { Machine } from "./machine";

const IFF_UP = 1;
const IFF_BROADCAST = 2;
const IFF_LOOPBACK = 8;
const IFF_NOARP = 0x80;
const IFF_MULTICAST = 0x1000;

export function sysClassNet(fs: FileSystem, own: Machine): Lower {
  const devices = (context: FileContext): readonly Device[] => (context.machine ?? own).netns.devices.all();
  return {
    volatile: true,
    refusal: "EACCES",
    names: (context) => devices(context).map(({ name }) => name),
    get: (name, context) => {
      const device = devices(context).find((each) => each.name === name);
      return device && deviceDirectory(fs, device);
    },
  };
}

function deviceDirectory(fs: FileSystem, device: Device): Inode {
  const files = attributes(device);
  const names = [...Object.keys(files), "statistics", ...(device.master ? ["master", "brport"] : []), ...(device.kind === "bridge" ? ["bridge"] : [])];
  return fs.virtual({
    volatile: true, refusal: "EACCES",
    names: () => names,
    get(name) {
      const read = Object.hasOwn(files, name) ? files[name] : undefined;
      if (read) return fs.dynamic(() => read());
      if (name === "statistics") return statistics(fs, device);
      if (name === "master" && device.master) return fs.virtualLink(`../${device.master.name}`);
      if (name === "brport" || name === "bridge") return names.includes(name) ? fs.virtual({ volatile: true, refusal: "EACCES", names: () => [], get: () => undefined }) : undefined;
      return undefined;
    },
  });
}

function attributes(device: Device): Readonly<Record<string, () => string>> {
  const loopback = device.kind === "loopback";
  const flags = (device.up ? IFF_UP : 0) | (loopback ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST) | (device.noarp && !loopback ? IFF_NOARP : 0);
  const live = device.up && device.carrier;
  return {
    address: () => `${printMac(device.mac)}\n`,
    broadcast: () => `${loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff"}\n`,
    carrier: () => {
      // The kernel has no answer for a device that is down.
      if (!device.up) throw new SysError("EINVAL");
      return `${device.carrier ? 1 : 0}\n`;
    },
    flags: () => `0x${flags.toString(16)}\n`,
    addr_len: () => "6\n",
    dormant: () => "0\n",
    // Virtual Ethernet says what it was told to say; the loopback has no answer.
    duplex: () => ethernetOnly(device, "full\n"),
    ifalias: () => "",
    ifindex: () => `${device.index}\n`,
    iflink: () => `${device instanceof VethDevice ? (device.peer?.index ?? device.index) : device.index}\n`,
    link_mode: () => "0\n",
    mtu: () => `${device.mtu}\n`,
    operstate: () => `${loopback || device.kind === "dummy" || device.kind === "vxlan" ? (device.up ? "unknown" : "down") : live ? "up" : device.up ? "lowerlayerdown" : "down"}\n`,
    speed: () => ethernetOnly(device, "10000\n"),
    tx_queue_len: () => `${queueOf(device)}\n`,
    type: () => `${loopback ? 772 : 1}\n`,
  };
}

const queueOf = (device: Device): number => (device instanceof BaseDevice ? device.txQueueLength : 0);

function ethernetOnly({ kind, up }: Device, answer: string): string {
  if ((kind !== "veth" && kind !== "cable") || !up) throw new SysError("EINVAL");
  return answer;
}

const ZERO_STATISTICS = ["collisions", "rx_compressed", "rx_crc_errors", "rx_fifo_errors", "rx_frame_errors", "rx_length_errors", "rx_missed_errors", "rx_nohandler", "rx_over_errors", "tx_aborted_errors", "tx_compressed", "tx_fifo_errors", "tx_heartbeat_errors", "tx_window_errors"];

function statistics(fs: FileSystem, { stats }: Device): Inode {
  const files: Readonly<Record<string, number>> = { ...Object.fromEntries(ZERO_STATISTICS.map((name) => [name, 0])), multicast: stats.multicast, rx_bytes: stats.rxBytes, rx_dropped: stats.rxDropped, rx_errors: stats.rxErrors, rx_packets: stats.rxPackets, tx_bytes: stats.txBytes, tx_carrier_errors: stats.txCarrierErrors, tx_dropped: stats.txDropped, tx_errors: stats.txErrors, tx_packets: stats.txPackets };
  return fs.virtual({ volatile: true, refusal: "EACCES", names: () => Object.keys(files), get: (name) => (Object.hasOwn(files, name) ? fs.dynamic(() => `${files[name]}\n`) : undefined) });
}

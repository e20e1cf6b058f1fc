/**
 * net.netfilter.nf_conntrack_*: /proc/sys/net/netfilter as nf_conntrack_standalone.c makes it.
 * `max` and `buckets` belong to the whole kernel: other namespaces may look at them only.
 */
import { SysError } from "../core/errno";
import type { Netns } from "../net/netns";
import { parseSysctlNumber } from "../net/sysctl";
import type { Conntrack } from "./conntrack";

const DIRECTORY = "net/netfilter/nf_conntrack_";

export function registerSysctls(ns: Netns, conntrack: Conntrack): void {
  const { settings, limits } = conntrack;
  ns.sysctl.registerNumbers(DIRECTORY, settings, 0);
  ns.sysctl.register(`${DIRECTORY}count`, { read: () => String(conntrack.count) });
  const shared = (name: "max" | "buckets") => ({
    read: () => String(limits[name]),
    write: (text: string) => {
      const value = parseSysctlNumber(text);
      if (value < 0 || (name === "buckets" && value === 0)) throw new SysError("EINVAL");
      limits[name] = value;
    },
  });
  for (const name of ["max", "buckets"] as const) {
    const knob = shared(name);
    ns.sysctl.register(DIRECTORY + name, ns.initial ? knob : { read: knob.read });
  }
  if (ns.initial) ns.sysctl.register("net/nf_conntrack_max", shared("max"));
}

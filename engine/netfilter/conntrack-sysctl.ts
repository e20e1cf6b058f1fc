/**
 * net.netfilter.nf_conntrack_*: /proc/sys/net/netfilter as nf_conntrack_standalone.c makes it.
 * `max`, `buckets` and `expect_max` belong to the whole kernel: other namespaces may look at them only.
 */
import { SysError } from "../core/errno";
import type { Netns } from "../net/netns";
import { parseSysctlNumber } from "../net/sysctl";
import type { Conntrack } from "./conntrack";

const DIRECTORY = "net/netfilter/nf_conntrack_";

/** Of protocols that are not modelled: they are there, can be set, and nothing comes of it. */
const idle = () => ({
  frag6_high_thresh: 4_194_304,
  frag6_low_thresh: 3_145_728,
  frag6_timeout: 60,
  gre_timeout: 30,
  gre_timeout_stream: 180,
  icmpv6_timeout: 30,
  sctp_timeout_closed: 10,
  sctp_timeout_cookie_echoed: 3,
  sctp_timeout_cookie_wait: 3,
  sctp_timeout_established: 210,
  sctp_timeout_heartbeat_sent: 30,
  sctp_timeout_shutdown_ack_sent: 3,
  sctp_timeout_shutdown_recd: 3,
  sctp_timeout_shutdown_sent: 3,
});

export function registerSysctls(ns: Netns, conntrack: Conntrack): void {
  const { settings, limits } = conntrack;
  ns.sysctl.registerNumbers(DIRECTORY, settings, 0);
  ns.sysctl.registerNumbers(DIRECTORY, idle(), 0);
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
  else ns.sysctl.register(`${DIRECTORY}expect_max`, { read: () => String(settings.expect_max) });
}

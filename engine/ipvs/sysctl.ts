/** net.ipv4.vs.*: what ip_vs_ctl.c, ip_vs_lblc.c and ip_vs_lblcr.c register. */
import type { Netns } from "../net/netns";
import { numberKnob, parseSysctlNumber } from "../net/sysctl";
import { SysError } from "../core/errno";

export const defaultSettings = () => ({
  am_droprate: 10,
  amemthresh: 1024,
  backup_only: 0,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  conntrack: 0,
  drop_entry: 0,
  drop_packet: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  ignore_tunneled: 0,
  lblc_expiration: 86_400,
  lblcr_expiration: 86_400,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  run_estimation: 1,
  schedule_icmp: 0,
  secure_tcp: 0,
  sloppy_sctp: 0,
  sloppy_tcp: 0,
  snat_reroute: 1,
  sync_persist_mode: 0,
  sync_ports: 1,
  sync_qlen_max: 15_360,
  sync_refresh_period: 0,
  sync_retries: 0,
  sync_sock_size: 0,
  sync_version: 1,
});

export type Settings = ReturnType<typeof defaultSettings>;

const DIRECTORY = "net/ipv4/vs/";
/** The defence levels: 0 off, 1 and 2 by themselves when memory is short, 3 always. */
const LEVELS: readonly string[] = ["drop_entry", "drop_packet", "secure_tcp"];
/** The largest value of those that have one, from 0 up. */
const LARGEST: Readonly<Record<string, number>> = { drop_entry: 3, drop_packet: 3, secure_tcp: 3, sync_version: 1 };

/** `onDefence` hears of every change to a level, or to the rate that goes with it. */
export function registerSysctls(ns: Netns, settings: Settings, onDefence: (level: boolean) => void): void {
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    const level = LEVELS.includes(name);
    const changed = level || name === "am_droprate" ? () => onDefence(level) : undefined;
    ns.sysctl.register(DIRECTORY + name, name in LARGEST ? numberKnob(settings, name, changed, 0, LARGEST[name]) : numberKnob(settings, name, changed));
  }
  ns.sysctl.register(`${DIRECTORY}sync_ports`, {
    read: () => String(settings.sync_ports),
    write: (text) => {
      const ports = parseSysctlNumber(text.trim());
      if (ports <= 0 || (ports & (ports - 1)) !== 0) throw new SysError("EINVAL");
      settings.sync_ports = ports;
    },
  });
  const threshold = { text: "3\t50" };
  ns.sysctl.register(`${DIRECTORY}sync_threshold`, {
    read: () => threshold.text,
    write: (text) => {
      const given = text.trim().split(/\s+/).map(parseSysctlNumber);
      const [after = 0, every = 0] = given;
      if (given.length !== 2 || after < 0 || every < 0 || (after >= every && every !== 0)) throw new SysError("EINVAL");
      threshold.text = `${after}\t${every}`;
    },
  });
}

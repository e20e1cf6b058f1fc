/**
 * Which of its three modes kube-proxy works in: createProxier() and platformCleanup() of
 * cmd/kube-proxy/app/server_linux.go. What another mode has left behind goes first, where
 * upstream can tell it from its own: iptables and ipvs share chains, so neither cleans the other.
 */
import type { Task } from "../../core/task";
import type { Machine } from "../../host/machine";
import type { Proc } from "../../host/proc";
import type { Store } from "../../kube/store";
import type { Netfilter } from "../../netfilter/attach";
import { IptablesRunner, monitorIptables } from "../iptables-runner";
import type { Backend, BackendInit } from "./backend";
import type { ProxyConfig } from "./config";
import { markOf } from "./iptables";
import { FULL_SYNC_PERIOD_MS, Proxier } from "./proxier";
import { SyncRunner } from "./sync-runner";

export type Start = { readonly proc: Proc; readonly store: Store; readonly netfilter: Netfilter; readonly config: ProxyConfig; readonly nodeName: string; readonly init: BackendInit };
export type Started = { readonly backend: Backend; readonly runner: SyncRunner; readonly loops: readonly Task[] };

/** The modes that are not the usual one, and what they leave behind (other-modes.ts). */
export type OtherModes = {
  readonly startNftables: (start: Start) => Started;
  /** A string says why it cannot be. */
  readonly startIpvs: (start: Start) => Started | string;
  readonly cleanUpNftables: (netfilter: Netfilter) => void;
  /** Of those that write iptables. */
  readonly cleanUpOthers: (machine: Machine, netfilter: Netfilter) => void;
};

/** A string says why it cannot be. `others` is asked for when one of them is there, or is to be: see core/later.ts. */
export function startBackend(start: Start, others: () => OtherModes): Started | string {
  const { proc, netfilter, config } = start;
  if (config.mode === "nftables") others().cleanUpOthers(proc.machine, netfilter);
  else if (netfilter.nftables.table("ip", "kube-proxy") !== undefined) others().cleanUpNftables(netfilter);
  switch (config.mode) {
    case "iptables":
      return startIptables(start);
    case "nftables":
      return others().startNftables(start);
    case "ipvs":
      return others().startIpvs(start);
  }
}

function startIptables({ netfilter, config, init }: Start): Started {
  const { world, log, syncPeriodMs } = init;
  const iptables = new IptablesRunner(netfilter);
  log("I", 0, "server_linux.go:136", `"Using iptables Proxier"`);
  log("I", 2, "proxier.go:266", `"Using iptables mark for masquerade" ipFamily="IPv4" mark="${markOf(config.options)}"`);
  log("I", 2, "proxier.go:302", `"Iptables sync params" ipFamily="IPv4" minSyncPeriod="${config.minSyncPeriodMs / 1000}s" syncPeriod="${syncPeriodMs / 1000}s"`);
  log("I", 2, "proxier.go:312", `"Iptables supports --random-fully" ipFamily="IPv4"`);
  const backend = new Proxier({ ...init, iptables, options: config.options });
  const runner = new SyncRunner(world, { minIntervalMs: config.minSyncPeriodMs, retryMs: syncPeriodMs, maxIntervalMs: FULL_SYNC_PERIOD_MS }, () => backend.sync());
  const reload = () => {
    backend.forceFullSync();
    runner.ask();
  };
  const monitor = monitorIptables({ world, iptables, canary: "KUBE-PROXY-CANARY", intervalMs: syncPeriodMs, reload, log: (message, fields, at) => log("I", at, "iptables.go:604", `"${message}"${fields === "" ? "" : ` ${fields}`}`) });
  return { backend, runner, loops: [monitor] };
}

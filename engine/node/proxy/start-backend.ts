/**
 * Which of its three modes kube-proxy works in: createProxier() and platformCleanup() of
 * cmd/kube-proxy/app/server_linux.go. What another mode has left behind goes first, where
 * upstream can tell it from its own: iptables and ipvs share chains, so neither cleans the other.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { EventRecorder } from "../../kube/events";
import type { Store } from "../../kube/store";
import type { Netfilter } from "../../netfilter/attach";
import { IptablesRunner, monitorIptables } from "../iptables-runner";
import type { Backend, BackendInit } from "./backend";
import { cleanUpOtherModes } from "./cleanup";
import type { ProxyConfig } from "./config";
import { markOf } from "./iptables";
import { IpvsKernel } from "./ipvs-kernel";
import { IpvsProxier } from "./ipvs-proxier";
import { setIpvsSysctls } from "./sysctls";
import { NftablesKernel } from "./nftables-kernel";
import { NftablesProxier } from "./nftables-proxier";
import { FULL_SYNC_PERIOD_MS, Proxier } from "./proxier";
import { SyncRunner } from "./sync-runner";

export type Start = { readonly proc: Proc; readonly store: Store; readonly netfilter: Netfilter; readonly config: ProxyConfig; readonly nodeName: string; readonly init: BackendInit };
export type Started = { readonly backend: Backend; readonly runner: SyncRunner; readonly loops: readonly Task[] };

const IPVS_DEPRECATED = "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";

/** A string says why it cannot be. */
export function startBackend(start: Start): Started | string {
  const { netfilter, config } = start;
  if (config.mode === "nftables") cleanUpOtherModes(start.proc.machine, netfilter);
  else new NftablesKernel(netfilter).cleanUp();
  switch (config.mode) {
    case "iptables":
      return startIptables(start);
    case "nftables":
      return startNftables(start);
    case "ipvs":
      return startIpvs(start);
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

function startNftables({ netfilter, config, init }: Start): Started {
  const { world, log, syncPeriodMs } = init;
  log("I", 0, "server_linux.go:259", `"Using nftables Proxier"`);
  log("I", 2, "proxier.go:230", `"Using nftables mark for masquerade" ipFamily="IPv4" mark="${markOf(config.options)}"`);
  log("I", 2, "proxier.go:264", `"NFTables sync params" ipFamily="IPv4" minSyncPeriod="${config.minSyncPeriodMs / 1000}s" syncPeriod="${syncPeriodMs / 1000}s"`);
  const backend = new NftablesProxier({ ...init, netfilter, options: config.options });
  const runner = new SyncRunner(world, { minIntervalMs: config.minSyncPeriodMs, retryMs: syncPeriodMs, maxIntervalMs: FULL_SYNC_PERIOD_MS }, () => backend.sync());
  return { backend, runner, loops: [] };
}

function startIpvs({ proc, store, netfilter, config, init, nodeName }: Start): Started | string {
  const { world, log, syncPeriodMs } = init;
  const { machine } = proc;
  const kernel = new IpvsKernel(machine.netns, netfilter, machine);
  const scheduler = config.ipvs.scheduler === "" ? "rr" : config.ipvs.scheduler;
  const problem = kernel.problemWith(scheduler);
  if (problem !== undefined) return `can't use the IPVS proxier: ${problem}`;
  log("I", 0, "server_linux.go:194", `"Using ipvs Proxier"`);
  log("E", 0, "server_linux.go:196", `"${IPVS_DEPRECATED}"`);
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: nodeName, uid: nodeName } };
  new EventRecorder(world, store, "kube-proxy", "events.k8s.io").record(node, { type: "Warning", reason: "IPVSDeprecation", action: "StartKubeProxy", message: IPVS_DEPRECATED, host: nodeName });
  if (config.ipvs.scheduler === "") log("I", 0, "proxier.go:351", `"IPVS scheduler not specified, use rr by default" ipFamily="IPv4"`);
  setIpvsSysctls(machine, config.ipvs, (text) => log("I", 2, "proxier.go:316", text));
  const { tcpTimeoutSeconds: tcp, tcpFinTimeoutSeconds: tcpFin, udpTimeoutSeconds: udp } = config.ipvs;
  kernel.setTimeouts({ tcp, tcpFin, udp });
  log("I", 2, "proxier.go:398", `"ipvs sync params" ipFamily="IPv4" minSyncPeriod="${config.minSyncPeriodMs / 1000}s" syncPeriod="${syncPeriodMs / 1000}s"`);
  const backend = new IpvsProxier({ ...init, kernel, iptables: new IptablesRunner(netfilter), options: config.options, config: config.ipvs, scheduler });
  const runner = new SyncRunner(world, { minIntervalMs: config.minSyncPeriodMs, retryMs: syncPeriodMs, maxIntervalMs: syncPeriodMs }, () => backend.sync());
  return { backend, runner, loops: [backend.graceful.loop()] };
}

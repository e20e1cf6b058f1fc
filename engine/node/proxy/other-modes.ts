/**
 * kube-proxy's ipvs and nftables modes, as createProxier() of cmd/kube-proxy/app/server_linux.go
 * starts them. Apart from start-backend.ts, so that a world whose nodes work with iptables can
 * begin without them.
 */
import { EventRecorder } from "../../kube/events";
import { IptablesRunner } from "../iptables-runner";
import { cleanUpOtherModes } from "./cleanup";
import { markOf } from "./iptables";
import { IpvsKernel } from "./ipvs-kernel";
import { IpvsProxier } from "./ipvs-proxier";
import { NftablesKernel } from "./nftables-kernel";
import { NftablesProxier } from "./nftables-proxier";
import { FULL_SYNC_PERIOD_MS } from "./proxier";
import type { OtherModes, Start, Started } from "./start-backend";
import { SyncRunner } from "./sync-runner";
import { setIpvsSysctls } from "./sysctls";

const IPVS_DEPRECATED = "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";

export const otherModes: OtherModes = { startNftables, startIpvs, cleanUpNftables: (netfilter) => new NftablesKernel(netfilter).cleanUp(), cleanUpOthers: cleanUpOtherModes };

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

/**
 * kube-proxy's iptables proxier: when it writes everything, when only what has changed, and
 * what it does when iptables-restore refuses. Answers to syncProxyRules() of
 * pkg/proxy/iptables/proxier.go around the text, which iptables.ts makes.
 *
 * A full sync, jumps included, happens at the start, after a failure, when the canary is gone,
 * when the node's zone changes, and once an hour; every other sync trusts what is there.
 */
import type { World } from "../../core/world";
import type { IptablesRunner } from "../iptables-runner";
import { goDuration } from "../../apps/go-duration";
import { LARGE_CLUSTER_ENDPOINTS, type ProxyOptions, syncText, totalEndpoints } from "./iptables";
import { ensureJumps } from "./jumps";
import type { Watched } from "./watched";

/** proxyutil.FullSyncPeriod */
export const FULL_SYNC_PERIOD_MS = 3_600_000;

export type ProxierInit = {
  readonly world: World;
  readonly iptables: IptablesRunner;
  readonly watched: Watched;
  readonly options: ProxyOptions;
  readonly syncPeriodMs: number;
  readonly log: (severity: "I" | "E", verbosity: number, place: string, text: string) => void;
  /** After each sync that went well: conntrack entries, health checks. */
  readonly synced: (watched: Watched) => void;
};

export class Proxier {
  #needFullSync = true;
  #lastFullSyncMs = 0;
  #lastCleanupMs = Number.NEGATIVE_INFINITY;
  #pendingSinceMs: number | undefined;
  /** For healthz: when rules were last as they should be. */
  lastSyncedMs: number;

  constructor(private readonly init: ProxierInit) {
    this.lastSyncedMs = init.world.scheduler.nowMs;
  }

  forceFullSync(): void {
    this.#needFullSync = true;
  }

  /** Something is waiting to be written since then. */
  pending(sinceMs: number): void {
    this.#pendingSinceMs ??= sinceMs;
  }

  /** healthz turns unhealthy when a change has waited for two sync periods. */
  get healthy(): boolean {
    const { world, syncPeriodMs } = this.init;
    return this.#pendingSinceMs === undefined || world.scheduler.nowMs - this.#pendingSinceMs < 2 * syncPeriodMs;
  }

  sync(): boolean {
    const { world, iptables, watched, options, syncPeriodMs, log } = this.init;
    const startMs = world.scheduler.nowMs;
    watched.take();
    const changes = watched.takeChanges();
    const full = this.#needFullSync || changes.topology || startMs - this.#lastFullSyncMs > FULL_SYNC_PERIOD_MS;
    log("I", 2, "proxier.go:697", `"Syncing iptables rules" ipFamily="IPv4" fullSync=${full}`);
    if (full) ensureJumps(iptables);
    const state = watched.state(options);
    const cleanUp = totalEndpoints(state) <= LARGE_CLUSTER_ENDPOINTS || startMs - this.#lastCleanupMs > syncPeriodMs;
    const made = syncText(state, { ...(!full && { changed: changes.services }), ...(cleanUp && { existing: iptables.chains("nat") }) });
    if (cleanUp) this.#lastCleanupMs = startMs;
    log("I", 2, "proxier.go:1547", `"Reloading service iptables data" ipFamily="IPv4" numServices=${made.numServices} numEndpoints=${made.numEndpoints} numFilterChains=${made.numFilterChains} numFilterRules=${made.numFilterRules} numNATChains=${made.numNATChains} numNATRules=${made.numNATRules}`);
    const problem = iptables.restoreAll(made.text);
    if (problem !== undefined) return this.#failed(problem);
    this.#needFullSync = false;
    if (full) this.#lastFullSyncMs = startMs;
    this.#pendingSinceMs = undefined;
    this.lastSyncedMs = world.scheduler.nowMs;
    this.init.synced(watched);
    log("I", 2, "proxier.go:735", `"SyncProxyRules complete" ipFamily="IPv4" elapsed="${goDuration(world.scheduler.nowMs - startMs)}"`);
    return true;
  }

  /** What was to change is forgotten by now, so that only everything will do. */
  #failed({ message, exit }: { readonly message: string; readonly exit: number }): false {
    const { log, syncPeriodMs, world } = this.init;
    this.#needFullSync = true;
    this.pending(world.scheduler.nowMs);
    log("E", 0, "proxier.go:1561", `"Failed to execute iptables-restore" err=<\n\texit status ${exit}: ${message.trimEnd().replaceAll("\n", "\n\t")}\n > ipFamily="IPv4"`);
    log("E", 0, "bounded_frequency_runner.go:132", `"Sync failed" err="Failed to execute iptables-restore" controller="iptables-sync-runner" retryingTime="${goDuration(syncPeriodMs)}"`);
    return false;
  }
}

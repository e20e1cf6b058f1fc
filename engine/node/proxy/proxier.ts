/**
 * kube-proxy's iptables proxier: when it writes everything, when only what has changed, and
 * what it does when iptables-restore refuses. Answers to syncProxyRules() of
 * pkg/proxy/iptables/proxier.go around the text, which iptables.ts makes.
 *
 * A full sync, jumps included, happens at the start, after a failure, when the canary is gone,
 * when the node's zone changes, and once an hour; every other sync trusts what is there.
 */
import type { IptablesRunner } from "../iptables-runner";
import { goDuration } from "../../apps/go-duration";
import { type Backend, type BackendInit, Freshness } from "./backend";
import { LARGE_CLUSTER_ENDPOINTS, type ProxyOptions, type SyncText } from "./iptables";
import { ensureJumps } from "./jumps";
import { isServiceChain } from "./names";
import { type Held, NONE } from "./sync-texts";

/** proxyutil.FullSyncPeriod */
export const FULL_SYNC_PERIOD_MS = 3_600_000;

export type ProxierInit = BackendInit & { readonly iptables: IptablesRunner; readonly options: ProxyOptions };

type Known = Held & { readonly foreignCommits: number };
type Problem = { readonly message: string; readonly exit: number };

export class Proxier implements Backend {
  readonly freshness: Freshness;
  #needFullSync = true;
  #lastFullSyncMs = 0;
  #lastCleanupMs = Number.NEGATIVE_INFINITY;
  /** As its last sync has left the nat table; undefined when it has to be asked. */
  #known: Known | undefined;

  constructor(private readonly init: ProxierInit) {
    this.freshness = new Freshness(init.world, init.syncPeriodMs);
  }

  forceFullSync(): void {
    this.#needFullSync = true;
  }

  sync(): boolean {
    const { world, iptables, watched, options, syncPeriodMs, log } = this.init;
    const startMs = world.scheduler.nowMs;
    watched.take();
    const changes = watched.takeChanges();
    const full = this.#needFullSync || changes.topology || startMs - this.#lastFullSyncMs > FULL_SYNC_PERIOD_MS;
    log("I", 2, "proxier.go:697", `"Syncing iptables rules" ipFamily="IPv4" fullSync=${full}`);
    // Where nobody else has written since the last sync, everything stands as it was left.
    const known = this.#known?.foreignCommits === iptables.foreignCommits ? this.#known : undefined;
    if (full && known === undefined) ensureJumps(iptables);
    const state = watched.sharedState(options);
    const cleanUp = watched.texts.totalEndpoints(state) <= LARGE_CLUSTER_ENDPOINTS || startMs - this.#lastCleanupMs > syncPeriodMs;
    const before = cleanUp ? (known ?? { active: NONE, stale: new Set(iptables.chains("nat")) }) : undefined;
    const made = watched.texts.make(state, full ? undefined : changes.services, before);
    if (cleanUp) this.#lastCleanupMs = startMs;
    log("I", 2, "proxier.go:1547", `"Reloading service iptables data" ipFamily="IPv4" numServices=${made.numServices} numEndpoints=${made.numEndpoints} numFilterChains=${made.numFilterChains} numFilterRules=${made.numFilterRules} numNATChains=${made.numNATChains} numNATRules=${made.numNATRules}`);
    const problem = this.#restore(made, known);
    if (problem !== undefined) return this.#failed(problem);
    this.#known = full || known !== undefined ? this.#left(made, cleanUp, known) : undefined;
    this.#needFullSync = false;
    if (full) this.#lastFullSyncMs = startMs;
    this.freshness.done();
    this.init.synced(watched);
    log("I", 2, "proxier.go:735", `"SyncProxyRules complete" ipFamily="IPv4" elapsed="${goDuration(world.scheduler.nowMs - startMs)}"`);
    return true;
  }

  /** What changes nothing but its own, all of which it knows, cannot be refused: it is read when somebody looks. */
  #restore(made: SyncText, known: Known | undefined): Problem | undefined {
    const { iptables } = this.init;
    if (known === undefined || !made.plain) return iptables.restoreAll(made.text);
    iptables.restoreLater(made, (problem) => void this.#failed(problem));
    return undefined;
  }

  /** Only a full sync makes sure of everything; others build upon it. */
  #left({ active }: SyncText, cleanUp: boolean, known: Known | undefined): Known {
    const { iptables, watched } = this.init;
    const { foreignCommits } = iptables;
    if (cleanUp) return { active, stale: NONE, foreignCommits };
    if (known !== undefined) return { active, stale: watched.texts.stale(known, active), foreignCommits };
    return { active, stale: new Set(iptables.chains("nat").filter((chain) => isServiceChain(chain) && !active.has(chain))), foreignCommits };
  }

  /** What was to change is forgotten by now, so that only everything will do. */
  #failed({ message, exit }: Problem): false {
    const { log, syncPeriodMs } = this.init;
    this.#needFullSync = true;
    this.#known = undefined;
    this.freshness.pending();
    log("E", 0, "proxier.go:1561", `"Failed to execute iptables-restore" err=<\n\texit status ${exit}: ${message.trimEnd().replaceAll("\n", "\n\t")}\n > ipFamily="IPv4"`);
    log("E", 0, "bounded_frequency_runner.go:132", `"Sync failed" err="Failed to execute iptables-restore" controller="iptables-sync-runner" retryingTime="${goDuration(syncPeriodMs)}"`);
    return false;
  }
}

/**
 * kube-proxy's nftables proxier: when it writes everything, when only what differs, and what it
 * does when nft refuses. Answers to syncProxyRules() of pkg/proxy/nftables/proxier.go around the
 * text, which nftables.ts makes.
 *
 * Nobody watches the table: whoever deletes it is found out when the next transaction fails, or at
 * the hourly full sync.
 */
import { goDuration } from "../../apps/go-duration";
import type { Netfilter } from "../../netfilter/attach";
import { type Backend, type BackendInit, Freshness } from "./backend";
import type { ProxyOptions } from "./iptables";
import { type Contents, nftablesText, type NftablesText } from "./nftables";
import { TABLE } from "./nftables-base";
import { NftablesKernel } from "./nftables-kernel";
import { FULL_SYNC_PERIOD_MS } from "./proxier";

const STALE_FOR_MS = 1000;

export type NftablesInit = BackendInit & { readonly netfilter: Netfilter; readonly options: ProxyOptions };

export class NftablesProxier implements Backend {
  readonly freshness: Freshness;
  readonly #kernel: NftablesKernel;
  #needFullSync = true;
  #lastFullSyncMs = 0;
  #first = true;
  #contents: Contents = new Map();
  /** Flushed, and since when. */
  readonly #stale = new Map<string, number>();

  constructor(private readonly init: NftablesInit) {
    this.freshness = new Freshness(init.world, init.syncPeriodMs);
    this.#kernel = new NftablesKernel(init.netfilter);
  }

  sync(): boolean {
    const { world, watched, options, log } = this.init;
    const startMs = world.scheduler.nowMs;
    watched.take();
    const changes = watched.takeChanges();
    const due = this.#needFullSync || changes.topology || startMs - this.#lastFullSyncMs > FULL_SYNC_PERIOD_MS;
    log("I", 2, "proxier.go:1135", `"Syncing nftables rules" ipFamily="IPv4" fullSync=${due}`);
    const full = !this.#deleteStale(startMs) || due;
    const names = this.#kernel.names();
    if (names === undefined && !full) this.#cannotList();
    const made = nftablesText(watched.state(options), {
      ...(!full && { changed: changes.services }),
      first: this.#first,
      known: { chains: names?.chains ?? [], sets: names?.sets ?? [], contents: full ? this.#kernel.contents() : this.#contents },
    });
    log("I", 2, "proxier.go:1725", `"Reloading service nftables data" ipFamily="IPv4" numServices=${made.numServices} numEndpoints=${made.numEndpoints}`);
    if (full) this.#first = false;
    const problem = this.#kernel.run(made.text);
    if (problem !== undefined) return this.#failed(problem);
    this.#succeeded(made, startMs, full);
    log("I", 2, "proxier.go:1156", `"SyncProxyRules complete" ipFamily="IPv4" elapsed="${goDuration(world.scheduler.nowMs - startMs)}"`);
    return true;
  }

  #succeeded({ contents, stale, active }: NftablesText, startMs: number, full: boolean): void {
    this.#contents = contents;
    for (const chain of stale) this.#stale.set(chain, startMs);
    for (const chain of this.#stale.keys()) if (active.has(chain)) this.#stale.delete(chain);
    this.#needFullSync = false;
    if (full) this.#lastFullSyncMs = startMs;
    this.freshness.done();
    this.init.synced(this.init.watched);
  }

  /** Chains that have been empty for a second; false when they could not be deleted. */
  #deleteStale(startMs: number): boolean {
    const old = [...this.#stale].filter(([, sinceMs]) => sinceMs < startMs - STALE_FOR_MS).map(([chain]) => chain);
    if (old.length === 0) return true;
    for (const chain of old) this.#stale.delete(chain);
    this.init.log("I", 0, "proxier.go:1186", `"Deleting stale nftables chains" ipFamily="IPv4" numChains=${old.length}`);
    const problem = this.#kernel.run(old.map((chain) => `delete chain ${TABLE} ${chain}\n`).join(""));
    if (problem === undefined) return true;
    this.init.log("E", 0, "proxier.go:1192", `"Unable to delete stale chains; will retry later" err=<\n${indented(problem)}\n > ipFamily="IPv4"`);
    return false;
  }

  #cannotList(): void {
    for (const what of ["chains", "sets"]) this.init.log("E", 0, "proxier.go:1215", `"Failed to list existing ${what}" err="failed to run nft: No such file or directory" ipFamily="IPv4"`);
  }

  /** What was to change is forgotten by now, so that only everything will do. */
  #failed(problem: string): false {
    const { log, syncPeriodMs } = this.init;
    this.#needFullSync = true;
    this.#stale.clear();
    this.freshness.pending();
    log("E", 0, "proxier.go:1738", `"nftables sync failed" err=<\n${indented(problem)}\n > ipFamily="IPv4"`);
    log("E", 0, "bounded_frequency_runner.go:132", `"Sync failed" err="nftables sync failed" controller="nftables-sync-runner" retryingTime="${goDuration(syncPeriodMs)}"`);
    return false;
  }
}

/** As klog writes an error of several lines. */
function indented(text: string): string {
  return text.split("\n").map((line) => `\t${line}`).join("\n");
}

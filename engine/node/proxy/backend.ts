/**
 * What the three modes of kube-proxy have in common: proxy.Provider of pkg/proxy. The program
 * around them watches the API, serves health checks and says when to sync; a backend writes.
 */
import type { World } from "../../core/world";
import type { Severity } from "../klog";
import type { Watched } from "./watched";

/** Severity, verbosity from which it is written, place, text. */
export type Log = (severity: Severity, atVerbosity: number, place: string, text: string) => void;

export type BackendInit = {
  readonly world: World;
  readonly watched: Watched;
  readonly syncPeriodMs: number;
  readonly log: Log;
  /** After each sync that went well: conntrack entries, health checks. */
  readonly synced: (watched: Watched) => void;
};

export interface Backend {
  readonly freshness: Freshness;
  /** Says whether it went well. */
  sync(): boolean;
}

/** For healthz: since when something has been waiting to be written, and when rules were last as they should be. */
export class Freshness {
  #pendingSinceMs: number | undefined;
  lastSyncedMs: number;

  constructor(
    private readonly world: World,
    private readonly syncPeriodMs: number,
  ) {
    this.lastSyncedMs = world.scheduler.nowMs;
  }

  /** Something is waiting to be written. */
  pending(): void {
    this.#pendingSinceMs ??= this.world.scheduler.nowMs;
  }

  done(): void {
    this.#pendingSinceMs = undefined;
    this.lastSyncedMs = this.world.scheduler.nowMs;
  }

  /** Unhealthy when a change has waited for two sync periods. */
  get healthy(): boolean {
    return this.#pendingSinceMs === undefined || this.world.scheduler.nowMs - this.#pendingSinceMs < 2 * this.syncPeriodMs;
  }
}

/**
 * How kubelet, kube-proxy and flannel speak to iptables: by running it, and by feeding
 * iptables-restore. Answers to pkg/util/iptables (EnsureChain, EnsureRule, RestoreAll,
 * Monitor) and holds no state of its own.
 */
import { type Task, sleepUntil } from "../core/task";
import type { World } from "../core/world";
import type { Netfilter } from "../netfilter/attach";
import { runIptables } from "../netfilter/iptables/command";
import { restore } from "../netfilter/iptables/restore";
import { save } from "../netfilter/iptables/save";

export type Table = "mangle" | "nat" | "filter";

export class IptablesRunner {
  constructor(private readonly netfilter: Netfilter) {}

  /** True when it was there before. */
  ensureChain(table: Table, chain: string): boolean {
    return runIptables(this.netfilter, ["iptables", "-w", "5", "-N", chain, "-t", table]).exit !== 0;
  }

  chainExists(table: Table, chain: string): boolean {
    return runIptables(this.netfilter, ["iptables", "-w", "5", "-S", chain, "1", "-t", table]).exit === 0;
  }

  deleteChain(table: Table, chain: string): void {
    runIptables(this.netfilter, ["iptables", "-w", "5", "-X", chain, "-t", table]);
  }

  /** Adds the rule at the head or the end of the chain unless it stands anywhere in it. */
  ensureRule(position: "prepend" | "append", table: Table, chain: string, rule: readonly string[]): void {
    const run = (operation: string) => runIptables(this.netfilter, ["iptables", "-w", "5", operation, chain, "-t", table, ...rule]);
    if (run("-C").exit !== 0) run(position === "prepend" ? "-I" : "-A");
  }

  /** Undefined when it went well, else what iptables-restore said and its exit status. */
  restoreAll(text: string): { readonly message: string; readonly exit: number } | undefined {
    const done = restore(this.netfilter, text, { noflush: true, counters: true });
    return done.ok ? undefined : { message: done.message, exit: done.exit };
  }

  /** The chains of a table, as iptables-save declares them. */
  chains(table: Table, wallMs: number): string[] {
    const saved = save(this.netfilter, { tables: [table], counters: false, wallMs });
    return saved.split("\n").flatMap((line) => (line.startsWith(":") ? [line.slice(1, line.indexOf(" "))] : []));
  }
}

export type Monitor = {
  readonly world: World;
  readonly iptables: IptablesRunner;
  readonly canary: string;
  readonly intervalMs: number;
  readonly reload: () => void;
  readonly log: (message: string, fields: string, verbosity: number) => void;
};

const TABLES: readonly Table[] = ["mangle", "nat", "filter"];
const FLUSH_POLL_MS = 100;
const FLUSH_TIMEOUT_MS = 5000;

/**
 * Notices that somebody has flushed everything: plants a canary chain in three tables and
 * looks for it, in mangle only. A flush of nat alone therefore goes unseen.
 */
export function* monitorIptables({ world: { scheduler }, iptables, canary, intervalMs, reload, log }: Monitor): Task {
  for (;;) {
    for (const table of TABLES) iptables.ensureChain(table, canary);
    do yield* sleepUntil(scheduler.nowMs + intervalMs);
    while (iptables.chainExists("mangle", canary));
    log("IPTables canary deleted", `table="mangle" chain="${canary}"`, 2);
    const deadlineMs = scheduler.nowMs + FLUSH_TIMEOUT_MS;
    const inconsistent = () => TABLES.slice(1).some((table) => iptables.chainExists(table, canary));
    while (inconsistent() && scheduler.nowMs < deadlineMs) yield* sleepUntil(scheduler.nowMs + FLUSH_POLL_MS);
    if (inconsistent()) log("Inconsistent iptables state detected", "", 0);
    log("Reloading after iptables flush", "", 2);
    reload();
  }
}

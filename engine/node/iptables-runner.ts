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

export type Table = "mangle" | "nat" | "filter";
export type Wanted = { readonly table: Table; readonly chain: string; readonly rule: readonly string[] };

const TABLES: readonly Table[] = ["mangle", "nat", "filter"];

export class IptablesRunner {
  /** Commits of its own. */
  #commits = 0;

  constructor(private readonly netfilter: Netfilter) {}

  /** Counts the changes that others have made: who has written everything himself can know that it still stands. */
  get foreignCommits(): number {
    return this.netfilter.iptables.nft.generation - this.#commits;
  }

  /** `iptables -S CHAIN 1`, without the printing. */
  chainExists(table: Table, chain: string): boolean {
    return this.#look(chain, () => this.#chains(table)?.has(chain) ?? false);
  }

  /** How many rules a chain has; 0 when there is no such chain. */
  ruleCount(table: Table, chain: string): number {
    return this.#look(chain, () => this.#chains(table)?.get(chain)?.rules.length ?? 0);
  }

  /** `iptables -C`; an empty chain need not be asked. */
  hasRule(table: Table, chain: string, rule: readonly string[]): boolean {
    return this.ruleCount(table, chain) > 0 && this.#look(chain, () => runIptables(this.netfilter, ["iptables", "-w", "5", "-C", chain, "-t", table, ...rule]).exit === 0);
  }

  /** What is put off are kube-proxy's own chains: to see others, nobody has to wait for them. */
  #look<T>(chain: string, look: () => T): T {
    return chain.startsWith("KUBE-") ? look() : this.netfilter.iptables.nft.asItStands(look);
  }

  /** The chains of a table, as iptables-save declares them. */
  chains(table: Table): string[] {
    return [...(this.#chains(table)?.keys() ?? [])];
  }

  #chains(table: Table): ReadonlyMap<string, { readonly rules: readonly unknown[] }> | undefined {
    return this.netfilter.iptables.nft.table(table)?.chains;
  }

  deleteChain(table: Table, chain: string): void {
    runIptables(this.netfilter, ["iptables", "-w", "5", "-X", chain, "-t", table]);
  }

  /**
   * Rules that must stand somewhere in their chains: what is missing is put at the head, one
   * after the other (so the last stands first), or at the end. Chains that are missing are made.
   *
   * Differs: one iptables-restore for all, where upstream runs iptables for each.
   */
  ensureRules(position: "prepend" | "append", rules: readonly Wanted[], chains: readonly (readonly [Table, string])[] = []): void {
    const operation = position === "prepend" ? "-I" : "-A";
    const missing = rules.filter(({ table, chain, rule }) => !this.hasRule(table, chain, rule));
    const text = TABLES.flatMap((table) => {
      const made = [...new Set(chains.flatMap(([of, chain]) => (of === table && !this.chainExists(table, chain) ? [`:${chain} - [0:0]`] : [])))];
      const added = missing.flatMap(({ table: of, chain, rule }) => (of === table ? [`${operation} ${chain} ${rule.map(quoted).join(" ")}`] : []));
      return made.length + added.length > 0 ? [`*${table}`, ...made, ...added, "COMMIT"] : [];
    });
    if (text.length > 0) this.restoreAll([...text, ""].join("\n"));
  }

  /** Undefined when it went well, else what iptables-restore said and its exit status. */
  restoreAll(text: string): { readonly message: string; readonly exit: number } | undefined {
    const tables = this.netfilter.iptables.nft;
    tables.listed(); // Whatever was put off comes first.
    const before = tables.generation;
    const done = restore(this.netfilter, text, { noflush: true, counters: true });
    this.#commits += tables.generation - before;
    return done.ok ? undefined : { message: done.message, exit: done.exit };
  }

  /** The same for a text about KUBE- chains that is certain to be accepted: it is read when somebody looks. `failed` is for the case that was certain not to be. */
  restoreLater(made: { readonly text: string }, failed: (problem: { readonly message: string; readonly exit: number }) => void): void {
    this.netfilter.iptables.nft.defer(["filter", "nat"], () => {
      const problem = this.restoreAll(made.text);
      if (problem !== undefined) failed(problem);
    });
  }
}

function quoted(word: string): string {
  return word.includes(" ") ? `"${word}"` : word;
}

export type Monitor = {
  readonly world: World;
  readonly iptables: IptablesRunner;
  readonly canary: string;
  readonly intervalMs: number;
  readonly reload: () => void;
  readonly log: (message: string, fields: string, verbosity: number) => void;
};

const FLUSH_POLL_MS = 100;
const FLUSH_TIMEOUT_MS = 5000;

/**
 * Notices that somebody has flushed everything: plants a canary chain in three tables and
 * looks for it, in mangle only. A flush of nat alone therefore goes unseen.
 */
export function* monitorIptables({ world: { scheduler }, iptables, canary, intervalMs, reload, log }: Monitor): Task {
  for (;;) {
    iptables.ensureRules("append", [], TABLES.map((table) => [table, canary] as const));
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

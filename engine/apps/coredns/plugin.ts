/**
 * What a CoreDNS plugin is: made from its directive, it answers a query, or hands it on to the
 * next one in the chain. The order of the chain is fixed (plugin.cfg), not the Corefile's.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { Store } from "../../kube/store";
import type { DnsMessage, Question, Rcode } from "../../wire/dns";
import type { Directive, ServerBlock } from "./corefile";

export type Query = {
  readonly message: DnsMessage;
  /** Lower case, with its final dot. */
  readonly name: string;
  readonly type: Question["type"];
  readonly client: string;
  readonly clientPort: number;
  readonly protocol: "udp" | "tcp";
  readonly bytes: number;
};

/** An answer, or a code the server makes one of; with the error that the `errors` plugin prints. */
export type Outcome = { readonly answer: DnsMessage } | { readonly rcode: Rcode; readonly error?: string };

export type Handler = (query: Query) => Task<Outcome>;

export type Setup = {
  readonly proc: Proc;
  readonly store: Store;
  readonly directive: Directive;
  readonly server: ServerBlock;
  readonly say: (line: string) => void;
  /** Asks this very server, from the head of its chain, the same question about another name. */
  readonly lookup: (query: Query, name: string) => Task<Outcome>;
  /** Ends the whole process with this message. */
  readonly fatal: (line: string) => void;
};

export type Instance = {
  /** Wraps what comes after it; absent for plugins that answer nothing (health, ready …). */
  readonly handle?: (query: Query, next: Handler) => Task<Outcome>;
  /** Started once the server listens. */
  readonly start?: () => Task<unknown>;
  /** For /ready. */
  readonly ready?: () => boolean;
  /** How long to go on serving after SIGTERM. */
  readonly lameduckMs?: number;
};

/** Throws CorefileProblem when the directive is not as it must be. */
export type Plugin = { readonly name: string; readonly setUp: (setup: Setup) => Instance };

/** Whether `name` is in `zone`; both with their final dots. */
export function isInZone(name: string, zone: string): boolean {
  return zone === "." || name === zone || name.endsWith(`.${zone}`);
}

export function fqdn(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower : `${lower}.`;
}

/** The most specific of `zones` that holds `name`. */
export function zoneOf(name: string, zones: readonly string[]): string | undefined {
  return zones.filter((zone) => isInZone(name, zone)).sort((a, b) => b.length - a.length)[0];
}

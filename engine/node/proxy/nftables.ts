/**
 * kube-proxy, nftables mode: turns Services and endpoints, and what is already in the kernel, into
 * one transaction for `nft -f`. A pure function: state in, text out.
 *
 * Maps and sets are kept element by element: only what differs is added and deleted. Chains of a
 * Service are written anew when it changes. A chain that nobody uses any more is flushed now and
 * deleted a second later, since kernels before 6.2 hold on to what a map element pointed to.
 * (syncProxyRules() and nftElementStorage of pkg/proxy/nftables/proxier.go, 1.36)
 *
 * Differs: Services are taken by name, where upstream takes them as a Go map gives them.
 */
import { categorizeEndpoints } from "./categorize";
import { type ProxyState, totalEndpoints } from "./iptables";
import { shapeOf } from "./iptables-service";
import { setupLines, TABLE } from "./nftables-base";
import { isNftablesServiceChain } from "./nftables-names";
import { type Container, type NftChain, type NftElement, partsOf, type ServiceParts } from "./nftables-service";

export const CONTAINERS: readonly Container[] = ["cluster-ips", "service-ips", "firewall-ips", "no-endpoint-services", "no-endpoint-nodeports", "service-nodeports", "hairpin-connections"];

/** What each map and set holds: its value by its key; a set's is "". */
export type Contents = ReadonlyMap<Container, ReadonlyMap<string, string>>;

export type NftablesKnown = {
  /** Chains and sets of the table as they are. */
  readonly chains: readonly string[];
  readonly sets: readonly string[];
  readonly contents: Contents;
};

export const NOTHING_KNOWN: NftablesKnown = { chains: [], sets: [], contents: new Map() };

export type NftablesSync = {
  /** Undefined: everything; else the "ns/name" of what changed. */
  readonly changed?: ReadonlySet<string>;
  /** The first of this process. */
  readonly first: boolean;
  readonly known: NftablesKnown;
};

export type NftablesText = {
  readonly text: string;
  readonly contents: Contents;
  /** Chains flushed because nobody uses them, and those in use. */
  readonly stale: readonly string[];
  readonly active: ReadonlySet<string>;
  readonly numServices: number;
  readonly numEndpoints: number;
};

const isAffinitySet = (set: string): boolean => set.startsWith("affinity-");

export function nftablesText(state: ProxyState, { changed, first, known }: NftablesSync): NftablesText {
  const lines = changed === undefined ? setupLines(state, first) : [];
  const keeper = new ElementKeeper(known.contents);
  const active = new Set<string>();
  const activeSets = new Set<string>();
  for (const service of state.services) {
    const parts = partsOf(shapeOf(service, categorizeEndpoints(state.endpoints.get(service.key) ?? [], service, state.place)), state);
    const written = changed === undefined || changed.has(service.service);
    for (const { name } of parts.sets) activeSets.add(name);
    if (written) lines.push(...chainLines(parts.chains.filter(({ name }) => !active.has(name))));
    for (const { name } of parts.chains) active.add(name);
    for (const element of parts.elements) lines.push(...keeper.ensure(element));
    if (written) lines.push(...ruleLines(parts));
  }
  const stale = known.chains.filter((chain) => isNftablesServiceChain(chain) && !active.has(chain));
  for (const chain of stale) lines.push(`flush chain ${TABLE} ${chain}`);
  for (const set of known.sets) if (isAffinitySet(set) && !activeSets.has(set)) lines.push(`delete set ${TABLE} ${set}`);
  lines.push(...keeper.leftovers());
  return { text: lines.map((line) => `${line}\n`).join(""), contents: keeper.contents, stale, active, numServices: state.services.length, numEndpoints: totalEndpoints(state) };
}

function chainLines(chains: readonly NftChain[]): string[] {
  return chains.flatMap(({ name }) => [`add chain ${TABLE} ${name}`, `flush chain ${TABLE} ${name}`]);
}

function ruleLines({ chains, sets }: ServiceParts): string[] {
  const order = [...chains].sort((a, b) => Number(a.name.startsWith("endpoint-")) - Number(b.name.startsWith("endpoint-")));
  return [
    ...sets.map(({ name, seconds }) => `add set ${TABLE} ${name} { type ipv4_addr ; flags dynamic,timeout ; timeout ${seconds}s ; }`),
    ...order.flatMap(({ name, rules }) => rules.map(({ text, comment }) => `add rule ${TABLE} ${name} ${text}${comment === undefined ? "" : ` comment "${comment}"`}`)),
  ];
}

/** nftElementStorage: what is there, and what of it nobody has asked for. */
class ElementKeeper {
  readonly #contents: Map<Container, Map<string, string>>;
  readonly #leftover: Map<Container, Set<string>>;

  constructor(known: Contents) {
    this.#contents = new Map(CONTAINERS.map((name) => [name, new Map(known.get(name))]));
    this.#leftover = new Map(CONTAINERS.map((name) => [name, new Set(known.get(name)?.keys())]));
  }

  get contents(): Contents {
    return this.#contents;
  }

  ensure({ in: container, key, value = "", comment }: NftElement): string[] {
    const elements = this.#contents.get(container);
    const before = elements?.get(key);
    this.#leftover.get(container)?.delete(key);
    if (before === value) return [];
    elements?.set(key, value);
    const added = `add element ${TABLE} ${container} { ${key}${comment === undefined ? "" : ` comment "${comment}"`}${value === "" ? "" : ` : ${value}`} }`;
    return before === undefined ? [added] : [deletion(container, key), added];
  }

  leftovers(): string[] {
    return CONTAINERS.flatMap((container) =>
      [...(this.#leftover.get(container) ?? [])].map((key) => {
        this.#contents.get(container)?.delete(key);
        return deletion(container, key);
      }),
    );
  }
}

function deletion(container: Container, key: string): string {
  return `delete element ${TABLE} ${container} { ${key} }`;
}


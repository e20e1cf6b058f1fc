/**
 * A raw network scenario, as people and generators write it: hosts, links, listeners, probes and
 * steps, for the emulator and for a real kernel alike (the format of netns-oracle).
 */
export type InterfaceSpec = { readonly name: string; readonly type: string; readonly mac?: string; readonly mtu?: number; readonly addrs?: readonly string[]; readonly args?: string; readonly up?: boolean; readonly id?: number; readonly local?: string; readonly dev?: string; readonly dstport?: number; readonly nolearning?: boolean };

export type HostSpec = {
  readonly sysctls?: Readonly<Record<string, string | number>>;
  readonly interfaces?: readonly InterfaceSpec[];
  readonly routes?: readonly string[];
  readonly neigh?: readonly string[];
  readonly fdb?: readonly string[];
  readonly ip?: readonly string[];
  readonly rules?: string;
  readonly ipsets?: string;
  /** `nft -f` text, applied after the rules. */
  readonly nft?: string;
  readonly ipvs?: string;
  readonly backend?: Backend;
  readonly report?: boolean;
};

export type Backend = "legacy" | "nft";

export type LinkSpec = {
  readonly a: string;
  readonly b: string;
  readonly addrs_a?: readonly string[];
  readonly addrs_b?: readonly string[];
  readonly mac_a?: string;
  readonly mac_b?: string;
  readonly master_a?: string;
  readonly master_b?: string;
  readonly hairpin_a?: boolean;
  readonly hairpin_b?: boolean;
  readonly mtu?: number;
};

export type ListenerSpec = { readonly id: string; readonly host: string; readonly ip?: string; readonly port: number; readonly proto?: "tcp" | "udp"; readonly silent?: boolean; readonly pktinfo?: boolean; readonly freebind?: boolean };

export type ProbeSpec = {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly proto?: "tcp" | "udp" | "icmp" | "rawtcp";
  readonly src?: string;
  readonly sport?: number;
  readonly count?: number;
  readonly sport_step?: number;
  readonly mode?: string;
  readonly timeout_ms?: number;
  readonly connected?: boolean;
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly win?: number;
  readonly payload?: string;
  readonly bad_csum?: boolean;
  readonly watch?: readonly string[];
  readonly label?: string;
  readonly mark?: number;
  readonly transparent?: boolean;
  readonly freebind?: boolean;
  readonly data?: string;
  readonly icmp_id?: number;
};

export type StepSpec = ProbeSpec & {
  readonly op?: string;
  readonly name?: string;
  readonly host?: string;
  readonly rules?: string;
  readonly noflush?: boolean;
  readonly counters?: boolean;
  readonly backend?: Backend;
  readonly argv?: readonly string[];
  readonly sh?: string;
  readonly stdin?: string;
  readonly timeout?: number;
  readonly time?: boolean;
  readonly key?: string;
  readonly value?: string | number;
  readonly ms?: number;
  readonly tables?: readonly string[];
  readonly listener?: ListenerSpec;
  readonly id?: string;
  readonly rst?: boolean;
  readonly direction?: string;
  readonly seq_off?: number;
  readonly ack_off?: number;
  readonly dst?: string;
  readonly dport?: number;
};

export type Scenario = {
  readonly name?: string;
  readonly backend?: Backend;
  readonly timeout_ms?: number;
  readonly first_sport?: number;
  readonly tcp_mode?: string;
  readonly raw_defaults?: boolean;
  readonly capture?: true | readonly string[];
  readonly capture_filter?: string;
  readonly capture_log?: boolean;
  readonly log_tag?: string;
  readonly sysctls?: Readonly<Record<string, string | number>>;
  readonly known_ports?: readonly number[];
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly links?: readonly LinkSpec[];
  readonly listeners?: readonly ListenerSpec[];
  readonly probes?: readonly ProbeSpec[];
  readonly steps?: readonly StepSpec[];
  readonly settle_ms?: number;
  readonly raw_conntrack?: boolean;
  readonly static_neigh?: boolean;
  readonly wait_links?: boolean;
};

/** What the author asks for and this emulation cannot do; said by name. */
export class ScenarioProblem extends Error {}

const KNOWN = ["name", "description", "backend", "timeout_ms", "first_sport", "tcp_mode", "raw_defaults", "capture", "capture_filter", "capture_log", "log_tag", "sysctls", "known_ports", "hosts", "links", "listeners", "probes", "steps", "settle_ms", "raw_conntrack", "wait_links", "repeat", "notes", "seed", "tolerance"];

/** Checks what must be there; the fields themselves are believed, as the oracle believes them. */
export function asScenario(value: unknown): Scenario {
  if (typeof value !== "object" || value === null || !("hosts" in value)) throw new ScenarioProblem("not a scenario: it has no hosts");
  for (const key of Object.keys(value)) if (!KNOWN.includes(key)) throw new ScenarioProblem(`not modelled: ${key}`);
  return value as Scenario;
}

/**
 * KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1): the file behind --config, as the
 * ConfigMap kube-system/kube-proxy holds it. Fields that are known but not modelled are named.
 */
import type { YamlReader } from "../../core/yaml-reader";
import { DEFAULT_OPTIONS, type ProxyOptions } from "./iptables";

export type ProxyMode = "iptables" | "ipvs" | "nftables";
export const PROXY_MODES: readonly ProxyMode[] = ["iptables", "ipvs", "nftables"];

export type ProxyConfig = {
  readonly mode: ProxyMode;
  readonly options: ProxyOptions;
  readonly minSyncPeriodMs: number;
  readonly syncPeriodMs: number;
  readonly healthzPort: number;
  readonly metricsPort: number;
  readonly conntrack: ConntrackConfig;
  readonly ipvs: IpvsConfig;
};

export type IpvsConfig = {
  /** "" is rr. */
  readonly scheduler: string;
  readonly strictARP: boolean;
  readonly excludeCIDRs: readonly string[];
  /** 0 leaves the kernel's. */
  readonly tcpTimeoutSeconds: number;
  readonly tcpFinTimeoutSeconds: number;
  readonly udpTimeoutSeconds: number;
};

export type ConntrackConfig = { readonly maxPerCore: number; readonly min: number; readonly tcpEstablishedSeconds: number; readonly tcpCloseWaitSeconds: number; readonly tcpBeLiberal: boolean };

export const DEFAULT_CONFIG: ProxyConfig = {
  mode: "iptables",
  options: DEFAULT_OPTIONS,
  minSyncPeriodMs: 1000,
  syncPeriodMs: 30_000,
  healthzPort: 10_256,
  metricsPort: 10_249,
  conntrack: { maxPerCore: 32_768, min: 131_072, tcpEstablishedSeconds: 86_400, tcpCloseWaitSeconds: 3600, tcpBeLiberal: false },
  ipvs: { scheduler: "", strictARP: false, excludeCIDRs: [], tcpTimeoutSeconds: 0, tcpFinTimeoutSeconds: 0, udpTimeoutSeconds: 0 },
};

/** IPVS alone syncs as often as it is asked to. */
const LEAST_BETWEEN_SYNCS_MS: Readonly<Record<ProxyMode, number>> = { iptables: 1000, ipvs: 0, nftables: 1000 };

type Raw = { readonly [field: string]: unknown };

/** Throws an Error in kube-proxy's words when the file is of no use. */
export function parseProxyConfig(text: string, readYaml: YamlReader): ProxyConfig {
  const [raw] = readYaml(text) as readonly (Raw | undefined)[];
  if (raw === undefined || raw.kind !== "KubeProxyConfiguration") throw new Error("failed to decode: Object 'Kind' is missing");
  return configOfFields(raw);
}

/** What the fields say, from a file or from the flags of old (flags.ts). */
export function configOfFields(raw: Raw): ProxyConfig {
  const mode = modeOf(raw.mode);
  const own = section(raw, mode);
  const masquerades = mode === "nftables" ? own : section(raw, "iptables");
  const conntrack = section(raw, "conntrack");
  const d = DEFAULT_CONFIG;
  const liberal = boolean(conntrack.tcpBeLiberal, false);
  return {
    mode,
    options: {
      clusterCIDR: typeof raw.clusterCIDR === "string" && raw.clusterCIDR !== "" ? raw.clusterCIDR : undefined,
      masqueradeAll: boolean(masquerades.masqueradeAll, false),
      localhostNodePorts: boolean(section(raw, "iptables").localhostNodePorts, true),
      masqueradeBit: number(masquerades.masqueradeBit, 14),
      conntrackLiberal: liberal,
      serviceCIDRs: d.options.serviceCIDRs,
    },
    minSyncPeriodMs: duration(own.minSyncPeriod, LEAST_BETWEEN_SYNCS_MS[mode]),
    syncPeriodMs: duration(own.syncPeriod, d.syncPeriodMs),
    healthzPort: portOf(raw.healthzBindAddress, d.healthzPort),
    metricsPort: portOf(raw.metricsBindAddress, d.metricsPort),
    conntrack: {
      maxPerCore: number(conntrack.maxPerCore, d.conntrack.maxPerCore),
      min: number(conntrack.min, d.conntrack.min),
      tcpEstablishedSeconds: duration(conntrack.tcpEstablishedTimeout, d.conntrack.tcpEstablishedSeconds * 1000) / 1000,
      tcpCloseWaitSeconds: duration(conntrack.tcpCloseWaitTimeout, d.conntrack.tcpCloseWaitSeconds * 1000) / 1000,
      tcpBeLiberal: liberal,
    },
    ipvs: ipvsConfig(section(raw, "ipvs")),
  };
}

/** Throws an Error for a mode that is none. */
function modeOf(value: unknown): ProxyMode {
  if (value === undefined || value === null || value === "") return "iptables";
  const mode = PROXY_MODES.find((each) => each === value);
  if (mode === undefined) throw new Error(`KubeProxyConfiguration.Mode: Invalid value: "${String(value)}": must be iptables,ipvs,nftables or blank (blank means the best-available proxy [currently iptables])`);
  return mode;
}

function ipvsConfig(raw: Raw): IpvsConfig {
  const seconds = (value: unknown): number => duration(value, 0) / 1000;
  return {
    scheduler: typeof raw.scheduler === "string" ? raw.scheduler : "",
    strictARP: boolean(raw.strictARP, false),
    excludeCIDRs: Array.isArray(raw.excludeCIDRs) ? raw.excludeCIDRs.map(String) : [],
    tcpTimeoutSeconds: seconds(raw.tcpTimeout),
    tcpFinTimeoutSeconds: seconds(raw.tcpFinTimeout),
    udpTimeoutSeconds: seconds(raw.udpTimeout),
  };
}

function section(raw: Raw, name: string): Raw {
  const value = raw[name];
  return typeof value === "object" && value !== null ? (value as Raw) : {};
}

function boolean(value: unknown, otherwise: boolean): boolean {
  return typeof value === "boolean" ? value : otherwise;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** "0.0.0.0:10256" */
function portOf(value: unknown, otherwise: number): number {
  const match = typeof value === "string" ? /:(\d+)$/.exec(value) : null;
  return match ? Number(match[1]) : otherwise;
}

/** "1h0m0s", "30s", "500ms" in milliseconds; "0s" and nothing mean the default, as upstream reads them. */
function duration(value: unknown, otherwiseMs: number): number {
  if (typeof value !== "string") return otherwiseMs;
  let ms = 0;
  for (const [, amount, unit] of value.matchAll(/([\d.]+)(h|ms|m|s)/g)) ms += Number(amount) * { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[unit as "h" | "m" | "s" | "ms"];
  return ms === 0 ? otherwiseMs : ms;
}

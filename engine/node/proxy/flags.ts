/**
 * kube-proxy's command line, as pflag reads it (cmd/kube-proxy/app/options.go). Only --config,
 * --hostname-override, --cleanup and -v count when there is a file; without one the old flags make up the
 * configuration, each by the field that has taken its place.
 */

type Kind = "string" | "bool" | "number" | "list";

/** The field of KubeProxyConfiguration behind each flag. */
const FIELDS: Readonly<Record<string, { readonly section?: string; readonly field: string; readonly kind?: Kind }>> = {
  "proxy-mode": { field: "mode" },
  "cluster-cidr": { field: "clusterCIDR" },
  "healthz-bind-address": { field: "healthzBindAddress" },
  "metrics-bind-address": { field: "metricsBindAddress" },
  "masquerade-all": { section: "iptables", field: "masqueradeAll", kind: "bool" },
  "iptables-masquerade-bit": { section: "iptables", field: "masqueradeBit", kind: "number" },
  "iptables-localhost-nodeports": { section: "iptables", field: "localhostNodePorts", kind: "bool" },
  "iptables-sync-period": { section: "iptables", field: "syncPeriod" },
  "iptables-min-sync-period": { section: "iptables", field: "minSyncPeriod" },
  "ipvs-sync-period": { section: "ipvs", field: "syncPeriod" },
  "ipvs-min-sync-period": { section: "ipvs", field: "minSyncPeriod" },
  "ipvs-scheduler": { section: "ipvs", field: "scheduler" },
  "ipvs-exclude-cidrs": { section: "ipvs", field: "excludeCIDRs", kind: "list" },
  "ipvs-strict-arp": { section: "ipvs", field: "strictARP", kind: "bool" },
  "ipvs-tcp-timeout": { section: "ipvs", field: "tcpTimeout" },
  "ipvs-tcpfin-timeout": { section: "ipvs", field: "tcpFinTimeout" },
  "ipvs-udp-timeout": { section: "ipvs", field: "udpTimeout" },
  "conntrack-max-per-core": { section: "conntrack", field: "maxPerCore", kind: "number" },
  "conntrack-min": { section: "conntrack", field: "min", kind: "number" },
  "conntrack-tcp-timeout-established": { section: "conntrack", field: "tcpEstablishedTimeout" },
  "conntrack-tcp-timeout-close-wait": { section: "conntrack", field: "tcpCloseWaitTimeout" },
  "conntrack-tcp-be-liberal": { section: "conntrack", field: "tcpBeLiberal", kind: "bool" },
};

const OWN: Readonly<Record<string, Kind>> = { config: "string", "hostname-override": "string", cleanup: "bool", v: "number" };

/** Upstream has them; nothing here depends on them. */
const NOT_MODELLED = ["bind-address", "bind-address-hard-fail", "config-sync-period", "conntrack-udp-timeout", "conntrack-udp-timeout-stream", "detect-local-mode", "feature-gates", "healthz-port", "init-only", "kube-api-burst", "kube-api-content-type", "kube-api-qps", "kubeconfig", "logging-format", "master", "metrics-port", "nodeport-addresses", "oom-score-adj", "pod-bridge-interface", "pod-interface-name-prefix", "profiling", "show-hidden-metrics-for-version", "version", "vmodule", "windows", "write-config-to"];

export type Flags = {
  readonly config: string | undefined;
  readonly nodeName: string | undefined;
  /** Take away what any mode has written, and end. */
  readonly cleanUp: boolean;
  readonly verbosity: number;
  /** KubeProxyConfiguration as the old flags write it; undefined when there are none. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
};

/** A string says what is wrong. */
export function parseFlags(args: readonly string[]): Flags | string {
  const own = new Map<string, string>();
  const fields: Record<string, unknown> = {};
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    const m = /^(?:--([^=-][^=]*)|-(v))(?:=(.*))?$/.exec(word);
    if (m === null) return word.startsWith("-") ? `Error: unknown ${word.startsWith("--") ? "flag" : "shorthand flag"}: ${word.startsWith("--") ? word : `'${word[1]}' in ${word}`}` : `Error: unknown command "${word}" for "kube-proxy"`;
    const name = m[1] ?? (m[2] as string);
    const kind = OWN[name] ?? (Object.hasOwn(FIELDS, name) ? (FIELDS[name]?.kind ?? "string") : undefined);
    if (kind === undefined) return NOT_MODELLED.includes(name) ? `not modelled: --${name}` : `Error: unknown flag: --${name}`;
    const written = m[3] ?? (kind === "bool" ? "true" : args[++at]);
    if (written === undefined) return `Error: flag needs an argument: ${name === "v" && m[2] ? `'v' in -v` : `--${name}`}`;
    const value = valueOf(written, kind);
    if (value === undefined) return `Error: invalid argument ${JSON.stringify(written)} for "${name === "v" ? "-v, --v" : `--${name}`}" flag: ${kind === "bool" ? `strconv.ParseBool: parsing ${JSON.stringify(written)}: invalid syntax` : `strconv.ParseInt: parsing ${JSON.stringify(written)}: invalid syntax`}`;
    if (Object.hasOwn(OWN, name)) own.set(name, String(value));
    else put(fields, name, value);
  }
  return { config: own.get("config"), nodeName: own.get("hostname-override"), cleanUp: own.get("cleanup") === "true", verbosity: Number(own.get("v") ?? 0), fields: Object.keys(fields).length > 0 ? fields : undefined };
}

function valueOf(written: string, kind: Kind): unknown {
  switch (kind) {
    case "string":
      return written;
    case "list":
      return written.split(",").filter((part) => part !== "");
    case "number":
      return /^-?\d+$/.test(written) ? Number(written) : undefined;
    case "bool":
      if (/^(?:1|t|T|TRUE|true|True)$/.test(written)) return true;
      return /^(?:0|f|F|FALSE|false|False)$/.test(written) ? false : undefined;
  }
}

function put(fields: Record<string, unknown>, name: string, value: unknown): void {
  const at = FIELDS[name];
  if (at === undefined) return;
  if (at.section === undefined) fields[at.field] = value;
  else fields[at.section] = { ...(fields[at.section] as object | undefined), [at.field]: value };
}

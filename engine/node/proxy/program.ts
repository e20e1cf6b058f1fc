/**
 * The kube-proxy process, as the DaemonSet's container runs it:
 * `kube-proxy --config=/var/lib/kube-proxy/config.conf --hostname-override=node-1 --v=2`.
 *
 * It reads its configuration, sets the node's sysctls, and then writes rules whenever Services
 * or endpoints change. The API it reaches by function call, not by packets.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { YamlProblem } from "../../core/yaml";
import { Tasks } from "../../apps/http-server";
import { GO_TERMINATED, Terminated } from "../../apps/terminated";
import type { Proc, Program } from "../../host/proc";
import type { Store } from "../../kube/store";
import { netfilterOf } from "../../netfilter/attach";
import { IptablesRunner, monitorIptables } from "../iptables-runner";
import { klogLine, type Severity } from "../klog";
import { type ProxyConfig, DEFAULT_CONFIG, parseProxyConfig } from "./config";
import { cleanStaleEntries } from "./conntrack-cleanup";
import { HealthServers } from "./health";
import { FULL_SYNC_PERIOD_MS, Proxier } from "./proxier";
import { SyncRunner } from "./sync-runner";
import { setSysctls } from "./sysctls";
import { Watched } from "./watched";

export const KUBE_PROXY_VERSION = "v1.36.0";

export function kubeProxy(store: Store): Program {
  // All nodes read the same file: what it says is worked out once.
  const known = new Map<string, ProxyConfig>();
  return {
    name: "kube-proxy",
    summary: "the Kubernetes network proxy",
    *run(proc) {
      const flags = parseFlags(proc.args);
      if (typeof flags === "string") {
        yield* proc.err(`${flags}\n`);
        return 1;
      }
      const config = configOf(proc, flags.config, known);
      if (typeof config === "string") return yield* fatal(proc, `"Failed complete" err="${config}"`);
      if (config.mode !== "iptables") return yield* fatal(proc, `not modelled: mode ${config.mode}`);
      yield* run(proc, store, config, flags);
      return GO_TERMINATED;
    },
  };
}

type Flags = { readonly config: string | undefined; readonly nodeName: string | undefined; readonly verbosity: number };

function parseFlags(args: readonly string[]): Flags | string {
  const given = new Map<string, string>();
  for (const arg of args) {
    const m = /^--?([a-z-]+)=(.*)$/.exec(arg);
    if (!m) return `Error: unknown command "${arg}" for "kube-proxy"`;
    given.set(m[1] as string, m[2] as string);
  }
  for (const name of given.keys()) if (!["config", "hostname-override", "v"].includes(name)) return `not modelled: --${name}`;
  return { config: given.get("config"), nodeName: given.get("hostname-override"), verbosity: Number(given.get("v") ?? 0) };
}

function configOf(proc: Proc, path: string | undefined, known: Map<string, ProxyConfig>): ProxyConfig | string {
  if (path === undefined) return DEFAULT_CONFIG;
  try {
    const text = proc.fs.readText(path);
    const config = known.get(text) ?? parseProxyConfig(text);
    known.set(text, config);
    return config;
  } catch (error) {
    if (error instanceof SysError) return `failed to read config file "${path}": open ${path}: ${error.message.toLowerCase()}`;
    if (error instanceof YamlProblem || error instanceof Error) return error.message;
    throw error;
  }
}

function* fatal(proc: Proc, text: string): Task<number> {
  yield* proc.err(klogLine(proc.world, "E", "run.go:72", text));
  return 1;
}

function* run(proc: Proc, store: Store, config: ProxyConfig, { nodeName = proc.machine.hostname, verbosity }: Flags): Task {
  const netfilter = netfilterOf(proc.machine.netns);
  if (netfilter === undefined) {
    yield* fatal(proc, `"Error running ProxyServer" err="iptables is not available on this host"`);
    return;
  }
  const lines: string[] = [];
  const log = (severity: Severity, atVerbosity: number, place: string, text: string): void => {
    if (atVerbosity <= verbosity) lines.push(klogLine(proc.world, severity, place, text));
  };
  const iptables = new IptablesRunner(netfilter);
  setSysctls(proc.machine, config, (text) => log("I", 0, "conntrack.go:60", text));
  log("I", 0, "server_linux.go:136", `"Using iptables Proxier"`);
  log("I", 2, "proxier.go:266", `"Using iptables mark for masquerade" ipFamily="IPv4" mark="0x${(2 ** config.options.masqueradeBit).toString(16).padStart(8, "0")}"`);
  log("I", 2, "proxier.go:302", `"Iptables sync params" ipFamily="IPv4" minSyncPeriod="${config.minSyncPeriodMs / 1000}s" syncPeriod="${config.syncPeriodMs / 1000}s"`);
  log("I", 2, "proxier.go:312", `"Iptables supports --random-fully" ipFamily="IPv4"`);
  log("I", 0, "server.go:529", `"Version info" version="${KUBE_PROXY_VERSION}"`);

  const watched = new Watched(store, nodeName);
  proc.onExit(() => watched.close());
  const health = new HealthServers(proc, () => proxier, log);
  const synced = () => {
    cleanStaleEntries(netfilter, watched);
    health.update(watched);
  };
  const proxier = new Proxier({ world: proc.world, iptables, watched, options: config.options, syncPeriodMs: config.syncPeriodMs, log, synced });
  const runner = new SyncRunner(proc.world, { minIntervalMs: config.minSyncPeriodMs, retryMs: config.syncPeriodMs, maxIntervalMs: FULL_SYNC_PERIOD_MS }, () => proxier.sync());
  const reload = () => {
    proxier.forceFullSync();
    runner.ask();
  };
  health.start(config);
  const tasks = new Tasks(proc);
  tasks.start(monitorIptables({ world: proc.world, iptables, canary: "KUBE-PROXY-CANARY", intervalMs: config.syncPeriodMs, reload, log: (message, fields, at) => log("I", at, "iptables.go:604", `"${message}"${fields === "" ? "" : ` ${fields}`}`) }));
  tasks.start(runner.loop());
  yield* follow(proc, watched, proxier, runner, lines);
}

/** Hands what the API server tells to the runner, and the log to standard error. */
function* follow(proc: Proc, watched: Watched, proxier: Proxier, runner: SyncRunner, lines: string[]): Task {
  const terminated = new Terminated(proc);
  while (!terminated.over) {
    if (watched.take()) {
      proxier.pending(proc.nowMs);
      runner.ask();
    }
    if (lines.length > 0) yield* proc.err(lines.splice(0).join(""));
    yield { on: [...watched.ready, runner.ran, terminated.asked] };
  }
}

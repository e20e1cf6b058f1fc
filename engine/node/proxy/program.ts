/**
 * The kube-proxy process, as the DaemonSet's container runs it:
 * `kube-proxy --config=/var/lib/kube-proxy/config.conf --hostname-override=node-1 --v=2`.
 *
 * It reads its configuration, sets the node's sysctls, and then writes rules whenever Services
 * or endpoints change. The API it reaches by function call, not by packets.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { YamlReader } from "../../core/yaml-reader";
import { Tasks } from "../../apps/http-server";
import { GO_TERMINATED, Terminated } from "../../apps/terminated";
import type { Proc, Program } from "../../host/proc";
import type { Store } from "../../kube/store";
import { netfilterOf } from "../../netfilter/attach";
import { klogLine } from "../klog";
import type { Backend, Log } from "./backend";
import { type ProxyConfig, configOfFields, DEFAULT_CONFIG, parseProxyConfig } from "./config";
import { cleanStaleEntries } from "./conntrack-cleanup";
import { type Flags, parseFlags } from "./flags";
import { HealthServers } from "./health";
import { ServiceTracker } from "./service-tracker";
import { type OtherModes, startBackend } from "./start-backend";
import type { SyncRunner } from "./sync-runner";
import { setSysctls } from "./sysctls";
import { Watched } from "./watched";

export const KUBE_PROXY_VERSION = "v1.36.0";

export function kubeProxy(store: Store, others: () => OtherModes, readYaml: YamlReader): Program {
  // All nodes read the same file: what it says is worked out once.
  const known = new Map<string, ProxyConfig>();
  const tracker = new ServiceTracker(store);
  return {
    name: "kube-proxy",
    summary: "the Kubernetes network proxy",
    *run(proc) {
      const flags = parseFlags(proc.args);
      if (typeof flags === "string") {
        yield* proc.err(`${flags}\n`);
        return 1;
      }
      const config = configOf(proc, flags, known, readYaml);
      if (typeof config === "string") return yield* fatal(proc, `"Failed complete" err="${config}"`);
      if (flags.cleanUp) return yield* cleanUp(proc, others());
      return yield* run(proc, { store, tracker, others }, config, flags);
    },
  };
}

/** The API, and what all nodes' kube-proxies work out of it once. */
type Sources = { readonly store: Store; readonly tracker: ServiceTracker; readonly others: () => OtherModes };

function configOf(proc: Proc, { config: path, fields }: Flags, known: Map<string, ProxyConfig>, readYaml: YamlReader): ProxyConfig | string {
  try {
    if (path === undefined) return fields === undefined ? DEFAULT_CONFIG : configOfFields(fields);
    const text = proc.fs.readText(path);
    const config = known.get(text) ?? parseProxyConfig(text, readYaml);
    known.set(text, config);
    return config;
  } catch (error) {
    if (error instanceof SysError) return `failed to read config file "${path}": open ${path}: ${error.message.toLowerCase()}`;
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function* fatal(proc: Proc, text: string): Task<number> {
  yield* proc.err(klogLine(proc.world, "E", "run.go:72", text));
  return 1;
}

/** platformCleanup(): --cleanup takes away the rules of all modes, whichever is configured. */
function* cleanUp(proc: Proc, { cleanUpOthers, cleanUpNftables }: OtherModes): Task<number> {
  const netfilter = netfilterOf(proc.machine.netns);
  if (netfilter === undefined) return yield* fatal(proc, `"Error running ProxyServer" err="iptables is not available on this host"`);
  cleanUpOthers(proc.machine, netfilter);
  cleanUpNftables(netfilter);
  return 0;
}

function* run(proc: Proc, { store, tracker, others }: Sources, config: ProxyConfig, { nodeName = proc.machine.hostname, verbosity }: Flags): Task<number> {
  const netfilter = netfilterOf(proc.machine.netns);
  if (netfilter === undefined) return yield* fatal(proc, `"Error running ProxyServer" err="iptables is not available on this host"`);
  const lines: string[] = [];
  const log: Log = (severity, atVerbosity, place, text) => {
    if (atVerbosity <= verbosity) lines.push(klogLine(proc.world, severity, place, text));
  };
  setSysctls(proc.machine, config, (text) => log("I", 0, "conntrack.go:60", text));
  const watched = new Watched(tracker, nodeName);
  proc.onExit(() => watched.close());
  const health = new HealthServers(proc, () => backend.freshness, log);
  const synced = () => {
    cleanStaleEntries(netfilter, watched);
    health.update(watched);
  };
  const started = startBackend({ proc, store, netfilter, config, nodeName, init: { world: proc.world, watched, syncPeriodMs: config.syncPeriodMs, log, synced } }, others);
  if (typeof started === "string") return yield* fatal(proc, `"Command failed" err="failed complete: ${started}"`);
  const { backend, runner, loops } = started;
  log("I", 0, "server.go:529", `"Version info" version="${KUBE_PROXY_VERSION}"`);
  health.start(config);
  const tasks = new Tasks(proc);
  for (const loop of loops) tasks.start(loop);
  tasks.start(runner.loop());
  yield* follow(proc, watched, backend, runner, lines);
  return GO_TERMINATED;
}

/** Hands what the API server tells to the runner, and the log to standard error. */
function* follow(proc: Proc, watched: Watched, backend: Backend, runner: SyncRunner, lines: string[]): Task {
  const terminated = new Terminated(proc);
  while (!terminated.over) {
    if (watched.take()) {
      backend.freshness.pending();
      runner.ask();
    }
    if (lines.length > 0) yield* proc.err(lines.splice(0).join(""));
    // Whatever comes before the sync that is due anyway is taken in by it.
    yield { on: runner.pending ? [runner.ran, terminated.asked] : [...watched.ready, runner.ran, terminated.asked] };
  }
}

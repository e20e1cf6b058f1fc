import { describe, expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../cluster.test-support";
import { configOfFields } from "./config";
import { parseFlags } from "./flags";

test("the flags of ipvs mode: --ipvs-sync-period is 30 s and --ipvs-min-sync-period 0 s unless they say otherwise", () => {
  const of = (...args: string[]): readonly [number, number] => {
    const flags = parseFlags(["--proxy-mode=ipvs", ...args]);
    const { syncPeriodMs, minSyncPeriodMs } = configOfFields(typeof flags === "string" ? {} : (flags.fields ?? {}));
    return [syncPeriodMs, minSyncPeriodMs];
  };
  expect(of()).toEqual([30_000, 0]);
  expect(of("--ipvs-sync-period=5s", "--ipvs-min-sync-period", "2s")).toEqual([5000, 2000]);
});

test("each flag is a field of KubeProxyConfiguration", () => {
  expect(parseFlags(["--ipvs-scheduler=wlc", "--ipvs-strict-arp", "--ipvs-exclude-cidrs=10.1.0.0/16,10.2.0.0/16", "--conntrack-min=5", "-v", "3", "--hostname-override=n1"])).toEqual({
    config: undefined,
    nodeName: "n1",
    cleanUp: false,
    verbosity: 3,
    fields: { ipvs: { scheduler: "wlc", strictARP: true, excludeCIDRs: ["10.1.0.0/16", "10.2.0.0/16"] }, conntrack: { min: 5 } },
  });
});

describe("what pflag says of a flag that cannot be", () => {
  test.each([
    [["--ipvs-sync=5s"], "Error: unknown flag: --ipvs-sync"],
    [["-x"], "Error: unknown shorthand flag: 'x' in -x"],
    [["run"], `Error: unknown command "run" for "kube-proxy"`],
    [["--config"], "Error: flag needs an argument: --config"],
    [["--ipvs-strict-arp=maybe"], `Error: invalid argument "maybe" for "--ipvs-strict-arp" flag: strconv.ParseBool: parsing "maybe": invalid syntax`],
    [["--feature-gates=A=true"], "not modelled: --feature-gates"],
  ])("%j", (args, problem) => {
    expect(parseFlags(args)).toBe(problem);
  });
});

/** A cluster in ipvs mode whose kube-proxies run with these words; what node-1's says once a Service has come. */
function logOf(words: readonly string[]): string[] {
  const t: TestCluster = makeCluster({ dnsReplicas: 0, proxyMode: "ipvs" });
  t.run(3);
  t.store.modify("DaemonSet", "kube-proxy", "kube-system", ({ spec }) => {
    const [container] = (spec as unknown as { template: { spec: { containers: { command: string[] }[] } } }).template.spec.containers;
    if (container) container.command = ["/usr/local/bin/kube-proxy", ...words, "--hostname-override=$(NODE_NAME)"];
  });
  t.run(60);
  t.store.create({ kind: "Namespace", metadata: { name: "production" } });
  t.store.create({ kind: "Service", metadata: { namespace: "production", name: "payments" }, spec: { clusterIP: "10.96.45.12", ports: [{ name: "http", port: 80, targetPort: 8080 as never }] } });
  t.run(2);
  return t.log(t.podOn("node-1", "kube-proxy"), "kube-system").map((line) => line.replace(/^.*?\] /, ""));
}

test("ipvs: what a sync does is told at --v=3, and at --v=2 nothing of it", () => {
  const FILE = "--config=/var/lib/kube-proxy/config.conf";
  const of = (lines: readonly string[]): string[] => lines.filter((line) => /^"(?:Syncing|Adding new service)/.test(line)).slice(-2);
  expect(of(logOf([FILE, "--v=2"]))).toEqual([]);
  expect(of(logOf([FILE, "--v=3"]))).toEqual([`"Syncing ipvs proxier rules" ipFamily="IPv4"`, `"Adding new service" ipFamily="IPv4" serviceName="production/payments:http" virtualServer="10.96.45.12:80/TCP"`]);
});

test("ipvs: without a file the flags decide, and the log says which periods", () => {
  expect(logOf(["--proxy-mode=ipvs", "--ipvs-sync-period=10s", "-v=2"]).filter((line) => line.includes("sync params"))).toEqual([`"ipvs sync params" ipFamily="IPv4" minSyncPeriod="0s" syncPeriod="10s"`]);
});

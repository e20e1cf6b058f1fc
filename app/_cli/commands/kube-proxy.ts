/**
 * `podpath kube-proxy`: what kube-proxy would feed to iptables-restore or nft for given objects; in
 * ipvs mode also to ipset, ip and ipvsadm, each part under a comment that names the tool.
 */
import { readFileSync } from "node:fs";
import { kubeProxyText, LabProblem, parseManifests, proxyModeOf } from "@/engine";
import { type Command, parse, UsageProblem } from "../command";

export const kubeProxy: Command = {
  name: "kube-proxy",
  usage: "kube-proxy --mode iptables|ipvs|nftables [--node NAME] FILE…",
  summary: "prints the rules kube-proxy would write",
  options: [
    ["--mode MODE", "for which back end"],
    ["--node NAME", "on which node; the first of the Nodes read, if not given"],
  ],

  run(args) {
    const { values, positionals } = parse(args, { mode: { type: "string" }, node: { type: "string" } });
    const mode = proxyModeOf(values.mode ?? "iptables");
    if (mode === undefined) throw new UsageProblem(`--mode is iptables, ipvs or nftables, not "${values.mode}"`);
    if (positionals.length === 0) throw new UsageProblem("which files?");
    const objects = positionals.flatMap((file) => {
      try {
        return parseManifests(readFileSync(file === "-" ? 0 : file, "utf8"));
      } catch (problem) {
        throw new LabProblem(`${file}: ${problem instanceof Error ? problem.message : String(problem)}`);
      }
    });
    process.stdout.write(kubeProxyText(objects, mode, values.node));
    return 0;
  },
};

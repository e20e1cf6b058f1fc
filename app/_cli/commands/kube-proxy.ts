/** `podpath kube-proxy`: what kube-proxy would feed to iptables-restore for given objects. */
import { readFileSync } from "node:fs";
import { kubeProxyText, LabProblem, parseManifests } from "@/engine";
import { type Command, parse, UsageProblem } from "../command";

export const kubeProxy: Command = {
  name: "kube-proxy",
  usage: "kube-proxy --mode iptables [--node NAME] FILE…",
  summary: "prints the rules kube-proxy would write",
  options: [
    ["--mode MODE", "for which back end"],
    ["--node NAME", "on which node; the first of the Nodes read, if not given"],
  ],

  run(args) {
    const { values, positionals } = parse(args, { mode: { type: "string" }, node: { type: "string" } });
    const mode = values.mode ?? "iptables";
    if (mode !== "iptables") {
      if (mode !== "ipvs" && mode !== "nftables") throw new UsageProblem(`--mode is iptables, ipvs or nftables, not "${mode}"`);
      console.error(`podpath kube-proxy: not modelled: --mode ${mode}`);
      return 2;
    }
    if (positionals.length === 0) throw new UsageProblem("which files?");
    const objects = positionals.flatMap((file) => {
      try {
        return parseManifests(readFileSync(file === "-" ? 0 : file, "utf8"));
      } catch (problem) {
        throw new LabProblem(`${file}: ${problem instanceof Error ? problem.message : String(problem)}`);
      }
    });
    process.stdout.write(kubeProxyText(objects, values.node));
    return 0;
  },
};

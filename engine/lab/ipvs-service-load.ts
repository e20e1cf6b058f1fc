/**
 * Load for the benchmark of IPVS: so many Services of five endpoints each, as kube-proxy's ipvs
 * mode sets them up, on the router of ServiceLoad. Whoever measures brings the clock.
 */
import { attachIpvs } from "../ipvs/attach";
import { flush } from "../ipvs/control";
import { addrAdd, linkAdd } from "../net/netlink";
import { NO_FILES, runIpset } from "../netfilter/ipset/command";
import { restore } from "../netfilter/iptables/restore";
import { DUMMY } from "../node/proxy/ipvs-kernel";
import { type IpvsTexts, ipvsTexts } from "../node/proxy/ipvs-text";
import { parseCidr } from "../wire/ip";
import { runHostIpvsadm } from "./scenario-setup";
import { LoadedRouter, stateOf } from "./service-load";

export function ipvsServiceTexts(count: number): IpvsTexts {
  return ipvsTexts(stateOf(count), []);
}

export class IpvsServiceLoad extends LoadedRouter {
  /** Sets, rules and addresses are there from the beginning; the virtual servers come with load(). */
  constructor(
    count: number,
    private readonly texts: IpvsTexts,
  ) {
    super(count);
    const { ns, netfilter } = this.router;
    attachIpvs(ns);
    for (const key of ["conntrack", "expire_nodest_conn", "expire_quiescent_template"]) ns.sysctl.set(`net.ipv4.vs.${key}`, "1");
    const sets = runIpset(netfilter, ["restore"], () => texts.sets, NO_FILES);
    if (sets.exit !== 0) throw new Error(sets.stderr);
    const rules = restore(netfilter, texts.rules, { backend: "legacy", noflush: true, counters: true });
    if (!rules.ok) throw new Error(rules.message);
    linkAdd(ns, { name: DUMMY, kind: "dummy" });
    for (const line of texts.links.split("\n")) {
      const cidr = line.startsWith("address add ") ? parseCidr(line.split(" ")[2] ?? "") : undefined;
      if (cidr !== undefined) addrAdd(ns, DUMMY, cidr);
    }
  }

  /** ipvsadm -C, then ipvsadm -R of everything. */
  load(): void {
    flush(attachIpvs(this.router.ns));
    this.#ipvsadm(["-R"], this.texts.servers);
  }

  /** ipvsadm -Ln. */
  list(): string {
    return this.#ipvsadm(["-Ln"], "");
  }

  #ipvsadm(args: readonly string[], input: string): string {
    const { exit, stdout, stderr } = runHostIpvsadm(this.router, args, input);
    if (exit !== 0) throw new Error(stderr);
    return stdout;
  }
}

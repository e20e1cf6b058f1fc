/**
 * flanneld, as the kube-flannel DaemonSet runs it: `flanneld --ip-masq --kube-subnet-mgr`.
 *
 * It says on its Node object how it can be reached (annotations), learns the same of the other
 * nodes, and keeps its own chains in iptables: looked at every five seconds, written again when
 * they are gone. (flannel 0.28: main.go, pkg/trafficmngr/iptables)
 */
import { sleepUntil, type Task } from "../../core/task";
import { Tasks } from "../../apps/http-server";
import { Terminated } from "../../apps/terminated";
import type { Proc, Program } from "../../host/proc";
import type { Store } from "../../kube/store";
import type { Node } from "../../kube/types";
import { netfilterOf } from "../../netfilter/attach";
import type { Netns } from "../../net/netns";
import { parseCidr, parseIp } from "../../wire/ip";
import { parseMac, printMac } from "../../wire/mac";
import { IptablesRunner } from "../iptables-runner";
import { klogLine } from "../klog";
import { type Flannel, type Peer, VNI } from "./flannel";

const PREFIX = "flannel.alpha.coreos.com";
const RESYNC_MS = 5000;

/** `network` is the whole cluster's Pod network, as net-conf.json says; `of` finds the node's plugin. */
export function flanneld(store: Store, network: string, of: (netns: Netns) => Flannel | undefined): Program {
  const peers = new Peers();
  return {
    name: "flanneld",
    summary: "the overlay network's agent",
    *run(proc) {
      const flannel = of(proc.machine.netns);
      const nodeName = proc.env.get("NODE_NAME") ?? proc.machine.hostname;
      const netfilter = netfilterOf(proc.machine.netns);
      const node = store.get("Node", nodeName);
      if (flannel === undefined || netfilter === undefined || node === undefined) return yield* failed(proc, `Failed to create SubnetManager: error retrieving pod spec for node ${nodeName}`);
      const podCIDR = node.spec.podCIDR;
      if (podCIDR === undefined) return yield* failed(proc, `Error registering network: failed to acquire lease: node "${nodeName}" pod cidr not assigned`);
      flannel.start();
      announce(store, node, flannel);
      new Tasks(proc).start(keepRules(proc, new IptablesRunner(netfilter), rulesText(network, podCIDR)));
      yield* proc.err(klogLine(proc.world, "I", "main.go:396", `Found network config - Backend type: vxlan`) + klogLine(proc.world, "I", "vxlan.go:141", `VXLAN config: VNI=${VNI} Port=8472 GBP=false Learning=false DirectRouting=false`) + klogLine(proc.world, "I", "main.go:470", `Wrote subnet file to /run/flannel/subnet.env`));
      return yield* followNodes(proc, store, nodeName, flannel, peers);
    },
  };
}

function* failed(proc: Proc, text: string): Task<number> {
  yield* proc.err(klogLine(proc.world, "E", "main.go:359", text));
  return 1;
}

function announce(store: Store, node: Node, flannel: Flannel): void {
  const address = (node.status.addresses ?? []).find(({ type }) => type === "InternalIP")?.address ?? "";
  const annotations = { [`${PREFIX}/backend-data`]: `{"VNI":${VNI},"VtepMAC":"${printMac(flannel.vtepMac)}"}`, [`${PREFIX}/backend-type`]: "vxlan", [`${PREFIX}/kube-subnet-manager`]: "true", [`${PREFIX}/public-ip`]: address };
  store.patch("Node", node.metadata.name, undefined, "merge", { metadata: { annotations } });
}

function* followNodes(proc: Proc, store: Store, own: string, flannel: Flannel, peers: Peers): Task<number> {
  const watch = store.watch("Node");
  proc.onExit(() => watch.close());
  const terminated = new Terminated(proc);
  while (!terminated.over) {
    for (let event = watch.next(); event !== undefined; event = watch.next()) {
      const { name } = event.object.metadata;
      if (name === own) continue;
      const peer = event.type === "DELETED" ? undefined : peers.of(event.object);
      if (peer !== undefined) flannel.addPeer(name, peer);
      else if (event.type === "DELETED") flannel.removePeer(name);
    }
    yield { on: [watch.ready, terminated.asked] };
  }
  yield* proc.err(klogLine(proc.world, "I", "main.go:501", "shutdownHandler sent cancel signal..."));
  return 0;
}

/** What the nodes say of themselves, read once for all who listen. */
class Peers {
  readonly #known = new WeakMap<object, { readonly podCIDR: string | undefined; readonly peer: Peer | undefined }>();

  of(node: Node): Peer | undefined {
    const { annotations } = node.metadata;
    if (annotations === undefined) return undefined;
    const known = this.#known.get(annotations);
    if (known !== undefined && known.podCIDR === node.spec.podCIDR) return known.peer;
    const peer = peerOf(node);
    this.#known.set(annotations, { podCIDR: node.spec.podCIDR, peer });
    return peer;
  }
}

function peerOf({ metadata, spec }: Node): Peer | undefined {
  const mac = /"VtepMAC":"([^"]*)"/.exec(metadata.annotations?.[`${PREFIX}/backend-data`] ?? "")?.[1];
  const podCIDR = spec.podCIDR === undefined ? undefined : parseCidr(spec.podCIDR);
  const publicIP = parseIp(metadata.annotations?.[`${PREFIX}/public-ip`] ?? "");
  const vtepMac = mac === undefined ? undefined : parseMac(mac);
  return podCIDR !== undefined && publicIP !== undefined && vtepMac !== undefined ? { podCIDR, publicIP, vtepMac } : undefined;
}

/** Both tables at once, without touching what others have there. */
export function rulesText(network: string, podCIDR: string): string {
  const masq = (rest: string, target: string) => `-A FLANNEL-POSTRTG ${rest} -m comment --comment "flanneld masq" -j ${target}`;
  return [
    "*filter",
    ":FLANNEL-FWD - [0:0]",
    `-A FLANNEL-FWD -s ${network} -m comment --comment "flanneld forward" -j ACCEPT`,
    `-A FLANNEL-FWD -d ${network} -m comment --comment "flanneld forward" -j ACCEPT`,
    "COMMIT",
    "*nat",
    ":FLANNEL-POSTRTG - [0:0]",
    masq("-m mark --mark 0x4000/0x4000", "RETURN"),
    masq(`-s ${podCIDR} -d ${network}`, "RETURN"),
    masq(`-s ${network} -d ${podCIDR}`, "RETURN"),
    masq(`! -s ${network} -d ${podCIDR}`, "RETURN"),
    masq(`-s ${network} ! -d 224.0.0.0/4`, "MASQUERADE --random-fully"),
    masq(`! -s ${network} -d ${network}`, "MASQUERADE --random-fully"),
    "COMMIT",
    "",
  ].join("\n");
}

const JUMPS = [
  { table: "filter", chain: "FORWARD", rule: ["-m", "comment", "--comment", "flanneld forward", "-j", "FLANNEL-FWD"] },
  { table: "nat", chain: "POSTROUTING", rule: ["-m", "comment", "--comment", "flanneld masq", "-j", "FLANNEL-POSTRTG"] },
] as const;

function* keepRules({ world }: Proc, iptables: IptablesRunner, text: string): Task {
  let seen: number | undefined;
  for (;;) {
    // What nobody else has touched since the last look is as it was then.
    if (seen !== iptables.foreignCommits && !complete(iptables)) {
      iptables.restoreAll(text);
      iptables.ensureRules("append", JUMPS);
    }
    seen = iptables.foreignCommits;
    yield* sleepUntil(world.scheduler.nowMs + RESYNC_MS);
  }
}

/** It asks for each of its rules; the chains' first rules and the jumps stand for all of them here. */
function complete(iptables: IptablesRunner): boolean {
  return JUMPS.every(({ table, chain, rule }) => iptables.hasRule(table, chain, rule)) && iptables.ruleCount("nat", "FLANNEL-POSTRTG") === 6 && iptables.ruleCount("filter", "FLANNEL-FWD") === 2;
}


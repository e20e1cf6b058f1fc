/** `kubectl describe` of NetworkPolicies: what they allow, in words. */
import type * as networking from "kubernetes-types/networking/v1";
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { DeepReadonly, NetworkPolicy } from "../../../kube/types";
import type { Context } from "../command";
import { rfc3339 } from "../../../core/date";
import { formatSelector, Page } from "./page";

type Rule = {
  readonly ports: DeepReadonly<networking.NetworkPolicyPort[]> | undefined;
  readonly peers: DeepReadonly<networking.NetworkPolicyPeer[]> | undefined;
};
type Words = { readonly isolated: string; readonly open: string; readonly title: "From" | "To" };

const INGRESS: Words = { isolated: "<none> (Selected pods are isolated for ingress connectivity)", open: "From: <any> (traffic not restricted by source)", title: "From" };
const EGRESS: Words = { isolated: "<none> (Selected pods are isolated for egress connectivity)", open: "To: <any> (traffic not restricted by destination)", title: "To" };

export function* describeNetworkPolicy(_context: Context, policy: NetworkPolicy, _showEvents: boolean): Task<string> {
  const { metadata, spec } = policy;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "Created on", goTime(metadata.creationTimestamp));
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations).line(0, "Spec:");
  const chosen = formatSelector(spec.podSelector);
  page.line(1, `PodSelector:     ${chosen === "<none>" ? "<none> (Allowing the specific traffic to all pods in this namespace)" : chosen}`);
  const types: readonly string[] = spec.policyTypes ?? [];
  if (types.includes("Ingress")) writeRules(page.line(1, "Allowing ingress traffic:"), (spec.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from })), INGRESS);
  else page.line(1, "Not affecting ingress traffic");
  if (types.includes("Egress")) writeRules(page.line(1, "Allowing egress traffic:"), (spec.egress ?? []).map(({ ports, to }) => ({ ports, peers: to })), EGRESS);
  else page.line(1, "Not affecting egress traffic");
  page.line(1, `Policy Types: ${types.join(", ")}`);
  return page.toString();
}

function writeRules(page: Page, rules: readonly Rule[], words: Words): void {
  if (rules.length === 0) page.line(2, words.isolated);
  rules.forEach(({ ports, peers }, i) => {
    if (ports === undefined || ports.length === 0) page.line(2, "To Port: <any> (traffic allowed to all ports)");
    for (const { port, endPort, protocol } of ports ?? []) {
      page.line(2, endPort === undefined ? `To Port: ${port ?? "<nil>"}/${protocol ?? "TCP"}` : `To Port Range: ${port}-${endPort}/${protocol ?? "TCP"}`);
    }
    if (peers === undefined || peers.length === 0) page.line(2, words.open);
    for (const peer of peers ?? []) writePeer(page.line(2, `${words.title}:`), peer);
    if (i < rules.length - 1) page.line(2, "----------");
  });
}

function writePeer(page: Page, { podSelector, namespaceSelector, ipBlock }: DeepReadonly<networking.NetworkPolicyPeer>): void {
  if (namespaceSelector !== undefined) page.line(3, `NamespaceSelector: ${formatSelector(namespaceSelector)}`);
  if (podSelector !== undefined) page.line(3, `PodSelector: ${formatSelector(podSelector)}`);
  if (namespaceSelector !== undefined || podSelector !== undefined || ipBlock === undefined) return;
  page.line(3, "IPBlock:").line(4, `CIDR: ${ipBlock.cidr}`).line(4, `Except: ${(ipBlock.except ?? []).join(", ")}`);
}

/** time.Time.String(): 2026-11-21 09:00:00 +0000 UTC */
function goTime(written: string): string {
  const ms = parseRfc3339(written);
  return ms === undefined ? "0001-01-01 00:00:00 +0000 UTC" : `${rfc3339(ms).replace("T", " ").replace("Z", "")} +0000 UTC`;
}

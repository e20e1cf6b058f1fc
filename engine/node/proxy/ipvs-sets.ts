/**
 * The ipsets of kube-proxy's ipvs mode, in upstream's order: what each is for stands in the comment
 * of the rule that asks it (ipsetInfo of pkg/proxy/ipvs/proxier.go, ipset.go).
 */
export const SETS = {
  "KUBE-LOOP-BACK": { type: "hash:ip,port,ip", comment: "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" },
  "KUBE-CLUSTER-IP": { type: "hash:ip,port", comment: "Kubernetes service cluster ip + port for masquerade purpose" },
  "KUBE-EXTERNAL-IP": { type: "hash:ip,port", comment: "Kubernetes service external ip + port for masquerade and filter purpose" },
  "KUBE-EXTERNAL-IP-LOCAL": { type: "hash:ip,port", comment: "Kubernetes service external ip + port with externalTrafficPolicy=local" },
  "KUBE-LOAD-BALANCER": { type: "hash:ip,port", comment: "Kubernetes service lb portal" },
  "KUBE-LOAD-BALANCER-FW": { type: "hash:ip,port", comment: "Kubernetes service load balancer ip + port for load balancer with sourceRange" },
  "KUBE-LOAD-BALANCER-LOCAL": { type: "hash:ip,port", comment: "Kubernetes service load balancer ip + port with externalTrafficPolicy=local" },
  "KUBE-LOAD-BALANCER-SOURCE-IP": { type: "hash:ip,port,ip", comment: "Kubernetes service load balancer ip + port + source IP for packet filter purpose" },
  "KUBE-LOAD-BALANCER-SOURCE-CIDR": { type: "hash:ip,port,net", comment: "Kubernetes service load balancer ip + port + source cidr for packet filter purpose" },
  "KUBE-NODE-PORT-TCP": { type: "bitmap:port", comment: "Kubernetes nodeport TCP port for masquerade purpose" },
  "KUBE-NODE-PORT-LOCAL-TCP": { type: "bitmap:port", comment: "Kubernetes nodeport TCP port with externalTrafficPolicy=local" },
  "KUBE-NODE-PORT-UDP": { type: "bitmap:port", comment: "Kubernetes nodeport UDP port for masquerade purpose" },
  "KUBE-NODE-PORT-LOCAL-UDP": { type: "bitmap:port", comment: "Kubernetes nodeport UDP port with externalTrafficPolicy=local" },
  "KUBE-NODE-PORT-SCTP-HASH": { type: "hash:ip,port", comment: "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'" },
  "KUBE-NODE-PORT-LOCAL-SCTP-HASH": { type: "hash:ip,port", comment: "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'" },
  "KUBE-HEALTH-CHECK-NODE-PORT": { type: "bitmap:port", comment: "Kubernetes health check node port" },
  "KUBE-IPVS-IPS": { type: "hash:ip", comment: "Addresses used by the ipvs proxier" },
} as const;

export type SetName = keyof typeof SETS;
export const SET_NAMES = Object.keys(SETS) as readonly SetName[];

/** What each set is to hold, as ipset prints members. */
export type SetContents = ReadonlyMap<SetName, ReadonlySet<string>>;

/** The arguments of `ipset create`. */
export function creation(name: SetName): readonly string[] {
  const { type } = SETS[name];
  return type === "bitmap:port" ? [name, type, "range", "0-65535", "-exist"] : [name, type, "family", "inet", "hashsize", "1024", "maxelem", "65536", "-exist"];
}

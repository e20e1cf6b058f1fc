/**
 * Load for the benchmark of nftables: so many Services of five endpoints each, in the words of
 * kube-proxy's nftables mode, on the router of ServiceLoad. The same text can be given to a real
 * kernel. Whoever measures brings the clock.
 */
import { runNft } from "../netfilter/nftables/command";
import { type Ip, printIp } from "../wire/ip";
import { ENDPOINT_NETWORK, FIRST_ENDPOINT, FIRST_SERVICE, LoadedRouter } from "./service-load";

const ENDPOINTS = 5;

const HEAD = `add table ip kube-proxy
flush table ip kube-proxy
add chain ip kube-proxy mark-for-masquerade
add rule ip kube-proxy mark-for-masquerade mark set mark or 0x4000
add chain ip kube-proxy masquerading
add rule ip kube-proxy masquerading mark and 0x4000 == 0 return
add rule ip kube-proxy masquerading mark set mark xor 0x4000
add rule ip kube-proxy masquerading masquerade fully-random
add chain ip kube-proxy services
add chain ip kube-proxy cluster-ips-check
add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority -100 ; }
add rule ip kube-proxy nat-prerouting jump services
add chain ip kube-proxy nat-output { type nat hook output priority -100 ; }
add rule ip kube-proxy nat-output jump services
add chain ip kube-proxy nat-postrouting { type nat hook postrouting priority 100 ; }
add rule ip kube-proxy nat-postrouting jump masquerading
add chain ip kube-proxy filter-forward { type filter hook forward priority 0 ; }
add rule ip kube-proxy filter-forward ct state new jump cluster-ips-check
add set ip kube-proxy cluster-ips { type ipv4_addr ; comment "Active ClusterIPs" ; }
add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict ; comment "ClusterIP, ExternalIP and LoadBalancer IP traffic" ; }
add rule ip kube-proxy cluster-ips-check ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips
`;

/** What `nft -f -` is fed. */
export function nftServiceText(count: number): string {
  const lines: string[] = [HEAD];
  for (let i = 0; i < count; i++) service(i, lines);
  return lines.join("");
}

function service(i: number, lines: string[]): void {
  const tag = (n: number): string => ((Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(32) + "AAAAAAAA").slice(0, 8).toUpperCase();
  const address = printIp((FIRST_SERVICE + i) as Ip);
  const name = `ns-${i % 50}/svc-${i}/tcp/http`;
  const chain = `service-${tag(i)}-${name}`;
  const targets: string[] = [];
  lines.push(`add chain ip kube-proxy ${chain}\n`);
  for (let k = 0; k < ENDPOINTS; k++) {
    const endpoint = printIp((FIRST_ENDPOINT + i * ENDPOINTS + k) as Ip);
    const own = `endpoint-${tag(i * ENDPOINTS + k)}-${name}__${endpoint}/8080`;
    targets.push(`${k} : goto ${own}`);
    lines.push(`add chain ip kube-proxy ${own}\nadd rule ip kube-proxy ${own} ip saddr ${endpoint} jump mark-for-masquerade\nadd rule ip kube-proxy ${own} meta l4proto tcp dnat to ${endpoint}:8080\n`);
  }
  lines.push(`add element ip kube-proxy cluster-ips { ${address} }\nadd element ip kube-proxy service-ips { ${address} . tcp . 80 comment "ns-${i % 50}/svc-${i}:http" : goto ${chain} }\n`);
  lines.push(`add rule ip kube-proxy ${chain} ip daddr ${address} tcp dport 80 ip saddr != ${ENDPOINT_NETWORK} jump mark-for-masquerade\nadd rule ip kube-proxy ${chain} numgen random mod ${ENDPOINTS} vmap { ${targets.join(" , ")} }\n`);
}

export class NftServiceLoad extends LoadedRouter {
  constructor(
    count: number,
    private readonly text: string,
  ) {
    super(count);
  }

  /** nft -f of everything, on top of what is there. */
  load(): void {
    this.#nft(["-f", "-"], this.text);
  }

  /** nft list ruleset. */
  list(): string {
    return this.#nft(["list", "ruleset"], "");
  }

  #nft(args: readonly string[], input: string): string {
    const done = runNft(this.router.netfilter, args, () => input, () => undefined);
    if (done.exit !== 0) throw new Error(done.stderr);
    return done.stdout;
  }
}

/** Every match and target there is, in one visible list; and those the real tool knows but the emulation does not model. */
import type { AnyMatch, AnyTarget } from "./extension";
import { addrtype } from "./matches/addrtype";
import { comment } from "./matches/comment";
import { connlimit } from "./matches/connlimit";
import { connmark } from "./matches/connmark";
import { conntrack } from "./matches/conntrack";
import { dscp } from "./matches/dscp";
import { icmp } from "./matches/icmp";
import { iprange } from "./matches/iprange";
import { ipvs } from "./matches/ipvs";
import { length } from "./matches/length";
import { limit } from "./matches/limit";
import { mac } from "./matches/mac";
import { mark } from "./matches/mark";
import { multiport } from "./matches/multiport";
import { nfacct } from "./matches/nfacct";
import { owner } from "./matches/owner";
import { physdev } from "./matches/physdev";
import { pkttype } from "./matches/pkttype";
import { recent } from "./matches/recent";
import { rpfilter } from "./matches/rpfilter";
import { set } from "./matches/set";
import { state } from "./matches/state";
import { statistic } from "./matches/statistic";
import { tcp } from "./matches/tcp";
import { tcpmss } from "./matches/tcpmss";
import { tos } from "./matches/tos";
import { ttl } from "./matches/ttl";
import { udp } from "./matches/udp";
import { CHECKSUM } from "./targets/checksum";
import { CONNMARK } from "./targets/connmark";
import { CT, NOTRACK } from "./targets/ct";
import { DNAT } from "./targets/dnat";
import { DSCP } from "./targets/dscp";
import { LOG } from "./targets/log";
import { MARK } from "./targets/mark";
import { MASQUERADE } from "./targets/masquerade";
import { NETMAP } from "./targets/netmap";
import { NFLOG } from "./targets/nflog";
import { REDIRECT } from "./targets/redirect";
import { REJECT } from "./targets/reject";
import { SET } from "./targets/set";
import { SNAT } from "./targets/snat";
import { TCPMSS } from "./targets/tcpmss";
import { TOS } from "./targets/tos";
import { TRACE } from "./targets/trace";
import { TTL } from "./targets/ttl";

const byName = <T extends { readonly name: string }>(extensions: readonly T[]): ReadonlyMap<string, T> => new Map(extensions.map((extension) => [extension.name, extension]));

export const MATCHES: ReadonlyMap<string, AnyMatch> = byName<AnyMatch>([
  addrtype, comment, connlimit, connmark, conntrack, dscp, icmp, iprange, ipvs, length, limit, mac, mark, multiport, nfacct, owner, physdev, pkttype, recent, rpfilter, set, state, statistic, tcp, tcpmss, tos, ttl, udp,
]);

export const TARGETS: ReadonlyMap<string, AnyTarget> = byName<AnyTarget>([CHECKSUM, CONNMARK, CT, DNAT, DSCP, LOG, MARK, MASQUERADE, NETMAP, NFLOG, NOTRACK, REDIRECT, REJECT, SET, SNAT, TCPMSS, TOS, TRACE, TTL]);

/** Shipped with iptables 1.8.9, and refused here by name. */
export const FOREIGN_MATCHES: ReadonlySet<string> = new Set(
  "ah bpf cgroup cluster connbytes connlabel cpu dccp devgroup ecn esp hashlimit helper hl ipcomp osf policy quota rateest realm sctp socket string time u32".split(" "),
);
export const FOREIGN_TARGETS: ReadonlySet<string> = new Set("AUDIT CLASSIFY CLUSTERIP CONNSECMARK ECN HMARK IDLETIMER LED NFQUEUE RATEEST SECMARK SYNPROXY TCPOPTSTRIP TEE TPROXY ULOG".split(" "));

/**
 * Where IPVS meets packets (ip_vs_core.c): requests at INPUT and OUTPUT, after the filters, which
 * is why a virtual address must be local to be served; answers at FORWARD, INPUT and OUTPUT.
 */
import type { Hook, HookName, Verdict } from "../net/hook";
import { icmpError } from "../net/icmp";
import type { Skb } from "../net/skb";
import { connectionOf } from "../netfilter/connection";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import { type Icmp, PROTO, TCP } from "../wire/packet";
import type { Entry } from "./connection";
import { type Ports, portsOf } from "./connection-table";
import type { Ipvs } from "./ipvs";
import { schedule } from "./schedule";
import { count, setState } from "./state";
import { answer, answerError, rerouteAnswer, tellConntrack, transmit, transmitError } from "./transmit";

/** ip_vs_ops4[], by the kernel's priorities: just before nat's SNAT, just after its DNAT. */
export function hooksOf(ipvs: Ipvs): Hook[] {
  return [
    { name: "ipvs-out", at: "INPUT", priority: 98, run: (skb) => fromServer(ipvs, skb, "INPUT") },
    { name: "ipvs-in", at: "INPUT", priority: 99, run: (skb) => fromClient(ipvs, skb, "INPUT") },
    { name: "ipvs-out", at: "OUTPUT", priority: -99, run: (skb) => fromServer(ipvs, skb, "OUTPUT") },
    { name: "ipvs-in", at: "OUTPUT", priority: -98, run: (skb) => fromClient(ipvs, skb, "OUTPUT") },
    { name: "ipvs-icmp", at: "FORWARD", priority: 99, run: (skb) => forwardedError(ipvs, skb) },
    { name: "ipvs-out", at: "FORWARD", priority: 100, run: (skb) => fromServer(ipvs, skb, "FORWARD") },
  ];
}

/** ip_vs_in_hook(). */
function fromClient(ipvs: Ipvs, skb: Skb, at: HookName): Verdict {
  if (skb.ipvs || (skb.pktType !== "host" && at !== "OUTPUT") || ipvs.settings.backup_only !== 0) return "ACCEPT";
  const { packet } = skb;
  if (packet.payload.kind === "icmp") return errorFromClient(ipvs, skb, packet.payload, at);
  const ports = portsOf(packet);
  if (ports === undefined) return "ACCEPT";

  const known = current(ipvs, skb, ipvs.table.fromClient(packet.proto, packet.src, ports.sport, packet.dst, ports.dport));
  if (known === "DROP") return "DROP";
  const entry = known ?? schedule(ipvs, skb, ports);
  if (typeof entry === "string") return entry;

  count(ipvs, entry, packet, "in");
  setState(ipvs, entry, packet, "in");
  const verdict = transmit(skb, entry);
  ipvs.lifetimes.put(entry);
  return verdict;
}

/** Is the entry this packet belongs to still to be followed? Undefined: look for a server anew. */
function current(ipvs: Ipvs, skb: Skb, entry: Entry | undefined): Entry | "DROP" | undefined {
  if (entry === undefined) return undefined;
  const { settings } = ipvs;
  const { payload } = skb.packet;
  const begins = payload.kind === "tcp" && (payload.flags & TCP.syn) !== 0;
  if (begins) {
    const old = usesOldConntrack(entry, skb);
    const quiet = settings.expire_nodest_conn !== 0 && entry.server?.weight === 0;
    const reused = !quiet && settings.conn_reuse_mode !== 0 && expectsReuse(entry, settings.conn_reuse_mode);
    if (quiet || (reused && (entry.controlled === 0 || !old))) {
      if (!old) entry.nfct = false;
      if (entry.controlled === 0) ipvs.lifetimes.expireNow(entry);
      return old ? "DROP" : undefined;
    }
  }
  if (entry.server === undefined || entry.server.available) return entry;
  if (settings.expire_nodest_conn === 0) {
    skb.ns.drop(skb, "IPVS: its real server has been deleted");
    return "DROP";
  }
  const old = usesOldConntrack(entry, skb);
  if (!old) entry.nfct = false;
  ipvs.lifetimes.expireNow(entry);
  return old ? "DROP" : undefined;
}

/** ip_vs_conn_uses_old_conntrack(): conntrack takes the packet for one of a connection it already knows. */
function usesOldConntrack(entry: Entry, skb: Skb): boolean {
  return entry.nfct && connectionOf(skb)?.conn?.confirmed === true;
}

/** is_new_conn_expected(): the old connection is over, so its port may be used again. */
function expectsReuse({ control, protocol, state, noOutput }: Entry, mode: number): boolean {
  if (control !== undefined || protocol !== PROTO.tcp) return false;
  return state === "TIME_WAIT" || state === "CLOSE" || ((mode & 2) !== 0 && state === "FIN_WAIT" && noOutput);
}

/** ip_vs_out_hook(). */
function fromServer(ipvs: Ipvs, skb: Skb, at: HookName): Verdict {
  if (skb.ipvs) return "ACCEPT";
  const { packet } = skb;
  if (packet.payload.kind === "icmp") return errorFromServer(ipvs, skb, packet.payload, at);
  const ports = portsOf(packet);
  if (ports === undefined) return "ACCEPT";
  const entry = ipvs.table.fromServer(packet.proto, packet.dst, ports.dport, packet.src, ports.sport);
  if (entry === undefined) return strayAnswer(ipvs, skb, ports);
  if (entry.forwarding !== "masq") return "ACCEPT";
  answer(skb, entry);
  if (at !== "INPUT" && ipvs.settings.snat_reroute !== 0 && !rerouteAnswer(skb)) return "DROP";
  count(ipvs, entry, packet, "out");
  setState(ipvs, entry, packet, "out");
  skb.ipvs = true;
  tellConntrack(skb, entry, "to client");
  ipvs.lifetimes.put(entry);
  return "ACCEPT";
}

/** nat_icmp_send: a real server whose connection nobody knows is told so. */
function strayAnswer(ipvs: Ipvs, skb: Skb, ports: Ports): Verdict {
  if (ipvs.settings.nat_icmp_send === 0) return "ACCEPT";
  const { packet } = skb;
  if (packet.payload.kind === "tcp" && (packet.payload.flags & TCP.rst) !== 0) return "ACCEPT";
  const known = ipvs.services().some((service) => (service.fwmark !== 0 || service.protocol === packet.proto) && service.servers.some(({ address, port, forwarding }) => forwarding === "masq" && address === packet.src && port === ports.sport));
  if (!known) return "ACCEPT";
  icmpError(skb, ICMP.unreachable, UNREACHABLE.port);
  return "DROP";
}

const isError = ({ type }: Icmp): boolean => type === ICMP.unreachable || type === 4 || type === ICMP.timeExceeded;

/** ip_vs_in_icmp(): a client, or a router before it, complains about an answer it was sent. */
function errorFromClient(ipvs: Ipvs, skb: Skb, icmp: Icmp, at: HookName): Verdict {
  const { quoted } = icmp;
  const ports = quoted && portsOf(quoted);
  if (!isError(icmp) || quoted === undefined || ports === undefined) return "ACCEPT";
  const entry = ipvs.table.fromClient(quoted.proto, quoted.dst, ports.dport, quoted.src, ports.sport);
  if (entry === undefined) return "ACCEPT";
  count(ipvs, entry, skb.packet, "in");
  return transmitError(skb, entry, at !== "FORWARD");
}

/** ip_vs_forward_icmp(). */
function forwardedError(ipvs: Ipvs, skb: Skb): Verdict {
  const { payload } = skb.packet;
  if (payload.kind !== "icmp" || skb.ipvs || ipvs.settings.backup_only !== 0) return "ACCEPT";
  return errorFromClient(ipvs, skb, payload, "FORWARD");
}

/**
 * ip_vs_out_icmp(): a server, or a router on the way to it, complains about a request. Direct routing is not left out: this
 * machine's own complaint about a request to the virtual address, while an entry for it is left, counts as an answer.
 */
function errorFromServer(ipvs: Ipvs, skb: Skb, icmp: Icmp, at: HookName): Verdict {
  const { quoted } = icmp;
  const ports = quoted && portsOf(quoted);
  if (!isError(icmp) || quoted === undefined || ports === undefined) return "ACCEPT";
  const entry = ipvs.table.fromServer(quoted.proto, quoted.src, ports.sport, quoted.dst, ports.dport);
  if (entry === undefined) return "ACCEPT";
  answerError(skb, entry);
  if (at !== "INPUT" && ipvs.settings.snat_reroute !== 0 && !rerouteAnswer(skb)) return "DROP";
  count(ipvs, entry, skb.packet, "out");
  skb.ipvs = true;
  tellConntrack(skb, entry, "to client");
  return "ACCEPT";
}

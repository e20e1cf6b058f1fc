/** Everything netfilter holds of a namespace, as text: what two replays of one journal must agree on. */
import type { Netns } from "../net/netns";
import { netfilterOf } from "./attach";
import { extendedLine } from "./conntrack-print";
import { tableText } from "./iptables/save";

/** Every table of both back ends, with counters. */
export function tablesText(ns: Netns): string {
  const netfilter = netfilterOf(ns);
  if (!netfilter) return "";
  const { legacy, nft } = netfilter.iptables;
  return [...legacy.listed(), ...nft.listed()].map((table) => tableText(table, true)).join("");
}

/** Every tracked connection. */
export function conntrackText(ns: Netns): string {
  const netfilter = netfilterOf(ns);
  if (!netfilter) return "";
  const { conntrack } = netfilter;
  return [...conntrack.table.connections()].map((conn) => extendedLine(conn, conntrack.nowMs)).join("\n");
}

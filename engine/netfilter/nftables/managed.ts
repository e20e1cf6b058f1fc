/** Tables that iptables-nft keeps in nftables: seen by nft, and in this emulation changed by iptables-nft alone. */
import { isTableName, type Table as XtTable } from "../iptables/ruleset";
import type { Handle } from "./ast";
import { notModelled } from "./source";
import type { Ruleset } from "./ruleset";

export function managedTable({ netfilter }: Ruleset, family: string, name: string): XtTable | undefined {
  return family === "ip" && isTableName(name) ? netfilter.iptables.nft.table(name) : undefined;
}

export function refuseManaged(ruleset: Ruleset, { family, table = "" }: Handle): void {
  if (managedTable(ruleset, family, table)) notModelled(`changing table ip ${table}, which iptables-nft wrote, with nft`);
}

/**
 * The whole world as one number: what two replays of the same journal must agree on, bit for
 * bit, in every browser and in Node. SHA-256 over every object, every table with its counters,
 * every connection, the clock and the number of events it took to get here.
 */
import { compare } from "../core/order";
import { hex, sha256 } from "../core/sha256";
import { conntrackText, tablesText } from "../netfilter/dump";
import type { Netns } from "../net/netns";
import type { GoalBoard } from "./goals";
import type { Ground } from "./ground";

export function stateHash(ground: Ground, board: GoalBoard): string {
  const { scheduler } = ground.world;
  const parts = [
    `time ${scheduler.nowUs} events ${scheduler.events}`,
    JSON.stringify(board.states),
    ...ground.allObjects().map((object) => JSON.stringify(object)),
    ...[...ground.namespaces()].sort((a, b) => compare(a.name, b.name)).map(namespaceText),
  ];
  return hex(sha256(parts.join("\n")));
}

function namespaceText(ns: Netns): string {
  const links = ns.devices.all().map(({ name, mac, mtu, up, stats }) => [name, mac, mtu, up, stats.rxPackets, stats.rxBytes, stats.txPackets, stats.txBytes, stats.rxDropped, stats.txDropped].join(" "));
  return [ns.name, ...links, tablesText(ns), conntrackText(ns)].join("\n");
}

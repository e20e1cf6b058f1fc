/**
 * What becomes of a rule on its way through nftables and back: iptables-nft stores ports as
 * comparisons of its own and reads them again, and a few things come back changed.
 */
import { tcp } from "./matches/tcp";
import { udp } from "./matches/udp";
import { Rule } from "./ruleset";
import type { PortRange } from "./ports";

type Ports = { sport: PortRange; notSport: boolean; dport: PortRange; notDport: boolean };

/** `! --dport 0:N` is stored as "greater than N" and comes back as N+1:65535. */
function turn(range: PortRange, not: boolean): { readonly range: PortRange; readonly not: boolean } {
  if (!not || range.min === range.max) return { range, not };
  if (range.min === 0 && range.max < 65_535) return { range: { min: range.max + 1, max: 65_535 }, not: false };
  if (range.max === 65_535 && range.min > 0) return { range: { min: 0, max: range.min - 1 }, not: false };
  return { range, not };
}

export function adaptToNft(rule: Rule): Rule {
  let changed = false;
  const matches = rule.matches.map((use) => {
    if (use.match.name !== tcp.name && use.match.name !== udp.name) return use;
    const options = use.options as Ports;
    const sport = turn(options.sport, options.notSport);
    const dport = turn(options.dport, options.notDport);
    if (sport.range === options.sport && dport.range === options.dport) return use;
    changed = true;
    return { match: use.match, options: { ...options, sport: sport.range, notSport: sport.not, dport: dport.range, notDport: dport.not } };
  });
  if (!changed) return rule;
  const adapted = new Rule(rule.header, matches, rule.action);
  adapted.packets = rule.packets;
  adapted.bytes = rule.bytes;
  return adapted;
}

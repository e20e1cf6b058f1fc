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
  if (range.min === 0 && range.max === 65_535) return { range: { min: 0, max: 65_535 }, not: false };
  if (range.min === 0 && range.max < 65_535) return { range: { min: range.max + 1, max: 65_535 }, not: false };
  return { range, not };
}

const full = ({ range, not }: { readonly range: PortRange; readonly not: boolean }): boolean => !not && range.min === 0 && range.max === 65_535;

/** Does -m tcp ask for anything but ports? */
function hasMore(options: unknown): boolean {
  const { flags, option } = options as { readonly flags?: { readonly mask: number }; readonly option?: number };
  return (flags?.mask ?? 0) !== 0 || (option ?? 0) !== 0;
}

export function adaptToNft(rule: Rule): Rule {
  let changed = false;
  const matches = rule.matches.flatMap((use) => {
    if (use.match.name === "limit" && (use.options as { readonly burst: number }).burst === 0) {
      changed = true; // No burst is nftables' own default of five.
      return { match: use.match, options: { ...(use.options as object), burst: 5 } };
    }
    if (use.match.name !== tcp.name && use.match.name !== udp.name) return use;
    const options = use.options as Ports;
    const sport = turn(options.sport, options.notSport);
    const dport = turn(options.dport, options.notDport);
    if (sport.range === options.sport && dport.range === options.dport) return use;
    changed = true;
    if (full(sport) && full(dport) && !hasMore(use.options)) return [];
    return { match: use.match, options: { ...options, sport: sport.range, notSport: sport.not, dport: dport.range, notDport: dport.not } };
  });
  if (!changed) return rule;
  const adapted = new Rule(rule.header, matches, rule.action);
  adapted.packets = rule.packets;
  adapted.bytes = rule.bytes;
  return adapted;
}

/**
 * What becomes of a rule on its way through nftables and back: iptables-nft stores ports as
 * comparisons of its own and reads them again, and a few things come back changed.
 */
import { tcp } from "./matches/tcp";
import { udp } from "./matches/udp";
import { type MatchUse, Rule } from "./ruleset";
import type { PortRange } from "./ports";

type Ports = { sport: PortRange; notSport: boolean; dport: PortRange; notDport: boolean; flags?: { readonly mask: number } | undefined; notFlags?: boolean | undefined; also?: readonly Ports[] };

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

/** iptables-nft reads all ports and flags of a protocol back into the first match of that name. */
function merged(uses: readonly MatchUse[]): readonly MatchUse[] {
  const result: MatchUse[] = [];
  for (const use of uses) {
    const at = isNative(use) ? result.findIndex(({ match }) => match.name === use.match.name) : -1;
    const first = result[at];
    if (first === undefined || !isNative(first)) result.push(use);
    else result[at] = { match: first.match, options: together(first.options as Ports, use.options as Ports) };
  }
  return result;
}

const asks = ({ min, max }: PortRange): boolean => min !== 0 || max !== 65_535;

/** --tcp-option has no expression of its own, and to ask nothing needs none: such matches stay as they are. */
function isNative({ match, options }: MatchUse): boolean {
  if (match.name !== tcp.name && match.name !== udp.name) return false;
  const { sport, dport, flags, option = 0 } = options as Ports & { readonly option?: number };
  return option === 0 && (asks(sport) || asks(dport) || (flags?.mask ?? 0) !== 0);
}

/** What is asked twice is shown as it was asked last, with the "!" of either; `also` is what is really asked. */
function together(first: Ports, next: Ports): Ports {
  return {
    ...first,
    ...(asks(next.sport) && { sport: next.sport, notSport: next.notSport || first.notSport }),
    ...(asks(next.dport) && { dport: next.dport, notDport: next.notDport || first.notDport }),
    ...((next.flags?.mask ?? 0) !== 0 && { flags: next.flags, notFlags: next.notFlags || first.notFlags }),
    also: [...(first.also ?? [first]), next],
  };
}

export function adaptToNft(rule: Rule): Rule {
  let changed = false;
  const uses = rule.matches.length > 1 ? merged(rule.matches) : rule.matches;
  if (uses.length < rule.matches.length) changed = true;
  const matches = uses.flatMap((use) => {
    if (use.match.name === "limit") {
      changed = true; // An expression of nftables' own, whose burst is five when none is given.
      const { burst } = use.options as { readonly burst: number };
      return { match: use.match, options: { ...(use.options as object), burst: burst === 0 ? 5 : burst, native: true } };
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

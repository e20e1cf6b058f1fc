/**
 * Lines of iptables-restore that have been read before. The nodes of a cluster are all written the
 * same rules, and each of them many times over; reading is most of the work.
 *
 * Only for lines that mean the same wherever and whenever they are read: known options in full,
 * addresses as numbers, and extensions whose options nothing changes once they are read.
 */
import type { Invocation } from "./invocation";
import type { TableName } from "./ruleset";

/** When there are more, all are forgotten. */
const MOST = 8192;

const OPTIONS: ReadonlySet<string> = new Set(
  "-A -I -D -s -d -p -i -o -m -j --comment --ctstate --src-type --dst-type --mark --set-xmark --or-mark --xor-mark --dport --sport --to-destination --random-fully --mode --probability --reject-with".split(" "),
);
const EXTENSIONS: ReadonlySet<string> = new Set(["comment", "conntrack", "addrtype", "mark", "tcp", "udp", "statistic", "MARK", "DNAT", "MASQUERADE", "REJECT"]);

export class ReadLines {
  readonly #known = new Map<string, Invocation>();

  get(table: TableName, line: string): Invocation | undefined {
    return this.#known.get(`${table} ${line}`);
  }

  /** Keeps what was made of a line, if others may have it too. */
  keep(table: TableName, line: string, words: readonly string[], invocation: Invocation): void {
    if (!alike(words, invocation)) return;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(`${table} ${line}`, invocation);
  }
}

function alike(words: readonly string[], { rule, warnings }: Invocation): boolean {
  if (rule === undefined || rule.foreignTarget || warnings !== "") return false;
  if (rule.target !== undefined && !EXTENSIONS.has(rule.target.target.name)) return false;
  if (rule.matches.some(({ match }) => !EXTENSIONS.has(match.name))) return false;
  return words.every((word, i) => {
    if (words[i - 1] === "--comment" || !word.startsWith("-")) return true;
    if (word === "-s" || word === "-d") return /^[\d./]+$/.test(words[i + 1] ?? "");
    return OPTIONS.has(word);
  });
}

/** The counters of `conntrack -S` and /proc/net/stat/nf_conntrack: struct ip_conntrack_stat, one set per CPU. */
export type ConntrackStat = { found: number; invalid: number; insert: number; insertFailed: number; drop: number; earlyDrop: number; error: number; searchRestart: number; clashResolve: number; chainTooLong: number };

export function newStat(): ConntrackStat {
  return { found: 0, invalid: 0, insert: 0, insertFailed: 0, drop: 0, earlyDrop: 0, error: 0, searchRestart: 0, clashResolve: 0, chainTooLong: 0 };
}

/** `conntrack -S` of 1.4.7; a blank ends each line. */
export function printStats(stats: readonly ConntrackStat[]): string {
  return stats
    .map((s, cpu) => {
      const fields = `found=${s.found} invalid=${s.invalid} insert=${s.insert} insert_failed=${s.insertFailed} drop=${s.drop} early_drop=${s.earlyDrop} error=${s.error} search_restart=${s.searchRestart} clash_resolve=${s.clashResolve} chaintoolong=${s.chainTooLong} `;
      return `cpu=${cpu}   \t${fields}\n`;
    })
    .join("");
}

/** /proc/net/stat/nf_conntrack: hexadecimal, every line with the number of entries. */
export function printStatFile(stats: readonly ConntrackStat[], entries: number): string {
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");
  const line = (s: ConntrackStat): string =>
    `${hex(entries)}  ${[s.clashResolve, s.found, 0, s.invalid, 0, 0, s.chainTooLong, s.insert, s.insertFailed, s.drop, s.earlyDrop, s.error].map(hex).join(" ")}  ${[0, 0, 0, s.searchRestart].map(hex).join(" ")}\n`;
  const head = "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n";
  return head + stats.map(line).join("");
}

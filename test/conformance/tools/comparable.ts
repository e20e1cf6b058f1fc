/** A recorded output without what no two runs share: round trips, process numbers, ports that chance chose. */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/time=[\d.]+ ms/g, "time=T ms"],
  [/time \d+ms$/gm, "time Tms"],
  [/^rtt .* = .*$/gm, "rtt T"],
  [/ expires \d+sec/g, " expires Nsec"],
  [/port \d{5} \[tcp/g, "port N [tcp"],
  [/after \d+ ms/g, "after T ms"],
  [/after \d+ milliseconds/g, "after T milliseconds"],
  [/ ident=\d+/g, " ident=N"],
  [/^33:33:.*\n/gm, ""],
  [/^2> \n/gm, ""],
  [/gc_timer +[\d.]+/g, "gc_timer T"],
  [/forward_delay_timer("?:?) +[\d.]+/g, "forward_delay_timer$1 T"],
  [/ addrgenmode \S+/g, ""],
];

export function comparable(printed: string): string {
  return RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), printed);
}

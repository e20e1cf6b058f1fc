/** `limit rate over 10/second burst 5 packets`: src/parser_bison.y, limit_stmt. */
import type { LimitSpec, LimitUnit } from "./ast";
import { notModelled } from "./source";
import type { Tokens } from "./tokens";

const UNITS: readonly LimitUnit[] = ["second", "minute", "hour", "day", "week"];
export const BYTE_UNITS: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 };

/** At `limit`, with `rate` to follow. */
export function parseLimit(t: Tokens): LimitSpec {
  t.expect("limit");
  if (t.is("name")) notModelled("limit name");
  t.expect("rate", ["name", "rate"]);
  return parseRate(t);
}

export function parseRate(t: Tokens): LimitSpec {
  const over = t.take("over") !== undefined;
  if (!over) t.take("until");
  let rate = t.number();
  let bytes = false;
  if (t.isWord() && BYTE_UNITS[t.now.text] !== undefined) {
    rate *= BYTE_UNITS[t.next().text] ?? 1;
    bytes = true;
  }
  t.expect("/", bytes ? ["/"] : ["/", "string", "bytes"]);
  if (!t.isAny(UNITS)) t.fail();
  const unit = t.next().text as LimitUnit;
  let burst = bytes ? 0 : 5;
  if (t.take("burst")) {
    burst = t.number();
    if (bytes) burst *= BYTE_UNITS[t.name().text] ?? t.fail();
    else t.expect("packets");
  }
  return { rate, unit, over, burst, ...(bytes && { bytes: true as const }) };
}

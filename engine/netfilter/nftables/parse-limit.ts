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
  let rate = t.number(["number"], ["rate", "over", "until", "burst"]);
  let bytes = false;
  const [size = "", per] = t.isWord() ? t.now.text.split("/") : [];
  // "mbytes/second" is one word to the scanner (rate_parse).
  if (per !== undefined && BYTE_UNITS[size] !== undefined && (UNITS as readonly string[]).includes(per)) {
    t.next();
    return finish(t, rate * (BYTE_UNITS[size] ?? 1), per as LimitUnit, over, true);
  }
  if (t.isWord() && BYTE_UNITS[t.now.text] !== undefined) {
    rate *= BYTE_UNITS[t.next().text] ?? 1;
    bytes = true;
  }
  t.expect("/", bytes ? ["/"] : ["/", "string", "bytes"]);
  if (!t.isAny(UNITS)) t.fail();
  return finish(t, rate, t.next().text as LimitUnit, over, bytes);
}

function finish(t: Tokens, rate: number, unit: LimitUnit, over: boolean, bytes: boolean): LimitSpec {
  let burst = bytes ? 0 : 5;
  if (t.take("burst")) {
    burst = t.number();
    if (bytes) burst *= BYTE_UNITS[t.name().text] ?? t.fail();
    else t.expect("packets");
  }
  return { rate, unit, over, burst, ...(bytes && { bytes: true as const }) };
}
